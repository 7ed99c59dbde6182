import { Hl7Error } from '../errors';
import type { Exchange } from '../exchange/exchange';
import { exchanges } from '../exchange/registry';
import { type BatchAnswer, buildBatchAck } from '../hl7/ack-batch';
import { type Batch, type BatchWarning, splitBatch } from '../hl7/batch';
import { type BatchHeader, peekHeader } from '../hl7/header';
import { normaliseSegmentEnds } from '../hl7/segments';
import { atOnce, inSteps } from '../hl7/steps';
import { type BatchPart, type InboundMessage, partOf, textOf } from './inbound';

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
 * @throws Hl7Error BATCH_EMPTY, BATCH_STRAY, BATCH_TOO_LARGE, ACK_ALREADY_SENT
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
  const cut = cutBytes(whole, text, ofText);
  const batch = cut?.batch ?? ofText;
  const parts: ReturnType<typeof partOf>[] = [];
  for (const [i, one] of batch.messages.entries()) {
    const made = partOf(whole, cut?.raw.subarray(one.start, one.end) ?? one.text);
    if (cut?.edited) made.message.payload = normaliseSegmentEnds(ofText.messages[i]!.text).text;
    parts.push(made);
    yield;
  }
  const id = whole._session?.id;
  if (id !== undefined && exchanges.find(id) !== undefined) {
    const sessions = exchanges.split(
      id,
      parts.map(({ part, acknowledgment }) => (acknowledgment ? undefined : part)),
      (answers, { identity }) =>
        Buffer.from(buildBatchAck(batch.envelope.file, answersOf(batch, answers), { identity }), 'latin1'),
    );
    for (const [i, session] of sessions.entries()) {
      if (session !== undefined) parts[i]!.message._session = { type: 'mllp', id: session };
    }
  }
  return { messages: parts.map(({ message }) => message), warnings: batch.warnings };
}

/** Answers by the batches that their messages stand in: every batch of a file is answered, and those outside of one first. */
function answersOf({ messages, envelope }: Batch, answers: readonly Buffer[][]): BatchAnswer[] {
  const acks = new Map<BatchHeader | undefined, string[]>();
  for (const [i, { batch }] of messages.entries()) {
    const known = acks.get(batch) ?? [];
    known.push(...answers[i]!.map((raw) => raw.toString('latin1')));
    acks.set(batch, known);
  }
  const outside = acks.has(undefined) ? [undefined] : [];
  return [...outside, ...envelope.batches].map((batch) => ({ batch, acks: acks.get(batch) ?? [] }));
}

/**
 * Answers a message positively before anything was done with it; of a batch, every message.
 * @throws Hl7Error (rejects) as `splitMessage` and `Exchange.answer`
 */
export async function acceptOnReceipt(exchange: Exchange, message: InboundMessage, batch: boolean): Promise<void> {
  const all = batch
    ? splitMessage(message, message.payload).messages.flatMap(({ _session }) =>
        _session === undefined ? [] : exchanges.of(_session),
      )
    : [exchange];
  await Promise.all(all.map((one) => one.answer({})));
}

interface Cut {
  batch: Batch;
  raw: Buffer;
  /** The flow has changed the text since the bytes came in. */
  edited: boolean;
}

/** The batch cut in its bytes; undefined when these are not the bytes that the text came in as. */
function cutBytes({ raw, mllp }: Partial<InboundMessage>, text: string, ofText: Batch): Cut | undefined {
  if (!Buffer.isBuffer(raw)) return undefined;
  // Separators and segment names are ASCII in every set that MLLP can carry, so bytes can be cut in their latin1 view.
  const batch = splitBatch(raw.toString('latin1'));
  if (batch.messages.length !== ofText.messages.length) return undefined;
  const edited = textOf(raw, mllp).text !== text;
  const same =
    !edited || batch.messages.every((one, i) => controlIdOf(one.text) === controlIdOf(ofText.messages[i]!.text));
  return same ? { batch, raw, edited } : undefined;
}

function controlIdOf(text: string): string {
  return peekHeader(text)?.fields[10] ?? '';
}
