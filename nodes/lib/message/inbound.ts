import { type ErrorCode, Hl7Error } from '../errors';
import { Delivery, isOwnAnswer, type Part } from '../exchange';
import {
  areEncodingCharactersValid,
  asksAccept,
  charsetLabel,
  componentOf,
  type DecodedMessage,
  decodeMessageSteps,
  decodeTextSteps,
  encodeText,
  findStrayLinesSteps,
  type Header,
  headerFacts,
  headerFault,
  isAckCondition,
  leadBytes,
  normaliseSegmentEnds,
  normaliseSegmentEndsSteps,
  peekAcknowledged,
  peekBatchHeader,
  peekHeader,
  type Role,
  readDelimiters,
  roleOf,
  segmentEnd,
  topic,
} from '../hl7';
import type { BatchFacts, HeaderFacts, MllpFacts, Session, TlsInfo } from '../message-contract';
import { atOnce } from '../util';
import { asReceived, copyForFlow, notePart } from './received';

/** How the text of a message may be odd without being refused. Codes are stable: they are stored and counted. */
export const TEXT_DEVIATIONS = [
  'CHARSET_FALLBACK',
  'CHARSET_DOUBTFUL',
  'CHARSET_UNKNOWN',
  'ACCEPT_ACK_UNKNOWN',
  'APPLICATION_ACK_UNKNOWN',
  'ENCODING_CHARACTERS_INVALID',
  'INVALID_SEGMENT',
  'ENVELOPE_IN_MESSAGE',
] as const;

/** What a listener tells about a frame. */
export interface Received {
  content: Buffer;
  /** The part of the content whose header an answer must name, when it is not the first. */
  answerTo?: Buffer;
  deviations: readonly string[];
  receivedAt: Date;
  connection: {
    id: string;
    remoteAddress: string;
    remotePort: number;
    localPort: number;
    tls: TlsInfo | false;
  };
}

/** How a listener reads text. */
export interface TextSettings {
  /** Set to assume when MSH-18 is empty or unknown; `''` for none. */
  charset: string;
  /** Use it whatever MSH-18 says. */
  forceCharset: boolean;
  /** Read what is UTF-8 as that, whatever else MSH-18 says. */
  preferUtf8?: boolean;
}

/** The Node-RED message of a frame. */
export interface InboundMessage {
  payload: string;
  topic: string;
  hl7: HeaderFacts;
  mllp: MllpFacts;
  raw: Buffer;
  _session?: Session;
}

export interface Inbound {
  message: InboundMessage;
  /** What an acknowledgment needs to know. */
  part: Part;
  /** Of an `acknowledgment` no answer is ever due; of a `response`, which is one that asks for it, an accept acknowledgment. */
  kind: Role | 'batch';
  /** What is odd about the text, beside what the listener saw of the frame. */
  deviations: TextDeviation[];
}

/** Makes the message of a frame: text decoded, segments ended by CR, header facts by a peek at MSH; no parse. */
export function inboundOf(frame: Received, listener: string, settings: TextSettings): Inbound {
  return atOnce(receiveSteps(frame, listener, settings));
}

/** As `inboundOf`; yields to the event loop periodically where the frame is large. */
export function* receiveSteps(frame: Received, listener: string, settings: TextSettings): Generator<void, Inbound> {
  const { content, connection } = frame;
  const { text, part, charset, charsetFallback, deviations } = yield* reading(content, settings);
  const answered = frame.answerTo === undefined ? { text, part } : yield* reading(frame.answerTo, settings);
  const { kind, ...role } = inRole(answered.text, answered.part.header);
  const batch = part.header === undefined && peekBatchHeader(text) !== undefined;
  const mllp: MllpFacts = {
    listener,
    connection: connection.id,
    remoteAddress: connection.remoteAddress,
    remotePort: connection.remotePort,
    localPort: connection.localPort,
    tls: connection.tls,
    receivedAt: frame.receivedAt.toISOString(),
    size: content.length,
    charset,
    charsetFallback,
    ...(settings.forceCharset && settings.charset !== '' && { charsetForced: true as const }),
    ...(settings.preferUtf8 && { utf8Preferred: true as const }),
    deviations: [...frame.deviations, ...deviations],
  };
  // The flow's own copies: what it changes there must not change what is stored, or how its sender is answered.
  const delivery = new Delivery();
  const raw = yield* copyForFlow({ bytes: content, hl7: part.facts, mllp, delivery });
  return {
    message: {
      payload: text,
      topic: topic(part.facts),
      hl7: { ...part.facts },
      mllp: copyOf(mllp),
      raw,
    },
    part: { ...answered.part, ...role, content, delivery },
    kind: batch ? 'batch' : kind,
    deviations,
  };
}

