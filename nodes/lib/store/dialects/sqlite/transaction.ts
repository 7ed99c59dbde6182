import { isAscii } from 'node:buffer';
import type { Value } from '../../columns';
import type { Delivered, Details, InsertedMessage, Transaction } from '../../dialect';
import type { OwnStatement } from '../../own/sql';
import { CONTROL_ID_REUSED, type MessageRecord } from '../../record';
import type { AnswerKind, StoredAnswer } from '../../types';
import { type Connection, KEEP_PREPARED_BYTES } from './driver';
import * as sql from './statements';

interface MessageRow {
  id: number;
  dedupe_key: string;
  deviations: string | null;
  last: number | null;
}

interface DeliveredRow extends MessageRow {
  stored_at: string;
  deliveries: number;
  batch_token: string | null;
}

interface AnswerRow {
  id: number;
  message_id: number;
  kind: AnswerKind;
  code: string;
  control_id: string | null;
  raw: Buffer;
  answered_at: string;
  sent_at: string | null;
}

const MAX_ROWS = sql.ROW_COUNTS[sql.ROW_COUNTS.length - 1]!;

export class SqliteTransaction implements Transaction {
  /** The last id an answer got, as far as this transaction knows it. */
  #lastAnswerId: number | undefined;

  constructor(readonly connection: Connection) {}

  async insertMessages(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<InsertedMessage[]> {
    const inserted: InsertedMessage[] = [];
    for (let from = 0; from < records.length; from += MAX_ROWS) {
      const some = records.slice(from, from + MAX_ROWS);
      const rows = sql.ROW_COUNTS.find((count) => count >= some.length)!;
      const parameters = some.flatMap((record) => messageParameters(record, toSqlTime(storedAt), token));
      const bytes = some.reduce((sum, record) => sum + record.bytes, 0);
      for (const row of await this.#run<MessageRow>(sql.insertMessages(rows), parameters, bytes)) {
        inserted.push({ id: row.id, key: row.dedupe_key, controlIdReused: isReused(row) });
        this.#lastAnswerId ??= row.last ?? 0;
      }
    }
    return inserted;
  }

  async insertDetails({ replaced, answers, identifiers }: Details): Promise<number[]> {
    const values: unknown[][] = replaced.map((messageId) => [sql.REPLACE, messageId]);
    let id = answers.length === 0 ? 0 : await this.#answerId();
    const ids: number[] = [];
    for (const { messageId, answer, answeredAt } of answers) {
      id += 1;
      ids.push(id);
      const raw = answer.raw.toString('hex');
      const at = toSqlTime(answeredAt);
      values.push([sql.ANSWER, messageId, answer.kind, answer.code, answer.controlId, raw, at, id]);
    }
    this.#lastAnswerId = answers.length === 0 ? this.#lastAnswerId : id;
    for (const { messageId, position, identifier } of identifiers) {
      const { kind, source, value, authority, typeCode } = identifier;
      values.push([sql.IDENTIFIER, messageId, kind, source, value, authority, typeCode, position]);
    }
    const json = JSON.stringify(values);
    await this.#run(sql.INSERT_DETAILS, [json], json.length);
    return ids;
  }

  async addDeliveries(counts: ReadonlyMap<string, number>): Promise<Delivered[]> {
    const rows = await this.connection.all<DeliveredRow>(sql.ADD_DELIVERIES, [JSON.stringify([...counts])]);
    return rows.map((row) => ({
      id: row.id,
      key: row.dedupe_key,
      controlIdReused: isReused(row),
      storedAt: fromSqlTime(row.stored_at),
      deliveries: row.deliveries,
      token: row.batch_token,
    }));
  }

  async answersOf(messageIds: readonly number[]): Promise<Map<number, StoredAnswer[]>> {
    const answers = new Map<number, StoredAnswer[]>();
    for (const row of await this.connection.all<AnswerRow>(sql.ANSWERS_OF, [JSON.stringify(messageIds)])) {
      const list = answers.get(row.message_id) ?? [];
      list.push({
        id: row.id,
        kind: row.kind,
        code: row.code,
        controlId: row.control_id ?? '',
        raw: row.raw,
        answeredAt: fromSqlTime(row.answered_at),
        sentAt: row.sent_at === null ? null : fromSqlTime(row.sent_at),
      });
      answers.set(row.message_id, list);
    }
    return answers;
  }

  async own({ sql, parameters }: OwnStatement): Promise<void> {
    // Not kept: there is one for each set of columns that messages leave as they are.
    await this.connection.once(sql, parameters);
  }

  /** A statement keeps the values it was run with last, so one with big values is not kept. */
  #run<T>(text: string, parameters: unknown[], bytes: number): Promise<T[]> {
    const { connection } = this;
    return bytes > KEEP_PREPARED_BYTES ? connection.once<T>(text, parameters) : connection.all<T>(text, parameters);
  }

  async #answerId(): Promise<number> {
    if (this.#lastAnswerId === undefined) {
      const [row] = await this.connection.all<{ last: number | null }>(sql.LAST_ANSWER_ID);
      this.#lastAnswerId = row?.last ?? 0;
    }
    return this.#lastAnswerId;
  }
}

function isReused(row: { deviations: string | null }): boolean {
  return row.deviations?.includes(CONTROL_ID_REUSED) ?? false;
}

/** What a message's columns are bound as: the list, the bytes, the text. Of rows a statement has beyond these, all are NULL. */
export function messageParameters({ columns }: MessageRecord, storedAt: string, token: string | null): unknown[] {
  const raw = columns.raw as Buffer;
  const text = columns.text as string;
  const listed = sql.LISTED.map((column) => {
    if (column === 'stored_at') return storedAt;
    return column === 'batch_token' ? token : bound(columns[column]);
  });
  // The driver clears what was bound before, so that the values at the end need not be spelled out.
  return [JSON.stringify(listed), raw, isTextOf(raw, text) ? null : text];
}

/** True when the bytes, read as UTF-8, are the text: not for every message where they are, but for most. */
function isTextOf(raw: Buffer, text: string): boolean {
  return raw.length === text.length && isAscii(raw) && raw.toString('latin1') === text;
}

function bound(value: Value): string | number | null {
  return value instanceof Date ? toSqlTime(value) : (value as string | number | null);
}

let lastTime = Number.NaN;
let lastText = '';

/** The text Sequelize writes and reads for a time, in UTC: SQLite's own time functions take it too. */
export function toSqlTime(time: Date): string {
  const milliseconds = time.getTime();
  // Most times of a batch are the same millisecond.
  if (milliseconds !== lastTime) {
    const iso = time.toISOString();
    lastText = `${iso.slice(0, 10)} ${iso.slice(11, 23)} +00:00`;
    lastTime = milliseconds;
  }
  return lastText;
}

export function fromSqlTime(text: string): Date {
  return new Date(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`);
}
