import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Sequelize } from 'sequelize';
import { Hl7Error } from '../../../errors';
import { lookup } from '../../../util';
import { type CustomTable, prepareCustomTable } from '../../custom-table';
import { OpenError, type UnavailableReason } from '../../open-error';
import { addDeviationSql, type MessageRecord } from '../../record';
import type { Refusal } from '../../refusal';
import { lacking, migrate, type SchemaTarget } from '../../schema';
import type { SqliteOptions, StoreCheck } from '../../types';
import type { BatchedMessage, Dialect, ErrorClass, Maintenance, Transaction } from '../contract';
import { driverMissing } from '../shared';
import { toSqlTime } from './batch';
import { Checkpointer } from './checkpointer';
import { sqliteCustomTable } from './custom-table';
import { sqliteDdl } from './ddl';
import { Connection, type RawDatabase } from './driver';
import { classifyError, codeOf, connectionLost, lacksColumn, refusalOf } from './error-classes';
import { insertBatch } from './insert-batch';
import { SqliteMaintenance } from './maintenance';
import { applySettings, readSettings } from './settings';
import { APPLIED, CREATE_BATCH, CREATE_DETAILS, LOOK_AT_SCHEMA, PROVE_WRITABLE, RECORD_SENT_TIMES } from './statements';
import { SqliteTransaction } from './transaction';

interface Driver {
  OPEN_READONLY: number;
  Database: new (file: string, mode: number, done: (error: Error | null) => void) => RawDatabase;
}

/** How often, and after how many milliseconds, an open that meets another process opening the same file is repeated. */
const OPEN_ATTEMPTS = 50;
const OPEN_PAUSE_MS = 100;
/** How often, in milliseconds, it is looked whether the file is still the one that was opened. */
const FILE_CHECK_MS = 500;

/** The log in one SQLite file, through one connection that writes. */
export class SqliteDialect implements Dialect {
  readonly name = 'sqlite';
  readonly location: string;
  /** A weak setting is not taken at all. */
  readonly warnings = [];
  readonly own = sqliteCustomTable;
  readonly oneWriter = true;
  readonly batchAtOnce = 1000;
  #sequelize: Sequelize | undefined;
  #connection: Connection | undefined;
  #checkpointer: Checkpointer | undefined;
  #reader: Promise<Sequelize> | undefined;
  #file = '';
  #fileChecked = 0;

  constructor(options: SqliteOptions) {
    this.location = options.file === '' ? '' : path.resolve(options.file);
    if (options.file === '' || options.file === ':memory:' || options.file.startsWith('file:')) {
      const text = 'The store needs the path of a database file: memory does not keep messages.';
      throw new OpenError({ why: 'file', text }, { final: true });
    }
  }

