import { Hl7Error } from '../errors';
import { exchanges } from '../exchange/registry';
import { buildBatchAck } from '../hl7/ack-batch';
import { type BatchWarning, splitBatch } from '../hl7/batch';
import { type InboundMessage, partOf } from './inbound';

/** The messages of a batch, each with the answer of its own still to come. */
export interface SplitMessages {
  messages: InboundMessage[];
  warnings: BatchWarning[];
}

/**
 * Splits the batch that a message carries. Each part gets its own bytes, header facts and exchange; the sender gets one
 * batch of acknowledgments when all are answered (HL7 v2.9 section 2.10.3.3).
 * @throws Hl7Error BATCH_EMPTY, ACK_ALREADY_SENT
 */
export function splitMessage(whole: InboundMessage): SplitMessages {
  // Separators and segment names are ASCII in every set that MLLP can carry, so bytes can be cut in their latin1 view.
  const { messages, warnings, envelope } = splitBatch(whole.raw.toString('latin1'));
  if (messages.length === 0) {
    throw new Hl7Error('BATCH_EMPTY', 'The batch holds no message.', {
      fault: 'content',
      errors: [{ code: '100', text: 'Batch without a message' }],
    });
  }
  const parts = messages.map(({ start, end }) => partOf(whole, whole.raw.subarray(start, end)));
  const id = whole._session?.id;
  if (id !== undefined && exchanges.find(id) !== undefined) {
    const combine = (answers: Buffer[]): Buffer => {
      const texts = answers.map((raw) => raw.toString('latin1'));
      return Buffer.from(buildBatchAck(envelope, texts), 'latin1');
    };
    const sessions = exchanges.split(
      id,
      parts.map(({ part }) => part),
      combine,
    );
    parts.forEach(({ message }, i) => {
      message._session = { type: 'mllp', id: sessions[i] ?? '' };
    });
  }
  return { messages: parts.map(({ message }) => message), warnings };
}
