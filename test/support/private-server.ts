/**
 * Database servers of a test's own, in a temporary folder and on a free port, made from the binaries that a distribution
 * installs: they may be stopped, killed and halted, which nobody does to a server that others use.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { QueryTypes, Sequelize } from 'sequelize';
import type { ServerOptions } from '../../nodes/lib/store';
import type { Rows } from './databases';
import { LogReader } from './log-table';
import { freePort } from './ports';
import { needs } from './require';
import { dropFolder, tempFolder } from './temp';
import { until, within } from './wait';

const run = promisify(execFile);
const ROOT = process.getuid?.() === 0;

interface Ids {
  uid?: number;
  gid?: number;
}

/** The ids of a user who is not root, for servers that refuse to be run by root. */
function idsOf(user: string): Ids {
  if (!ROOT) return {};
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${user}:`));
  const [uid = 65534, gid = 65534] = line?.split(':').slice(2, 4).map(Number) ?? [];
  return { uid, gid };
}

function findBinary(name: string, folders: readonly string[]): string | undefined {
  const all = [...folders, ...(process.env.PATH ?? '').split(delimiter)];
  return all.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

const running = new Set<PrivateServer>();
process.on('exit', () => {
  for (const server of running) server.killNow();
});

export abstract class PrivateServer {
  abstract readonly title: string;
  /** As HL7_TEST_REQUIRE names it. */
  abstract readonly key: string;
  abstract readonly dialect: 'postgres' | 'mariadb';
  /** The user that the store has, and whose password may change. */
  readonly user = 'hl7';
  readonly database = 'hl7_log';
  password = 'first';
  protected readonly folder = tempFolder('server');
  protected port = 0;
  #env: Record<string, string> = {};
  #process: ChildProcess | undefined;
  #halted: number[] = [];
  #output = '';

  protected abstract readonly ids: Ids;
  /** The server's binary, undefined when it is not on this machine. */
  protected abstract binary(): string | undefined;
  /** Makes its files. */
  protected abstract create(): Promise<void>;
  protected abstract arguments(): string[];
  protected abstract readonly signalToStop: NodeJS.Signals;
  protected abstract readonly administrator: string;
  protected abstract readonly home: string;
  protected abstract module(): Promise<unknown>;
  protected abstract setUp(): string[];
  protected abstract passwordChange(password: string): string[];
  protected abstract readOnly(on: boolean): string[];

  /** Makes it and starts it; skips the suite by name where it cannot be had. */
  async prepare(context: Mocha.Context): Promise<void> {
    const reason = process.platform === 'win32' ? 'signals are not to be had on Windows' : 'its binaries are not here';
    needs(context, this.key, this.available, reason);
    await this.launch();
  }

  /** False where its binaries are missing, or signals. */
  get available(): boolean {
    return process.platform !== 'win32' && this.binary() !== undefined;
  }

  /** Makes it and starts it. @param env added to the environment of its process */
  async launch(env: Record<string, string> = {}): Promise<void> {
    this.#env = env;
    this.port = await freePort();
    const { uid, gid } = this.ids;
    if (uid !== undefined && gid !== undefined) chownSync(this.folder, uid, gid);
    await this.create();
    await this.start();
    await this.sql(this.home, ...this.setUp());
  }

  get options(): ServerOptions {
    const { dialect, user, password, database, port } = this;
    return { dialect, host: '127.0.0.1', port, database, user, password };
  }

  /** The log in the store's database, as a report reads it. */
  get log(): LogReader {
    return new PrivateLog(this);
  }

  /** Starts it, and waits until it takes connections. */
  async start(): Promise<void> {
    // What a killed one has left running may hold its files for a moment.
    await until(
      `${this.title} to start\n${this.#output.slice(-2000)}`,
      async () => {
        if (this.#process === undefined) this.#spawn();
        return await this.sql(this.home, 'SELECT 1 AS one').then(
          () => true,
          () => false,
        );
      },
      30_000,
    );
  }

  #spawn(): void {
    const child = spawn(this.binary()!, this.arguments(), {
      ...this.ids,
      cwd: this.folder,
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    running.add(this);
    const note = (chunk: Buffer): void => {
      this.#output += chunk.toString();
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    child.once('exit', () => {
      if (this.#process !== child) return;
      this.#process = undefined;
      running.delete(this);
    });
  }

  /** Shuts it down in good order. */
  async stop(): Promise<void> {
    await this.#end(this.signalToStop);
  }

  /** Kills it, with all its processes. */
  async crash(): Promise<void> {
    const children = await this.#children();
    const ended = this.#end('SIGKILL');
    for (const pid of children) signal(pid, 'SIGKILL');
    await ended;
  }

  /** Lets it do nothing any more, as if its machine or the network had stopped. */
  async halt(): Promise<void> {
    const main = this.#process!.pid!;
    signal(main, 'SIGSTOP');
    this.#halted = [main, ...(await this.#children())];
    for (const pid of this.#halted) signal(pid, 'SIGSTOP');
  }

  resume(): void {
    for (const pid of this.#halted.splice(0)) signal(pid, 'SIGCONT');
  }

  /** Gives the store's user another password, and ends its connections. */
  async changePassword(password: string): Promise<void> {
    await this.sql(this.home, ...this.passwordChange(password));
    this.password = password;
  }

  /** Has new connections of the store's user only read, as those to a standby do. */
  async onlyRead(on: boolean): Promise<void> {
    await this.sql(this.home, ...this.readOnly(on));
  }

  /** Runs SQL as the administrator. */
  async sql(database: string, ...statements: string[]): Promise<Rows> {
    const loaded = (await this.module()) as { default?: object };
    const sequelize = new Sequelize(database, this.administrator, 'admin', {
      dialect: this.dialect === 'postgres' ? 'postgres' : 'mysql',
      dialectModule: loaded.default ?? loaded,
      host: '127.0.0.1',
      port: this.port,
      logging: false,
      pool: { max: 1, acquire: 5000 },
    });
    let rows: Rows = [];
    try {
      for (const sql of statements) {
        const select = /^\s*(SELECT|SHOW)\b/i.test(sql);
        rows = (await sequelize.query(sql, { type: select ? QueryTypes.SELECT : QueryTypes.RAW })) as Rows;
      }
      return rows;
    } finally {
      await sequelize.close();
    }
  }

  /** Ends it by all means and removes its files. */
  async dispose(): Promise<void> {
    this.resume();
    if (this.#process !== undefined) await this.crash();
    dropFolder(this.folder);
  }

  killNow(): void {
    const main = this.#process?.pid;
    for (const pid of [...(main === undefined ? [] : [main]), ...this.#halted]) signal(pid, 'SIGKILL');
  }

  async #end(name: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(name);
    await within(`${this.title} to end`, gone, 20_000);
  }

  async #children(): Promise<number[]> {
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
    const pairs = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number));
    return pairs.filter(([, parent]) => parent === this.#process?.pid).map(([pid]) => pid!);
  }

  protected async run(command: string, args: string[]): Promise<void> {
    await run(command, args, { ...this.ids, cwd: this.folder });
  }
}

class PrivateLog extends LogReader {
  constructor(readonly server: PrivateServer) {
    super();
  }

  /** Drivers hand 64-bit numbers over as text. */
  protected override async query<T>(sql: string): Promise<T[]> {
    const rows = await this.server.sql(this.server.database, sql);
    for (const row of rows) {
      for (const name of ['id', 'message_id', 'size']) if (name in row) row[name] = Number(row[name]);
    }
    return rows as T[];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone.
  }
}

export class PrivatePostgres extends PrivateServer {
  readonly title = 'PostgreSQL';
  readonly key = 'postgres-server';
  readonly dialect = 'postgres';
  protected readonly ids = idsOf('postgres');
  protected readonly signalToStop = 'SIGINT';
  protected readonly administrator = 'postgres';
  protected readonly home = 'postgres';

  protected override binary(name = 'postgres'): string | undefined {
    const base = '/usr/lib/postgresql';
    const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
    return findBinary(
      name,
      versions.map((version) => join(base, version, 'bin')),
    );
  }

  protected override async create(): Promise<void> {
    const secret = join(this.folder, 'password');
    writeFileSync(secret, 'admin');
    const args = [
      '-D',
      'data',
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      `--pwfile=${secret}`,
      '-E',
      'UTF8',
      '--no-sync',
    ];
    await this.run(this.binary('initdb')!, args);
  }

  protected override arguments(): string[] {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'logging_collector=off',
      'max_connections=40',
    ];
    return ['-D', 'data', '-p', String(this.port), ...settings.flatMap((one) => ['-c', one])];
  }

  protected override module(): Promise<unknown> {
    return import('pg');
  }

  protected override setUp(): string[] {
    return [
      `CREATE ROLE ${this.user} LOGIN PASSWORD '${this.password}'`,
      `CREATE DATABASE ${this.database} OWNER ${this.user}`,
    ];
  }

  protected override passwordChange(password: string): string[] {
    return [
      `ALTER ROLE ${this.user} PASSWORD '${password}'`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${this.user}'`,
    ];
  }

  protected override readOnly(on: boolean): string[] {
    return [`ALTER ROLE ${this.user} SET default_transaction_read_only = ${on ? 'on' : 'off'}`];
  }
}

export class PrivateMariaDb extends PrivateServer {
  readonly title = 'MariaDB';
  readonly key = 'mariadb-server';
  readonly dialect = 'mariadb';
  protected readonly ids = idsOf('mysql');
  protected readonly signalToStop = 'SIGTERM';
  protected readonly administrator = 'admin';
  protected readonly home = 'mysql';

  protected override binary(name = 'mariadbd'): string | undefined {
    return findBinary(name, ['/usr/sbin', '/usr/bin', '/usr/local/sbin']);
  }

  protected override async create(): Promise<void> {
    const data = join(this.folder, 'data');
    await this.run(this.binary('mariadb-install-db')!, [
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ]);
    const init = [
      "CREATE USER IF NOT EXISTS admin@'%' IDENTIFIED BY 'admin';",
      "GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION;",
    ];
    writeFileSync(join(this.folder, 'init.sql'), init.join('\n'), { mode: 0o644 });
    mkdirSync(join(this.folder, 'tmp'), { mode: 0o777 });
  }

  protected override arguments(): string[] {
    return [
      '--no-defaults',
      `--datadir=${join(this.folder, 'data')}`,
      `--port=${this.port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(this.folder, 'server.sock')}`,
      `--pid-file=${join(this.folder, 'server.pid')}`,
      `--init-file=${join(this.folder, 'init.sql')}`,
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=32M',
    ];
  }

  protected override module(): Promise<unknown> {
    return import('mysql2');
  }

  protected override setUp(): string[] {
    return [
      `CREATE DATABASE ${this.database} CHARACTER SET utf8mb4`,
      `CREATE USER ${this.user}@'%' IDENTIFIED BY '${this.password}'`,
      `GRANT ALL ON ${this.database}.* TO ${this.user}@'%'`,
    ];
  }

  protected override passwordChange(password: string): string[] {
    return [`ALTER USER ${this.user}@'%' IDENTIFIED BY '${password}'`, `KILL CONNECTION USER ${this.user}`];
  }

  protected override readOnly(on: boolean): string[] {
    return [`SET GLOBAL read_only = ${on ? 1 : 0}`];
  }
}

/** Every server that may be had, whether its binaries are on this machine or not. */
export function privateServers(): PrivateServer[] {
  return [new PrivatePostgres(), new PrivateMariaDb()];
}