  async open(): Promise<void> {
    await this.#makeFolder();
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#connect();
        return;
      } catch (error) {
        await this.close();
        if (classifyError(error) !== 'busy' || attempt === OPEN_ATTEMPTS) throw this.#openFailed(error);
        await new Promise((resolve) => setTimeout(resolve, OPEN_PAUSE_MS));
      }
    }
  }

  async transaction<T>(steps: (transaction: Transaction) => Promise<T>): Promise<T> {
    const connection = await this.#opened();
    const result = await committed(connection, () => steps(new SqliteTransaction(connection)));
    this.#checkpointer?.wrote();
    return result;
  }

  async insertBatch(records: readonly MessageRecord[], storedAt: Date, token: string): Promise<BatchedMessage[]> {
    const connection = await this.#opened();
    const insert = () => insertBatch(connection, records, storedAt, token);
    const messages = await insert().catch(async (error: unknown) => {
      if (classifyError(error) !== 'statement') throw error;
      // Another program may have changed the schema, which a trigger does not notice by itself; a plain statement does.
      await connection.once(LOOK_AT_SCHEMA);
      return insert();
    });
    this.#checkpointer?.wrote();
    return messages;
  }

  async recordSentTimes(marks: ReadonlyMap<number, Date>): Promise<void> {
    const times = JSON.stringify([...marks].map(([id, at]) => [id, toSqlTime(at)]));
    const connection = await this.#opened();
    await committed(connection, () => connection.all(RECORD_SENT_TIMES, [times]));
  }

  async addDeviation(messageIds: readonly number[], code: string): Promise<void> {
    const connection = await this.#opened();
    const sql = addDeviationSql(messageIds, code, { joined: (one) => `deviations || ',${one}'` });
    await committed(connection, () => connection.once(sql));
  }

  async prepareCustomTable(table: CustomTable): Promise<string | undefined> {
    const connection = await this.#opened();
    const run = (sql: string): Promise<unknown[]> => connection.once(sql);
    const create = (change: () => Promise<void>): Promise<void> => committed(connection, change);
    return await prepareCustomTable(this.own, table, { location: this.location, run, create });
  }

  classify(error: unknown): ErrorClass {
    return classifyError(error);
  }

  refusal(error: unknown): Refusal | undefined {
    return refusalOf(error);
  }

  needsReopen(error: unknown): boolean {
    return connectionLost(error);
  }

  async check(): Promise<StoreCheck> {
    const connection = await this.#opened();
    const { version, durable, values } = await readSettings(connection);
    const applied = await connection.once<{ name: string }>(APPLIED);
    const schema = applied.map((one) => one.name);
    const disk = `${values.journal_mode} log, synced at every commit`;
    const text = `SQLite ${version}, ${disk}, schema ${schema.at(-1)}, ${this.location}`;
    return {
      dialect: this.name,
      location: this.location,
      version,
      durable,
      durability: values,
      warnings: [],
      schema,
      text,
    };
  }

  reader(): Promise<Sequelize> {
    this.#reader ??= this.#openReader().catch((error: unknown) => {
      this.#reader = undefined;
      throw this.#openFailed(error);
    });
    return this.#reader;
  }

  /** A statement runs in the driver's thread and ends by itself: there is no server to wait for. */
  abort(): void {}

  async close(): Promise<void> {
    const [connection, sequelize, reader] = [this.#connection, this.#sequelize, this.#reader];
    const checkpointer = this.#checkpointer;
    this.#connection = undefined;
    this.#sequelize = undefined;
    this.#checkpointer = undefined;
    this.#reader = undefined;
    await checkpointer?.close();
    await connection?.release();
    await sequelize?.close().catch(() => undefined);
    const reading = await reader?.catch(() => undefined);
    await reading?.close().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const driver = await loadDriver();
    const sequelize = newSequelize(this.location, driver);
    // Sequelize would wait for ever to close a connection that could not be opened.
    const connection = await Connection.of(sequelize);
    this.#connection = connection;
    this.#sequelize = sequelize;
    await applySettings(connection, this.location);
    // The lock lets a second process that starts at the same time find the schema done.
    const target: SchemaTarget = { ddl: sqliteDdl, run: (sql) => connection.once(sql) };
    await committed(connection, async () => {
      await migrate(target);
      await connection.once(PROVE_WRITABLE);
    }).catch(async (error: unknown) => {
      if (lacksColumn(error)) await this.#look(target, error);
      throw error;
    });
    await this.#look(target);
    await connection.exec(CREATE_DETAILS + CREATE_BATCH);
    this.#checkpointer = await Checkpointer.of(newSequelize(this.location, driver));
    this.#file = await this.#fileIdentity();
    this.#fileChecked = Date.now();
  }

  /** Sees that the tables are the log's. @param cause what has already failed */
  async #look(target: SchemaTarget, cause?: unknown): Promise<void> {
    const lacks = await lacking(target, lacksColumn);
    if (lacks === undefined) return;
    throw new OpenError(
      { why: 'tables', text: `The database file ${this.location} cannot be opened. ${lacks}` },
      { cause },
    );
  }

  async maintain(): Promise<Maintenance> {
    return await SqliteMaintenance.of(await this.#newReader(), async (steps) => {
      const connection = await this.#opened();
      return committed(connection, () => steps((sql) => connection.once(sql)));
    });
  }

  async #openReader(): Promise<Sequelize> {
    const sequelize = await this.#newReader();
    await Connection.of(sequelize);
    return sequelize;
  }

  async #newReader(): Promise<Sequelize> {
    const driver = await loadDriver();
    return newSequelize(this.location, driver, { mode: driver.OPEN_READONLY });
  }

  /**
   * The connection, if its file is still there: a file that was deleted or replaced would take every row and keep none
   * for those who look under its name.
   */
  async #opened(): Promise<Connection> {
    const now = Date.now();
    if (this.#connection && now - this.#fileChecked >= FILE_CHECK_MS) {
      this.#fileChecked = now;
      if ((await this.#fileIdentity()) !== this.#file) {
        throw new Hl7Error(
          'STORE_FILE_REPLACED',
          `The database file ${this.location} was deleted or replaced while it was open.`,
        );
      }
    }
    if (!this.#connection) throw new Hl7Error('STORE_CLOSED', `The database file ${this.location} is not open.`);
    return this.#connection;
  }

  async #fileIdentity(): Promise<string> {
    try {
      const { dev, ino } = await stat(this.location, { bigint: true });
      return `${dev}:${ino}`;
    } catch {
      return 'none';
    }
  }

  async #makeFolder(): Promise<void> {
    const folder = path.dirname(this.location);
    try {
      await makeFolder(folder);
    } catch (cause) {
      const text = `The folder ${folder} cannot be created; create it, or give the database file another place.`;
      throw new OpenError({ why: 'file', text }, { cause });
    }
  }

  #openFailed(error: unknown): Hl7Error {
    const begin = `The database file ${this.location} cannot be opened.`;
    if (error instanceof OpenError && error.why === 'driver') {
      const { why, code, final } = error;
      return new OpenError({ why, text: `${begin} ${error.message}` }, { code, final, cause: error });
    }
    if (error instanceof Hl7Error) return error;
    const code = codeOf(error);
    const reason = OPEN_REASONS[code] ?? `SQLite says ${code || 'nothing about why'}.`;
    return new OpenError({ why: WHY[code] ?? 'file', text: `${begin} ${reason}` }, { cause: error });
  }
}

