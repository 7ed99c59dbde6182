import { type ErrorCode, Hl7Error } from '../errors';

const at = (host: string, port: number): string => `port ${port} on ${host}`;

const REASONS = {
  EADDRINUSE: (host: string, port: number) =>
    `Another program uses ${at(host, port)}. Stop it, or choose another port.`,
  EACCES: (host: string, port: number) =>
    `The system does not permit to listen on ${at(host, port)}. Choose a port from 1024, or give Node-RED the right to use it.`,
  EADDRNOTAVAIL: (host: string) =>
    `This machine does not have the address ${host}. Give one of its own, or 0.0.0.0 for all of them.`,
  ENOTFOUND: (host: string) => `The name ${host} is not known. Give one of this machine's addresses.`,
  EAI_AGAIN: (host: string) => `The name ${host} cannot be looked up now. Check the name service, or give an address.`,
  ERR_SOCKET_BAD_PORT: (_: string, port: number) => `${port} is no port: give a number from 0 to 65535.`,
} satisfies Partial<Record<ErrorCode, (host: string, port: number) => string>>;

const isKnown = (code: string): code is keyof typeof REASONS => Object.hasOwn(REASONS, code);

/**
 * An error of `listen`, in plain words; its code is the system's (`EADDRINUSE`), `TLS_NOT_USABLE`, or `LISTEN_FAILED`.
 * @param holder the listener of this process that uses the port, if it is one
 */
export function bindError(cause: unknown, host: string, port: number, holder?: string): Hl7Error {
  if (cause instanceof Hl7Error) return cause;
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
  if (holder !== undefined) {
    const text = `The mllp in "${holder}" of this Node-RED uses ${at(host, port)} already. Give one of the two another port.`;
    return new Hl7Error('EADDRINUSE', text, { cause });
  }
  if (isKnown(code)) return new Hl7Error(code, REASONS[code](host, port), { cause });
  if (/^ERR_(SSL|OSSL|TLS|CRYPTO|INVALID_ARG)/.test(code)) {
    return new Hl7Error('TLS_NOT_USABLE', `The certificate, key or other TLS settings cannot be used (${code}).`, {
      cause,
    });
  }
  return new Hl7Error('LISTEN_FAILED', `Cannot listen on ${at(host, port)}${code ? ` (${code})` : ''}.`, { cause });
}
