import { Hl7Error } from '../errors';
import { lookup } from '../lookup';

const at = (host: string, port: number): string => `port ${port} on ${host}`;

const REASONS: Readonly<Record<string, (host: string, port: number) => string>> = lookup({
  EADDRINUSE: (host, port) => `Another program uses ${at(host, port)}. Stop it, or choose another port.`,
  EACCES: (host, port) =>
    `The system does not permit to listen on ${at(host, port)}. Choose a port from 1024, or give Node-RED the right to use it.`,
  EADDRNOTAVAIL: (host) =>
    `This machine does not have the address ${host}. Give one of its own, or 0.0.0.0 for all of them.`,
  ENOTFOUND: (host) => `The name ${host} is not known. Give one of this machine's addresses.`,
  EAI_AGAIN: (host) => `The name ${host} cannot be looked up now. Check the name service, or give an address.`,
  ERR_SOCKET_BAD_PORT: (_, port) => `${port} is no port: give a number from 0 to 65535.`,
});

/**
 * An error of `listen`, in plain words; its code is the system's (`EADDRINUSE`), `TLS_NOT_USABLE`, or `LISTEN_FAILED`.
 * @param holder the listener of this process that uses the port, if it is one
 */
export function bindError(cause: unknown, host: string, port: number, holder?: string): Hl7Error {
  if (cause instanceof Hl7Error) return cause;
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
  if (holder !== undefined) {
    const text = `The mllp in "${holder}" of this Node-RED uses ${at(host, port)} already. Give one of the two another port.`;
    return new Hl7Error(code, text, { cause });
  }
  const reason = REASONS[code];
  if (reason) return new Hl7Error(code, reason(host, port), { cause });
  if (/^ERR_(SSL|OSSL|TLS|CRYPTO|INVALID_ARG)/.test(code)) {
    return new Hl7Error('TLS_NOT_USABLE', `The certificate, key or other TLS settings cannot be used (${code}).`, {
      cause,
    });
  }
  return new Hl7Error('LISTEN_FAILED', `Cannot listen on ${at(host, port)}${code ? ` (${code})` : ''}.`, { cause });
}
