import type { Trouble } from '../../dialect';
import { isSqliteError } from './driver';

/** SQLite's primary result codes, https://www.sqlite.org/rescode.html. */
const BUSY = new Set(['SQLITE_BUSY', 'SQLITE_LOCKED']);
const DATA = new Set(['SQLITE_CONSTRAINT', 'SQLITE_TOOBIG', 'SQLITE_MISMATCH', 'SQLITE_RANGE']);
const CONNECTION_STAYS = new Set(['SQLITE_FULL', 'SQLITE_NOMEM', 'SQLITE_READONLY']);

/** What an error of a statement means for the batch. */
export function troubleOf(error: unknown): Trouble {
  const code = codeOf(error);
  if (BUSY.has(code)) return 'busy';
  if (DATA.has(code)) return 'data';
  return code === 'SQLITE_ERROR' ? 'statement' : 'unavailable';
}

/** False when the same connection can go on once the cause is gone. */
export function connectionLost(error: unknown): boolean {
  return troubleOf(error) === 'unavailable' && !CONNECTION_STAYS.has(codeOf(error));
}

/** SQLite's result code by name, `''` when it is no error of SQLite. Sequelize wraps it as `original`. */
export function codeOf(error: unknown): string {
  const original = (error as { original?: unknown } | undefined)?.original ?? error;
  return isSqliteError(original) ? original.code : '';
}
