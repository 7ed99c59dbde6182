import { IDENTIFIER_LENGTHS, type Value, WRITTEN } from '../../columns';
import { type CustomStatement, type CustomTableLimits, type TargetNotes, targetNotes } from '../../custom-table';
import type { MessageRecord } from '../../record';
import type { AnswerKind, StoredAnswer } from '../../types';
import type { BatchedMessage, Delivered, Details, InsertedMessage } from '../contract';
import { answersOf, identifiersOf, insertedOf, type Writer } from '../shared';
import { type Bind, Many } from './driver';
import { oraNumber } from './error-classes';
import type { OracleSession } from './session';
import { bindName, type Statements } from './statements';

interface MessageRow {
  id: number;
  dedupe_key: string;
  deviations: string | null;
  batch_token: string | null;
  deliveries: number;
  stored_at: string;
}

interface AnswerRow {
  id: number;
  message_id: number;
  kind: AnswerKind;
  code: string | null;
  control_id: string | null;
  raw: Buffer | null;
  answered_at: string;
  sent_at: string | null;
}

/** A key that is there. */
const UNIQUE = 1;
/** Bytes of a character at most. */
const CHARACTER = 4;

/** UTC, as the statements read it. */
const time = (at: Date): string => at.toISOString().slice(0, 23);
const instant = (text: string): Date => new Date(`${text}Z`);

/** Writes to Oracle, with a few statements a batch, each for all its rows. */
export class OracleWriter implements Writer {
  readonly targets: TargetNotes;

  constructor(
    readonly session: OracleSession,
    readonly sql: Statements,
  ) {
    this.targets = targetNotes(sql.customRows, (text) => session.run(text), ' FROM dual');
  }

  /** One transaction: messages, answers, identifiers, and what an earlier attempt wrote. */
  async insertBatch(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<BatchedMessage[]> {
    const { session } = this;
    try {
      const rows = await this.#insert(records, storedAt, token);
      const byKey = new Map(rows.map((row) => [row.dedupe_key, row]));
      const idOf = (of: number): number => byKey.get(records[of]!.key)!.id;
      const isFresh = ({ of }: { of: number }): boolean => byKey.get(records[of]!.key)?.fresh === true;
      const answers = answersOf(records, storedAt).filter(isFresh);
      const identifiers = identifiersOf(records).filter(isFresh);
      const ids = await this.insertDetails({
        replaced: [],
        answers: answers.map(({ of, ...one }) => ({ messageId: idOf(of), ...one })),
        identifiers: identifiers.map(({ of, ...one }) => ({ messageId: idOf(of), ...one })),
      });
      const answerIds = new Map<number, number[]>();
      answers.forEach(({ of }, n) => {
        answerIds.set(idOf(of), [...(answerIds.get(idOf(of)) ?? []), ids[n]!]);
      });
      const earlier = rows.filter(({ fresh, batch_token }) => !fresh && batch_token === token);
      for (const [id, list] of await this.answersOf(earlier.map(({ id }) => id))) {
        answerIds.set(
          id,
          list.map((answer) => answer.id),
        );
      }
      const own = rows.filter((row) => row.fresh || earlier.includes(row));
      await session.run('COMMIT');
      return own.map((row) => ({ ...insertedOf(row), inserted: true, answerIds: answerIds.get(row.id) ?? [] }));
    } catch (error) {
      // The first error is the one to tell. A connection that cannot roll back is of no use any more.
      await session.run('ROLLBACK').catch(() => session.end());
      throw error;
    }
  }

  async insertMessages(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<InsertedMessage[]> {
    return (await this.#insert(records, storedAt, token)).filter(({ fresh }) => fresh).map(insertedOf);
  }

  async insertDetails({ replaced, answers, identifiers }: Details): Promise<number[]> {
    const { session, sql } = this;
    if (replaced.length > 0) await session.run(sql.removeAnswers, [JSON.stringify(replaced)]);
    if (identifiers.length > 0) {
      const rows = identifiers.map(({ messageId, position, identifier }) => {
        const { kind, source, value, authority, typeCode } = identifier;
        return named({ message_id: messageId, position, kind, source, value, authority, type_code: typeCode });
      });
      const text = (column: keyof typeof IDENTIFIER_LENGTHS) => characters(IDENTIFIER_LENGTHS[column]);
      const binds = named({
        message_id: NUMBER,
        position: NUMBER,
        kind: text('kind'),
        source: text('source'),
        value: text('value'),
        authority: text('authority'),
        type_code: text('type_code'),
      });
      await session.many(sql.insertIdentifier, new Many(rows, binds));
    }
    if (answers.length === 0) return [];
    const rows = answers.map(({ messageId, answer: { kind, code, controlId, raw }, answeredAt }) =>
      named({ message_id: messageId, kind, code, control_id: controlId, answered_at: time(answeredAt), raw }),
    );
    const longest = (name: string): number => Math.max(...rows.map((row) => String(row[bindName(name)]).length));
    const binds = named<Bind>({
      message_id: NUMBER,
      kind: characters(longest('kind')),
      code: characters(longest('code')),
      control_id: characters(longest('control_id')),
      answered_at: characters(30),
      raw: { type: 'bytes', size: longestOf(answers.map(({ answer }) => answer.raw)) },
      id: { type: 'number', out: true },
    });
    const { outBinds = [] } = await session.many(sql.insertAnswer, new Many(rows, binds));
    return outBinds.map((out) => Number(out[bindName('id')]![0]));
  }

  async addDeliveries(counts: ReadonlyMap<string, number>): Promise<Delivered[]> {
    const rows = [...counts]
      .filter(([, n]) => n > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, n]) => named({ n, dedupe_key: key }));
    const binds = named({ n: NUMBER, dedupe_key: characters(100) });
    if (rows.length > 0) await this.session.many(this.sql.addDelivery, new Many(rows, binds));
    return (await this.#byKey([...counts.keys()])).map((row) => {
      const { stored_at, deliveries, batch_token } = row;
      return { ...insertedOf(row), storedAt: instant(stored_at), deliveries, token: batch_token };
    });
  }

