import type { Socket } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { Hl7Error } from '../../errors';
import type { TlsInfo } from '../../message-contract';
import type { CloseReason } from '../close-reasons';

const FIRST = ['CN', 'O', 'OU'];

/** A distinguished name as `CN=…, O=…`: common name and organisation first, special characters as in RFC 4514 section 2.4. */
export function distinguishedName(subject: object | undefined): string {
  const parts = new Map<string, unknown>(Object.entries(subject ?? {}));
  const names = [...FIRST.filter((name) => parts.has(name)), ...[...parts.keys()].filter((n) => !FIRST.includes(n))];
  return names
    .flatMap((name) => [parts.get(name)].flat().map((value) => `${name}=${escapeValue(String(value))}`))
    .join(', ');
}

const escapeValue = (value: string): string =>
  value
    .replace(/[\\,+"<>;]/g, '\\$&')
    .replace(/[\x00-\x1f\x7f]/g, (c) => `\\${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** What is known of a TLS connection, once it is agreed on. */
export function tlsInfo(socket: TLSSocket): TlsInfo {
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.name ?? '',
    authorized: socket.authorized,
    subject: distinguishedName(socket.getPeerCertificate()?.subject),
  };
}

/**
 * The options of a TLS server: TLS 1.2 at least, and client certificates asked for and checked when required.
 * @throws Hl7Error `TLS_CA_MISSING` when certificates are required and nothing says who may sign them: Node would then
 * accept those of any public authority
 */
export function serverTlsOptions(
  given: TlsOptions,
  requireClientCertificate: boolean,
  handshakeTime: number,
): TlsOptions {
  const options: TlsOptions = { minVersion: 'TLSv1.2', ...given, handshakeTimeout: handshakeTime };
  if (options.minVersion !== 'TLSv1.3') options.minVersion = 'TLSv1.2';
  delete options.secureProtocol;
  if (!requireClientCertificate) return options;
  if (!options.ca && !options.pfx && !options.secureContext) {
    throw new Hl7Error(
      'TLS_CA_MISSING',
      'Client certificates are required, but no certificate authority is given. Add its certificate to the TLS configuration.',
    );
  }
  // Node adds every public authority where `ca` is missing, even to those that a PFX brings along.
  return { ...options, ca: options.ca || [], requestCert: true, rejectUnauthorized: true };
}

/** Why TLS was not agreed on, from the error of the TLS server and the socket. */
export function handshakeReason(error: NodeJS.ErrnoException, socket: TLSSocket): CloseReason {
  // Set when the peer showed a certificate that was not accepted.
  if (socket.authorizationError) return 'CLIENT_CERTIFICATE_REJECTED';
  switch (error.code) {
    case 'ERR_SSL_HTTP_REQUEST':
      return 'HTTP_REQUEST';
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'PLAIN_ON_TLS_PORT';
    case 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE':
      return 'CLIENT_CERTIFICATE_REJECTED';
    default:
      return 'TLS_HANDSHAKE_FAILED';
  }
}

/**
 * The socket under a TLS socket. The TLS socket of a failed handshake has forgotten its peer and counts no bytes, and
 * Node has no public way from it to the one that knows.
 */
export function rawSocket(socket: TLSSocket): Socket {
  return (socket as { _parent?: Socket })._parent ?? socket;
}
