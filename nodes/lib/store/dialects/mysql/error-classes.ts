import { Hl7Error } from '../../../errors';
import type { Reason } from '../../open-error';
import { named, type Refusal, type RefusalKind } from '../../refusal';
import type { ErrorClass } from '../contract';
import { driverError, FULL, isNetworkCode, NETWORK_REASONS, NO_DATABASE, NO_RIGHT, NO_TLS } from '../shared';

/**
 * Error numbers, https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html and
 * https://mariadb.com/kb/en/mariadb-error-code-reference/, beside the SQLSTATEs that say enough.
 */
const BUSY = new Set([
  1205, // lock wait timeout
  1213, // deadlock
  1317, // statement interrupted
  1412, // table definition changed
  1615, // prepared statement needs to be prepared again
  1637, // too many transactions
  1020, // row changed since it was read
  1969, // max_statement_time
  3024, // max_execution_time
  3101, // another member of the group was faster
  3572, // NOWAIT
]);
const DATA = new Set([
  1118, // row too large
  1264, // number out of range
  1292, // wrong time
  1300, // wrong character
  1301, // larger than max_allowed_packet
  1364, // a column of the user's own without a default
  1366, // wrong value
  1406, // text too long
  1644, // what a trigger signals
  3140, // wrong JSON
  3819, // CHECK
  3854, // bytes that are no text
  3988, // text that has no such character
  4025, // CHECK
]);
/** The connection is gone or is going, or the server leads to another database than before. */
const ANEW = new Set([
  1044, // no access to the database
  1045, // user or password
  1046, // no database
  1049, // unknown database
  1053, // shutdown
  1077, // shutdown
  1142, // no access to the table
  1143, // no access to the column
  1152, // aborted
  1153, // packet too large: the limit is another than when the connection was made
  1184, // aborted
  1290, // read-only
  1461, // too many prepared statements
  1243, // unknown prepared statement
  1698, // user or password
  1792, // read-only transaction
  1820, // password must be changed
  1836, // read-only
  1862, // password has expired
  1874, // InnoDB is read-only
  1927, // connection killed
  2006,
  2013,
  2055,
  3032, // server is in offline mode
  3169, // session killed
  4031, // idle for too long
]);
/** Beginnings of SQLSTATEs that stand for all sorts of things, those of the server among them. */
const SUNDRY = /^($|HY|08|25|28|3D|42|70|XA)/;
/** The tables are not what they were. */
const SCHEMA = new Set([1054, 1146]);

interface Seen {
  code: string;
  number: number;
  state: string;
  fatal: boolean;
}

/** Network errors have numbers, too: those of the operating system, below zero. */
function seen(error: unknown): Seen {
  const { code, number = 0, message } = driverError(error);
  let state = '';
  let fatal = /closed state/.test(message);
  for (let at = error; at instanceof Error; ) {
    const { sqlState, fatal: ends, original, parent, cause } = at as Error & Record<string, unknown>;
    if (typeof sqlState === 'string') state = sqlState.replace('#', '');
    if (ends === true && typeof sqlState !== 'string') fatal = true;
    at = (original ?? parent ?? cause) as Error;
  }
  return { code, number: Math.max(number, 0), state, fatal };
}

/** An error that the server told, even before it knew the client. */
const isOfServer = ({ state, number }: Seen): boolean => state !== '' || number >= 1000;

const isNetwork = ({ code, fatal }: Seen): boolean =>
  fatal || isNetworkCode(code) || /^(PROTOCOL|HANDSHAKE)_/.test(code);

/** What an error of the server means for the batch; undefined when it is not the server's. */
export function classifyError(error: unknown): ErrorClass | undefined {
  if (error instanceof Hl7Error && error.fault === 'content') return 'data';
  const one = seen(error);
  if (!isOfServer(one)) return isNetwork(one) ? 'unavailable' : undefined;
  if (BUSY.has(one.number) || one.state.startsWith('40')) return 'busy';
  if (DATA.has(one.number) || /^(22|23|44|45)/.test(one.state)) return 'data';
  const system = ANEW.has(one.number) || SCHEMA.has(one.number) || SUNDRY.test(one.state);
  return system ? 'unavailable' : 'statement';
}

const REFUSALS: ReadonlyMap<number, RefusalKind> = new Map([
  [1062, 'duplicate'],
  [1586, 'duplicate'],
  [1216, 'parent'],
  [1452, 'parent'],
  [3819, 'check'],
  [4025, 'check'],
  [1048, 'missing'],
  [1263, 'missing'],
  [1364, 'missing'],
  [1406, 'length'],
  [1264, 'range'],
  [1690, 'range'],
  [1217, 'other'],
  [1451, 'other'],
  [1644, 'other'],
]);

