import { EventEmitter } from 'node:events';
import type { Receipt } from '../message-contract';
import { MESSAGES } from './columns';
import type { CustomRows } from './custom-table';
import { type Dialect, dialectFor } from './dialects';
import { type StoredCustomRows, type Work, Writers } from './ingest';
import { type Models, modelsOf } from './models';
import {
  bytesOf,
  DEFAULT_PLACES,
  IDS_AT_ONCE,
  identifierPlaces,
  LateDeviationWriter,
  type Places,
  recordOf,
} from './record';
import { policyOf, type RetentionResult, RetentionRunner, retentionHost } from './retention';
import { closed } from './store-errors';
import type {
  PreparedAnswer,
  Row,
  StateChange,
  StoreCheck,
  Stored,
  StoredAnswer,
  StoreLimits,
  StoreOptions,
  StoreStatistics,
} from './types';

export type { StoreOptions } from './types';

const MEBIBYTE = 1024 * 1024;

export const DEFAULT_LIMITS: Readonly<Required<StoreLimits>> = Object.freeze({
  batchRows: 64,
  batchBytes: 4 * MEBIBYTE,
  queueRows: 10_000,
  queueBytes: 64 * MEBIBYTE,
  // It must have failed before the 30 s in which a listener answers are over.
  busyMs: 15_000,
  reopenMs: 1000,
  closeMs: 5000,
  customTableMs: 10_000,
  customTableWriters: 8,
});

interface StoreEvents {
  /** The database became unavailable, or available again, as a batch found out. */
  state: [StateChange];
  /** Something is weak about a custom table: a sentence, when the table is looked at. */
  warning: [string];
  /** A run of the retention has ended. */
  retention: [RetentionResult];
}

/**
 * The log of messages in a database. What `append` resolves with is on disk.
 * Several stores, in one process or many, may share one database: its unique key decides what is a duplicate.
 */
export class Store extends EventEmitter<StoreEvents> {
  readonly #dialect: Dialect;
  readonly #places: Places;
  readonly #writers: Writers;
  readonly #late: LateDeviationWriter;
  #retention: RetentionRunner | undefined;
  #closed: Promise<void> | undefined;

