import { Hl7Error } from '../errors';
import {
  declaredCharset,
  encodeText,
  headerFacts,
  headerFault,
  normaliseSegmentEnds,
  peekHeader,
  type Transformed,
  toText,
} from '../hl7';
import type { BatchFacts, HeaderFacts, MllpFacts } from '../message-contract';
import type { PreparedAnswer, Row } from '../store';
import { syntaxDeviations, textOf } from './inbound';
import { asReceived, type Received } from './received';

/** The parts of a Node-RED message that the log keeps. */
export interface Storable {
  payload?: unknown;
  raw?: unknown;
  hl7?: HeaderFacts;
  mllp?: MllpFacts;
  /** Where hl7 parse split it from a batch. */
  batch?: Partial<BatchFacts>;
  replayOf?: number;
}

/**
 * The log row of a message. Bytes, header and origin are those that came in, whatever a flow has written into `msg.raw`,
 * `msg.hl7` and `msg.mllp`. Bytes that a flow has put there itself are a message of their own: its header is read from
 * them. A message without bytes is taken from its payload: bytes, text or an object of `hl7 parse`.
 * @throws Hl7Error STORE_NO_MESSAGE when there is no message, unless a listener received what there is; STORE_TEXT_INVALID
 * when its text has no bytes.
 */
export function rowOf(msg: Storable, again: Row['again'], answers: PreparedAnswer[]): Row {
  const received = receivedOf(msg);
  const mllp: Origin | undefined = received?.mllp ?? originOf(msg.mllp);
  const { raw, text, charset } = received === undefined ? contentOf(msg, mllp) : decoded(received.bytes, mllp);
  const header = peekHeader(text);
  // What a listener received is kept whatever it is. Anything else must be a message: it would be a row that says nothing.
  if (header === undefined && !(mllp !== undefined && Buffer.isBuffer(msg.raw))) throw noMessage(text);
  return {
    raw,
    text,
    hl7: received?.hl7 ?? headerFacts(header),
    listener: mllp?.listener ?? '',
    remoteAddress: mllp?.remoteAddress ?? '',
    remotePort: mllp?.remotePort ?? null,
    receivedAt: mllp ? new Date(mllp.receivedAt) : new Date(),
    charset,
    deviations: mllp?.deviations ?? [...textsOf(msg.batch?.deviations), ...syntaxDeviations(text, header)],
    again,
    answers,
    replayOf: msg.replayOf,
    ...(msg.batch && { envelope: textsOf(msg.batch.envelope).filter((line) => /^[FB]HS/.test(line)) }),
  };
}

/** The property may be the flow's own, of another kind. */
function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

/** The refusal of what is no message; says nothing of what it holds. */
function noMessage(text: string): Hl7Error {
  const batch = text.startsWith('FHS') || text.startsWith('BHS');
  const located = headerFault(text) ?? { location: 'MSH^1', code: '100', text: 'The text does not begin with MSH' };
  const reason = batch
    ? 'It is a batch: split it with hl7 parse before db store.'
    : `${located.text}. Put db store behind mllp in, or give it a message as text, bytes or an object of hl7 parse.`;
  return new Hl7Error('STORE_NO_MESSAGE', `What came to db store is not an HL7 message. ${reason}`, {
    fault: 'content',
    errors: [located],
  });
}

/** What came in as the bytes of a message; undefined for one that is not of `mllp in`. */
export function receivedOf({ raw, payload }: Storable): Received | undefined {
  return asReceived(Buffer.isBuffer(raw) ? raw : payload);
}

type Content = Pick<Row, 'raw' | 'text' | 'charset'>;

/** What a row says of how its message came. */
type Origin = Pick<MllpFacts, 'listener' | 'remoteAddress' | 'receivedAt' | 'charset' | 'deviations'> & {
  remotePort: number | null;
};

/** How a message came, where a flow has left that readable: a Function node may have put anything there. */
function originOf(mllp: unknown): Origin | undefined {
  if (typeof mllp !== 'object' || mllp === null) return undefined;
  const { listener, remoteAddress, remotePort, receivedAt, charset, deviations } = mllp as Partial<MllpFacts>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const time = new Date(receivedAt ?? '');
  return {
    listener: text(listener),
    remoteAddress: text(remoteAddress),
    remotePort: Number.isInteger(remotePort) ? (remotePort as number) : null,
    receivedAt: (Number.isNaN(time.getTime()) ? new Date() : time).toISOString(),
    charset: text(charset),
    deviations: Array.isArray(deviations) ? deviations.filter((code) => typeof code === 'string') : [],
  };
}

function contentOf({ raw, payload }: Storable, mllp: Origin | undefined): Content {
  // Copies: the flow may write into its own until they are on disk.
  if (Buffer.isBuffer(raw)) return decoded(Buffer.from(raw), mllp);
  if (Buffer.isBuffer(payload)) return decoded(Buffer.from(payload), undefined);
  const text = typeof payload === 'string' ? payload : textOfObject(payload);
  if (text === '') {
    throw new Hl7Error(
      'STORE_NO_MESSAGE',
      'The message has no HL7 text to store: neither msg.raw nor msg.payload holds one. Put db store behind mllp in or hl7 parse.',
      { fault: 'content' },
    );
  }
  if (!text.isWellFormed()) {
    throw new Hl7Error(
      'STORE_TEXT_INVALID',
      'The text holds half of a surrogate pair, which no character set has bytes for. Mend it in the flow, or store msg.raw.',
      { fault: 'content', errors: [{ code: '102', text: 'Text is not valid Unicode' }] },
    );
  }
  return { ...encoded(text), text: normaliseSegmentEnds(text) };
}

function decoded(raw: Buffer, mllp: Origin | undefined): Content {
  const { text, charset } = textOf(raw, mllp);
  return { raw, text, charset: mllp?.charset || charset };
}

/** The bytes that a text has in the set it names (MSH-18), so that both say the same; UTF-8 where it names none that holds it. */
function encoded(text: string): Omit<Content, 'text'> {
  const header = peekHeader(text);
  const named = header === undefined ? undefined : declaredCharset(header);
  if (named !== undefined && named !== 'us-ascii') {
    const { bytes, lossy } = encodeText(text, named);
    if (!lossy) return { raw: bytes, charset: named };
  }
  return { raw: Buffer.from(text, 'utf8'), charset: 'utf-8' };
}

function textOfObject(payload: unknown): string {
  return typeof payload === 'object' && payload !== null ? toText(payload as Transformed) : '';
}
