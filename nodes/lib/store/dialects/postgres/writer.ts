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
  type Session,
  type Writer,
} from '../shared';
import type { Statements } from './statements';

interface BatchedRow extends MessageRow {
  answers: number[] | null;
}

const batchedOf = (row: BatchedRow): BatchedMessage => {
  return { ...insertedOf(row), inserted: true, answerIds: row.answers ?? [] };
};

const time = remembering((at) => at.toISOString());
/** Milliseconds that a server has to say that a statement took too long. */
const GRACE_MS = 1000;
/** A text column does not take NUL. */
const TAKES_NUL = false;

export class PostgresWriter implements Writer {
  readonly targets: TargetNotes;

  constructor(
    readonly session: Session,
    readonly sql: Statements,
  ) {
    this.targets = targetNotes(sql.customRows, (text) => session.run(text));
  }

  async insertBatch(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<BatchedMessage[]> {
    const batch = new BatchParameters(time, TAKES_NUL);
    const messages = batch.messages(records, storedAt, token);
    const answers = batch.answers(answersOf(records, storedAt));
    const identifiers = identifierList(identifiersOf(records));
    const parameters = [messages, answers, identifiers, batch.bytes];
    const offered = (await this.session.run<BatchedRow>(this.sql.insertBatch, parameters)).map(batchedOf);
    if (offered.length === records.length) return offered;
    const written = new Set(offered.map(({ key }) => key));
    const rest = records.map(({ key }) => key).filter((key) => !written.has(key));
    // They were there before: those of the same token are of an earlier attempt at this batch.
    const earlier = await this.session.run<BatchedRow>(this.sql.ofToken, [JSON.stringify(rest), token]);
    return [...offered, ...earlier.map(batchedOf)];
  }

  async insertMessages(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<InsertedMessage[]> {
    const batch = new BatchParameters(time, TAKES_NUL);
    const messages = batch.messages(records, storedAt, token);
    return (await this.session.run<MessageRow>(this.sql.insertMessages, [messages, batch.bytes])).map(insertedOf);
  }

  async insertDetails({ replaced, answers, identifiers }: Details): Promise<number[]> {
    const { session, sql } = this;
    if (replaced.length > 0) await session.run(sql.removeAnswers, [JSON.stringify(replaced)]);
    if (identifiers.length > 0) {
      const list = identifierList(identifiers.map(({ messageId, ...one }) => ({ of: messageId, ...one })));
      await session.run(sql.insertIdentifiers, [list]);
    }
    if (answers.length === 0) return [];
    const batch = new BatchParameters(time, TAKES_NUL);
    const list = batch.answers(answers.map(({ messageId, ...one }) => ({ of: messageId, ...one })));
    const rows = await session.run<{ id: string }>(sql.insertAnswers, [list, batch.bytes]);
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

  async own({ sql, parameters }: CustomStatement, { lockMs, statementMs }: CustomTableLimits): Promise<unknown[]> {
    await this.session.run(`SET LOCAL lock_timeout = ${lockMs}; SET LOCAL statement_timeout = ${statementMs}`);
    // The server ends it by itself; the connection is cut where even that is not to be heard of.
    return await this.session.run(sql, parameters, statementMs + GRACE_MS);
  }

  async recordSentTimes(marks: ReadonlyMap<number, Date>): Promise<void> {
    const list = [...marks].map(([id, at]) => ({ id, at: time(at) }));
    await this.session.run(this.sql.recordSentTimes, [JSON.stringify(list)]);
  }
}
