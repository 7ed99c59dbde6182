import { CONTROL_ID_REUSED, type MessageRecord } from '../../record';
import type { AnswerKind, StoredAnswer } from '../../types';
import type { Delivered, InsertedMessage } from '../contract';

/** Rows as drivers hand them over: some give a 64-bit number as text. */
export interface MessageRow<Id extends number | string = number | string> {
  id: Id;
  dedupe_key: string;
  deviations: string | null;
}

export interface DeliveredRow extends MessageRow {
  stored_at: Date;
  deliveries: number;
  batch_token: string | null;
}

export interface AnswerRow {
  id: number | string;
  message_id: number | string;
  kind: AnswerKind;
  code: string;
  control_id: string | null;
  raw: Buffer;
  answered_at: Date;
  sent_at: Date | null;
}

export function insertedOf({ id, dedupe_key, deviations }: MessageRow): InsertedMessage {
  return { id: Number(id), key: dedupe_key, controlIdReused: deviations?.includes(CONTROL_ID_REUSED) ?? false };
}

export function deliveredOf(row: DeliveredRow): Delivered {
  return { ...insertedOf(row), storedAt: row.stored_at, deliveries: row.deliveries, token: row.batch_token };
}

/** Answers by the id of their message, in the order of the rows. */
export function answersByMessage(rows: readonly AnswerRow[]): Map<number, StoredAnswer[]> {
  const answers = new Map<number, StoredAnswer[]>();
  for (const { id, message_id, kind, code, control_id, raw, answered_at, sent_at } of rows) {
    const messageId = Number(message_id);
    const list = answers.get(messageId) ?? [];
    const controlId = control_id ?? '';
    list.push({ id: Number(id), kind, code, controlId, raw, answeredAt: answered_at, sentAt: sent_at });
    answers.set(messageId, list);
  }
  return answers;
}

/** The answers of records that are offered together; `of` is the record's place. */
export function answersOf(records: readonly MessageRecord[], answeredAt: Date) {
  return records.flatMap(({ answers }, of) => answers.map((answer) => ({ of, answer, answeredAt })));
}

/** The identifiers of records that are offered together; `of` is the record's place. */
export function identifiersOf(records: readonly MessageRecord[]) {
  return records.flatMap(({ identifiers }, of) =>
    identifiers.map((identifier, n) => ({ of, position: n + 1, identifier })),
  );
}
