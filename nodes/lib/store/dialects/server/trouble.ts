import type { Trouble } from '../../dialect';

/** What errors of one kind of server mean. */
export interface ServerErrors {
  /** For the batch; undefined for an error that is not the server's or its driver's. */
  troubleOf(error: unknown): Trouble | undefined;
  /** True for an error after which the connection, or the schema, must be made anew. */
  connectionIsOf(error: unknown): boolean;
  /** Why the database cannot be opened, and what to do; undefined when the error says nothing. */
  openReason(error: unknown): string | undefined;
}

/** What an error that is known means. */
export interface Meaning {
  trouble: Trouble;
  /** The connection, or the schema, must be made anew. */
  anew: boolean;
}

/** True for the codes that Node.js and drivers have for a connection that cannot be made, or broke. */
export function isNetworkCode(code: string): boolean {
  return /^(E[A-Z]+|ERR_SOCKET.*)$/.test(code);
}

/** Reasons that several kinds of server have. */
export const AWAY = 'No server answers there: start it, or correct host and port.';
export const NO_ENTRY = 'The user or the password is wrong.';
export const NO_RIGHT =
  'The user may not do that: grant it the rights of "Show SQL", or have the tables created by hand.';
export const NO_DATABASE = 'There is no database of this name: create it.';
export const FULL = 'The server has no connection left.';

/** Reasons that the network and TLS give, by their codes. */
export const NETWORK_REASONS: Record<string, string> = {
  ECONNREFUSED: AWAY,
  ESOCKET: AWAY,
  ECONNRESET: 'The server closed the connection.',
  EHOSTUNREACH: 'The host cannot be reached from here.',
  ENETUNREACH: 'The host cannot be reached from here.',
  ENOTFOUND: 'There is no host of this name.',
  EAI_AGAIN: 'The name of the host cannot be looked up now.',
  ETIMEDOUT: 'The host does not answer.',
  ETIMEOUT: 'The host does not answer.',
  STORE_TIMEOUT: 'The server does not answer.',
  STORE_CONNECTION_LOST: 'The server closed the connection.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Its certificate is self-signed: give the CA, or do not verify it.',
  SELF_SIGNED_CERT_IN_CHAIN: 'Its certificate is of a CA that is not known here: give the CA, or do not verify it.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'Its certificate is of a CA that is not known here: give the CA, or do not verify it.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate is for another host name.',
  CERT_HAS_EXPIRED: 'Its certificate has expired.',
};
