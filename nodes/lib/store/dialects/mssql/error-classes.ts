import { lookup } from '../../../util';
import { isCustomTableError } from '../../custom-table';
import type { Reason } from '../../open-error';
import { named, type Refusal, type RefusalKind } from '../../refusal';
import type { ErrorClass } from '../contract';
import { AWAY, isNetworkCode, type Meaning, NO_ENTRY, NO_RIGHT } from '../shared';

/**
 * Numbers of errors, https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors.
 * Another session stands in the way, or there is not enough memory right now.
 */
const BUSY = new Set([1204, 1205, 1222, 3960, 41301, 41302, 41305, 41325, 701, 802, 8645, 8651]);
/** What a row holds. */
const DATA = new Set([
  220, 232, 241, 242, 245, 248, 295, 296, 511, 515, 517, 547, 2601, 2627, 2628, 3609, 3616, 8114, 8115, 8134, 8152,
  8169, 13609,
]);
/** From here on they are numbers that triggers and procedures of the user's raise. */
const USERS = 50_000;
const LAST_USERS = 2_147_483_647;
/** No space, no right: the connection is none the worse. */
const UNAVAILABLE = new Set([229, 230, 262, 823, 824, 825, 1101, 1104, 1105, 3958, 3967, 5144, 5149, 9002, 40544]);
/** The connection is gone or leads nowhere, the server is going down or another one leads now, the database is unavailable. */
const ANEW = new Set([
  64, 109, 121, 233, 258, 596, 615, 911, 916, 922, 924, 926, 927, 942, 945, 952, 976, 978, 979, 983, 3906, 4060, 4221,
  6005, 7885, 10053, 10054, 10060, 10061, 10928, 10929, 10936, 17142, 17143, 18401, 18451, 18452, 18456, 18461, 18486,
  18487, 18488, 40197, 40501, 40540, 40613, 49918, 49919, 49920,
]);
/** The tables are not what they were. */
const SCHEMA = new Set([207, 208]);
/** From this severity on the server ends the connection; between 17 and it something of the server's has run out. */
const FATAL = 20;
const RESOURCES = 17;

/** A TDS server of another make has this number for most of its errors: their text tells them apart. */
export const SUNDRY = 33_557_097;
const SUNDRY_TEXTS: [RegExp, ErrorClass, boolean?][] = [
  [/^(relation|column) .* does not exist/, 'unavailable', true],
  // Broken for good by an error before.
  [/is not set to tsql/, 'unavailable', true],
  [/^terminating connection|is starting up|is shutting down|in recovery mode/, 'unavailable', true],
  [/^(deadlock detected|could not serialize|canceling statement due to lock|tuple concurrently)/, 'busy'],
  [/Unicode|byte sequence|^invalid input syntax|out of range|^value too long/, 'data'],
];

interface Found {
  /** Of the driver, from the outside in. */
  codes: string[];
  number?: number;
  severity?: number;
  text: string;
}

/** The server's error and the driver's codes, inside of what Sequelize, umzug and the driver made of them; nothing of what a custom table's error was made of. */
function find(error: unknown): Found {
  const found: Found = { codes: [], text: '' };
  const pending = [error];
  for (let at = pending.shift(); at instanceof Error && found.codes.length < 20; at = pending.shift()) {
    const { code, number, class: severity, original, parent, cause, errors } = at as Error & Record<string, unknown>;
    if (isCustomTableError(at)) continue;
    if (typeof code === 'string') found.codes.push(code);
    if (typeof number === 'number' && found.number === undefined) {
      found.number = number;
      found.severity = typeof severity === 'number' ? severity : undefined;
      found.text = at.message;
    }
    if (found.number === undefined) found.text = at.message;
    pending.push(...[original ?? parent ?? cause, ...(Array.isArray(errors) ? errors : [])].filter(Boolean));
  }
  return found;
}

/** What an error of the server or the driver means; undefined when it is neither's. */
function meaningOf(error: unknown, uniqueIndex: string): Meaning | undefined {
  const { codes, number, severity = 0, text } = find(error);
  if (number === undefined) return isNetwork(codes, text) ? { errorClass: 'unavailable', anew: true } : undefined;
  // Two writers had the same message at the same moment: the second attempt finds it.
  if ((number === 2627 || number === 2601) && text.includes(uniqueIndex)) return { errorClass: 'busy', anew: false };
  if (BUSY.has(number)) return { errorClass: 'busy', anew: false };
  if (DATA.has(number)) return { errorClass: 'data', anew: false };
  if (ANEW.has(number) || SCHEMA.has(number) || severity >= FATAL) return { errorClass: 'unavailable', anew: true };
  if (UNAVAILABLE.has(number) || severity >= RESOURCES) return { errorClass: 'unavailable', anew: false };
  if (number === SUNDRY) {
    const [, errorClass = 'statement', anew = false] = SUNDRY_TEXTS.find(([pattern]) => pattern.test(text)) ?? [];
    return { errorClass, anew };
  }
  return { errorClass: number >= USERS && number <= LAST_USERS ? 'data' : 'statement', anew: false };
}

