import type { Socket } from 'node:net';
import type { Sequelize } from 'sequelize';
import { Hl7Error } from '../../../errors';
import { ACKS, MESSAGES } from '../../columns';
import { type CustomTable, CustomTableBusy, type CustomTableSql, prepareCustomTable } from '../../custom-table';
import { OpenError, type Reason } from '../../open-error';
import { addDeviationSql, type MessageRecord } from '../../record';
import type { Refusal } from '../../refusal';
import { applied, type Ddl, lacking, migrate, missing, type SchemaTarget } from '../../schema';
import type { DialectName, ServerOptions, StoreCheck } from '../../types';
import type { BatchedMessage, Dialect, ErrorClass, Maintenance, RetentionSql, Transaction } from '../contract';
import { NETWORK_REASONS, type ServerErrors } from './error-classes';
import { ServerMaintenance } from './maintenance';
import { driverError, inTime, isLost, type Session } from './session';
import { streamTo } from './stream';

/** What a server says of itself. */
export interface ServerInfo {
  /** Of the engine, with its name, e.g. `PostgreSQL 15.4`. */
  version: string;
  /** The settings that decide whether a commit is on disk, by name. */
  durability: Record<string, string | number>;
  /** What is weak about them, a sentence each. */
  warnings: string[];
}

/** Milliseconds the connections for reading may take to end. */
const LEAVE_MS = 1000;
/** Milliseconds to wait for another instance that changes the schema, and how long before the end of a statement's time at the latest. */
const SCHEMA_LOCK_MS = 20_000;
const SCHEMA_LOCK_MARGIN_MS = 1000;
/** Milliseconds that a server has to report that a lock was unavailable. */
const LOCK_GRACE_MS = 1000;
const DEFAULTS = { connectMs: 10_000, statementMs: 15_000, readers: 4 };

/** The steps of a batch on one connection, and the statement that does them all. */
export interface Writer extends Transaction {
  insertBatch(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<BatchedMessage[]>;
  recordSentTimes(marks: ReadonlyMap<number, Date>): Promise<void>;
}

/** What all databases on a server have in common: one connection that writes, and a pool for reading beside it. */
export abstract class ServerDialect implements Dialect {
  abstract readonly name: DialectName;
  readonly location: string;
  readonly batchAtOnce: number = 1000;
  readonly oneWriter = false;
  protected readonly connectMs: number;
  protected readonly statementMs: number;
  protected readonly readers: number;
  #sequelize: Sequelize | undefined;
  #session: Session | undefined;
  #facts: ServerInfo | undefined;
  #abandon: () => void = () => undefined;

  constructor(
    protected readonly options: ServerOptions,
    private readonly defaultPort: number,
  ) {
    const { host, port, instance, database, schema } = options;
    const place = instance ? `${host}\\${instance}` : `${host}:${port ?? defaultPort}`;
    this.location = `${place}/${database}${schema ? `/${schema}` : ''}`;
    this.connectMs = options.connectMs ?? DEFAULTS.connectMs;
    this.statementMs = options.statementMs ?? DEFAULTS.statementMs;
    this.readers = options.readers ?? DEFAULTS.readers;
    if (host === '' || database === '') {
      const text = 'The database needs the name of a host and of a database: enter them in the hl7 database node.';
      throw new OpenError({ why: 'database', text }, { final: true });
    }
  }

  /** Loads the driver and sets the pool up, without connecting. Throws `STORE_DRIVER_MISSING`. */
  protected abstract newSequelize(): Promise<Sequelize>;
  /** Connects. Rejects with the driver's error. */
  protected abstract connect(sequelize: Sequelize): Promise<Session>;
  /** Makes the session's commits durable, as far as a session can, and asks what the server says. */
  protected abstract prepare(session: Session): Promise<ServerInfo>;
  protected abstract readonly ddl: Ddl;
  abstract readonly own: CustomTableSql;
  /** Runs a change of the schema while no other instance does the same. */
  protected abstract locked(session: Session, change: () => Promise<void>): Promise<void>;
  protected abstract writer(session: Session): Writer;
  /** A statement after which the session waits so long for a lock, milliseconds; empty where there is none. */
  protected lockLimit(_milliseconds: number): string {
    return '';
  }
  protected abstract readonly errors: ServerErrors;
  protected abstract readonly retentionSql: RetentionSql;
  /** The statements around a transaction; `begin` is empty where there is none. */
  protected readonly bounds = { begin: 'BEGIN', commit: 'COMMIT', rollback: 'ROLLBACK' };

