import { isAscii, isUtf8 } from 'node:buffer';
import { ACKS, IDENTIFIERS, MESSAGES, type Value, WRITTEN, type Written } from '../../columns';
import { CONTENT_KEY_LENGTH, type Identifier, type MessageRecord } from '../../record';
import type { PreparedAnswer } from '../../types';
import { bytes, quoted, time, timeText } from './literals';

/** A value's parameter: text that the server can make of the bytes is not sent. */
const parameter = (column: Written): string => (column === 'text' ? 'COALESCE(?, CONVERT(raw USING utf8mb4))' : '?');
const ROW = `(${WRITTEN.map(parameter).join(', ')})`;

const texts = new Map<number, string>();

/** Writes so many messages, and leaves those alone whose key is there. An error stays an error, as with IGNORE it would not. */
export function insertMessages(rows: number): string {
  let text = texts.get(rows);
  if (text === undefined) {
    const values = new Array<string>(rows).fill(ROW).join(', ');
    text = `INSERT INTO ${MESSAGES} (${WRITTEN.join(', ')}) VALUES ${values} ON DUPLICATE KEY UPDATE id = id`;
    texts.set(rows, text);
  }
  return text;
}

/** The parameters of a message; `text` is null where the server can make it of the bytes. */
export function messageParameters(
  { columns }: MessageRecord,
  changes: Partial<Record<Written, Value>>,
): (string | Buffer | null)[] {
  return WRITTEN.map((column) => {
    const change = changes[column];
    const value = change === undefined ? columns[column] : change;
    if (value instanceof Date) return timeText(value);
    return typeof value === 'number' ? String(value) : value;
  });
}

/** True when the bytes, read as UTF-8, are the text. */
export function isTextOf(raw: Buffer, text: string): boolean {
  if (isAscii(raw)) return raw.length === text.length && raw.toString('latin1') === text;
  return isUtf8(raw) && raw.toString('utf8') === text;
}

/** Rows that `sameControlIds` hands back at the most: a sender may give all its messages one control ID. */
export const SAME_CONTROL_IDS = 256;

/** Rows with the same control IDs; who else sent them, and what, is compared here, where every character counts. */
export function sameControlIds(controlIds: readonly string[]): string {
  return `SELECT control_id, sending_application, sending_facility, dedupe_key
  FROM ${MESSAGES} FORCE INDEX (hl7_messages_control_id) WHERE control_id IN (${controlIds.map(quoted).join(', ')})
  LIMIT ${SAME_CONTROL_IDS}`;
}

/** A row if the sender of a message used its control ID before, for other content: the first one found decides. */
export function isReused({ content, columns }: MessageRecord): string {
  const same = (['control_id', 'sending_application', 'sending_facility'] as const).map((column) => {
    const value = quoted(columns[column] as string | null);
    // Equal by index, then in every character: blanks at the end do not count for the index.
    return `${column} <=> ${value} AND CAST(${column} AS BINARY) <=> CAST(${value} AS BINARY)`;
  });
  return `SELECT 1 AS reused FROM ${MESSAGES} FORCE INDEX (hl7_messages_control_id)
  WHERE ${same.join(' AND ')} AND LEFT(dedupe_key, ${CONTENT_KEY_LENGTH}) <> ${quoted(content)} LIMIT 1`;
}

/** The rows that one writer's batch wrote, in the order in which it wrote them. */
export function writtenBy(token: string, keys: readonly string[]): string {
  return `SELECT id, dedupe_key, deviations FROM ${MESSAGES} FORCE INDEX (hl7_messages_dedupe_key)
  WHERE dedupe_key IN (${keys.map(quoted).join(', ')}) AND batch_token = ${quoted(token)} ORDER BY id`;
}

/** Parameters: text, id. */
export const SET_TEXT = `UPDATE ${MESSAGES} SET text = ? WHERE id = ?`;

const PROVEN = '@hl7_first';

/**
 * Finds the first id of so many rows, which `provenId` counts from; NULL, which what hangs on it refuses, when their ids
 * do not follow one another from the first: they do, unless the server is configured to assign them in steps. As a
 * statement of its own it reads without locks; inside an INSERT it would wait for rows of other writers.
 */
export function prove(first: number, rows: number, token: string): string {
  const last = first + rows - 1;
  return `SELECT IF(COUNT(*) = ${rows} AND MAX(id) = ${last}, ${first}, NULL) INTO ${PROVEN} FROM ${MESSAGES}
  WHERE id BETWEEN ${first} AND ${last} AND batch_token = ${quoted(token)}`;
}

/**
 * SQL for the id of one of the rows that `prove` found.
 * @param at place among the rows, from 0
 */
export const provenId = (at: number): string => `(${PROVEN} + ${at})`;

/** The id of a message, or NULL, which the row that needs it refuses. */
export const existing = (id: number): string => `(SELECT id FROM ${MESSAGES} WHERE id = ${id})`;

/** @param messageId an id, or SQL for one */
export function answerRow(messageId: string | number, answer: PreparedAnswer, answeredAt: Date): string {
  const { kind, code, controlId, raw } = answer;
  return `(${messageId}, ${quoted(kind)}, ${quoted(code)}, ${quoted(controlId)}, ${bytes(raw)}, ${time(answeredAt)})`;
}

export const INSERT_IDENTIFIERS = `INSERT INTO ${IDENTIFIERS}
  (message_id, position, kind, source, value, authority, type_code) VALUES `;

export function identifierRow(messageId: string | number, position: number, identifier: Identifier): string {
  const { kind, source, value, authority, typeCode } = identifier;
  const texts = [kind, source, value, authority || null, typeCode || null].map(quoted);
  return `(${messageId}, ${position}, ${texts.join(', ')})`;
}

/**
 * Writes answers for these messages, and hands back their ids, in their order.
 * @param rows of `answerRow`
 */
export function insertAnswers(rows: string, messageIds: readonly number[]): string {
  return `INSERT INTO ${ACKS} (message_id, kind, code, control_id, raw, answered_at) VALUES ${rows};
  SELECT id FROM ${ACKS} FORCE INDEX (PRIMARY)
  WHERE id >= LAST_INSERT_ID() AND message_id IN (${messageIds.join(', ')}) ORDER BY id`;
}

export function removeAnswers(messageIds: readonly number[]): string {
  return `DELETE FROM ${ACKS} WHERE message_id IN (${messageIds.join(', ')})`;
}

export function answersOf(messageIds: readonly number[]): string {
  return `SELECT id, message_id, kind, code, control_id, raw, answered_at, sent_at FROM ${ACKS}
  FORCE INDEX (hl7_acks_message_id) WHERE message_id IN (${messageIds.join(', ')}) ORDER BY id`;
}

export function addDeliveries(count: number, keys: readonly string[]): string {
  return `UPDATE ${MESSAGES} SET deliveries = deliveries + ${count} WHERE dedupe_key IN (${keys.map(quoted).join(', ')})`;
}

export function delivered(keys: readonly string[]): string {
  return `SELECT id, dedupe_key, stored_at, deliveries, deviations, batch_token FROM ${MESSAGES} FORCE INDEX (hl7_messages_dedupe_key)
  WHERE dedupe_key IN (${keys.map(quoted).join(', ')})`;
}

/** Parameter: JSON, a list of [answer id, time]. */
export const RECORD_SENT_TIMES = `UPDATE JSON_TABLE(?, '$[*]' COLUMNS (id bigint PATH '$[0]', at varchar(30) PATH '$[1]')) AS mark
  STRAIGHT_JOIN ${ACKS} AS a ON a.id = mark.id SET a.sent_at = mark.at`;
