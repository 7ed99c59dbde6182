import type { Sequelize } from 'sequelize';
import { Hl7Error } from '../../../errors';
import { ACKS } from '../../columns';
import type { Dialect, OfferedMessage, Transaction, Trouble } from '../../dialect';
import { applied, migrate, missing, type SchemaTarget } from '../../migrate';
import { type OwnDialect, prepareOwn } from '../../own/sql';
import type { OwnTable } from '../../own/types';
import type { MessageRecord } from '../../record';
import type { Maintenance } from '../../retention/maintenance';
import { wordsOf } from '../../retention/words';
import type { Ddl } from '../../schema';
import type { DialectName, ServerOptions, StoreCheck } from '../../types';
import { ServerMaintenance } from './maintenance';
import { driverError, inTime, isLost, type Session } from './session';

/** What a server says of itself. */
export interface ServerFacts {
  /** Of the engine, with its name, e.g. `PostgreSQL 15.4`. */
  version: string;
  /** The settings that decide whether a commit is on disk, by name. */
  durability: Record<string, string | number>;
  /** What is weak about them, a sentence each. */
  warnings: string[];
}

/** Milliseconds the connections for reading may take to end. */
const LEAVE_MS = 1000;
const DEFAULTS = { connectMs: 10_000, statementMs: 15_000, readers: 4 };

/** The steps of a batch on one connection, and the statement that does them all. */
export interface Writer extends Transaction {
  insertOffers(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<OfferedMessage[]>;
  markSent(marks: ReadonlyMap<number, Date>): Promise<void>;
}

/** What all databases on a server have in common: one connection that writes, and a pool for reading beside it. */
export abstract class ServerDialect implements Dialect {
  abstract readonly name: DialectName;
  readonly location: string;
  /** Several instances may write the same keys. */
  readonly sortsByKey: boolean = true;
  readonly offersAtOnce: number = 1000;
  readonly oneWriter = false;
  protected readonly connectMs: number;
  protected readonly statementMs: number;
  protected readonly readers: number;
  #sequelize: Sequelize | undefined;
  #session: Session | undefined;
  #facts: ServerFacts | undefined;
  #abandon: () => void = () => undefined;

  constructor(
    protected readonly options: ServerOptions,
    defaultPort: number,
  ) {
    const { host, port, instance, database, schema } = options;
    const place = instance ? `${host}\\${instance}` : `${host}:${port ?? defaultPort}`;
    this.location = `${place}/${database}${schema ? `/${schema}` : ''}`;
    this.connectMs = options.connectMs ?? DEFAULTS.connectMs;
    this.statementMs = options.statementMs ?? DEFAULTS.statementMs;
    this.readers = options.readers ?? DEFAULTS.readers;
    if (host === '' || database === '') {
      throw new Hl7Error('STORE_OPEN_FAILED', 'The database needs the name of a host and of a database.');
    }
  }

  /** Loads the driver and sets the pool up, without connecting. Throws `STORE_DRIVER_MISSING`. */
  protected abstract newSequelize(): Promise<Sequelize>;
  /** Connects. Rejects with the driver's error. */
  protected abstract connect(sequelize: Sequelize): Promise<Session>;
  /** Makes the session's commits durable, as far as a session can, and asks what the server says. */
  protected abstract prepare(session: Session): Promise<ServerFacts>;
  protected abstract readonly ddl: Ddl;
  abstract readonly own: OwnDialect;
  /** Runs a change of the schema while no other instance does the same. */
  protected abstract locked(session: Session, change: () => Promise<void>): Promise<void>;
  protected abstract writer(session: Session): Writer;
  protected abstract begin(session: Session): Promise<void>;
  protected abstract commit(session: Session): Promise<void>;
  protected abstract rollback(session: Session): Promise<void>;
  /** What an error of the server means; `undefined` for one that is not the server's. */
  protected abstract serverTrouble(error: unknown): Trouble | undefined;
  /** True for an error of the server after which its connection, or its schema, must be made anew. */
  protected abstract connectionIsOf(error: unknown): boolean;
  /** Why it cannot be opened, and what to do, by the driver's error; undefined when that says nothing. */
  protected abstract openReason(error: unknown): string | undefined;

  async open(): Promise<void> {
    try {
      this.#sequelize = await this.newSequelize();
      const session = await this.#connected(this.#sequelize);
      this.#session = session;
      this.#facts = await this.prepare(session);
      await this.#migrate(session);
      // Changes nothing, and fails on a server that only reads: a standby would be taken for the real one.
      await session.run(`UPDATE ${this.ddl.table(ACKS)} SET sent_at = sent_at WHERE id = -1`);
    } catch (error) {
      await this.close();
      throw this.#openFailed(error);
    }
  }

