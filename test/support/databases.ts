/**
 * The databases that tests run on: SQLite always, and each server that answers. HL7_TEST_POSTGRES_URL and the like name
 * another server; every run makes databases of its own there, and drops them at its end.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { QueryTypes, Sequelize } from 'sequelize';
import type { ServerDialectName, ServerOptions, StoreOptions } from '../../nodes/lib/store';
import type { StoreLimits } from '../../nodes/lib/store/types';
import { example } from './flows';
import { LogReader } from './log-table';
import type { FlowNode } from './node-red';
import { needs } from './require';
import { dropFolder, tempFolder } from './temp';

export type Rows = Record<string, unknown>[];

interface Server {
  /** As HL7_TEST_REQUIRE names it. */
  key: ServerDialectName;
  title: string;
  url: string | undefined;
  sequelize: 'postgres' | 'mysql' | 'mssql' | 'oracle';
  /** The database one connects to before there is one of one's own. */
  home: string;
  module(): Promise<unknown>;
  /** True when a server of this version is meant, and not one of another make that stands in its place. */
  is?(version: string): boolean;
  /** A query that any server of the kind answers. */
  ping?: string;
  /** Make and drop what a test takes for a database, where that is none. */
  make?(name: string): string[];
  drop?(name: string): string;
  /** Asks the server whether its text columns hold NUL, where servers differ. */
  takesNul?(sql: (query: string) => Promise<Rows>): Promise<boolean>;
}

/** Servers with their URL: of the environment, or where a machine that has one usually has it. */
const SERVERS: readonly Server[] = [
  {
    key: 'postgres',
    title: 'PostgreSQL',
    url: process.env.HL7_TEST_POSTGRES_URL || 'postgres://postgres@127.0.0.1:5432',
    sequelize: 'postgres',
    home: 'postgres',
    module: () => import('pg'),
  },
  {
    key: 'mariadb',
    title: 'MariaDB',
    url: process.env.HL7_TEST_MARIADB_URL || 'mysql://root@127.0.0.1:3306',
    sequelize: 'mysql',
    home: 'information_schema',
    module: () => import('mysql2'),
    is: (version) => version.includes('MariaDB'),
  },
  {
    key: 'mysql',
    title: 'MySQL',
    url: process.env.HL7_TEST_MYSQL_URL || 'mysql://root@127.0.0.1:3307',
    sequelize: 'mysql',
    home: 'information_schema',
    module: () => import('mysql2'),
    is: (version) => !version.includes('MariaDB'),
  },
  {
    key: 'mssql',
    title: 'SQL Server',
    url: process.env.HL7_TEST_MSSQL_URL,
    sequelize: 'mssql',
    home: 'master',
    module: async () => createRequire(require.resolve('mssql'))('tedious'),
    // SQL Server's text holds NUL; that of other TDS servers may not.
    takesNul: async (sql) => String((await sql('SELECT @@VERSION AS banner'))[0]?.banner).startsWith('Microsoft'),
  },
  {
    key: 'oracle',
    title: 'Oracle',
    // oracle://user:password@host:port/service, a user who may create users: each database of a test is one.
    url: process.env.HL7_TEST_ORACLE_URL,
    sequelize: 'oracle',
    home: '',
    module: async () => require('oracledb'),
    ping: 'SELECT 1 AS one FROM dual',
    make: (user) => [
      `CREATE USER ${user} IDENTIFIED BY "${USER_PASSWORD}" QUOTA UNLIMITED ON users`,
      `GRANT CREATE SESSION, CREATE TABLE, CREATE SEQUENCE TO ${user}`,
    ],
    drop: (user) => `DROP USER ${user} CASCADE`,
  },
];

const CONNECT_MS = 5000;
const USER_PASSWORD = 'Only-4-tests';

const MYSQL = {
  list: (database: string) => `SELECT id AS id FROM information_schema.processlist WHERE db = '${database}'`,
  end: (id: number) => `KILL ${id}`,
};

/** How an administrator sees the connections to a database, and ends one. */
const CONNECTIONS: Record<ServerDialectName, { list(database: string): string; end(id: number): string }> = {
  postgres: {
    list: (database) => `SELECT pid AS id FROM pg_stat_activity WHERE datname = '${database}'`,
    end: (id) => `SELECT pg_terminate_backend(${id})`,
  },
  mysql: MYSQL,
  mariadb: MYSQL,
  mssql: {
    list: (database) => `SELECT session_id AS id FROM sys.dm_exec_sessions WHERE database_id = DB_ID('${database}')`,
    end: (id) => `KILL ${id}`,
  },
  oracle: {
    list: () => `SELECT sid AS "id" FROM v$session WHERE type = 'USER' AND program LIKE '%node%'`,
    end: (id) => `BEGIN
  FOR s IN (SELECT serial# AS n FROM v$session WHERE sid = ${id}) LOOP
    EXECUTE IMMEDIATE 'ALTER SYSTEM KILL SESSION ''${id},' || s.n || '''';
  END LOOP;
END;`,
  },
};

