import { Sequelize } from 'sequelize';
import type { ServerOptions } from '../../types';
import {
  driverError,
  loadDriver,
  ServerDialect,
  type ServerInfo,
  type Session,
  tlsOptions,
  type Writer,
} from '../shared';
import { postgresCustomTable } from './custom-table';
import { postgresDdl } from './ddl';
import { classifyError, connectionIsOf, lacksColumn, openReason, refusalOf } from './error-classes';
import { retentionSql } from './retention-sql';
import { PostgresSession } from './session';
import { type Statements, statementsOf } from './statements';
import { PostgresWriter } from './writer';

const DEFAULT_PORT = 5432;
/** Of the advisory lock that keeps two instances from changing the schema at once: "hl7" and "ddl" as numbers. */
const SCHEMA_LOCK = '6843191, 6579308';
/** SQLSTATE of a lock that was not available in time. */
const NO_LOCK = '55P03';
/** Milliseconds a statement waits for another writer's lock, before the batch is tried again. */
const LOCK_MS = 5000;

/** Where the server has it (version 14 on, as it was built): half the time for texts and bytes; who reads notices nothing. */
const FAST_COMPRESSION = `SELECT set_config('default_toast_compression', 'lz4', false) FROM pg_settings
  WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)`;

/**
 * What one connection that only inserts and looks up by index wants: the same plan for every batch, never one that reads
 * a whole table because it was empty when the plan was made, and no compiling.
 */
const SESSION = `SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off;
  SET lock_timeout = ${LOCK_MS}; SET idle_in_transaction_session_timeout = 60000; SET bytea_output = 'hex';
  ${FAST_COMPRESSION}`;

/** The log in PostgreSQL 12 or later. */
export class PostgresDialect extends ServerDialect {
  readonly name = 'postgres';
  readonly own;
  protected readonly ddl;
  protected override readonly errors = {
    classifyError,
    connectionIsOf,
    openReason: (error: unknown) => openReason(error, this.encrypts),
    refusalOf,
    lacksColumn,
  };
  protected override readonly retentionSql = retentionSql;
  readonly #statements: Statements;

  constructor(options: ServerOptions) {
    super(options, DEFAULT_PORT);
    this.own = postgresCustomTable(options.schema ?? '');
    this.ddl = postgresDdl(options.schema ?? '');
    this.#statements = statementsOf(this.ddl);
  }

  protected override async newSequelize(): Promise<Sequelize> {
    const { tls, schema, driverOptions } = this.options;
    const { host, stream } = this.namedServer();
    return new Sequelize({
      dialect: 'postgres',
      dialectModule: await loadDriver<object>('pg', () => import('pg')),
      ...this.poolOptions(this.readers + 1),
      ...(host && { host }),
      schema,
      dialectOptions: {
        application_name: 'HL7 Logger',
        connectionTimeoutMillis: this.connectMs,
        keepAlive: true,
        ssl: tlsOptions(tls),
        ...(stream && { stream }),
        ...driverOptions,
      },
    });
  }

  protected override connect(sequelize: Sequelize): Promise<Session> {
    return PostgresSession.of(sequelize, this.location, this.statementMs);
  }

  protected override async prepare(session: Session): Promise<ServerInfo> {
    await session.run(SESSION);
    const [row] = await session.run<Record<string, string>>(
      `SELECT current_setting('server_version') AS version, current_setting('synchronous_commit') AS synchronous_commit,
        current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
        current_setting('server_encoding') AS server_encoding`,
    );
    const { version, ...durability } = row!;
    const warnings: string[] = [];
    if (durability.synchronous_commit === 'off') {
      // The server answers a commit before it is on disk, unless a session asks for more.
      await session.run('SET synchronous_commit = on');
      durability.synchronous_commit = 'on (for this connection)';
    }
    if (durability.fsync !== 'on') warnings.push('fsync is off: a power cut can lose what was acknowledged');
    if (durability.full_page_writes !== 'on') {
      warnings.push('full_page_writes is off: a power cut can damage the database');
    }
    if (durability.server_encoding !== 'UTF8') {
      warnings.push(
        `its encoding is ${durability.server_encoding}, not UTF8: messages with other characters are refused`,
      );
    }
    return { version: `PostgreSQL ${version!.split(' ')[0]}`, durability, warnings };
  }

  protected override async locked(session: Session, change: () => Promise<void>): Promise<void> {
    await this.together(session, async () => {
      try {
        await session.run(
          `SET LOCAL lock_timeout = ${Math.floor(this.schemaLockMs)}; SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`,
        );
      } catch (error) {
        throw driverError(error).code === NO_LOCK ? this.schemaBusy() : error;
      }
      // What the changes themselves wait for may take as long as a statement.
      await session.run('SET LOCAL lock_timeout = 0');
      await change();
    });
  }

  protected override lockLimit(milliseconds: number): string {
    return `SET lock_timeout = ${Math.round(milliseconds)}`;
  }

  protected override writer(session: Session): Writer {
    return new PostgresWriter(session, this.#statements);
  }
}