/** True for a message of a listener that is itself an acknowledgment: no answer to it is due. */
export function isAnswer({ raw, mllp }: { raw?: unknown; mllp?: unknown }): boolean {
  if (mllp === undefined || !Buffer.isBuffer(raw)) return false;
  const lead = leadBytes(raw);
  const text = raw.toString('latin1', lead, lead + ANSWER_BYTES);
  return inRole(text, peekHeader(text)).kind === 'acknowledgment';
}

/** What a message is to us, and what an exchange needs to know of that. */
function inRole(text: string, header: Header | undefined): { kind: Role } & Pick<Part, 'response' | 'acknowledges'> {
  const acknowledged = peekAcknowledged(text, header);
  const role = roleOf(text, header, acknowledged);
  if (acknowledged === undefined) return { kind: role };
  if (isOwnAnswer(acknowledged.controlId)) return { kind: 'acknowledgment' };
  // Without MSH-15 nothing is due, however it fares.
  const silent = role === 'response' && !asksAccept(componentOf(header!, 15, 0) ?? '');
  return { kind: silent ? 'acknowledgment' : role, response: role === 'response', acknowledges: true };
}

/** A frame that a listener does not take. */
interface Refused {
  /** For people: `listener "ward" (port 2575)`. */
  where: string;
  remoteAddress: string;
  /** MSH-10 as sent; `''` when there is none. */
  controlId: string;
  /** What to do about it: a sentence. */
  advice?: string;
}

/** The failure of a frame that a listener does not take. It names listener, sender and control ID, which are no patient data. */
export function refusedFrame(code: ErrorCode, reason = 'The frame is not usable.', refused: Refused): Hl7Error {
  const { where, remoteAddress, advice = '' } = refused;
  const tooLarge = code === 'FRAME_TOO_LARGE';
  const errors = [{ code: tooLarge ? '104' : '100', text: reason }];
  const controlId = printable(refused.controlId);
  const which = controlId === '' ? 'without a control ID' : `with control ID ${controlId}`;
  const text = `A frame of ${where} from ${remoteAddress} ${which} was refused. ${reason} ${advice}`.trimEnd();
  return new Hl7Error(code, text, { fault: tooLarge ? 'refused' : 'content', errors });
}

/** Of a control ID what a line of a log may hold. */
function printable(controlId: string): string {
  return controlId
    .replace(/[^\x21-\x7e]+/g, ' ')
    .trim()
    .slice(0, 50);
}

/** What a message of a batch has of its own; all else it shares with the message that carried the batch. */
export type BatchPart = Pick<InboundMessage, 'payload' | 'topic' | 'hl7'> &
  Partial<Pick<InboundMessage, 'mllp' | 'raw' | '_session'>> & { batch?: BatchFacts };

/** Text deviations of the whole frame say nothing of one of its messages. */
const OF_TEXT: ReadonlySet<string> = new Set(TEXT_DEVIATIONS);

/**
 * One message of a batch.
 * @param whole the message that carried the batch: how it came
 * @param content the message's bytes as received, or its text where no bytes are known
 * @param raw the same bytes in the flow's copy of the batch; without it the message gets a copy
 * @param ofBatch deviations of the batch that each of its messages has
 */
export function* readPartSteps(
  { mllp }: { mllp?: MllpFacts },
  content: Buffer | string,
  raw?: Buffer,
  ofBatch: readonly string[] = [],
): Generator<void, { message: BatchPart; part: Part; acknowledgment: boolean }> {
  const known = typeof content !== 'string';
  const bytes = known ? content : Buffer.from(content, 'utf8');
  const settings = known
    ? {
        charset: mllp?.charset ?? '',
        forceCharset: mllp?.charsetForced === true,
        preferUtf8: mllp?.utf8Preferred === true,
      }
    : { charset: 'utf-8', forceCharset: true };
  const { text, part, deviations, ...facts } = yield* reading(bytes, settings);
  const message: BatchPart = { payload: text, topic: topic(part.facts), hl7: { ...part.facts } };
  // A batch that is split on two branches, or was answered on receipt, is delivered once all the same.
  const delivery = asReceived(raw)?.delivery ?? new Delivery();
  let own: MllpFacts | undefined;
  if (mllp !== undefined) {
    const kept = mllp.deviations.filter((code) => !OF_TEXT.has(code));
    own = { ...mllp, size: bytes.length, ...facts, deviations: [...kept, ...deviations, ...ofBatch] };
    message.mllp = copyOf(own);
  }
  if (known) {
    const received = { bytes: content, hl7: part.facts, mllp: own, delivery };
    message.raw = raw ?? (yield* copyForFlow(received));
    notePart(message.raw, received);
  }
  const { kind, ...role } = inRole(text, part.header);
  const acknowledgment = kind === 'acknowledgment';
  return { message, part: { ...part, ...role, content: known ? content : undefined, delivery }, acknowledgment };
}

/** The text of bytes, as `mllp in` made it where they came that way. */
export function textOf(raw: Buffer, mllp: Pick<MllpFacts, 'charset'> | undefined): { text: string; charset: string } {
  return atOnce(readTextSteps(raw, mllp));
}

