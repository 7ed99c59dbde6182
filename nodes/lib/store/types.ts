import type { Answer, HeaderFacts, Receipt, StoredAnswer } from '../message-contract';
import type { CustomRows } from './custom-table';
import type { UnavailableReason } from './open-error';

/** What happens when a message comes again, byte for byte: `same` counts it, `store` stores it again, `refuse` rejects it. */
export type DuplicatePolicy = 'same' | 'store' | 'refuse';

export type AnswerKind = Answer['kind'];

export type PreparedAnswer = Answer;
export type { StoredAnswer };

/** One received message, as it is offered to the store. */
export interface Row {
  /** The content of the frame, byte for byte. */
  raw: Buffer;
  /** `raw`, decoded. */
  text: string;
  hl7: HeaderFacts;
  listener: string;
  remoteAddress: string;
  remotePort: number | null;
  receivedAt: Date;
  /** The character set `raw` was decoded with. */
  charset: string;
  /** Stable codes of what was wrong with the message without stopping it. */
  deviations: string[];
  again: DuplicatePolicy;
  /** Stored with the message, in the same transaction. */
  answers: PreparedAnswer[];
  /** Row id of the message this one replays. */
  replayOf?: number;
  /** The headers of the batch and the file that it came in (BHS, FHS), as sent: their IDs are identifiers, too. */
  envelope?: readonly string[];
  /** Rows of the user's custom table, which are written with the message, in the same transaction. */
  own?: CustomRows;
  /** The delivery was offered before: this is no repeat, and adds no delivery. Its row, as that offer found or wrote it. */
  pass?: Pass;
}

/** The row of a delivery that is offered a further time, by another db store node of its flow. */
export interface Pass {
  /** The row's `dedupe_key`. */
  key: string;
  /** The delivery repeated a message that was there before. */
  duplicate: boolean;
}

/** What `Store.append` resolves with, after the commit. */
export interface Stored {
  receipt: Receipt & { id: number };
  /** The row's `dedupe_key`. */
  key: string;
  /** The answers in force for this message: of a duplicate, those stored with its first delivery. */
  answers: StoredAnswer[];
  /** The sender used this control ID before, for other content. */
  controlIdReused: boolean;
}

export interface StoreLimits {
  /** Rows of one transaction; default 64. */
  batchRows?: number;
  /** Bytes of one transaction (raw and text); default 4 MiB. A larger message goes alone. */
  batchBytes?: number;
  /** Rows that may wait; default 10,000. */
  queueRows?: number;
  /** Bytes that may wait (raw and text); default 64 MiB. One message is always taken, whatever its size. */
  queueBytes?: number;
  /** Milliseconds a batch may wait for another process that writes; default 15,000. */
  busyMs?: number;
  /** Milliseconds between two attempts to open a database again that failed; default 1,000. */
  reopenMs?: number;
  /** Milliseconds `close` waits for what is queued; default 5,000. */
  closeMs?: number;
  /**
   * Milliseconds a message waits for its custom table (a lock, a change of the table, a slow trigger) before it fails with
   * `STORE_OWN_TABLE_BUSY`; default two thirds of the time of a statement: 10,000.
   */
  customTableMs?: number;
  /** Connections that write custom tables, one a table; tables beyond this number share them. Default 8. */
  customTableWriters?: number;
}

/** The databases there is a store for. */
export const DIALECTS = ['sqlite', 'mssql', 'postgres', 'mysql', 'mariadb', 'oracle'] as const;
export type DialectName = (typeof DIALECTS)[number];
export type ServerDialectName = Exclude<DialectName, 'sqlite'>;

/** What the log keeps, and for how long. Nothing is dropped where a number is 0 or missing. */
export interface RetentionPolicy {
  /** Days after which a message's content (`raw`, `text`) is dropped; its row, its answers and its identifiers stay. */
  contentDays?: number;
  /** Messages that keep their content: that of older ones is dropped. */
  contentMessages?: number;
  /** Days after which a message is deleted, with its answers and identifiers. */
  days?: number;
  /** Messages that are kept: older ones are deleted. */
  messages?: number;
  /** Minutes between two runs; default 60. */
  everyMinutes?: number;
  /** Messages of one transaction at most; default 200. */
  batchMessages?: number;
}

