import type { HeaderFacts, MllpFacts } from '../contract';
import { Hl7Error } from '../errors';
import { decodeMessage } from '../hl7/charset';
import { headerFacts, peekHeader } from '../hl7/header';
import { type Transformed, toText } from '../hl7/object-text';
import { normaliseSegmentEnds } from '../hl7/segments';
import type { PreparedAnswer, Row } from '../store/types';

/** The parts of a Node-RED message that the log keeps. */
export interface Storable {
  payload?: unknown;
  raw?: unknown;
  hl7?: HeaderFacts;
  mllp?: MllpFacts;
  replayOf?: number;
}

/**
 * The log row of a message. The bytes are those that came in (`msg.raw`); a message that came another way than
 * `mllp in` is taken from its payload: bytes, text or an object of `hl7 parse`.
 * @throws Hl7Error STORE_NO_MESSAGE when there is nothing that could be a message.
 */
export function rowOf(msg: Storable, again: Row['again'], answers: PreparedAnswer[]): Row {
  const { mllp } = msg;
  const raw = bytesOf(msg);
  const decoded = decodeMessage(raw, mllp ? { default: mllp.charset, force: true } : {});
  const text = normaliseSegmentEnds(decoded.text).text;
  return {
    raw,
    text,
    hl7: msg.hl7 ?? headerFacts(peekHeader(text)),
    listener: mllp?.listener ?? '',
    remoteAddress: mllp?.remoteAddress ?? '',
    remotePort: mllp?.remotePort ?? null,
    receivedAt: mllp ? new Date(mllp.receivedAt) : new Date(),
    charset: mllp?.charset ?? decoded.charset,
    deviations: mllp?.deviations ?? [],
    again,
    answers,
    replayOf: msg.replayOf,
  };
}

function bytesOf(msg: Storable): Buffer {
  if (Buffer.isBuffer(msg.raw)) return msg.raw;
  if (Buffer.isBuffer(msg.payload)) return msg.payload;
  const text = typeof msg.payload === 'string' ? msg.payload : textOfObject(msg.payload);
  if (text === '') {
    throw new Hl7Error(
      'STORE_NO_MESSAGE',
      'The message has no HL7 text to store: neither msg.raw nor msg.payload holds one. Put db store behind mllp in or hl7 parse.',
      { fault: 'content' },
    );
  }
  return Buffer.from(text, 'utf8');
}

function textOfObject(payload: unknown): string {
  return typeof payload === 'object' && payload !== null ? toText(payload as Transformed) : '';
}