  async answersOf(messageIds: readonly number[]): Promise<Map<number, StoredAnswer[]>> {
    const answers = new Map<number, StoredAnswer[]>();
    if (messageIds.length === 0) return answers;
    for (const row of await this.session.run<AnswerRow>(this.sql.answersOf, [JSON.stringify(messageIds)])) {
      const list = answers.get(row.message_id) ?? [];
      list.push({
        id: row.id,
        kind: row.kind,
        code: row.code ?? '',
        controlId: row.control_id ?? '',
        raw: row.raw ?? Buffer.alloc(0),
        answeredAt: instant(row.answered_at),
        sentAt: row.sent_at === null ? null : instant(row.sent_at),
      });
      answers.set(row.message_id, list);
    }
    return answers;
  }

  async recordSentTimes(marks: ReadonlyMap<number, Date>): Promise<void> {
    const { session, sql } = this;
    const rows = [...marks].map(([id, at]) => named({ at: time(at), id }));
    const binds = named({ at: characters(30), id: NUMBER });
    await session.many(sql.recordSentTimes, new Many(rows, binds));
    await session.run('COMMIT');
  }

  async own({ sql, parameters }: CustomStatement, { statementMs }: CustomTableLimits): Promise<unknown[]> {
    // A statement waits for locks without an end: there is one limit for both, and the connection is cut.
    try {
      return await this.session.run(sql, parameters, statementMs);
    } catch (error) {
      // Another writer had the same key at the same moment: now it is there, and the same rows can be merged again.
      if (!sql.startsWith('MERGE') || oraNumber(error) !== UNIQUE) throw error;
      return await this.session.run(sql, parameters, statementMs);
    }
  }

  /** Writes the messages whose key is not there. @returns all of them as they stand in the table; `fresh`: written now */
  async #insert(
    records: readonly MessageRecord[],
    storedAt: Date,
    token: string,
  ): Promise<(MessageRow & { fresh: boolean })[]> {
    if (records.length === 0) return [];
    const { session, sql } = this;
    const rows = records.map(({ columns }) => {
      const values: Record<string, Value> = { ...columns, stored_at: storedAt, batch_token: token };
      return named(
        Object.fromEntries(WRITTEN.map((column) => [column, written(values[column] ?? null)])) as Record<
          string,
          unknown
        >,
      );
    });
    const many = new Many(rows, bindsOf(rows), true);
    const { batchErrors = [] } = await session.many(sql.insertMessage, many);
    const refused = batchErrors.find((error) => oraNumber(error) !== UNIQUE);
    if (refused !== undefined) throw refused;
    const skipped = new Set(batchErrors.map(({ offset }) => records[offset]!.key));
    const fresh = records.filter(({ key }) => !skipped.has(key));
    await this.#empty(
      sql.emptyRaw,
      fresh.filter(({ columns }) => (columns.raw as Buffer).length === 0),
    );
    await this.#empty(
      sql.emptyText,
      fresh.filter(({ columns }) => columns.text === ''),
    );
    const found = await this.#byKey(records.map(({ key }) => key));
    return found.map((row) => ({ ...row, fresh: !skipped.has(row.dedupe_key) }));
  }

  async #empty(sql: string, records: readonly MessageRecord[]): Promise<void> {
    if (records.length === 0) return;
    const rows = records.map(({ key }) => named({ dedupe_key: key }));
    await this.session.many(sql, new Many(rows, named({ dedupe_key: characters(100) })));
  }

  #byKey(keys: readonly string[]): Promise<MessageRow[]> {
    return this.session.run<MessageRow>(this.sql.byKey, [JSON.stringify(keys)]);
  }
}

/** A value as it is handed to the driver. */
function written(value: Value): Exclude<Value, Date> {
  return value instanceof Date ? time(value) : value;
}

/** Values or binds under the names that the statements give them. */
function named<T>(values: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [bindName(name), value]));
}

const NUMBER: Bind = { type: 'number' };
const NUMBERS: ReadonlySet<string> = new Set(['size', 'replay_of', 'remote_port']);

/** Types of a message's values, with room for the longest of each. */
function bindsOf(rows: readonly Record<string, unknown>[]): Record<string, Bind> {
  const binds = WRITTEN.map((column): [string, Bind] => {
    const name = bindName(column);
    if (NUMBERS.has(column)) return [name, NUMBER];
    const size = longestOf(rows.map((row) => row[name]));
    return [name, { type: column === 'raw' ? 'bytes' : 'text', size }];
  });
  return Object.fromEntries(binds);
}

/** Bytes of the longest value. */
function longestOf(values: readonly unknown[]): number {
  let longest = 1;
  for (const value of values) {
    if (typeof value === 'string') longest = Math.max(longest, Buffer.byteLength(value));
    else if (Buffer.isBuffer(value)) longest = Math.max(longest, value.length);
  }
  return longest;
}

const characters = (count: number): Bind => ({ type: 'text', size: count * CHARACTER });
