import type { ErrorDetail, Hl7Error } from '../errors';
import type { AckCode, AckOverride, Answer, Receipt, StoredAnswer } from '../message-contract';

export { isPositive } from '../hl7';

export type { Answer };

/** What an exchange needs of an acknowledgment that the log holds. */
export type RecordedAnswer = Omit<StoredAnswer, 'answeredAt'>;

/** What a store tells an exchange once a message is committed, and how the exchange keeps the log of answers true. */
export interface StoreRecord {
  receipt: Receipt;
  /** Names the database. */
  place?: string;
  /** The row in the log, for a further offer of the same delivery; undefined where the log is not written. */
  row?: { key: string; duplicate: boolean };
  /** The answers that were committed with the message or, for a repeated one, with its first delivery. */
  answers: RecordedAnswer[];
  /** Replaces the answers of the message; resolves after the commit. */
  record(answers: Answer[]): Promise<RecordedAnswer[]>;
  /** Notes, some time later, that the answers left. */
  sent(ids: number[], at: Date): void;
  /** Adds a deviation to the stored message, some time later. */
  addDeviation?(code: string): void;
}

/** What a flow asks for. Without a code: positive, unless the message failed or has no control ID. */
export interface AnswerRequest extends AckOverride {
  code?: AckCode;
  /** Refuse a positive answer as long as no store has committed the message. */
  onlyStored?: boolean;
  /** The message came through a Catch node: never a positive answer by itself. */
  failed?: boolean;
}

/**
 * The faults that a flow wants reported, from whatever it put there: values as text, entries that are no object left out.
 * @returns undefined when there is no list
 */
export function readErrors(value: unknown): ErrorDetail[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const text = (one: unknown): string | undefined => (one === undefined || one === null ? undefined : String(one));
  const given = value.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null);
  return given.map(({ location, code, text: words, severity }) => ({
    location: text(location),
    code: text(code) || '207',
    text: text(words),
    severity: (['E', 'W', 'I'] as const).find((one) => one === severity),
  }));
}

/** What was sent. */
export interface SentAnswer {
  /** The last code that was sent; `''` when the sender asked for no answer. */
  code: string;
  answers: Answer[];
  /** Acknowledgments that must go to the sender on another connection. */
  separate: Answer[];
  /** True when the bytes of an earlier answer to the same message were sent again. */
  repeated: boolean;
  /** Why the log does not hold the (negative) answers, when it could not be written. */
  unrecorded?: Hl7Error;
}

/** What stands in `msg.ack` after the answer: plain data. */
export interface AckResult {
  code: string;
  /** MSH-10 of the acknowledgment. */
  controlId: string;
  /** The acknowledgments as sent, byte for byte, without their frames. */
  raw: Buffer[];
  repeated: boolean;
  /** Acknowledgments for the flow to send on another connection, byte for byte. */
  separate: Buffer[];
}

/** What `msg.ack` says of an answer. */
export function ackResult(sent: SentAnswer): AckResult {
  return {
    code: sent.code,
    controlId: sent.answers.at(-1)?.controlId ?? '',
    raw: sent.answers.map(({ raw }) => raw),
    repeated: sent.repeated,
    separate: sent.separate.map(({ raw }) => raw),
  };
}
