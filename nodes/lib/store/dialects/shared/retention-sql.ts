import type { DialectName } from '../../types';
import { columnName } from '../oracle';

/** What databases write differently in the few statements of the retention. */
export interface Words {
  /** The database's own clock, as the columns hold times. */
  now: string;
  /** The database's clock so many milliseconds from now. */
  later(milliseconds: number): string;
  /** A time as a literal. */
  time(at: Date): string;
  /** A time as the driver hands it over. */
  readTime(value: unknown): Date;
  /** A column's name. */
  column(name: string): string;
  /** What a SELECT without a table ends with. */
  fromNothing: string;
  /** The first rows of a query that begins with SELECT and ends with ORDER BY. */
  first(rows: number, select: string): string;
  /** Statements that make a connection give way to the one that writes messages, after those that prepare them all. */
  session: readonly string[];
}

const asItIs = (name: string): string => name;

const limit = (rows: number, select: string): string => `${select} LIMIT ${rows}`;

/** A time without a zone is UTC. */
function readTime(value: unknown): Date {
  if (value instanceof Date) return value;
  const text = String(value);
  return new Date(`${text.slice(0, 10)}T${text.slice(11, 23).trim()}Z`);
}

const plain = (at: Date): string => at.toISOString().slice(0, 23).replace('T', ' ');

const SQLITE_TIME = "'%Y-%m-%d %H:%M:%f +00:00'";

const sqlite: Words = {
  now: `strftime(${SQLITE_TIME}, 'now')`,
  later: (milliseconds) => `strftime(${SQLITE_TIME}, 'now', '${(milliseconds / 1000).toFixed(3)} seconds')`,
  time: (at) => `'${plain(at)} +00:00'`,
  readTime,
  column: asItIs,
  fromNothing: '',
  first: limit,
  session: [],
};

const postgres: Words = {
  now: 'clock_timestamp()',
  later: (milliseconds) => `clock_timestamp() + interval '${milliseconds} milliseconds'`,
  time: (at) => `timestamptz '${at.toISOString()}'`,
  readTime,
  column: asItIs,
  fromNothing: '',
  first: limit,
  // Shorter than the second after which the server looks for deadlocks: whoever waits crosswise is let go before.
  session: ["SET lock_timeout = '50ms'"],
};

const mysql: Words = {
  now: 'UTC_TIMESTAMP(3)',
  later: (milliseconds) => `TIMESTAMPADD(MICROSECOND, ${milliseconds * 1000}, UTC_TIMESTAMP(3))`,
  time: (at) => `'${plain(at)}'`,
  readTime,
  column: asItIs,
  fromNothing: ' FROM dual',
  first: limit,
  session: ['SET SESSION innodb_lock_wait_timeout = 1'],
};

const mssql: Words = {
  now: 'SYSUTCDATETIME()',
  later: (milliseconds) => `DATEADD(millisecond, ${milliseconds}, SYSUTCDATETIME())`,
  time: (at) => `CAST('${at.toISOString().slice(0, 23)}' AS datetime2(3))`,
  readTime,
  column: asItIs,
  fromNothing: '',
  first: (rows, select) => select.replace(/^SELECT/, `SELECT TOP (${rows})`),
  session: ['SET LOCK_TIMEOUT 50', 'SET DEADLOCK_PRIORITY LOW'],
};

const oracle: Words = {
  now: 'SYSTIMESTAMP',
  later: (milliseconds) => `SYSTIMESTAMP + NUMTODSINTERVAL(${milliseconds / 1000}, 'SECOND')`,
  time: (at) => `TIMESTAMP '${plain(at)} +00:00'`,
  readTime,
  column: columnName,
  fromNothing: ' FROM dual',
  first: (rows, select) => `${select} FETCH FIRST ${rows} ROWS ONLY`,
  session: [],
};

const WORDS: Record<DialectName, Words> = { sqlite, postgres, mysql, mariadb: mysql, mssql, oracle };

/** The words of a dialect. */
export function wordsOf(dialect: DialectName): Words {
  return WORDS[dialect];
}
