import { OpenError } from '../../open-error';
import type { ServerInfo, Session } from '../shared';

/** Seconds a statement waits for another writer's row, or for a change of its table, before the batch is tried again. */
const LOCK_SECONDS = 5;
const TABLE_SECONDS = 20;
/** Seconds after which the server ends the transaction of a client that is gone without a word. */
const GONE_SECONDS = 60;
/** MySQL knows no such limit, only one for all silence; a connection that it ends is made anew with the next message. */
const SILENT_SECONDS = 3600;

/** Nothing is cut, replaced or made up, and a table is of the engine that was asked for. */
const STRICT = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';

/** For the connections that read: Sequelize writes text with backslashes. */
export const READER_SETTINGS = `SET SESSION sql_mode = '${STRICT}', SESSION autocommit = 1`;

const OLDEST = { MariaDB: [10, 6], MySQL: [8, 0] } as const;

interface MysqlInfo extends ServerInfo {
  /** The largest packet that the server takes, bytes. */
  packet: number;
}

/** Sets the connection that writes up, and asks what the server is. Throws `STORE_OPEN_FAILED` for one that is too old. */
export async function prepareWriter(session: Session, location: string): Promise<MysqlInfo> {
  const [found] = await session.run<{ version: string }>('SELECT VERSION() AS version');
  const { name, version } = engineOf(found!.version);
  const [major, minor] = version.split('.').map(Number) as [number, number];
  const [oldest, oldestMinor] = OLDEST[name];
  if (major < oldest || (major === oldest && minor < oldestMinor)) {
    const text = `The database ${location} is on ${name} ${version}. Use ${name} ${oldest}.${oldestMinor} or later.`;
    throw new OpenError({ why: 'version', text });
  }
  const settings = await session.run<{ name: string; value: string }>(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${DURABILITY.map((one) => `'${one}'`).join(', ')})`,
  );
  const is = new Map(settings.map((row) => Object.values(row) as [string, string]));
  await session.run(
    `SET NAMES utf8mb4 COLLATE utf8mb4_bin;
    SET SESSION sql_mode = '${STRICT},NO_BACKSLASH_ESCAPES', SESSION time_zone = '+00:00', SESSION autocommit = 1,
      SESSION completion_type = 'NO_CHAIN', SESSION innodb_lock_wait_timeout = ${LOCK_SECONDS},
      SESSION lock_wait_timeout = ${TABLE_SECONDS}, SESSION eq_range_index_dive_limit = 1;
    SET SESSION ${name === 'MariaDB' ? `idle_transaction_timeout = ${GONE_SECONDS}` : `wait_timeout = ${SILENT_SECONDS}`}`,
  );
  // Fewer locks between rows. A log of statements does not go with it.
  if (is.get('log_bin') !== 'ON' || is.get('binlog_format') !== 'STATEMENT') {
    await session.run('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  }
  const [limits] = await session.run<{ packet: number }>('SELECT @@max_allowed_packet AS packet');
  const { durability, warnings } = durabilityOf(is);
  return { version: `${name} ${version}`, durability, warnings, packet: Number(limits!.packet) };
}

/** The engine by what `VERSION()` says, e.g. `10.11.6-MariaDB-log` or `8.0.36`. */
export function engineOf(text: string): { name: 'MariaDB' | 'MySQL'; version: string } {
  // Proxies put a version in front that old clients expect: 5.5.5-10.6.12-MariaDB.
  const name = /mariadb/i.test(text) ? 'MariaDB' : 'MySQL';
  const plain = name === 'MariaDB' ? text.replace(/^5\.5\.5-/, '') : text;
  return { name, version: /^\d+\.\d+(\.\d+)?/.exec(plain)?.[0] ?? plain };
}

const DURABILITY = [
  'innodb_flush_log_at_trx_commit',
  'innodb_doublewrite',
  'log_bin',
  'sync_binlog',
  'binlog_format',
] as const;

/** What the settings say about commits, by their names. */
export function durabilityOf(is: ReadonlyMap<string, string>): Pick<ServerInfo, 'durability' | 'warnings'> {
  const warnings: string[] = [];
  const flush = is.get('innodb_flush_log_at_trx_commit');
  if (flush !== '1') {
    warnings.push(`innodb_flush_log_at_trx_commit is ${flush}, not 1: a power cut can lose what was acknowledged`);
  }
  const doublewrite = is.get('innodb_doublewrite');
  if (doublewrite === 'OFF' || doublewrite === '0' || doublewrite === 'DETECT_ONLY') {
    warnings.push(`innodb_doublewrite is ${doublewrite}: a power cut can damage the database`);
  }
  const logs = is.get('log_bin') === 'ON';
  if (logs && is.get('sync_binlog') !== '1') {
    warnings.push(
      `sync_binlog is ${is.get('sync_binlog')}, not 1: after a power cut replicas can lack what was acknowledged`,
    );
  }
  const names = DURABILITY.filter((name) => name !== 'binlog_format' && (logs || name !== 'sync_binlog'));
  return { durability: Object.fromEntries(names.map((name) => [name, is.get(name) ?? ''])), warnings };
}