  private constructor(dialect: Dialect, limits: Required<StoreLimits>, places: Places, another: () => Dialect) {
    super();
    this.#places = places;
    this.#dialect = dialect;
    this.#writers = new Writers(
      dialect,
      limits,
      another,
      (change) => this.emit('state', change),
      (text) => this.emit('warning', text),
    );
    this.#late = new LateDeviationWriter(async (ids, code) => {
      for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
        const some = ids.slice(at, at + IDS_AT_ONCE);
        await this.#writers.log.between(() => this.#dialect.addDeviation(some, code));
      }
    });
  }

  /**
   * Opens the database, creating it and its tables where they are missing.
   * Throws `STORE_OPEN_FAILED`, `STORE_SQLITE_VERSION`, `STORE_NOT_DURABLE`, `STORE_DRIVER_MISSING`, `RETENTION_INVALID` or
   * `IDENTIFIERS_INVALID`.
   */
  static async open(options: StoreOptions): Promise<Store> {
    const limits = { ...DEFAULT_LIMITS, customTableMs: customTableMs(options), ...options.limits };
    const policy = policyOf(options.retention);
    const places = options.identifiers === undefined ? DEFAULT_PLACES : identifierPlaces(options.identifiers);
    const dialect = dialectFor(options);
    await dialect.open();
    const store = new Store(dialect, limits, places, () => dialectFor(options));
    if (policy !== undefined) {
      const writers = store.#writers;
      const told = (result: RetentionResult) => store.emit('retention', result);
      const host = retentionHost(dialect, writers.log, told, () => writers.queuedRows > 0);
      store.#retention = new RetentionRunner(policy, host);
      store.#retention.start();
    }
    return store;
  }

  /**
   * Stores a message with its answers; resolves after the commit. Rejects with
   * `STORE_DUPLICATE` (the message was there, and `again` is `refuse`; fault refused),
   * `STORE_ROW_REFUSED` (the database does not take what it holds; fault content),
   * `STORE_OWN_TABLE` (the custom table is not there, or not as it must be; fault system),
   * `STORE_OWN_TABLE_BUSY` (the custom table is locked or too slow; fault system: it may be offered again),
   * `STORE_QUEUE_FULL`, `STORE_UNAVAILABLE` or `STORE_CLOSED` (fault system: it may be offered again).
   */
  async append(row: Row): Promise<Stored> {
    this.#writers.for(row.own).admit(row.raw.length + row.text.length + bytesOf(row.own));
    const record = recordOf(row, this.#places);
    const writer = this.#writers.for(row.own, record.key);
    const written = writer.add<Stored>({ kind: 'message', record, bytes: record.bytes });
    const stored = await (writer === this.#writers.log ? written : this.#writers.keep(writer, record.key, written));
    return stored.receipt.duplicate || row.pass ? { ...stored, answers: this.#withMarks(stored.answers) } : stored;
  }

  /**
   * Writes rows of a custom table, and nothing to the log; resolves after the commit. Rejects as `append` does, but for
   * `STORE_DUPLICATE`: without the log nothing but the table's key tells what was there before.
   */
  async appendCustomRows(own: CustomRows): Promise<Receipt> {
    const bytes = bytesOf(own);
    const writer = this.#writers.for(own);
    writer.admit(bytes);
    return (await writer.add<StoredCustomRows>({ kind: 'own', own, bytes })).receipt;
  }

  /**
   * Replaces all answers of a stored message; resolves after the commit. Rejects as `append` does, with
   * `STORE_ROW_REFUSED` when there is no such message.
   */
  async recordAnswers(messageId: number, answers: PreparedAnswer[]): Promise<StoredAnswer[]> {
    const bytes = answers.reduce((sum, answer) => sum + answer.raw.length, 0);
    this.#writers.log.admit(bytes);
    const work: Work = { kind: 'answers', messageId, answers, bytes };
    return await this.#writers.log.add<StoredAnswer[]>(work);
  }

  /** Notes when answers were handed to the network. It is written within about a second, and before the store closes. */
  recordSentTimes(answerIds: number[], at: Date): void {
    this.#writers.log.marks.add(answerIds, at);
  }

  /**
   * Adds a deviation to a stored message that became known later, if it is not there. It is written within about a second,
   * and before the store closes.
   */
  addDeviation(messageId: number, code: string): void {
    this.#late.add(messageId, code);
  }

  /** Asks the database for its version, its durability settings and its schema. Rejects with `STORE_UNAVAILABLE`. */
  async check(): Promise<StoreCheck> {
    return await this.#dialect.check();
  }

  /** The tables for reading, on a connection of their own. */
  async models(): Promise<Models> {
    if (this.#closed) throw closed(this.#dialect.location);
    return modelsOf(await this.#dialect.reader());
  }

  /** Names the database and its schema: the same for every store of them in this process. */
  get place(): string {
    return `${this.#dialect.name} ${this.#dialect.location}`;
  }

  /** Where the messages go, for a log line. */
  get description(): string {
    return `Messages go to table ${MESSAGES} of ${this.#dialect.name} ${this.#dialect.location}.`;
  }

  /** What became of the last run of the retention; undefined before the first one, and where everything is kept. */
  get retention(): RetentionResult | undefined {
    return this.#retention?.last;
  }

  /** Runs the retention now, or waits for the run that is under way. Undefined where everything is kept. Never rejects. */
  async runRetention(): Promise<RetentionResult | undefined> {
    return await this.#retention?.run();
  }

  /** What is weak about the database's settings, a sentence each: what they put at risk is no fault of a message's. */
  get warnings(): readonly string[] {
    return this.#dialect.warnings;
  }

  statistics(): StoreStatistics {
    const { counters, available, busyRetries, queuedRows, queuedBytes } = this.#writers;
    const { marks, queue } = this.#writers.log;
    return {
      available,
      ...counters,
      busyRetries,
      sentTimesWaiting: marks.waiting,
      queuedRows,
      queuedBytes,
      queueRowsLimit: queue.maxRows,
      queueBytesLimit: queue.maxBytes,
    };
  }

  /** Writes what is queued, then closes; what cannot be written within `closeMs` is rejected with `STORE_CLOSED`. */
  close(): Promise<void> {
    this.#closed ??= this.#writers.close(Promise.all([this.#retention?.stop(), this.#late.stop()]));
    return this.#closed;
  }

  #withMarks(answers: StoredAnswer[]): StoredAnswer[] {
    return answers.map((answer) => ({
      ...answer,
      sentAt: answer.sentAt ?? this.#writers.log.marks.get(answer.id) ?? null,
    }));
  }
}

/** Less than the time of a statement, so that the table's own error comes first. */
function customTableMs(options: StoreOptions): number {
  if (options.dialect === 'sqlite' || options.statementMs === undefined) return DEFAULT_LIMITS.customTableMs;
  return Math.round((options.statementMs * 2) / 3);
}
