import type { HeaderFacts, MllpFacts, Session, TlsFacts } from '../contract';
import type { Part } from '../exchange/registry';
import { answerCharset, decodeMessage } from '../hl7/charset';
import { headerFacts, isAcknowledgment, peekBatchHeader, peekHeader, topic } from '../hl7/header';
import { normaliseSegmentEnds } from '../hl7/segments';

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
    tls: TlsFacts | false;
  };
}

/** How a listener reads text. */
export interface TextSettings {
  /** Set to assume when MSH-18 is empty or unknown; `''` for none. */
  charset: string;
  /** Use it whatever MSH-18 says. */
  forceCharset: boolean;
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
  kind: 'message' | 'batch' | 'acknowledgment';
}

/** Makes the message of a frame: text decoded, segments ended by CR, header facts by a peek at MSH; no parse. */
export function inboundOf(frame: Received, listener: string, settings: TextSettings): Inbound {
  const { content, connection } = frame;
  const { text, part, charset, fallback, unknown } = read(content, settings);
  const deviations = [...frame.deviations];
  if (fallback) deviations.push('CHARSET_FALLBACK');
  if (unknown) deviations.push('CHARSET_UNKNOWN');
  const answered = frame.answerTo === undefined ? part : read(frame.answerTo, settings).part;
  const batch = part.header === undefined && peekBatchHeader(text) !== undefined;
  return {
    message: {
      payload: text,
      topic: topic(part.facts),
      hl7: part.facts,
      mllp: {
        listener,
        connection: connection.id,
        remoteAddress: connection.remoteAddress,
        remotePort: connection.remotePort,
        localPort: connection.localPort,
        tls: connection.tls,
        receivedAt: frame.receivedAt.toISOString(),
        size: content.length,
        charset,
        charsetFallback: fallback,
        deviations,
      },
      raw: content,
    },
    part: answered,
    kind: batch ? 'batch' : isAcknowledgment(text) ? 'acknowledgment' : 'message',
  };
}

/** The message of one part of a batch, from the message that carried the batch. */
export function partOf(whole: InboundMessage, raw: Buffer): Inbound {
  const { text, part, charset, fallback } = read(raw, { charset: whole.mllp.charset, forceCharset: false });
  const mllp = { ...whole.mllp, size: raw.length, charset, charsetFallback: fallback };
  return {
    message: { ...whole, payload: text, topic: topic(part.facts), hl7: part.facts, mllp, raw },
    part,
    kind: isAcknowledgment(text) ? 'acknowledgment' : 'message',
  };
}

function read(content: Buffer, settings: TextSettings) {
  const decoded = decodeMessage(content, { default: settings.charset || undefined, force: settings.forceCharset });
  const { text } = normaliseSegmentEnds(decoded.text);
  const header = peekHeader(text);
  const facts = headerFacts(header);
  const { charset, label } = answerCharset(decoded);
  const part: Part = { header, facts, charset, charsetLabel: label };
  return { text, part, charset: decoded.charset, fallback: decoded.fallback, unknown: decoded.unknown === true };
}
