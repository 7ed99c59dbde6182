import { createRequire } from 'node:module';
import { Sequelize } from 'sequelize';
import type { CustomTableSql } from '../../custom-table';
import type { ServerOptions } from '../../types';
import { loadDriver, ServerDialect, type ServerInfo, type Session, type Writer } from '../shared';
import { CAPABILITIES, capabilitiesOf, type ServerCapabilities } from './capabilities';
import { mssqlCustomTable } from './custom-table';
import { mssqlDdl } from './ddl';
import { classifyError, connectionIsOf, lacksColumn, openReason, refusalOf } from './error-classes';
import { DEFAULT_PORT, driverOptions } from './options';
import { retentionSql } from './retention-sql';
import { factsOf } from './server-info';
import { MssqlSession, type Tedious } from './session';
import { type Statements, statementsOf } from './statements';
import { MssqlWriter, ROLLBACK } from './writer';

/** Milliseconds a statement waits for another writer's lock, before the batch is tried again. */
const LOCK_MS = 10_000;
const UNIQUE_INDEX = 'hl7_messages_dedupe_key';

/** What the connection that writes wants: an error leaves nothing of a transaction behind, and no text comes beside the rows. */
const SESSION = `SET XACT_ABORT ON; SET NOCOUNT ON; SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET LOCK_TIMEOUT ${LOCK_MS}`;

const schemaLock = (milliseconds: number): string => `DECLARE @got int;
EXEC @got = sp_getapplock @Resource = N'hl7_schema', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = ${milliseconds};
SELECT @got AS got`;

/** The log in SQL Server 2016 or later, or Azure SQL. */
export class MssqlDialect extends ServerDialect {
  readonly name = 'mssql';
  protected readonly ddl;
  protected override readonly bounds = { begin: 'BEGIN TRANSACTION', commit: 'COMMIT TRANSACTION', rollback: ROLLBACK };
  protected override readonly retentionSql = retentionSql;
  protected override readonly errors = {
    classifyError: (error: unknown) => classifyError(error, UNIQUE_INDEX),
    connectionIsOf,
    refusalOf,
    lacksColumn,
    openReason: (error: unknown) => openReason(error, this.options.database),
  };
  readonly own: CustomTableSql;
  readonly #statements: Statements;
  readonly #statementsOfEscapes: Statements;
  #driver: Tedious | undefined;
  #capabilities: ServerCapabilities | undefined;

  constructor(options: ServerOptions) {
    super(options, DEFAULT_PORT);
    this.ddl = mssqlDdl(options.schema ?? '');
    this.own = mssqlCustomTable(options.schema ?? '', () => this.#capabilities ?? CAPABILITIES);
    this.#statements = statementsOf(this.ddl);
    this.#statementsOfEscapes = statementsOf(this.ddl, false);
  }

  protected override async newSequelize(): Promise<Sequelize> {
    // The driver is the one that comes with the mssql package, wherever npm has put it.
    const dialectModule = await loadDriver<Tedious>('mssql', async () =>
      createRequire(require.resolve('mssql'))('tedious'),
    );
    this.#driver = dialectModule;
    return new Sequelize({
      dialect: 'mssql',
      dialectModule,
      ...this.poolOptions(this.readers + 1),
      schema: this.options.schema,
      dialectOptions: driverOptions(this.options, { connectMs: this.connectMs, statementMs: this.statementMs }),
    });
  }

  protected override connect(sequelize: Sequelize): Promise<Session> {
    return MssqlSession.of(sequelize, this.#driver!, this.location, this.statementMs);
  }

  protected override async prepare(session: Session): Promise<ServerInfo> {
    await session.run(SESSION);
    const facts = await factsOf(session, this.location);
    this.#capabilities ??= await capabilitiesOf(session);
    return facts;
  }

  protected override async locked(session: Session, change: () => Promise<void>): Promise<void> {
    await this.together(session, async () => {
      const [lock] = await session.run<{ got: number }>(schemaLock(Math.floor(this.schemaLockMs)));
      if (lock === undefined || lock.got < 0) throw this.schemaBusy();
      await change();
    });
  }

  protected override lockLimit(milliseconds: number): string {
    return `SET LOCK_TIMEOUT ${Math.round(milliseconds)}`;
  }

  protected override writer(session: Session): Writer {
    return new MssqlWriter(
      session as MssqlSession,
      this.#statements,
      this.#statementsOfEscapes,
      this.#capabilities ?? CAPABILITIES,
    );
  }
}