/** What an error means for the batch; undefined when it is not the server's. `uniqueIndex` is the one that keeps a message from being stored twice. */
export function classifyError(error: unknown, uniqueIndex: string): ErrorClass | undefined {
  return meaningOf(error, uniqueIndex)?.errorClass;
}

const REFUSALS: ReadonlyMap<number, RefusalKind> = new Map([
  [2601, 'duplicate'],
  [2627, 'duplicate'],
  [515, 'missing'],
  [2628, 'length'],
  [8152, 'length'],
  [220, 'range'],
  [232, 'range'],
  [248, 'range'],
  [8115, 'range'],
  [3609, 'other'],
  [3616, 'other'],
]);
const FOREIGN_OR_CHECK = 547;

/** Where an English text names a constraint or a column: values, if any, stand behind. The last is that of another TDS server. */
const NAMES: readonly [RegExp, 'constraint' | 'column'][] = [
  [/^Violation of [A-Z ]+ constraint '([^']+)'\. /, 'constraint'],
  [/^Cannot insert duplicate key row in object '[^']+' with unique index '([^']+)'\./, 'constraint'],
  [/^The [A-Z]+ statement conflicted with the [A-Z ]+ constraint "([^"]+)"\./, 'constraint'],
  [/^Cannot insert the value NULL into column '([^']+)', table '/, 'column'],
  [/^String or binary data would be truncated in table '[^']+', column '([^']+)'\. /, 'column'],
  [/^duplicate key value violates unique constraint "([^"]+)"/, 'constraint'],
  [
    /^(?:insert or update on|new row for) (?:table|relation) "[^"]+" violates [a-z ]+ constraint "([^"]+)"/,
    'constraint',
  ],
  [/^null value in column "([^"]+)"/, 'column'],
];

/** Which rule a refused row breaks. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { number, text } = find(error);
  if (number === undefined) return undefined;
  const [, name, what] = NAMES.map(([pattern, of]) => [pattern, pattern.exec(text)?.[1], of] as const).find(
    ([, found]) => found !== undefined,
  ) ?? [undefined, undefined, 'constraint' as const];
  const of = named(what, name);
  if (number === FOREIGN_OR_CHECK) {
    // The words are the server's in every language.
    if (/FOREIGN KEY|foreign key/.test(text)) return { kind: 'parent', ...of };
    return { kind: /CHECK|check constraint/.test(text) ? 'check' : 'other', ...of };
  }
  const kind =
    REFUSALS.get(number) ?? (number >= USERS && number <= LAST_USERS && number !== SUNDRY ? 'other' : undefined);
  return kind && { kind, ...(kind === 'other' ? {} : of) };
}

export function lacksColumn(error: unknown): boolean {
  const { number, text } = find(error);
  return number === 207 || (number === SUNDRY && /^column .* does not exist/.test(text));
}

/** True when the connection, or the schema, must be made anew. */
export function connectionIsOf(error: unknown): boolean {
  return meaningOf(error, '\0')?.anew ?? false;
}

/** Codes of the driver for a request that is wrong by itself. */
const OF_REQUEST = new Set(['EREQUEST', 'EPARAM', 'EARGS']);

function isNetwork(codes: readonly string[], text: string): boolean {
  if (/socket hang up|^Connection (lost|closed|was closed)/.test(text)) return true;
  return codes.some((code) => isNetworkCode(code) && !OF_REQUEST.has(code));
}

const NO_DATABASE: Reason = {
  why: 'database',
  text: 'There is no database of this name, or the user may not use it: create it, or let the user in.',
};
const REASONS_BY_NUMBER: Record<number, Reason> = {
  262: NO_RIGHT,
  911: NO_DATABASE,
  916: NO_DATABASE,
  2760: { why: 'schema', text: 'There is no schema of this name, or the user may not use it: create it.' },
  4060: NO_DATABASE,
  18456: NO_ENTRY,
  18487: { why: 'login', text: 'The password has expired: give the user another.' },
  18488: { why: 'login', text: 'The password must be changed first.' },
};
const REASONS_BY_CODE: Record<string, Reason> = lookup({
  ECONNREFUSED: AWAY,
  EENCRYPT: { why: 'tls', text: 'The server takes encrypted connections only: turn TLS on.' },
  EINSTLOOKUP: {
    why: 'away',
    text: 'No such instance answers: see that the SQL Server Browser runs (UDP port 1434), or give the port instead.',
  },
  EFEDAUTH: {
    why: 'login',
    text: 'Entra ID does not let the user or the application in: see user, client ID, tenant and secret.',
  },
});

/** Why the database cannot be opened, and what to do. @param database its name, which the server's text quotes when it is unavailable */
export function openReason(error: unknown, database: string): Reason | undefined {
  const { codes, number, text } = find(error);
  if (number !== undefined && REASONS_BY_NUMBER[number] !== undefined) return REASONS_BY_NUMBER[number];
  // The driver leaves the number of a failed login out.
  if (codes.includes('ELOGIN')) return text.includes(`"${database}"`) ? NO_DATABASE : REASONS_BY_NUMBER[18456];
  return codes.map((code) => REASONS_BY_CODE[code]).find((reason) => reason !== undefined);
}