/** Where the server's text names a constraint or a column. Values stand before, so the last place counts, at the end of the text. */
const NAMES: readonly [RegExp, 'constraint' | 'column'][] = [
  [/^.* for key '([^']+)'$/s, 'constraint'],
  [/^Cannot add or update a child row: .*? CONSTRAINT `([^`]+)` FOREIGN KEY /s, 'constraint'],
  [/^CONSTRAINT `([^`]+)` failed for /, 'constraint'],
  [/^Check constraint '([^']+)' is violated\.$/, 'constraint'],
  [/^(?:Column|Field) '([^']+)' (?:cannot be null|doesn't have a default value)$/, 'column'],
  [/^(?:Data too long|Out of range value) for column '([^']+)' at row \d+$/, 'column'],
];

/** Which rule a refused row breaks. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { number } = seen(error);
  const kind = REFUSALS.get(number);
  if (kind === undefined) return undefined;
  const { message } = driverError(error);
  // What a trigger says may quote anything.
  for (const [pattern, what] of number === 1644 ? [] : NAMES) {
    const name = pattern.exec(message)?.[1];
    if (name !== undefined) return { kind, ...named(what, name) };
  }
  return { kind };
}

export const lacksColumn = (error: unknown): boolean => seen(error).number === 1054;

/** True when the connection, or the schema, must be made anew. */
export function connectionIsOf(error: unknown): boolean {
  const one = seen(error);
  if (!isOfServer(one)) return isNetwork(one);
  return ANEW.has(one.number) || SCHEMA.has(one.number) || one.state.startsWith('08');
}

const login = (text: string): Reason => ({ why: 'login', text });
const NO_ENTRY_HERE = login(
  'The user or the password is wrong, or the server does not let this user in from here: correct them, or see mysql.user.',
);
const READ_ONLY: Reason = { why: 'read-only', text: 'The server is read-only: it is a replica, or set to read-only.' };
const NO_MORE: Reason = { why: 'full', text: 'The user has too many connections: end others, or let it have more.' };

const REASONS: Record<number, Reason> = {
  1040: FULL,
  1044: {
    why: 'database',
    text: 'The user may not use this database, or there is none of this name: let the user in, or create it.',
  },
  1045: NO_ENTRY_HERE,
  1049: NO_DATABASE,
  1053: { why: 'away', text: 'The server is stopping.' },
  1129: login('The server has blocked this host after many failed connections: see FLUSH HOSTS.'),
  1130: login('The server does not let this host in: see mysql.user.'),
  1142: NO_RIGHT,
  1203: NO_MORE,
  1226: NO_MORE,
  1227: NO_RIGHT,
  1290: READ_ONLY,
  1698: NO_ENTRY_HERE,
  1820: login('The password of the user must be changed first.'),
  1836: READ_ONLY,
  1862: login('The password of the user has expired: give it another.'),
  3159: { why: 'tls', text: 'The server wants an encrypted connection: turn TLS on.' },
  3172: login('The server wants another way to log in.'),
};

const TLS_REASONS: [RegExp, Reason | undefined][] = [
  [/does not match certificate's altnames|not in the cert's/, NETWORK_REASONS.ERR_TLS_CERT_ALTNAME_INVALID],
  [/^self[- ]signed certificate in/i, NETWORK_REASONS.SELF_SIGNED_CERT_IN_CHAIN],
  [/^self[- ]signed certificate/i, NETWORK_REASONS.DEPTH_ZERO_SELF_SIGNED_CERT],
  [/^unable to (verify|get)/, NETWORK_REASONS.UNABLE_TO_VERIFY_LEAF_SIGNATURE],
  [/^certificate has expired/, NETWORK_REASONS.CERT_HAS_EXPIRED],
];

/** The server tells an account that must use TLS apart from a wrong password with no word. */
const NO_ENTRY_WITHOUT_TLS = login(
  'The user or the password is wrong, the server does not let this user in from here, or only with TLS: correct them, turn TLS on, or see mysql.user.',
);

/** @param encrypts true for a connection with TLS */
export function openReason(error: unknown, encrypts = true): Reason | undefined {
  const one = seen(error);
  if ((one.number === 1045 || one.number === 1698) && !encrypts) return NO_ENTRY_WITHOUT_TLS;
  if (one.code === 'HANDSHAKE_NO_SSL_SUPPORT') return NO_TLS;
  if (one.code === 'HANDSHAKE_SSL_ERROR') {
    // The driver puts its own code in place of that of TLS.
    const { message } = driverError(error);
    return TLS_REASONS.find(([pattern]) => pattern.test(message))?.[1];
  }
  return REASONS[one.number];
}
