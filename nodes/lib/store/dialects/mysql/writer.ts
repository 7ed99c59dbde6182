import { CUSTOM_ROWS } from '../../columns';
import { type CustomStatement, type CustomTableLimits, type TargetNotes, targetNotes } from '../../custom-table';
import { addDeviation, CONTROL_ID_REUSED, type MessageRecord } from '../../record';
import type { StoredAnswer } from '../../types';
import type { BatchedMessage, Delivered, Details, InsertedMessage } from '../contract';
import {
  type AnswerRow,
  answersByMessage,
  type DeliveredRow,
  deliveredOf,
  driverError,
  insertedOf,
  type MessageRow,
  type Writer,
} from '../shared';
import { timeText } from './literals';
import { fits, type Parcel, parcels, textGroups } from './packets';
import { reusedControlIds } from './reuse';
import type { MysqlSession } from './session';
import * as sql from './statements';

/** An id in SQL, at most. */
const ID_BYTES = 22;
const COLUMN_CANNOT_BE_NULL = 1048;
/** Milliseconds that a server has to say that a statement took too long. */
const GRACE_MS = 1000;

/** What stands for the text in the statement that writes the row. */
const TRAVELS: Record<Parcel['text'], { text?: null | '' }> = {
  sent: {},
  derived: { text: null },
  apart: { text: '' },
};

/**
 * Writes batches to MySQL and MariaDB.
 *
 * The idea: a batch takes three round trips: the control IDs that were used before, the messages (their bytes as binary
 * parameters, not as SQL text), and everything that refers to them together with the commit. The server tells only the id of
 * the first row of an insert. The third statement takes the ids to follow one another and proves it before the commit: if they
 * do not, a NOT NULL column gets NULL (error 1048), nothing is committed, and the batch is written again with the ids asked for.
 */
export class MysqlWriter implements Writer {
  readonly targets: TargetNotes;

  /**
   * @param packet max_allowed_packet, bytes
   * @param endsStatements true for MariaDB, which ends a statement that takes too long by itself
   */
  constructor(
    readonly session: MysqlSession,
    readonly packet: number,
    readonly endsStatements = false,
  ) {
    this.targets = targetNotes(CUSTOM_ROWS, (text) => session.run(text));
  }

