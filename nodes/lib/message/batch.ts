import { Hl7Error } from '../errors';
import { type Exchange, exchanges, type Part } from '../exchange';
import {
  type Batch,
  type BatchAnswer,
  type BatchHeader,
  type BatchWarning,
  buildBatchAck,
  leadBytes,
  normaliseSegmentEndsSteps,
  peekHeader,
  splitBatchSteps,
} from '../hl7';
import type { BatchFacts, MllpFacts } from '../message-contract';
import { inSteps, TURNS } from '../util';
import { type BatchPart, type InboundMessage, readPartSteps, readTextSteps } from './inbound';
import { asReceived } from './received';

/** The messages of a batch, each with the answer of its own still to come. */
interface SplitMessages {
  messages: BatchPart[];
  warnings: BatchWarning[];
}

/**
 * Splits a batch. Each message gets its own bytes as received, as far as they are known, its header facts and its exchange; the
 * sender gets one batch of acknowledgments when all are answered (HL7 v2.9 section 2.10.3.3). Yields to the event loop periodically.
 * @param whole the message that carries the batch
 * @param text the batch as text
 * @throws Hl7Error BATCH_EMPTY, BATCH_STRAY, BATCH_TOO_LARGE, ACK_ALREADY_SENT
 */
export function* splitMessageSteps(whole: Partial<InboundMessage>, text: string): Generator<void, SplitMessages> {
  const ofText = yield* splitBatchSteps(text);
  // One that is whole and has no message is answered: by an empty batch.
  if (ofText.messages.length === 0 && (ofText.incomplete || !hasEnvelope(ofText) || ofText.stray.length > 0)) {
    throw new Hl7Error(
      'BATCH_EMPTY',
      'The batch holds no message, and is not complete: a trailer is missing, or a count says that more was sent.',
      {
        fault: 'content',
        errors: [{ code: '100', text: 'Batch without a message, or cut short' }],
      },
    );
  }
  if (ofText.stray.length > 0) {
    // They belong to no message, so no answer of a message could speak for them.
    throw new Hl7Error('BATCH_STRAY', 'The batch has segments that belong to no message.', {
      fault: 'content',
      errors: [{ code: '100', text: 'Segments outside of a message' }],
    });
  }
  const id = whole._session?.id;
  const exchange = id === undefined ? undefined : exchanges.find(id);
  const source = sourceOf(whole, exchange);
  const cut = yield* cutBytes(source, text, ofText);
  const batch = cut?.batch ?? ofText;
  const parts: { message: BatchPart; part: Part; acknowledgment: boolean }[] = [];
  for (const [i, one] of batch.messages.entries()) {
    const part = (of: Buffer): Buffer => of.subarray(cut!.lead + one.start, cut!.lead + one.end);
    const raw = cut && source.raw && part(source.raw);
    const content = cut === undefined ? one.text : part(cut.bytes);
    const facts = factsOf(ofText, i);
    const made = yield* readPartSteps(source, content, raw, facts.deviations);
    // No positive answer may speak for bytes that are not those of the batch that came in.
    if (exchange !== undefined && cut !== undefined && !exchange.isOf(cut.bytes)) made.part.content = undefined;
    // No answer to it is due; the session of the batch is not its own.
    if (made.acknowledgment) made.message._session = undefined;
    if (facts.envelope.length > 0) made.message.batch = facts;
    if (cut?.edited) made.message.payload = yield* normaliseSegmentEndsSteps(ofText.messages[i]!.text);
    parts.push(made);
    yield;
  }
  if (id !== undefined && exchanges.find(id) !== undefined) {
    const sessions = yield* exchanges.splitting(
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

/** The message came in a batch: its row has it without the segments around it. */
export const BATCH_ENVELOPE = 'BATCH_ENVELOPE';

/** A batch as far as it was sent as one; messages that only follow each other have none. */
function hasEnvelope({ envelope }: Batch): boolean {
  return envelope.file !== undefined || envelope.batches.length > 0;
}

/** What a message of a batch knows of it. */
function factsOf({ messages, envelope: { file }, fileHeaders, fileTrailers, codes }: Batch, i: number): BatchFacts {
  const { group, position } = messages[i]!;
  const { header } = group;
  const lines = [...fileHeaders, ...group.envelope, ...fileTrailers];
  return {
    fileId: file?.fields[11] ?? '',
    fileName: file?.fields[9] ?? '',
    batchId: header?.fields[11] ?? '',
    batchName: header?.fields[9] ?? '',
    position,
    count: group.messages,
    envelope: lines,
    deviations: [...(lines.length > 0 ? [BATCH_ENVELOPE] : []), ...new Set([...codes, ...group.codes])],
  };
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
 * Prepares the positive answer to a message before anything was done with it; of a batch, to every message. A batch is
 * split here, so that no later node can answer it again.
 * @returns answers; rejects as `splitMessageSteps` and `Exchange.answer`
 */
export function* acceptingOnReceipt(
  exchange: Exchange,
  message: InboundMessage,
  batch: boolean,
): Generator<void, () => Promise<unknown>> {
  if (!batch) return () => exchange.answer({});
  try {
    const { messages } = yield* splitMessageSteps(message, message.payload);
    return async () => Promise.all(await inSteps(answering(messages)));
  } catch (error) {
    return () => Promise.reject(error);
  }
}

function* answering(messages: readonly BatchPart[]): Generator<void, Promise<unknown>[]> {
  const answers: Promise<unknown>[] = [];
  for (const { _session } of messages) {
    if (_session === undefined) continue;
    const answer = exchanges.of(_session).answer({});
    // The promise of all answers reports a refusal; until then it must not count as unhandled.
    answer.catch(() => undefined);
    answers.push(answer);
    yield;
  }
  return answers;
}

/** Where the bytes of a batch come from. */
interface Source {
  /** As received, where that is known. */
  bytes: Buffer | undefined;
  /** The flow's copy of them, which its messages share; undefined where it has none that they could share. */
  raw: Buffer | undefined;
  mllp?: MllpFacts;
}

function sourceOf({ raw, mllp }: Partial<InboundMessage>, exchange: Exchange | undefined): Source {
  const received = asReceived(raw);
  if (received !== undefined) return { bytes: received.bytes, raw, mllp: received.mllp };
  const content = exchange?.content;
  // A flow that took the bytes away, or copied them, has not changed what came in.
  if (content !== undefined && (!Buffer.isBuffer(raw) || content.equals(raw)))
    return { bytes: content, raw: undefined, mllp };
  return Buffer.isBuffer(raw) ? { bytes: raw, raw, mllp } : { bytes: undefined, raw: undefined, mllp };
}

interface Cut {
  batch: Batch;
  bytes: Buffer;
  /** Bytes before the batch that carry nothing. */
  lead: number;
  /** The flow has changed the text since the bytes came in. */
  edited: boolean;
}

/** The batch cut in its bytes; undefined when these are not the bytes that the text came in as. */
function* cutBytes({ bytes, mllp }: Source, text: string, ofText: Batch): Generator<void, Cut | undefined> {
  if (bytes === undefined) return undefined;
  const lead = leadBytes(bytes);
  // Separators and segment names are ASCII in every set that MLLP can carry, so bytes can be cut in their latin1 view.
  const view = bytes.toString('latin1', lead);
  yield;
  const batch = yield* splitBatchSteps(view);
  if (batch.messages.length !== ofText.messages.length) return undefined;
  const edited = (yield* readTextSteps(bytes, mllp)).text !== text;
  if (!edited) return { batch, bytes, lead, edited };
  for (const [i, one] of batch.messages.entries()) {
    if (controlIdOf(one.text) !== controlIdOf(ofText.messages[i]!.text)) return undefined;
    if (i % TURNS === 0) yield;
  }
  return { batch, bytes, lead, edited };
}

function controlIdOf(text: string): string {
  return peekHeader(text)?.fields[10] ?? '';
}
