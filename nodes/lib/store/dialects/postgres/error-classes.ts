import { lookup } from '../../../util';
import type { Reason } from '../../open-error';
import { named, type Refusal, type RefusalKind } from '../../refusal';
import type { ErrorClass } from '../contract';
import { driverError, FULL, isNetworkCode, NO_DATABASE, NO_ENTRY, NO_RIGHT, NO_TLS } from '../shared';

/** SQLSTATEs, https://www.postgresql.org/docs/current/errcodes-appendix.html, by their beginnings. */
const BUSY = ['40', '55P03', '57014'];
/** What a row holds, and what a trigger raises about it. */
const DATA = ['22', '23', '44', '54', 'P0001'];
/** The connection is gone, or the server leads to another database than before. */
const ANEW = ['08', '57P', '25006', '3D', '28'];
/** The tables or the prepared statements are not what they were. */
const SCHEMA = ['42P01', '42703', '26', '0A000'];
/** Something of the server's or of this connection's, beside those: no row can be written. */
const UNAVAILABLE = ['25', '42501', '53', '55', '57', '58', 'XX'];

const starts = (code: string, beginnings: readonly string[]): boolean =>
  beginnings.some((beginning) => code.startsWith(beginning));

/** `EPIPE` would be one, too. */
const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && !isNetworkCode(code);

/** What an error of the server means for the batch; undefined when it is not the server's. */
export function classifyError(error: unknown): ErrorClass | undefined {
  const { code } = driverError(error);
  if (!isSqlState(code)) return isNetwork(error) ? 'unavailable' : undefined;
  if (starts(code, BUSY)) return 'busy';
  if (starts(code, DATA)) return 'data';
  return starts(code, [...ANEW, ...SCHEMA, ...UNAVAILABLE]) ? 'unavailable' : 'statement';
}

const REFUSALS: Readonly<Record<string, RefusalKind>> = {
  '23505': 'duplicate',
  '23503': 'parent',
  '23514': 'check',
  '23502': 'missing',
  '22001': 'length',
  '22003': 'range',
};

/** Which rule a refused row breaks; the server names constraint and column apart from its text. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { code } = driverError(error);
  const kind = Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
  if (kind === undefined) return /^(23|44|P0001)/.test(code) ? { kind: 'other', ...namedBy(error) } : undefined;
  return { kind, ...namedBy(error) };
}

function namedBy(error: unknown): Pick<Refusal, 'name'> {
  for (let at = error; at instanceof Error; ) {
    const { constraint, column, original, parent, cause } = at as Error & Record<string, unknown>;
    if (typeof constraint === 'string') return named('constraint', constraint);
    if (typeof column === 'string') return named('column', column);
    at = original ?? parent ?? cause;
  }
  return {};
}

export const lacksColumn = (error: unknown): boolean => driverError(error).code === '42703';

/** True when the connection, or the schema, must be made anew. */
export function connectionIsOf(error: unknown): boolean {
  const { code } = driverError(error);
  return isSqlState(code) ? starts(code, [...ANEW, ...SCHEMA]) : isNetwork(error);
}

/** The driver's own errors about a connection have no code. */
function isNetwork(error: unknown): boolean {
  const { code, message } = driverError(error);
  return isNetworkCode(code) || /^Connection terminated|^timeout expired$|not queryable/.test(message);
}

const REASONS: Record<string, Reason> = lookup({
  '25006': { why: 'read-only', text: 'The server is read-only: it is a standby, or is set to be read-only.' },
  '28P01': NO_ENTRY,
  '28000': {
    why: 'login',
    text: 'The server has no such user, or does not let it in from here: create it, or see its pg_hba.conf.',
  },
  '3D000': NO_DATABASE,
  '3F000': { why: 'schema', text: 'There is no schema of this name: create it.' },
  '42501': NO_RIGHT,
  '53300': FULL,
  '57P03': { why: 'away', text: 'The server is starting or stopping.' },
});

/** The driver's own errors have no code. */
const REASONS_BY_TEXT: [RegExp, Reason][] = [
  [/^timeout expired$/, { why: 'away', text: 'The server does not answer.' }],
  [/^SASL: .*password must be/, { why: 'login', text: 'The server wants a password: enter that of the user.' }],
  [/does not support SSL/, NO_TLS],
];

/** The server's rules take this user from here only encrypted. */
const WANTS_TLS: Reason = {
  why: 'tls',
  text: 'The server takes no unencrypted connection of this user from here: turn TLS on, or see its pg_hba.conf.',
};
/** The same, where a server that does not speak English leaves it open. */
const MAY_WANT_TLS: Reason = {
  why: 'login',
  text: 'The server has no such user, or does not let it in from here without TLS: turn TLS on, create the user, or see its pg_hba.conf.',
};

/** @param encrypts true for a connection with TLS */
export function openReason(error: unknown, encrypts = true): Reason | undefined {
  const { code, message } = driverError(error);
  if (code === '28000' && !encrypts) {
    if (/no encryption|SSL off/.test(message)) return WANTS_TLS;
    if (/pg_hba\.conf/.test(message)) return MAY_WANT_TLS;
  }
  return REASONS_BY_TEXT.find(([pattern]) => pattern.test(message))?.[1] ?? REASONS[code];
}