  async insertBatch(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<BatchedMessage[]> {
    const groups = parcels(records, this.packet, this.session.location);
    try {
      return await this.#append(records, groups, storedAt, token, true);
    } catch (error) {
      if (driverError(error).number !== COLUMN_CANNOT_BE_NULL) throw error;
      // Perhaps the ids were others than expected. Then the database is asked for them.
      return await this.#append(records, groups, storedAt, token, false);
    }
  }

  async insertMessages(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<InsertedMessage[]> {
    const groups = parcels(records, this.packet, this.session.location);
    const flagged = await reusedControlIds(this.session, records);
    const { affected } = await this.#insert(groups, flagged, storedAt, token);
    return affected === 0 ? [] : (await this.#written(records, token)).map(insertedOf);
  }

  async insertDetails({ replaced, answers, identifiers }: Details): Promise<number[]> {
    if (replaced.length > 0) await this.session.run(sql.removeAnswers(replaced));
    const rows = identifiers.map((one) => sql.identifierRow(one.messageId, one.position, one.identifier));
    for (const group of this.#groups(rows)) await this.session.run(sql.INSERT_IDENTIFIERS + group);
    const ids: number[] = [];
    const messageIds = [...new Set(answers.map((one) => one.messageId))];
    const answerRows = answers.map((one) => sql.answerRow(sql.existing(one.messageId), one.answer, one.answeredAt));
    for (const group of this.#groups(answerRows, messageIds)) {
      const found = await this.session.run<{ id: number }>(sql.insertAnswers(group, messageIds));
      ids.push(...found.map(({ id }) => id));
    }
    return ids;
  }

  async addDeliveries(counts: ReadonlyMap<string, number>): Promise<Delivered[]> {
    const keysOf = new Map<number, string[]>();
    for (const [key, count] of counts) keysOf.set(count, [...(keysOf.get(count) ?? []), key]);
    for (const [count, keys] of keysOf) if (count > 0) await this.session.run(sql.addDeliveries(count, keys));
    return (await this.session.run<DeliveredRow>(sql.delivered([...counts.keys()]))).map(deliveredOf);
  }

  async answersOf(messageIds: readonly number[]): Promise<Map<number, StoredAnswer[]>> {
    if (messageIds.length === 0) return new Map();
    return answersByMessage(await this.session.run<AnswerRow>(sql.answersOf(messageIds)));
  }

  async own({ sql: text }: CustomStatement, { lockMs, statementMs }: CustomTableLimits): Promise<unknown[]> {
    const { endsStatements } = this;
    // Whole seconds: MariaDB does not wait at all with none, MySQL waits for one at least.
    const seconds = Math.max(endsStatements ? 0 : 1, Math.floor(lockMs / 1000));
    const limits = [`innodb_lock_wait_timeout = ${seconds}`, `SESSION lock_wait_timeout = ${seconds}`];
    // MySQL has a limit of time for queries alone: there the connection is cut.
    if (endsStatements) limits.push(`SESSION max_statement_time = ${statementMs / 1000}`);
    const whole = `SET SESSION ${limits.join(', ')}; ${text}`;
    // Throws for rows that no packet takes.
    textGroups([whole], this.packet, this.session.location);
    return await this.session.run(whole, [], statementMs + (endsStatements ? GRACE_MS : 0));
  }

  async recordSentTimes(marks: ReadonlyMap<number, Date>): Promise<void> {
    const list = [...marks].sort(([a], [b]) => a - b).map(([id, at]) => [id, timeText(at)]);
    await this.session.run(sql.RECORD_SENT_TIMES, [JSON.stringify(list)]);
  }

  /** @param atOnce ids are taken to follow one another, and the database refuses all of it when they do not */
  async #append(
    records: readonly MessageRecord[],
    groups: readonly Parcel[][],
    storedAt: Date,
    token: string,
    atOnce: boolean,
  ): Promise<BatchedMessage[]> {
    try {
      const flagged = await reusedControlIds(this.session, records, 'START TRANSACTION; ');
      const { affected, first } = await this.#insert(groups, flagged, storedAt, token);
      const allFollow = atOnce && affected === records.length && first !== undefined && records.some(hasDetails);
      if (allFollow) return await this.#finishAtOnce(records, flagged, first, storedAt, token);
      return await this.#finish(records, affected, storedAt, token);
    } catch (error) {
      await this.session.run('ROLLBACK').catch(() => this.session.end());
      throw error;
    }
  }

  /** @returns how many were not there yet, and the first one's id where all went out at once */
  async #insert(
    groups: readonly Parcel[][],
    flagged: ReadonlySet<MessageRecord>,
    storedAt: Date,
    token: string,
  ): Promise<{ affected: number; first?: number }> {
    let affected = 0;
    let first: number | undefined;
    for (const group of groups) {
      const parameters = group.flatMap(({ record, text }) => {
        const deviations = deviationsOf(record, flagged);
        const changes = { deviations, stored_at: storedAt, batch_token: token };
        return sql.messageParameters(record, { ...changes, ...TRAVELS[text] });
      });
      const done = await this.session.do(sql.insertMessages(group.length), parameters);
      affected += done.affectedRows;
      if (groups.length === 1) first = done.insertId;
      for (const { record, text } of group) if (text === 'apart') await this.#setText(record, token);
    }
    return { affected, first };
  }

  async #setText(record: MessageRecord, token: string): Promise<void> {
    for (const { id } of await this.#written([record], token)) {
      await this.session.run(sql.SET_TEXT, [record.columns.text, String(id)]);
    }
  }

  /** Writes what hangs on messages that were all written, and commits. */
  async #finishAtOnce(
    records: readonly MessageRecord[],
    flagged: ReadonlySet<MessageRecord>,
    first: number,
    storedAt: Date,
    token: string,
  ): Promise<BatchedMessage[]> {
    const ids = records.map((_, n) => first + n);
    const answerIds = await this.#writeDetails(records, ids, storedAt, sql.prove(first, records.length, token));
    return records.map((record, n) => {
      const deviations = deviationsOf(record, flagged);
      const inserted = insertedOf({ id: ids[n]!, dedupe_key: record.key, deviations });
      return { ...inserted, inserted: true, answerIds: answerIds[n]! };
    });
  }

