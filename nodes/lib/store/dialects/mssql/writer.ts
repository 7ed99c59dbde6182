import { type CustomStatement, type CustomTableLimits, type TargetNotes, targetNotes } from '../../custom-table';
import type { MessageRecord } from '../../record';
import type { StoredAnswer } from '../../types';
import type { BatchedMessage, Delivered, Details, InsertedMessage } from '../contract';
import {
  type AnswerRow,
  answersByMessage,
  answersOf,
  BatchParameters,
  type DeliveredRow,
  deliveredOf,
  identifierList,
  identifiersOf,
  insertedOf,
  type MessageRow,
  remembering,
  type Writer,
} from '../shared';
import { codePoints, ESCAPED, type ServerCapabilities, withoutEscapes } from './capabilities';
import type { MssqlSession } from './session';
import type { Statements } from './statements';

interface BatchedRow extends MessageRow<string> {
  answer: string | null;
}

/** UTC, as `datetime2` reads it. */
const time = remembering((at) => at.toISOString().slice(0, 23));

export class MssqlWriter implements Writer {
  readonly targets: TargetNotes;

  constructor(
    readonly session: MssqlSession,
    readonly sql: Statements,
    /** For lists with escapes, where the server leaves those as they are. */
    readonly sqlOfEscapes: Statements,
    readonly capabilities: ServerCapabilities,
  ) {
    this.targets = targetNotes(sql.customRows, (text) => session.run(text));
  }

  async insertBatch(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<BatchedMessage[]> {
    const batch = this.#batch();
    const messages = batch.messages(records, storedAt, token);
    const answers = batch.answers(answersOf(records, storedAt));
    const identifiers = identifierList(identifiersOf(records));
    const keys = records.map(({ key }) => key);
    const lists = [messages, answers, identifiers];
    const [sql, parameters] = this.#prepared(lists, batch.bytes, batch.texts, JSON.stringify(keys));
    // Lists with escapes are rare where they need a text of their own.
    if (sql === this.sql) await this.session.keep(sql.insertBatch.text, sql.insertBatch.parameters);
    const offered = batchedOf(await this.#wholly<BatchedRow>(sql.insertBatch.text, parameters));
    const rest = keys.filter((key) => !offered.has(key));
    if (rest.length === 0) return [...offered.values()];
    // They were there before: those of the same token are of an earlier attempt at this batch.
    const earlier = await this.session.run<BatchedRow>(this.sql.ofToken, [JSON.stringify(rest), token]);
    return [...offered.values(), ...batchedOf(earlier).values()];
  }

  async insertMessages(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<InsertedMessage[]> {
    const batch = this.#batch();
    const messages = batch.messages(records, storedAt, token);
    const [sql, parameters] = this.#prepared([messages], batch.bytes, batch.texts);
    return (await this.session.run<MessageRow<string>>(sql.insertMessages, parameters)).map(insertedOf);
  }

  async insertDetails({ replaced, answers, identifiers }: Details): Promise<number[]> {
    const { session } = this;
    if (replaced.length > 0) await session.run(this.sql.removeAnswers, [JSON.stringify(replaced)]);
    if (identifiers.length > 0) {
      const list = identifierList(identifiers.map(({ messageId, ...one }) => ({ of: messageId, ...one })));
      const [sql, parameters] = this.#prepared([list]);
      await session.run(sql.insertIdentifiers, parameters);
    }
    if (answers.length === 0) return [];
    const batch = this.#batch();
    const list = batch.answers(answers.map(({ messageId, ...one }) => ({ of: messageId, ...one })));
    const [sql, parameters] = this.#prepared([list], batch.bytes);
    const rows = await session.run<{ id: string }>(sql.insertAnswers, parameters);
    return rows.map(({ id }) => Number(id));
  }

  async addDeliveries(counts: ReadonlyMap<string, number>): Promise<Delivered[]> {
    const list = [...counts].map(([key, n]) => ({ key, n })).sort((a, b) => (a.key < b.key ? -1 : 1));
    const rows = await this.session.run<DeliveredRow>(this.sql.addDeliveries, [JSON.stringify(list)]);
    return rows.map(deliveredOf);
  }

  async answersOf(messageIds: readonly number[]): Promise<Map<number, StoredAnswer[]>> {
    return answersByMessage(await this.session.run<AnswerRow>(this.sql.answersOf, [JSON.stringify(messageIds)]));
  }

  async recordSentTimes(marks: ReadonlyMap<number, Date>): Promise<void> {
    const list = [...marks].map(([id, at]) => ({ id, at: time(at) }));
    await this.session.run(this.sql.recordSentTimes, [JSON.stringify(list)]);
  }

  async own({ sql, parameters }: CustomStatement, { lockMs, statementMs }: CustomTableLimits): Promise<unknown[]> {
    await this.session.run(`SET LOCK_TIMEOUT ${lockMs}`);
    // There is no limit for a statement: the connection is cut.
    return await this.session.run(sql, parameters, statementMs);
  }

  #batch(): BatchParameters {
    const { takesNul, countsPairs } = this.capabilities;
    return new BatchParameters(time, takesNul, countsPairs ? codePoints : (text) => text.length);
  }

  /** @returns the statements for these JSON lists, and their parameters: the lists, and what else they take */
  #prepared(lists: string[], ...others: (string | Buffer)[]): [Statements, (string | Buffer)[]] {
    if (this.capabilities.readsEscapes || !lists.some((list) => list.includes('\\')))
      return [this.sql, [...lists, ...others]];
    const plain = withoutEscapes(lists);
    return [this.sqlOfEscapes, [...plain.lists, ...others, plain.standIns, ESCAPED]];
  }

  /** Runs a text that is a transaction of its own, and leaves nothing of it open when it fails. */
  async #wholly<T>(sql: string, parameters: readonly unknown[]): Promise<T[]> {
    try {
      return await this.session.run<T>(sql, parameters);
    } catch (error) {
      // The first error is the one to tell. A connection that cannot roll back is of no use any more.
      await this.session.run(ROLLBACK).catch(() => this.session.end());
      throw error;
    }
  }
}

/** XACT_ABORT has rolled back after most errors. */
export const ROLLBACK = 'IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION';

/** Messages by their key, out of a row for each answer. */
function batchedOf(rows: readonly BatchedRow[]): Map<string, BatchedMessage> {
  const offered = new Map<string, BatchedMessage>();
  for (const row of rows) {
    let message = offered.get(row.dedupe_key);
    if (message === undefined) {
      message = { ...insertedOf(row), inserted: true, answerIds: [] };
      offered.set(row.dedupe_key, message);
    }
    if (row.answer !== null) message.answerIds.push(Number(row.answer));
  }
  return offered;
}
