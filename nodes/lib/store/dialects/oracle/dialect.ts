import { setTimeout as pause } from 'node:timers/promises';
import { Sequelize } from 'sequelize';
import type { CustomTableSql } from '../../custom-table';
import type { ServerOptions } from '../../types';
import { loadDriver, ServerDialect, type ServerInfo, type Session, type Writer } from '../shared';
import { oracleCustomTable } from './custom-table';
import { oracleDdl } from './ddl';
import type { OracleDriver } from './driver';
import { classifyError, connectionIsOf, lacksColumn, openReason, oraNumber, refusalOf } from './error-classes';
import { DEFAULT_PORT, driverOptions } from './options';
import { retentionSql } from './retention-sql';
import { OracleSession } from './session';
import { type Statements, statementsOf } from './statements';
import { OracleWriter } from './writer';

/** Seconds that a change of the schema waits for another one. */
const SCHEMA_LOCK_SECONDS = 10;
/** Two instances that change the schema at once: the second finds the first one's note, at the latest when it tries again. */
const SCHEMA_ATTEMPTS = 5;
const SCHEMA_PAUSE_MS = 500;
/** Numbers of errors: a key that is there, a table that another one is changing. */
const COLLISIONS: ReadonlySet<number | undefined> = new Set([1, 54]);

/** Commits are on disk when they are answered, whatever the system's settings are, and nothing depends on the client's language. */
const SESSION = [
  "ALTER SESSION SET TIME_ZONE = '+00:00'",
  "ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'",
  'ALTER SESSION SET NLS_COMP = BINARY',
  'ALTER SESSION SET NLS_SORT = BINARY',
  "ALTER SESSION SET COMMIT_LOGGING = 'IMMEDIATE'",
  "ALTER SESSION SET COMMIT_WAIT = 'WAIT'",
  `ALTER SESSION SET DDL_LOCK_TIMEOUT = ${SCHEMA_LOCK_SECONDS}`,
];

/** Loads the driver, which is none of our dependencies: its name is not to be resolved before. */
const load = (name: string): Promise<OracleDriver> => loadDriver<OracleDriver>(name, async () => require(name));

/** The log in Oracle Database 12.2 or later. Not verified on a server yet. */
export class OracleDialect extends ServerDialect {
  readonly name = 'oracle';
  readonly own: CustomTableSql;
  protected readonly ddl;
  /** A transaction begins with its first statement. */
  protected override readonly bounds = { begin: '', commit: 'COMMIT', rollback: 'ROLLBACK' };
  protected override readonly errors = { classifyError, connectionIsOf, openReason, refusalOf, lacksColumn };
  protected override readonly retentionSql = retentionSql;
  readonly #statements: Statements;
  #driver: OracleDriver | undefined;

  constructor(options: ServerOptions) {
    super(options, DEFAULT_PORT);
    const schema = options.schema ?? '';
    this.ddl = oracleDdl(schema);
    this.own = oracleCustomTable(schema);
    this.#statements = statementsOf(this.ddl);
  }

  protected override async newSequelize(): Promise<Sequelize> {
    const dialectModule = await load('oracledb');
    this.#driver = dialectModule;
    return new Sequelize({
      dialect: 'oracle',
      dialectModule,
      ...this.poolOptions(this.readers + 1),
      schema: this.options.schema,
      // Names stand in capitals in the catalogue, and without quotes in statements.
      quoteIdentifiers: false,
      dialectOptions: driverOptions(this.options, this.connectMs),
    });
  }

  protected override connect(sequelize: Sequelize): Promise<Session> {
    return OracleSession.of(sequelize, this.#driver!, this.location, this.statementMs);
  }

  protected override async prepare(session: Session): Promise<ServerInfo> {
    for (const sql of SESSION) await session.run(sql);
    const [row] = await session.run<{ value: string }>(
      "SELECT value FROM nls_database_parameters WHERE parameter = 'NLS_CHARACTERSET'",
    );
    const encoding = row?.value ?? '';
    const warnings: string[] = [];
    if (encoding !== 'AL32UTF8') {
      warnings.push(`its character set is ${encoding}, not AL32UTF8: text loses the characters it does not have`);
    }
    return {
      version: `Oracle Database ${(session as OracleSession).client.oracleServerVersionString}`,
      durability: { commit_logging: 'IMMEDIATE', commit_wait: 'WAIT' },
      warnings,
    };
  }

  /** A change of the schema commits by itself, and with it whatever lock there was: it passes over what is there instead. */
  protected override async locked(session: Session, change: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.together(session, change);
        return;
      } catch (error) {
        if (!COLLISIONS.has(oraNumber(error)) || attempt === SCHEMA_ATTEMPTS) throw error;
        await pause(SCHEMA_PAUSE_MS);
      }
    }
  }

  protected override writer(session: Session): Writer {
    return new OracleWriter(session as OracleSession, this.#statements);
  }
}