  async insertOffers(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<OfferedMessage[]> {
    return this.writer(this.session).insertOffers(records, storedAt, token);
  }

  async transaction<T>(steps: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { session } = this;
    await this.begin(session);
    try {
      const result = await steps(this.writer(session));
      await this.commit(session);
      return result;
    } catch (error) {
      // The first error is the one to tell. A connection that cannot roll back is of no use any more.
      await this.rollback(session).catch(() => session.end());
      throw error;
    }
  }

  async markSent(marks: ReadonlyMap<number, Date>): Promise<void> {
    await this.writer(this.session).markSent(marks);
  }

  async prepareOwn(table: OwnTable): Promise<void> {
    const { session, location, own } = this;
    const run = (sql: string, parameters?: readonly unknown[]): Promise<unknown[]> => session.run(sql, parameters);
    await prepareOwn(own, table, { location, run, create: (change) => this.locked(session, change) });
  }

  trouble(error: unknown): Trouble {
    if (isLost(error)) return 'unavailable';
    const trouble = this.serverTrouble(error);
    if (trouble !== undefined) return trouble;
    // What is no error of a database at all came up while a row was being written: its neighbours may do without it.
    return error instanceof Hl7Error || this.#session?.lost !== false ? 'unavailable' : 'statement';
  }

  needsReopen(error: unknown): boolean {
    return this.#session === undefined || this.#session.lost || isLost(error) || this.connectionIsOf(error);
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
    const words = wordsOf(this.name);
    const session = await this.connect(await this.reader());
    try {
      await this.prepare(session);
      for (const sql of words.session) await session.run(sql);
    } catch (error) {
      await session.close();
      throw error;
    }
    return new ServerMaintenance(session, {
      words,
      table: (name) => this.ddl.table(name),
      begin: () => this.begin(session),
      commit: () => this.commit(session),
      rollback: () => this.rollback(session),
      trouble: (error) => this.trouble(error),
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

  /** Connects, unless nobody waits for it any more. */
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
      throw new Hl7Error(
        'STORE_SCHEMA_MISSING',
        `The database ${this.location} lacks the schema change ${names.join(', ')}. Have the SQL of "Show SQL" applied, or let the node create the tables.`,
      );
    }
    await this.locked(session, () => migrate(target));
  }

  #openFailed(error: unknown): Hl7Error {
    if (error instanceof Hl7Error && !isLost(error)) return error;
    const { code } = driverError(error);
    const reason =
      this.openReason(error) ??
      NETWORK_REASONS[code] ??
      `It says ${code || 'nothing about why'}: see the server's log.`;
    return new Hl7Error('STORE_OPEN_FAILED', `The database ${this.location} cannot be opened. ${reason}`, {
      cause: error,
    });
  }
}

const AWAY = 'No server answers there: start it, or correct host and port.';
const NETWORK_REASONS: Record<string, string> = {
  ECONNREFUSED: AWAY,
  ESOCKET: AWAY,
  ECONNRESET: 'The server closed the connection.',
  EHOSTUNREACH: 'The host cannot be reached from here.',
  ENETUNREACH: 'The host cannot be reached from here.',
  ENOTFOUND: 'There is no host of this name.',
  EAI_AGAIN: 'The name of the host cannot be looked up now.',
  ETIMEDOUT: 'The host does not answer.',
  ETIMEOUT: 'The host does not answer.',
  STORE_TIMEOUT: 'The server does not answer.',
  STORE_CONNECTION_LOST: 'The server closed the connection.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Its certificate is self-signed: give the CA, or do not verify it.',
  SELF_SIGNED_CERT_IN_CHAIN: 'Its certificate is of a CA that is not known here: give the CA, or do not verify it.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'Its certificate is of a CA that is not known here: give the CA, or do not verify it.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate is for another host name.',
  CERT_HAS_EXPIRED: 'Its certificate has expired.',
};

/** Loads a driver that is needed only now. Throws `STORE_DRIVER_MISSING`, naming the line to type. */
export async function loadDriver<T>(name: string, load: () => Promise<unknown>): Promise<T> {
  try {
    const loaded = (await load()) as { default?: unknown };
    return (loaded.default ?? loaded) as T;
  } catch (cause) {
    const text = `The driver ${name} is not installed. Type in the Node-RED user folder: npm install ${name}`;
    throw new Hl7Error('STORE_DRIVER_MISSING', text, { cause });
  }
}
