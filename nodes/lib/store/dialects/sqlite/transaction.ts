import { CUSTOM_ROWS } from '../../columns';
import { type CustomStatement, type CustomTableLimits, type TargetNotes, targetNotes } from '../../custom-table';
import type { MessageRecord } from '../../record';
import type { AnswerKind, StoredAnswer } from '../../types';
import type { Delivered, Details, InsertedMessage, Transaction } from '../contract';
import { BatchParameters, fromSqlTime, toSqlTime } from './batch';
import { type Connection, KEEP_PREPARED_BYTES } from './driver';
import { isReused } from './insert-batch';
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

export class SqliteTransaction implements Transaction {
  /** The last id an answer got, as far as this transaction knows it. */
  #lastAnswerId: number | undefined;

  readonly targets: TargetNotes;

  constructor(readonly connection: Connection) {
    this.targets = targetNotes(CUSTOM_ROWS, (text) => connection.once(text));
  }

  async insertMessages(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<InsertedMessage[]> {
    const batch = new BatchParameters();
    const messages = batch.messages(records);
    const bytes = batch.bytes();
    const parameters = [messages, bytes, toSqlTime(storedAt), token];
    return (await this.#run<MessageRow>(sql.INSERT_MESSAGES, parameters, bytes.length)).map((row) => {
      this.#lastAnswerId ??= row.last ?? 0;
      return { id: row.id, key: row.dedupe_key, controlIdReused: isReused(row.deviations) };
    });
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
      controlIdReused: isReused(row.deviations),
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

  async own({ sql, parameters }: CustomStatement, { statementMs }: CustomTableLimits): Promise<unknown[]> {
    // Not kept: there is one for each set of columns that messages leave as they are.
    return await this.connection.once(sql, parameters, statementMs);
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
