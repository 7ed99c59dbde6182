import { Hl7Error } from '../errors';
import type { Exchange } from '../exchange/exchange';
import { exchanges } from '../exchange/registry';
import { buildBatchAck } from '../hl7/ack-batch';
import { type Batch, type BatchWarning, splitBatch } from '../hl7/batch';
import { atOnce, inSteps } from '../hl7/steps';
import { type BatchPart, type InboundMessage, partOf } from './inbound';

/** The messages of a batch, each with the answer of its own still to come. */
export interface SplitMessages {
  messages: BatchPart[];
  warnings: BatchWarning[];
}

/**
 * Splits a batch. Each message gets its own bytes, as far as the batch has any, its header facts and its exchange; the
 * sender gets one batch of acknowledgments when all are answered (HL7 v2.9 section 2.10.3.3).
 * @param whole the message that carries the batch
 * @param text the batch as text
 * @throws Hl7Error BATCH_EMPTY, BATCH_STRAY, ACK_ALREADY_SENT
 */
export function splitMessage(whole: Partial<InboundMessage>, text: string): SplitMessages {
  return atOnce(split(whole, text));
}

/**
 * As `splitMessage`, for batches of any size: gives way to other work again and again.
 * @throws Hl7Error (rejects) as `splitMessage`
 */
export function splitMessageInSteps(whole: Partial<InboundMessage>, text: string): Promise<SplitMessages> {
  return inSteps(split(whole, text));
}

function* split(whole: Partial<InboundMessage>, text: string): Generator<void, SplitMessages> {
  const ofText = splitBatch(text);
  if (ofText.messages.length === 0) {
    throw new Hl7Error('BATCH_EMPTY', 'The batch holds no message.', {
      fault: 'content',
      errors: [{ code: '100', text: 'Batch without a message' }],
    });
  }
  if (ofText.stray.length > 0) {
    // They belong to no message, so no answer of a message could speak for them.
    throw new Hl7Error('BATCH_STRAY', 'The batch has segments that belong to no message.', {
      fault: 'content',
      errors: [{ code: '100', text: 'Segments outside of a message' }],
    });
  }
  const cut = cutBytes(whole.raw, ofText);
  const { messages, warnings, envelope } = cut?.batch ?? ofText;
  const parts: ReturnType<typeof partOf>[] = [];
  for (const one of messages) {
    parts.push(partOf(whole, cut?.raw.subarray(one.start, one.end) ?? one.text));
    yield;
  }
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

/**
 * Answers a message positively before anything was done with it; of a batch, every message.
 * @throws Hl7Error (rejects) as `splitMessage` and `Exchange.answer`
 */
export async function acceptOnReceipt(exchange: Exchange, message: InboundMessage, batch: boolean): Promise<void> {
  const all = batch
    ? splitMessage(message, message.payload).messages.map(({ _session }) => exchanges.of(_session))
    : [exchange];
  await Promise.all(all.map((one) => one.answer({})));
}

/** The batch cut in its bytes; undefined when these are not the bytes of the text. */
function cutBytes(raw: Buffer | undefined, ofText: Batch): { batch: Batch; raw: Buffer } | undefined {
  if (!Buffer.isBuffer(raw)) return undefined;
  // Separators and segment names are ASCII in every set that MLLP can carry, so bytes can be cut in their latin1 view.
  const batch = splitBatch(raw.toString('latin1'));
  return batch.messages.length === ofText.messages.length ? { batch, raw } : undefined;
}