/** The examples that keep the log in a database of a kind. */
const EXAMPLES: Record<StoreOptions['dialect'], string> = {
  sqlite: '01',
  mssql: '05',
  postgres: '06',
  mariadb: '07',
  mysql: '07',
  oracle: '08',
};

/** A flow, and the environment of the process that runs it. */
export interface TestFlow {
  flows: FlowNode[];
  env: Record<string, string>;
}

export abstract class TestDatabase {
  /** As in a suite's title. */
  abstract readonly title: string;
  abstract readonly dialect: StoreOptions['dialect'];
  /** False when its text columns cannot hold NUL. */
  abstract readonly takesNul: boolean;
  /** Bytes of the largest message that its settings let in; known once it is present. */
  maxMessage = Number.POSITIVE_INFINITY;
  /** For the title of a suite: skips it when the server is not there. */
  abstract present(context: Mocha.Context): Promise<void>;
  /** The options of a new, empty database. */
  abstract fresh(limits?: StoreLimits): Promise<StoreOptions>;
  /** Runs SQL as another program would. */
  abstract sql(options: StoreOptions, ...statements: string[]): Promise<Rows>;
  /** Drops everything. */
  abstract dispose(): Promise<void>;

  /** Ends every other connection to the database, as an administrator would. @returns how many there were */
  abstract disconnect(options: StoreOptions): Promise<number>;

  /** The shipped logger with its log in a database. */
  flow(options: StoreOptions): TestFlow {
    const flows = example(EXAMPLES[this.dialect]);
    if (options.dialect === 'sqlite') {
      return {
        flows: flows.map((node) => (node.type === 'hl7-database' ? { ...node, file: options.file } : node)),
        env: {},
      };
    }
    const env = {
      HL7_DB_HOST: options.host,
      HL7_DB_PORT: options.port === undefined ? '' : String(options.port),
      HL7_DB_NAME: options.database,
      HL7_DB_USER: options.user ?? '',
      HL7_DB_PASSWORD: options.password ?? '',
    };
    const { dialect } = this;
    return { flows: flows.map((node) => (node.type === 'hl7-database' ? { ...node, dialect } : node)), env };
  }

  /** The log as a report reads it. */
  log(options: StoreOptions): LogReader {
    return new TestLog(this, options);
  }
}

class TestLog extends LogReader {
  constructor(
    readonly database: TestDatabase,
    readonly options: StoreOptions,
  ) {
    super();
  }

  /** Drivers hand 64-bit numbers over as text. */
  protected override async query<T>(sql: string): Promise<T[]> {
    const rows = await this.database.sql(this.options, sql);
    for (const row of rows) {
      for (const name of ['id', 'message_id', 'size']) if (name in row) row[name] = Number(row[name]);
    }
    return rows as T[];
  }
}

class SqliteTest extends TestDatabase {
  readonly title = 'SQLite';
  readonly dialect = 'sqlite';
  readonly takesNul = true;
  readonly #folder = tempFolder('store');
  #count = 0;

  async present(): Promise<void> {}