/** Others are of the file. */
const WHY: Record<string, UnavailableReason> = lookup({ SQLITE_FULL: 'disk', SQLITE_BUSY: 'locked' });

const OPEN_REASONS: Record<string, string> = lookup({
  SQLITE_NOTADB: 'It is not a SQLite database: give another path, or move the file away.',
  SQLITE_CORRUPT: 'It is damaged: move it away and restore it from a backup.',
  SQLITE_CANTOPEN: 'Its path is a folder, or this process may not read and write there.',
  SQLITE_PERM: 'This process may not read and write it.',
  SQLITE_READONLY: 'This process may not write it, or its folder.',
  SQLITE_FULL: 'The disk is full.',
  SQLITE_IOERR: 'The disk reports an error.',
  SQLITE_BUSY: 'Another program holds it locked: end that program, or its transaction.',
});

/** Does steps in one transaction that is the only one to write from its start on. */
async function committed<T>(connection: Connection, steps: () => Promise<T>): Promise<T> {
  await connection.all('BEGIN IMMEDIATE');
  try {
    const result = await steps();
    await connection.all('COMMIT');
    return result;
  } catch (error) {
    // Some errors have rolled back already, and then this one fails; the first error is the one to tell.
    await connection.exec('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function loadDriver(): Promise<Driver> {
  try {
    return ((await import('@appthreat/sqlite3')) as unknown as { default: Driver }).default;
  } catch (cause) {
    const name = '@appthreat/sqlite3';
    throw driverMissing(`The SQLite driver ${name} cannot be loaded on this platform`, name, cause);
  }
}

function newSequelize(storage: string, dialectModule: object, dialectOptions: object = {}): Sequelize {
  return new Sequelize({ dialect: 'sqlite', storage, dialectModule, dialectOptions, logging: false });
}

/**
 * Makes a folder and those above it. `mkdir` with `recursive` tries for ever, at full load, where a folder that is there
 * says ENOENT to a new one in it, as those of an automounter do.
 * @throws (rejects) the error of the file system
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (await isFolder(folder)) return;
    const above = path.dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === folder || (await isFolder(above))) throw error;
    await makeFolder(above);
    await makeFolder(folder);
  }
}

async function isFolder(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory();
  } catch {
    return false;
  }
}
