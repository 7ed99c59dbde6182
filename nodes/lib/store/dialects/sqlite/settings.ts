import { OpenError } from '../../open-error';
import type { Connection } from './driver';

/** Milliseconds one step waits inside the driver for another writer; the group committer repeats it as long as its limit allows. */
const BUSY_MS = 250;

/** What `readSettings` reports: the engine's version, and the settings a commit's durability depends on. */
export interface Settings {
  version: string;
  durable: boolean;
  values: Record<string, string | number>;
}

/**
 * Makes a commit mean "on disk": write-ahead log, synced at every commit. Must run outside of a transaction.
 * Throws `STORE_SQLITE_VERSION` for a version that can lose commits, `STORE_NOT_DURABLE` when a setting is not in force.
 */
export async function applySettings(connection: Connection, location: string): Promise<void> {
  const version = await versionOf(connection);
  if (!isSafeVersion(version)) {
    const text = `The database file ${location} is not opened: SQLite ${version} is too old and may lose committed data. Install a driver with SQLite 3.51.3 or later, and start Node-RED again.`;
    throw new OpenError({ why: 'version', text }, { code: 'STORE_SQLITE_VERSION', final: true });
  }
  await connection.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  await connection.once('PRAGMA journal_mode = WAL');
  await connection.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -8192;
    PRAGMA wal_autocheckpoint = 15000;
    PRAGMA journal_size_limit = 67108864;
  `);
  const { durable, values } = await readSettings(connection);
  if (!durable) {
    const found = Object.entries(values).map(([name, value]) => `${name} ${value}`);
    const text = `The database file ${location} does not take the settings that keep a commit on disk (${found.join(', ')}). Use a file on a local disk, not on a network share.`;
    throw new OpenError({ why: 'file', text }, { code: 'STORE_NOT_DURABLE' });
  }
}

/** Reads the settings back from the connection. */
export async function readSettings(connection: Connection): Promise<Settings> {
  const values: Record<string, string | number> = {};
  for (const name of ['journal_mode', 'synchronous', 'busy_timeout', 'cache_size']) {
    const [row] = await connection.once<Record<string, string | number>>(`PRAGMA ${name}`);
    values[name] = Object.values(row ?? {})[0] ?? '';
  }
  const synchronous = Number(values.synchronous);
  const durable = values.journal_mode === 'wal' && synchronous >= 2;
  return { version: await versionOf(connection), durable, values };
}

async function versionOf(connection: Connection): Promise<string> {
  const [row] = await connection.once<{ version: string }>('SELECT sqlite_version() AS version');
  return row!.version;
}

/**
 * True for the SQLite versions that cannot lose a committed transaction when two connections write and checkpoint at
 * once (the WAL-reset bug of 3.7.0 to 3.51.2), and that have what our statements use (`jsonb_each`, of 3.51.0).
 */
export function isSafeVersion(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major !== 3) return major > 3;
  return minor > 51 || (minor === 51 && patch >= 3);
}