  async fresh(limits?: StoreLimits): Promise<StoreOptions> {
    return { dialect: 'sqlite', file: join(this.#folder, `new ${this.#count++}`, 'log.sqlite'), limits };
  }

  async sql(options: StoreOptions, ...statements: string[]): Promise<Rows> {
    if (options.dialect !== 'sqlite') throw new Error('not a file');
    const { default: dialectModule } = (await import('@appthreat/sqlite3')) as unknown as { default: object };
    const sequelize = new Sequelize({ dialect: 'sqlite', storage: options.file, dialectModule, logging: false });
    return await run(sequelize, statements);
  }

  async disconnect(): Promise<number> {
    return 0;
  }

  async dispose(): Promise<void> {
    dropFolder(this.#folder);
  }
}

class ServerTest extends TestDatabase {
  readonly title: string;
  readonly dialect: ServerDialectName;
  takesNul: boolean;
  readonly #made: string[] = [];
  #present: Promise<boolean> | undefined;

  constructor(readonly server: Server) {
    super();
    this.title = server.title;
    this.dialect = server.key;
    this.takesNul = server.key !== 'postgres';
  }

  async present(context: Mocha.Context): Promise<void> {
    this.#present ??= this.#look();
    const where = this.server.url === undefined ? 'no URL is given' : 'no server answers';
    needs(context, this.server.key, await this.#present, where);
  }

  async fresh(limits?: StoreLimits): Promise<StoreOptions> {
    const database = `hl7_test_${process.pid}_${this.#made.length}`;
    await run(await this.#connect(this.server.home), this.server.make?.(database) ?? [`CREATE DATABASE ${database}`]);
    this.#made.push(database);
    return { ...this.optionsOf(database), limits };
  }

  /** The options of a database of this server. */
  optionsOf(database: string): ServerOptions {
    const { hostname, port, username, password, pathname } = new URL(this.server.url!);
    const place = { dialect: this.server.key, host: hostname, port: port === '' ? undefined : Number(port) };
    if (this.server.make) {
      const own = database !== this.server.home;
      const user = own ? database : decodeURIComponent(username);
      return {
        ...place,
        database: pathname.slice(1),
        user,
        password: own ? USER_PASSWORD : decodeURIComponent(password),
      };
    }
    return {
      ...place,
      database,
      user: decodeURIComponent(username),
      password: decodeURIComponent(password) || undefined,
    };
  }

  async sql(options: StoreOptions, ...statements: string[]): Promise<Rows> {
    if (options.dialect === 'sqlite') throw new Error('not on a server');
    const database = this.server.make ? (options.user ?? this.server.home) : options.database;
    const rows = await run(await this.#connect(database), statements);
    return this.dialect === 'oracle' ? rows.map(inSmallLetters) : rows;
  }

  async disconnect(options: StoreOptions): Promise<number> {
    if (options.dialect === 'sqlite') return 0;
    const { list, end } = CONNECTIONS[this.dialect];
    const home = { ...options, database: this.server.home, user: undefined };
    const found = await this.sql(home, list(options.database));
    for (const { id } of found) {
      // One of them may have ended by itself meanwhile.
      await this.sql(home, end(Number(id))).catch(() => undefined);
    }
    return found.length;
  }

  async dispose(): Promise<void> {
    if (this.#made.length === 0) return;
    const force = this.server.key === 'postgres' ? ' WITH (FORCE)' : '';
    const drops = this.#made
      .splice(0)
      .map((database) => this.server.drop?.(database) ?? `DROP DATABASE ${database}${force}`);
    await run(await this.#connect(this.server.home), drops);
  }

  async #connect(name: string): Promise<Sequelize> {
    const { host, port, database, user = '', password = '' } = this.optionsOf(name);
    const loaded = (await this.server.module()) as { default?: object };
    return new Sequelize(database, user, password, {
      dialect: this.server.sequelize,
      dialectModule: loaded.default ?? loaded,
      host,
      port,
      logging: false,
      pool: { max: 1, acquire: CONNECT_MS },
    });
  }

  async #look(): Promise<boolean> {
    if (this.server.url === undefined) return false;
    try {
      await run(await this.#connect(this.server.home), [this.server.ping ?? 'SELECT 1 AS one']);
      const { takesNul } = this.server;
      if (takesNul) this.takesNul = await takesNul(async (sql) => run(await this.#connect(this.server.home), [sql]));
      if (this.server.is === undefined) return true;
      const facts = 'SELECT version() AS version, @@max_allowed_packet AS packet';
      const [found] = await run(await this.#connect(this.server.home), [facts]);
      this.maxMessage = Number(found?.packet) - 8192;
      return this.server.is(String(found?.version));
    } catch {
      return false;
    }
  }
}

/** Oracle spells names in capitals. */
function inSmallLetters(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
}

async function run(sequelize: Sequelize, statements: readonly string[]): Promise<Rows> {
  let rows: Rows = [];
  try {
    for (const sql of statements) {
      const select = /^\s*(SELECT|PRAGMA|EXPLAIN|SHOW|WITH)\b/i.test(sql);
      const found = await sequelize.query(sql, select ? { type: QueryTypes.SELECT } : { type: QueryTypes.RAW });
      rows = select ? (found as Rows) : [];
    }
    return rows;
  } finally {
    await sequelize.close();
  }
}

/** Every database there may be, whether it is on this machine or not. */
export function testDatabases(): TestDatabase[] {
  return [new SqliteTest(), ...SERVERS.map((server) => new ServerTest(server))];
}

/** One suite for each database; a server that is absent skips it by name. */
export function forEachDatabase(title: string, suite: (this: Mocha.Suite, database: TestDatabase) => void): void {
  forEach(testDatabases(), title, suite);
}

/** One suite for each database on a server. */
export function forEachServer(title: string, suite: (this: Mocha.Suite, database: TestDatabase) => void): void {
  forEach(
    testDatabases().filter(({ dialect }) => dialect !== 'sqlite'),
    title,
    suite,
  );
}

function forEach(
  databases: readonly TestDatabase[],
  title: string,
  suite: (this: Mocha.Suite, database: TestDatabase) => void,
): void {
  for (const database of databases) {
    describe(`${title} on ${database.title}`, function () {
      this.timeout(60_000);
      before(async function () {
        await database.present(this);
      });
      after(() => database.dispose());
      suite.call(this, database);
    });
  }
}
