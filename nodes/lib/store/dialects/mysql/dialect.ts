import { Sequelize } from 'sequelize';
import type { ServerOptions } from '../../types';
import { loadDriver, ServerDialect, type ServerInfo, type Session, tlsOptions, type Writer } from '../shared';
import { exactCollation, mysqlCustomTable } from './custom-table';
import { mysqlDdl } from './ddl';
import { classifyError, connectionIsOf, lacksColumn, openReason, refusalOf } from './error-classes';
import { retentionSql } from './retention-sql';
import { MysqlSession } from './session';
import { prepareWriter, READER_SETTINGS } from './settings';
import { MysqlWriter } from './writer';

const DEFAULT_PORT = 3306;
/** Of the lock that keeps two instances from changing the schema at once; names are the whole server's. */
const SCHEMA_LOCK = `CONCAT('hl7_', SHA2(DATABASE(), 224))`;
/** Prepared statements that are kept: one for each number of messages in a batch. */
const KEPT_STATEMENTS = 80;

/** The log in MySQL 8.0 or later, or MariaDB 10.6 or later. */
export class MysqlDialect extends ServerDialect {
  readonly name: 'mysql' | 'mariadb';
  readonly own = mysqlCustomTable(() => exactCollation(this.#version));
  protected readonly ddl = mysqlDdl;
  protected override readonly errors = {
    classifyError,
    connectionIsOf,
    openReason: (error: unknown) => openReason(error, this.encrypts),
    refusalOf,
    lacksColumn,
  };
  protected override readonly retentionSql = retentionSql;
  protected override readonly bounds = { begin: 'START TRANSACTION', commit: 'COMMIT', rollback: 'ROLLBACK' };
  #packet = 0;
  /** With its name. */
  #version = '';

  constructor(options: ServerOptions) {
    super(options, DEFAULT_PORT);
    this.name = options.dialect === 'mariadb' ? 'mariadb' : 'mysql';
  }

  protected override async newSequelize(): Promise<Sequelize> {
    const sequelize = await this.#sequelize({ pool: this.readers });
    sequelize.addHook('afterConnect', async (connection) => {
      await new Promise<void>((resolve, reject) => {
        const { query } = connection as { query(sql: string, done: (error: Error | null) => void): void };
        query.call(connection, READER_SETTINGS, (error) => (error ? reject(error) : resolve()));
      });
    });
    return sequelize;
  }

  protected override async connect(): Promise<Session> {
    const sequelize = await this.#sequelize({ pool: 1, writes: true });
    return await MysqlSession.of(sequelize, this.location, this.statementMs);
  }

  protected override async prepare(session: Session): Promise<ServerInfo> {
    const { packet, ...facts } = await prepareWriter(session, this.location);
    this.#packet = packet;
    this.#version = facts.version;
    return facts;
  }

  protected override async locked(session: Session, change: () => Promise<void>): Promise<void> {
    const [lock] = await session.run<{ got: number | null }>(
      `SELECT GET_LOCK(${SCHEMA_LOCK}, ${Math.floor(this.schemaLockMs / 1000)}) AS got`,
    );
    if (lock?.got !== 1) throw this.schemaBusy();
    try {
      await change();
    } finally {
      await session.run(`SELECT RELEASE_LOCK(${SCHEMA_LOCK})`).catch(() => session.end());
    }
  }

  protected override lockLimit(milliseconds: number): string {
    return `SET SESSION lock_wait_timeout = ${Math.max(1, Math.round(milliseconds / 1000))}`;
  }

  protected override writer(session: Session): Writer {
    return new MysqlWriter(session as MysqlSession, this.#packet, this.#version.startsWith('MariaDB'));
  }

  async #sequelize(of: { pool: number; writes?: boolean }): Promise<Sequelize> {
    const { tls, driverOptions } = this.options;
    const ssl = tlsOptions(tls);
    const { host, stream } = this.namedServer();
    return new Sequelize({
      dialect: 'mysql',
      dialectModule: await loadDriver<object>('mysql2', () => import('mysql2')),
      ...this.poolOptions(of.pool),
      ...(host && { host }),
      dialectOptions: {
        connectTimeout: this.connectMs,
        charset: 'UTF8MB4_BIN',
        ...(ssl === false ? {} : { ssl: { ...ssl, verifyIdentity: tls?.mode === 'verify' } }),
        // The driver connects the stream of other makers itself, and ours here.
        ...(stream && { stream: () => stream().connect({ port: 0 }) }),
        connectAttributes: { program_name: 'HL7 Logger' },
        maxPreparedStatements: KEPT_STATEMENTS,
        ...driverOptions,
        // Rows that were there already do not count as written.
        flags: '-FOUND_ROWS',
        // Several statements in one text, only where all of the text is written here; and the driver's own types.
        ...(of.writes ? { multipleStatements: true, typeCast: true } : { multipleStatements: false }),
      },
    });
  }
}