  async open(): Promise<void> {
    try {
      this.#sequelize = await this.newSequelize();
      const session = await this.#connected(this.#sequelize);
      this.#session = session;
      this.#facts = await this.prepare(session);
      await this.#migrate(session);
      await this.#look(session);
      // Changes nothing, and fails on a server that only reads: a standby would be taken for the real one.
      await session.run(`UPDATE ${this.ddl.table(ACKS)} SET sent_at = sent_at WHERE id = -1`);
    } catch (error) {
      await this.close();
      throw this.#openFailed(error);
    }
  }

  async insertBatch(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<BatchedMessage[]> {
    return this.writer(this.session).insertBatch(records, storedAt, token);
  }

  async transaction<T>(steps: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { session } = this;
    await this.#begin(session);
    try {
      const result = await steps(this.writer(session));
      await session.run(this.bounds.commit);
      return result;
    } catch (error) {
      // The first error is the one to tell. A connection that cannot roll back is of no use any more.
      await session.run(this.bounds.rollback).catch(() => session.end());
      throw error;
    }
  }

  async recordSentTimes(marks: ReadonlyMap<number, Date>): Promise<void> {
    await this.writer(this.session).recordSentTimes(marks);
  }

  async addDeviation(messageIds: readonly number[], code: string): Promise<void> {
    const { session } = this;
    const joined = (one: string): string => `CONCAT(deviations, ',${one}')`;
    const sql = addDeviationSql(messageIds, code, { table: this.ddl.table(MESSAGES), joined });
    await this.together(session, async () => {
      await session.run(sql);
    });
  }

  async prepareCustomTable(table: CustomTable, lockMs: number): Promise<string | undefined> {
    const { session, location, own } = this;
    const milliseconds = Math.min(lockMs + LOCK_GRACE_MS, this.statementMs);
    const run = (sql: string, parameters?: readonly unknown[]): Promise<unknown[]> =>
      session.run(sql, parameters, milliseconds);
    try {
      const limit = this.lockLimit(lockMs);
      if (limit !== '') await session.run(limit);
      return await prepareCustomTable(own, table, { location, run, create: (change) => this.locked(session, change) });
    } catch (error) {
      const waited = own.waited(error);
      throw waited === undefined ? error : new CustomTableBusy(table, location, waited, true, error);
    }
  }

  classify(error: unknown): ErrorClass {
    if (isLost(error)) return 'unavailable';
    if (error instanceof Hl7Error && error.fault === 'content') return 'data';
    const known = this.errors.classifyError(error);
    if (known !== undefined) return known;
    // What is no error of a database at all came up while a row was being written: its neighbours may do without it.
    return error instanceof Hl7Error || this.#session?.lost !== false ? 'unavailable' : 'statement';
  }

  refusal(error: unknown): Refusal | undefined {
    return this.errors.refusalOf(error);
  }

  needsReopen(error: unknown): boolean {
    return this.#session === undefined || this.#session.lost || isLost(error) || this.errors.connectionIsOf(error);
  }

  async check(): Promise<StoreCheck> {
    const { session } = this;
    const { version, durability, warnings } = this.#facts!;
    const schema = await applied(this.#target(session));
    const durable = warnings.length === 0;
    const text = [version, ...(durable ? ['commits are on disk'] : warnings), `schema ${schema.at(-1)}`, this.location];
    return {
      dialect: this.name,
      location: this.location,
      version,
      durable,
      durability,
      warnings,
      schema,
      text: text.join(', '),
    };
  }

  async reader(): Promise<Sequelize> {
    if (this.#sequelize === undefined) throw new Hl7Error('STORE_CLOSED', `The database ${this.location} is not open.`);
    return this.#sequelize;
  }

  async maintain(): Promise<Maintenance> {
    const session = await this.connect(await this.reader());
    try {
      await this.prepare(session);
      for (const sql of this.retentionSql.session) await session.run(sql);
    } catch (error) {
      await session.close();
      throw error;
    }
    return new ServerMaintenance(session, {
      sql: this.retentionSql,
      table: (name) => this.ddl.table(name),
      begin: () => this.#begin(session),
      commit: async () => {
        await session.run(this.bounds.commit);
      },
      rollback: async () => {
        await session.run(this.bounds.rollback);
      },
      classify: (error) => this.classify(error),
    });
  }

  get warnings(): readonly string[] {
    return this.#facts?.warnings ?? [];
  }

  abort(): void {
    this.#abandon();
    this.#session?.end();
  }

  async close(): Promise<void> {
    const [session, sequelize] = [this.#session, this.#sequelize];
    this.#session = undefined;
    this.#sequelize = undefined;
    await session?.close();
    if (sequelize !== undefined) await inTime(sequelize.close(), LEAVE_MS);
  }

  protected get session(): Session {
    if (this.#session === undefined) throw new Hl7Error('STORE_CLOSED', `The database ${this.location} is not open.`);
    return this.#session;
  }

  /**
   * For a driver that takes the host for the name in the server's certificate: that name, and a stream to the host; empty
   * where there is no other name.
   */
  protected namedServer(): { host?: string; stream?: () => Socket } {
    const { host, port, tls } = this.options;
    if (tls === undefined || tls.mode === 'off' || !tls.servername || tls.servername === host) return {};
    return { host: tls.servername, stream: () => streamTo(host, port ?? this.defaultPort) };
  }

  protected get encrypts(): boolean {
    const { tls } = this.options;
    return tls !== undefined && tls.mode !== 'off';
  }

  /** The options of Sequelize for every kind of server, for a pool of so many connections. */
  protected poolOptions(connections: number) {
    const { host, port, database, user, password } = this.options;
    return {
      host,
      port: port ?? this.defaultPort,
      database,
      username: user,
      password,
      logging: false as const,
      pool: { max: connections, acquire: this.connectMs + 1000 },
    };
  }

  /** Runs a change of the schema as one transaction. The first error is the one to tell. */
  protected async together(session: Session, change: () => Promise<void>): Promise<void> {
    await this.#begin(session);
    try {
      await change();
      await session.run(this.bounds.commit);
    } catch (error) {
      await session.run(this.bounds.rollback).catch(() => undefined);
      throw error;
    }
  }

  /** Milliseconds to wait for the lock on the schema: less than a statement may take, so that the server says that it is held. */
  protected get schemaLockMs(): number {
    return Math.min(SCHEMA_LOCK_MS, Math.max(this.statementMs - SCHEMA_LOCK_MARGIN_MS, this.statementMs / 2));
  }

  /** An error that names this database, and keeps the code of one of our own. */
  protected cannotOpen({ why, text }: Reason, cause?: unknown): OpenError {
    const own = cause instanceof OpenError ? { code: cause.code, final: cause.final } : {};
    return new OpenError({ why, text: `The database ${this.location} cannot be opened. ${text}` }, { ...own, cause });
  }

  /** The lock on the schema was not available in time. */
  protected schemaBusy(): Hl7Error {
    return this.cannotOpen({ why: 'locked', text: 'Another instance is changing its tables: try again.' });
  }

  async #begin(session: Session): Promise<void> {
    if (this.bounds.begin !== '') await session.run(this.bounds.begin);
  }

  /** Connects, unless the store was closed meanwhile. */
  async #connected(sequelize: Sequelize): Promise<Session> {
    const connecting = this.connect(sequelize);
    const abandoned = new Promise<never>((_, reject) => {
      this.#abandon = () => reject(new Hl7Error('STORE_CLOSED', `The database ${this.location} is closed.`));
    });
    try {
      return await Promise.race([connecting, abandoned]);
    } catch (error) {
      connecting.then(
        (session) => session.close(),
        () => undefined,
      );
      throw error;
    } finally {
      this.#abandon = () => undefined;
    }
  }

  #target(session: Session): SchemaTarget {
    return { ddl: this.ddl, run: (sql) => session.run(sql) };
  }

  async #migrate(session: Session): Promise<void> {
    const target = this.#target(session);
    const names = await missing(target);
    if (names.length === 0) return;
    if (this.options.createTables === false) {
      const text = `The database ${this.location} lacks the schema change ${names.join(', ')}. Have the SQL of "Show SQL" applied, or let the node create the tables.`;
      throw new OpenError({ why: 'tables', text }, { code: 'STORE_SCHEMA_MISSING' });
    }
    try {
      await this.locked(session, () => migrate(target));
    } catch (error) {
      // A table of another program's has our name, and lacks what an index is made of.
      if (this.errors.lacksColumn(error)) await this.#look(session, error);
      throw error;
    }
  }

  /** Sees that the tables are the log's. @param cause what has already failed */
  async #look(session: Session, cause?: unknown): Promise<void> {
    const run = (sql: string): Promise<Record<string, unknown>[]> => session.run(sql);
    const lacks = await lacking({ ddl: this.ddl, run }, (error) => this.errors.lacksColumn(error));
    if (lacks !== undefined) throw this.cannotOpen({ why: 'tables', text: lacks }, cause);
  }

  #openFailed(error: unknown): Hl7Error {
    if (error instanceof OpenError && error.why === 'driver') {
      return this.cannotOpen({ why: error.why, text: error.message }, error);
    }
    if (error instanceof Hl7Error && !isLost(error)) return error;
    const { code } = driverError(error);
    const unknown = { why: 'away', text: `It says ${code || 'nothing about why'}: see the server's log.` } as const;
    return this.cannotOpen(this.errors.openReason(error) ?? NETWORK_REASONS[code] ?? unknown, error);
  }
}