  /** The same for a batch of which the database has to say what it wrote. */
  async #finish(
    records: readonly MessageRecord[],
    affected: number,
    storedAt: Date,
    token: string,
  ): Promise<BatchedMessage[]> {
    const rows = await this.#written(records, token);
    // An attempt before this one wrote the others, with all that hangs on them; its ids are lower.
    const before = Math.max(rows.length - affected, 0);
    const [old, fresh] = [rows.slice(0, before), rows.slice(before)];
    const oldAnswers = await this.answersOf(old.map((row) => row.id));
    const byKey = new Map(records.map((record) => [record.key, record]));
    const answerIds = await this.#writeDetails(
      fresh.map((row) => byKey.get(row.dedupe_key)!),
      fresh.map((row) => row.id),
      storedAt,
    );
    const offered = (row: MessageRow<number>, ids: number[]): BatchedMessage => {
      return { ...insertedOf(row), inserted: true, answerIds: ids };
    };
    return [
      ...old.map((row) =>
        offered(
          row,
          (oldAnswers.get(row.id) ?? []).map((answer) => answer.id),
        ),
      ),
      ...fresh.map((row, n) => offered(row, answerIds[n]!)),
    ];
  }

  /**
   * Writes answers and identifiers, and commits.
   * @param proof a statement before them, after which `provenId` makes a row fail when the ids are wrong
   * @returns the answers' ids, a list a message
   */
  async #writeDetails(
    records: readonly MessageRecord[],
    ids: readonly number[],
    storedAt: Date,
    proof = '',
  ): Promise<number[][]> {
    const { session } = this;
    let first = proof !== '';
    const idOf = (n: number): string | number => {
      // The first row fails for all.
      const id = first ? sql.provenId(n) : ids[n]!;
      first = false;
      return id;
    };
    const answers = records.flatMap((record, n) => record.answers.map((one) => sql.answerRow(idOf(n), one, storedAt)));
    const identifiers = records.flatMap((record, n) =>
      record.identifiers.map((one, at) => sql.identifierRow(idOf(n), at + 1, one)),
    );
    const answerGroups = this.#groups(answers, ids).map((group) => sql.insertAnswers(group, ids));
    const before = proof === '' ? [] : [proof];
    const after = [...this.#groups(identifiers).map((group) => sql.INSERT_IDENTIFIERS + group), 'COMMIT'];
    const found: { id: number }[] = [];
    if (answerGroups.length <= 1 && fits([...before, ...answerGroups, ...after], this.packet)) {
      const rows = await session.run<{ id: number }>([...before, ...answerGroups, ...after].join('; '));
      if (answerGroups.length > 0) found.push(...rows);
    } else {
      for (const statement of before) await session.run(statement);
      for (const group of answerGroups) found.push(...(await session.run<{ id: number }>(group)));
      for (const statement of after) await session.run(statement);
    }
    const answerIds = found.map(({ id }) => id);
    return records.map((record) => answerIds.splice(0, record.answers.length));
  }

  async #written(records: readonly MessageRecord[], token: string): Promise<MessageRow<number>[]> {
    const keys = records.map((record) => record.key);
    return await this.session.run<MessageRow<number>>(sql.writtenBy(token, keys));
  }

  /** @param asked ids that a statement in the same packet asks for */
  #groups(rows: readonly string[], asked: readonly number[] = []): string[] {
    return textGroups(rows, this.packet - asked.length * ID_BYTES, this.session.location);
  }
}

const hasDetails = ({ answers, identifiers }: MessageRecord): boolean => answers.length + identifiers.length > 0;

function deviationsOf(record: MessageRecord, flagged: ReadonlySet<MessageRecord>): string | null {
  const deviations = record.columns.deviations as string | null;
  return flagged.has(record) ? addDeviation(deviations, CONTROL_ID_REUSED) : deviations;
}
