import type { Sequelize } from 'sequelize';
import type { CustomStatement, CustomTable, CustomTableLimits, CustomTableSql, TargetNotes } from '../custom-table';
import type { Identifier, MessageRecord } from '../record';
import type { Refusal } from '../refusal';
import type { Ddl } from '../schema';
import type { DialectName, PreparedAnswer, StoreCheck, StoredAnswer, StoreOptions } from '../types';

/** What an error of the database means for the rows of the batch. */
export type ErrorClass =
  /** Another writer holds the database: the same batch may succeed later. */
  | 'busy'
  /** A row's values were refused: its neighbours may succeed without it. */
  | 'data'
  /** The statement failed without saying for which side: alone, it is on ours. */
  | 'statement'
  /** No space, no file, no connection: nothing can be written now. */
  | 'unavailable';

export interface InsertedMessage {
  key: string;
  id: number;
  controlIdReused: boolean;
}

/** A message as it stands in the table after it was offered. */
export interface BatchedMessage extends InsertedMessage {
  /** False when it was there before. */
  inserted: boolean;
  /** Of its answers, in their order. */
  answerIds: number[];
}

/** A stored message, as a further delivery of it finds it. */
export interface Delivered extends InsertedMessage {
  storedAt: Date;
  deliveries: number;
  /** Of the batch that wrote it. */
  token: string | null;
}

/** Rows of the tables that hang on a message. */
export interface Details {
  /** Messages whose answers are taken out first. */
  replaced: number[];
  answers: { messageId: number; answer: PreparedAnswer; answeredAt: Date }[];
  /** `position`: from 1, among those of its message. */
  identifiers: { messageId: number; position: number; identifier: Identifier }[];
}

/**
 * The steps of a batch, inside one transaction. Each takes any number of rows and is one statement, or a few; the
 * caller waits for one before it starts the next.
 */
