/** Values as SQL text, for a session where a backslash is a character like any other (NO_BACKSLASH_ESCAPES). */

import { remembering } from '../shared';

export function quoted(value: string | null): string {
  if (value === null) return 'NULL';
  return value.includes("'") ? `'${value.replaceAll("'", "''")}'` : `'${value}'`;
}

export function bytes(value: Buffer): string {
  return `X'${value.toString('hex')}'`;
}

/** In UTC, as DATETIME(3) takes it. */
export const timeText = remembering((time) => time.toISOString().replace('T', ' ').slice(0, -1));

export const time = (value: Date): string => quoted(timeText(value));
