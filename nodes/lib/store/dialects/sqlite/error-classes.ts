import { Hl7Error } from '../../../errors';
import { named, type Refusal } from '../../refusal';
import type { ErrorClass } from '../contract';
import { isSqliteError } from './driver';

/** SQLite's primary result codes, https://www.sqlite.org/rescode.html. */
const BUSY = new Set(['SQLITE_BUSY', 'SQLITE_LOCKED']);
const DATA = new Set(['SQLITE_CONSTRAINT', 'SQLITE_TOOBIG', 'SQLITE_MISMATCH', 'SQLITE_RANGE']);
const CONNECTION_STAYS = new Set(['SQLITE_FULL', 'SQLITE_NOMEM', 'SQLITE_INTERRUPT']);

/** What an error of a statement means for the batch. */
export function classifyError(error: unknown): ErrorClass {
  const code = codeOf(error);
  if (error instanceof Hl7Error && error.fault === 'content') return 'data';
  if (BUSY.has(code)) return 'busy';
  if (DATA.has(code)) return 'data';
  // What is no error of SQLite at all came up while a row was being written: its neighbours may do without it.
  const ofStatement = code === 'SQLITE_ERROR' || (code === '' && !(error instanceof Hl7Error));
  return ofStatement ? 'statement' : 'unavailable';
}

/** False when the same connection can go on once the cause is gone. A column that is gone is named when the file is opened again. */
export function connectionLost(error: unknown): boolean {
  if (lacksColumn(error)) return true;
  return classifyError(error) === 'unavailable' && !CONNECTION_STAYS.has(codeOf(error));
}

export const lacksColumn = (error: unknown): boolean =>
  codeOf(error) === 'SQLITE_ERROR' && /no such column|has no column named/.test(messageOf(error));

const CONSTRAINT = /^SQLITE_CONSTRAINT: (UNIQUE|CHECK|NOT NULL|FOREIGN KEY) constraint failed(?:: (.*))?$/s;

/** Which rule a refused row breaks, by SQLite's text: it names columns and constraints, and no values. What a trigger says is not told. */
export function refusalOf(error: unknown): Refusal | undefined {
  const code = codeOf(error);
  if (code === 'SQLITE_TOOBIG') return { kind: 'length' };
  if (code !== 'SQLITE_CONSTRAINT') return undefined;
  const [, rule, name] = CONSTRAINT.exec(messageOf(error)) ?? [];
  switch (rule) {
    case 'UNIQUE':
      return { kind: 'duplicate', ...named('constraint', name && `of ${name}`) };
    case 'FOREIGN KEY':
      return { kind: 'parent' };
    case 'CHECK':
      return { kind: 'check', ...named('constraint', name) };
    case 'NOT NULL':
      return { kind: 'missing', ...named('column', name) };
    default:
      return { kind: 'other' };
  }
}

function messageOf(error: unknown): string {
  for (let at = error; at instanceof Error; ) {
    if (isSqliteError(at)) return at.message;
    const { original, cause } = at as Error & { original?: unknown };
    at = original ?? cause;
  }
  return '';
}

/** SQLite's result code by name, `''` when it is no error of SQLite. Sequelize and umzug wrap the driver's error. */
export function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; ) {
    if (isSqliteError(at)) return at.code;
    const { original, cause } = at as Error & { original?: unknown };
    at = original ?? cause;
  }
  return '';
}