export interface Transaction {
  /**
   * Writes the messages whose key is not there yet, in their order, and flags a reused control ID; says which it wrote.
   * Ids follow the order of the messages, which is such that several writers of the same keys do not lock each other out
   * (`ingest/append.ts`); where that happens all the same, one of them gets `busy` and tries again.
   */
  insertMessages(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<InsertedMessage[]>;
  /** @returns the answers' ids, in their order. */
  insertDetails(details: Details): Promise<number[]>;
  /** Adds to the deliveries of messages that are there already, by key; adding 0 only looks at them. */
  addDeliveries(counts: ReadonlyMap<string, number>): Promise<Delivered[]>;
  /** The answers of messages, by message id, in the order they were stored. */
  answersOf(messageIds: readonly number[]): Promise<Map<number, StoredAnswer[]>>;
  /** Runs a statement of a custom table, which fails when it takes longer than the limits, and hands back its rows. */
  own(statement: CustomStatement, limits: CustomTableLimits): Promise<unknown[]>;
  /** Which custom tables were written for messages (`custom-rows.ts`). */
  readonly targets: TargetNotes;
}

/**
 * One kind of database. What a batch does is the same everywhere (`append.ts`); how a row gets there is the dialect's.
 * Errors pass through as the driver throws them, and `classify` says what they mean.
 */
export interface Dialect {
  readonly name: DialectName;
  /** For error texts: the file, or the server and database. Never a credential. */
  readonly location: string;
  /** What is weak about the database's settings, a sentence each; known once it is open. */
  readonly warnings: readonly string[];
  /** True when all writing must go one after another, through the collector's lane. */
  readonly oneWriter: boolean;
  /** Connects, checks version and durability, applies what is missing of the schema. Throws `Hl7Error`. */
  open(): Promise<void>;
  /** Messages that `insertBatch` takes at a time; 0 where every batch is written step by step. */
  readonly batchAtOnce: number;
  /**
   * Writes messages with their answers and identifiers, whose keys all differ, and commits, all in one statement: the
   * way of a batch without anything out of the ordinary. The same token again finds what the first attempt wrote.
   */
  insertBatch(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<BatchedMessage[]>;
  /** Runs the steps and commits. After an error nothing of it is there. */
  transaction<T>(steps: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Notes when answers were handed to the network, by answer id. */
  recordSentTimes(marks: ReadonlyMap<number, Date>): Promise<void>;
  /** Adds a deviation to messages, up to `IDS_AT_ONCE`, that do not have it, and commits. */
  addDeviation(messageIds: readonly number[], code: string): Promise<void>;
  /** How custom tables are written. */
  readonly own: CustomTableSql;
  /**
   * Sees that a custom table is there, or creates it. Throws `STORE_OWN_TABLE`, saying what lacks, or `CustomTableBusy` when it
   * is locked for so many milliseconds.
   * @returns what is weak about the table, a sentence
   */
  prepareCustomTable(table: CustomTable, lockMs: number): Promise<string | undefined>;
  classify(error: unknown): ErrorClass;
  /** Which rule a row breaks that is refused; undefined when the error does not say. */
  refusal(error: unknown): Refusal | undefined;
  /** After a trouble: true when the connection must be opened again before the next batch. */
  needsReopen(error: unknown): boolean;
  check(): Promise<StoreCheck>;
  /** A connection for reading, beside the one that writes. */
  reader(): Promise<Sequelize>;
  /** A way to do work that is not urgent. The caller closes it. */
  maintain(): Promise<Maintenance>;
  /** Ends what is under way, at the cost of the connection: its result is not needed any more. */
  abort(): void;
  close(): Promise<void>;
}

export type Row = Record<string, unknown>;

/** Runs one statement, and hands back its rows. */
export type Run = (sql: string) => Promise<Row[]>;

/** A way to a database for work that is not urgent, beside the one that writes messages. */
export interface Maintenance {
  readonly sql: RetentionSql;
  /** A table's name as statements write it. */
  table(name: string): string;
  /** Reads without holding up anybody who writes. */
  read: Run;
  /** Does steps in one transaction. After an error nothing of it is there. */
  transaction<T>(steps: (run: Run) => Promise<T>): Promise<T>;
  classify(error: unknown): ErrorClass;
  /** Ends what is under way, at the cost of the connection. */
  abort(): void;
  /** Never throws. */
  close(): Promise<void>;
}

/** What databases write differently in the few statements of the retention. */
export interface RetentionSql {
  /** The database's own clock, as the columns hold times. */
  now: string;
  /** The database's clock so many milliseconds from now. */
  later(milliseconds: number): string;
  /** A time as a literal. */
  time(at: Date): string;
  /** A time as the driver returns it. */
  readTime(value: unknown): Date;
  /** A column's name. */
  column(name: string): string;
  /** What a SELECT without a table ends with. */
  fromNothing: string;
  /** The first rows of a query that begins with SELECT and ends with ORDER BY. */
  first(rows: number, select: string): string;
  /** Statements that make a connection yield to the one that writes messages, after those that prepare every connection. */
  session: readonly string[];
}

/** Tables and the user who works on them. */
export interface Grant {
  schema: string;
  user: string;
  /** Tables whose rows come and go; `numbered`: the database numbers their rows. */
  written: readonly { name: string; numbered: boolean }[];
  /** Tables that are only read. */
  read: readonly string[];
  /** A table's name as statements write it. */
  table(name: string): string;
}

/** How one kind of database makes a schema and grants rights. Its statements may be run again. */
export interface Grants {
  createSchema(schema: string): string[];
  grant(grant: Grant): string[];
  /** What to do before, a line each: how to create the user. */
  notes(user: string): string[];
}

/** Everything of one kind of database: what its folder exports. A further database is one more folder. */
export interface DatabaseKind {
  /** As its makers write it. */
  title: string;
  /** The connection that writes the log; it is not open yet. */
  create(options: StoreOptions): Dialect;
  /** How the schema is written down. @param schema where the tables are; the user's own when empty */
  ddl(schema: string): Ddl;
  /** How custom tables are written. @param schema as above */
  customTableSql(schema: string): CustomTableSql;
  retentionSql: RetentionSql;
  /** Undefined where there are no users (SQLite). */
  grants?: Grants;
}
