import { lookup } from '../../../util';
import type { Reason } from '../../open-error';
import type { Refusal } from '../../refusal';
import type { ErrorClass } from '../contract';

/** What errors of one kind of server mean. */
export interface ServerErrors {
  /** For the batch; undefined for an error that is not the server's or its driver's. */
  classifyError(error: unknown): ErrorClass | undefined;
  /** True for an error after which the connection, or the schema, must be made anew. */
  connectionIsOf(error: unknown): boolean;
  /** True for an error that says that a table has no such column. */
  lacksColumn(error: unknown): boolean;
  /** Which rule a refused row breaks; undefined for an error that does not say. */
  refusalOf(error: unknown): Refusal | undefined;
  /** Why the database cannot be opened, and what to do; undefined when the error says nothing. */
  openReason(error: unknown): Reason | undefined;
}

/** What an error that is known means. */
export interface Meaning {
  errorClass: ErrorClass;
  /** The connection, or the schema, must be made anew. */
  anew: boolean;
}

/** True for the codes that Node.js and drivers have for a connection that cannot be made, or broke. */
export function isNetworkCode(code: string): boolean {
  return /^(E[A-Z]+|ERR_SOCKET.*)$/.test(code);
}

/** Reasons that several kinds of server have. */
export const AWAY: Reason = { why: 'away', text: 'No server answers there: start it, or correct host and port.' };
export const NO_ENTRY: Reason = {
  why: 'login',
  text: 'The user or the password is wrong: correct them in the hl7 database node, or on the server.',
};
export const NO_RIGHT: Reason = {
  why: 'rights',
  text: 'The user may not do that: grant it the rights of "Show SQL", or have the tables created by hand.',
};
export const NO_DATABASE: Reason = {
  why: 'database',
  text: 'There is no database of this name: create it, or correct the name.',
};
export const FULL: Reason = {
  why: 'full',
  text: 'The server has too many connections: end others, or let it have more.',
};
export const NO_TLS: Reason = { why: 'tls', text: 'The server has no TLS: set it up there, or turn TLS off.' };

const away = (text: string): Reason => ({ why: 'away', text });
const tls = (text: string): Reason => ({ why: 'tls', text });
const CLOSED = away('The server closed the connection: see its log, or correct host and port.');
const UNKNOWN_CA = tls('Its certificate is of a CA that is not known here: give the CA, or do not verify it.');

/** Reasons that the network and TLS give, by their codes. */
export const NETWORK_REASONS: Record<string, Reason> = lookup({
  ECONNREFUSED: AWAY,
  ESOCKET: AWAY,
  ECONNRESET: CLOSED,
  EHOSTUNREACH: away('The host cannot be reached from here.'),
  ENETUNREACH: away('The host cannot be reached from here.'),
  ENOTFOUND: away('There is no host of this name: correct it.'),
  EAI_AGAIN: away('The name of the host cannot be looked up now.'),
  ETIMEDOUT: away('The host does not answer.'),
  ETIMEOUT: away('The host does not answer.'),
  STORE_TIMEOUT: away('The server does not answer.'),
  STORE_CONNECTION_LOST: CLOSED,
  DEPTH_ZERO_SELF_SIGNED_CERT: tls('Its certificate is self-signed: give the CA, or do not verify it.'),
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_CA,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_CA,
  ERR_TLS_CERT_ALTNAME_INVALID: tls('Its certificate is for another host name: use that name, or do not verify it.'),
  CERT_HAS_EXPIRED: tls('Its certificate has expired: renew it.'),
});