export interface SqliteOptions {
  dialect: 'sqlite';
  /** The path of the database file. It and its folder are created if missing. */
  file: string;
  limits?: StoreLimits;
  /** Where identifiers stand, a line each: `patient PID-3 CX`; default `DEFAULT_IDENTIFIERS`, none when empty. */
  identifiers?: readonly string[];
  /** Default: everything is kept. */
  retention?: RetentionPolicy;
}

/** How the connection is protected. `on` encrypts and takes any certificate; `verify` takes one that a CA signed for the host. */
export interface StoreTls {
  mode: 'off' | 'on' | 'verify';
  /** The name in the server's certificate, and the one that the server is asked for (SNI); default: the host. */
  servername?: string;
  /** PEM. Without it, `verify` trusts the CAs that Node.js trusts. */
  ca?: string;
  /** PEM, for servers that want a client's certificate. */
  cert?: string;
  key?: string;
}

/** Another login of SQL Server than by its own user and password, which are then those of the domain or of Entra ID. */
export type MssqlLogin =
  | { type: 'ntlm'; domain: string }
  | { type: 'azure-password'; clientId: string; tenantId?: string }
  | { type: 'azure-service-principal'; clientId: string; clientSecret: string; tenantId: string };

/** A database on a server. */
export interface ServerOptions {
  dialect: ServerDialectName;
  host: string;
  /** Default: the dialect's own. */
  port?: number;
  /** SQL Server: a named instance, instead of a port. */
  instance?: string;
  /** Oracle: the service name. */
  database: string;
  /** Where the tables are; default: the user's own. */
  schema?: string;
  user?: string;
  password?: string;
  tls?: StoreTls;
  login?: MssqlLogin;
  /** Milliseconds a connection may take to be made; default 10,000. */
  connectMs?: number;
  /**
   * Milliseconds a statement may take; then its connection counts as lost. Default 15,000: with another connection's time
   * that is less than the 30 s in which a listener answers by default.
   */
  statementMs?: number;
  /** Connections for reading, beside the one that writes; default 4. */
  readers?: number;
  /** False: no DDL is run; the tables must be there. Default true. */
  createTables?: boolean;
  /** Passed on to the driver as they are. */
  driverOptions?: Record<string, unknown>;
  limits?: StoreLimits;
  /** Where identifiers stand, a line each: `patient PID-3 CX`; default `DEFAULT_IDENTIFIERS`, none when empty. */
  identifiers?: readonly string[];
  /** Default: everything is kept. */
  retention?: RetentionPolicy;
}

/** An unknown dialect is refused with `STORE_DIALECT_UNKNOWN`. */
export type StoreOptions = SqliteOptions | ServerOptions;

/** What `Store.check` finds, for a person who asks whether the store works. */
export interface StoreCheck {
  dialect: string;
  /** Where the tables are: a file, or a server and database. */
  location: string;
  /** Of the database engine. */
  version: string;
  /** True when a commit survives a power cut, as far as the engine's settings say. */
  durable: boolean;
  /** The settings that decide it, by name. */
  durability: Record<string, string | number>;
  /** What is weak about the database's settings, a sentence each. */
  warnings: string[];
  /** Names of the schema changes that were applied, in order. */
  schema: string[];
  /** All of it in one line for people. */
  text: string;
}

/** The `state` event. */
export interface StateChange {
  available: boolean;
  /** For people: where the messages go, or why they cannot. */
  text: string;
  /** Of the error that made it unavailable. */
  code?: string;
  /** Why they cannot, in a word. */
  why?: UnavailableReason;
}

export interface StoreStatistics {
  /** False from the batch that could not be written to the next one that could. */
  available: boolean;
  /** Message rows written. */
  stored: number;
  /** Deliveries of a message that was there already. */
  duplicates: number;
  /** Rows the database refused for what they hold, and duplicates refused by setting. */
  refused: number;
  /** Rows that were turned away because the store was full or unavailable. */
  failed: number;
  /** Transactions that wrote rows or answers. */
  commits: number;
  /** Times a batch had to wait for another process. */
  busyRetries: number;
  /** Answers that left and are not noted as sent yet. */
  sentTimesWaiting: number;
  queuedRows: number;
  queuedBytes: number;
  queueRowsLimit: number;
  queueBytesLimit: number;
}