/** As `textOf`; yields to the event loop periodically. */
export function* readTextSteps(
  raw: Buffer,
  mllp: Pick<MllpFacts, 'charset'> | undefined,
): Generator<void, { text: string; charset: string }> {
  const { text, charset } = yield* mllp ? decodeTextSteps(raw, mllp.charset) : decodeMessageSteps(raw);
  return { text: yield* normaliseSegmentEndsSteps(text), charset };
}

function copyOf(mllp: MllpFacts): MllpFacts {
  return { ...mllp, tls: mllp.tls && { ...mllp.tls }, deviations: [...mllp.deviations] };
}

/** The header and the segments before MSA are within so many bytes. */
const ANSWER_BYTES = 8192;

type TextDeviation = (typeof TEXT_DEVIATIONS)[number];
type SyntaxDeviation = Exclude<TextDeviation, `CHARSET_${string}`>;

/** What is odd about the text of one message, whatever its bytes were. */
function* readSyntaxSteps(
  text: string,
  header: Header | undefined,
  facts: HeaderFacts,
): Generator<void, Record<SyntaxDeviation, boolean>> {
  const delimiters = header?.delimiters ?? readDelimiters(text);
  const single = delimiters !== undefined && text.startsWith('MSH');
  const stray = single ? yield* findStrayLinesSteps(text, delimiters.field) : undefined;
  return {
    ACCEPT_ACK_UNKNOWN: !isAckCondition(facts.acceptAck),
    APPLICATION_ACK_UNKNOWN: !isAckCondition(facts.applicationAck),
    ENCODING_CHARACTERS_INVALID: delimiters !== undefined && !areEncodingCharactersValid(delimiters),
    INVALID_SEGMENT: stray?.invalid === true,
    ENVELOPE_IN_MESSAGE: stray?.envelope === true,
  };
}

/** The deviations of a message that came another way than through `mllp in`, by its text, with segments ended by CR. */
export function syntaxDeviations(text: string, header: Header | undefined): string[] {
  const seen: Partial<Record<TextDeviation, boolean>> = atOnce(readSyntaxSteps(text, header, headerFacts(header)));
  return TEXT_DEVIATIONS.filter((code) => seen[code]);
}

interface Read {
  text: string;
  part: Part;
  charset: string;
  charsetFallback: boolean;
  deviations: TextDeviation[];
}

function* reading(content: Buffer, settings: TextSettings): Generator<void, Read> {
  const { charset: own, forceCharset: force, preferUtf8 } = settings;
  const decoded = yield* decodeMessageSteps(content, { default: own || undefined, force, preferUtf8, narrow: true });
  const text = yield* normaliseSegmentEndsSteps(decoded.text);
  const header = peekHeader(text);
  const { charset } = decoded;
  const facts = headerFacts(header);
  const part: Part = { facts, ...answerable(content, decoded, header) };
  if (header === undefined) part.fault = headerFault(text);
  const seen: Record<TextDeviation, boolean> = {
    CHARSET_FALLBACK: decoded.fallback,
    CHARSET_DOUBTFUL: decoded.doubtful === true,
    CHARSET_UNKNOWN: decoded.unknown === true,
    ...(yield* readSyntaxSteps(text, header, facts)),
  };
  const deviations = TEXT_DEVIATIONS.filter((code) => seen[code]);
  return { text, part, charset, charsetFallback: decoded.fallback, deviations };
}

/** The header that an answer echoes, and the set that the answer is written in. */
type Echoed = Pick<Part, 'header' | 'charset' | 'charsetLabel'>;

/** A header segment longer than this is echoed as it was decoded. */
const ECHO_CHARACTERS = 65_536;

/**
 * What an answer needs to name the message by the sender's own bytes (MSA-2; HL7 v2.9 section 2.9.2.1). Where the header
 * holds bytes that are not valid in the set of the text, these would go back as other ones: the answer is then made of
 * latin1 characters, each of which is a byte.
 */
function answerable(content: Buffer, decoded: DecodedMessage, header: Header | undefined): Echoed {
  const { charset, label, fallback } = decoded;
  const echoed = { header, charset, charsetLabel: label };
  if (!fallback || header === undefined) return echoed;
  const end = segmentEnd(decoded.text, 4, header.delimiters.field);
  if (end > ECHO_CHARACTERS) return echoed;
  const { bytes } = encodeText(decoded.text.slice(0, end), charset);
  const start = decoded.bom ? 3 : 0;
  const sent = content.subarray(start, start + bytes.length);
  const next = content[start + bytes.length];
  if (sent.equals(bytes) && (next === undefined || next === 0x0d || next === 0x0a)) return echoed;
  const plain = peekHeader(normaliseSegmentEnds(content.toString('latin1', start, start + 4 * (end + 1))));
  return plain === undefined ? echoed : { header: plain, charset: LATIN1, charsetLabel: charsetLabel(LATIN1) };
}

const LATIN1 = 'iso-8859-1';
