import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type ErrorCode, Hl7Error } from '../../errors';

interface PortBinderOptions {
  /** What people know it by, when it is in another's way. */
  name: string;
  host: string;
  port: number;
  /** Milliseconds until the first and the longest wait for another try. */
  retry: { first: number; longest: number };
  /** An IPv4 or IPv6 peer that ended its side still gets its answers. */
  allowHalfOpen: boolean;
  /** Runs before each try; what it throws counts as a failed try. */
  prepare(): void;
}

interface PortBinderEvents {
  socket(socket: Socket): void;
  listening(port: number): void;
  /**
   * @param retryIn milliseconds
   * @param holder the name of the binding of this process that has the port
   */
  bindError(error: Hl7Error, retryIn: number, holder: string | undefined): void;
  /** The listening socket failed while it was open; it goes on, or is opened anew. */
  failed(error: Hl7Error): void;
}

/** Those of this process that listen. */
const listening = new Set<PortBinder>();

const ANY: readonly string[] = ['0.0.0.0', '::'];

/** Keeps a port open: tries again with growing waits until it is closed. */
export class PortBinder {
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #wait: number;
  readonly #options: PortBinderOptions;
  readonly #events: PortBinderEvents;

  constructor(options: PortBinderOptions, events: PortBinderEvents) {
    this.#options = options;
    this.#events = events;
    this.#wait = options.retry.first;
  }

  /** The port in use; undefined while there is none. */
  get port(): number | undefined {
    const address = this.#server?.address() as AddressInfo | string | null | undefined;
    return address && typeof address === 'object' ? address.port : undefined;
  }

  open(): void {
    if (this.#closed) return;
    const { host, port, allowHalfOpen } = this.#options;
    const server = createServer({ allowHalfOpen });
    server.on('error', (error) => this.#error(server, error));
    server.on('connection', (socket) => this.#events.socket(socket));
    server.on('listening', () => this.#listening(server));
    this.#server = server;
    try {
      this.#options.prepare();
      server.listen({ host, port });
    } catch (error) {
      this.#tryAgain(error);
    }
  }

  /** Stops listening; connections stay. Resolves when the port is free. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    listening.delete(this);
    const server = this.#server;
    // A server that still looks up its address is closed as soon as it listens.
    if (!server?.listening) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #listening(server: Server): void {
    if (this.#closed) {
      server.close();
      return;
    }
    this.#wait = this.#options.retry.first;
    listening.add(this);
    this.#events.listening(this.port ?? this.#options.port);
  }

  #error(server: Server, error: Error): void {
    if (this.#closed) return;
    if (server.listening) this.#events.failed(bindError(error, this.#options.host, this.#options.port));
    else this.#tryAgain(error);
  }

  #tryAgain(cause: unknown): void {
    const wait = this.#wait;
    this.#wait = Math.min(wait * 2, this.#options.retry.longest);
    this.#timer = setTimeout(() => this.open(), wait);
    const { host, port } = this.#options;
    const other = [...listening].find((binding) => binding.#isInTheWay(cause as NodeJS.ErrnoException));
    const holder = other === undefined ? undefined : other.#options.name;
    this.#events.bindError(bindError(cause, host, port, holder), wait, holder);
  }

  /** True when this is what another one's port is in use by. */
  #isInTheWay(cause: { code?: string; address?: string; port?: number } | undefined): boolean {
    const own = this.#server?.address();
    if (cause?.code !== 'EADDRINUSE' || !own || typeof own === 'string' || own.port !== cause.port) return false;
    return [own.address, ...ANY].includes(cause.address ?? '') || ANY.includes(own.address);
  }
}

const at = (host: string, port: number): string => `port ${port} on ${host}`;

const REASONS = {
  EADDRINUSE: (host: string, port: number) =>
    `Another program uses ${at(host, port)}. Stop it, or choose another port.`,
  EACCES: (host: string, port: number) =>
    `Not permitted to listen on ${at(host, port)}. Choose a port from 1024, or give Node-RED the right to use it.`,
  EADDRNOTAVAIL: (host: string) =>
    `This machine does not have the address ${host}. Give one of its own, or 0.0.0.0 for all of them.`,
  ENOTFOUND: (host: string) => `The name ${host} is not known. Give one of this machine's addresses.`,
  EAI_AGAIN: (host: string) => `The name ${host} cannot be looked up now. Check the name service, or give an address.`,
  ERR_SOCKET_BAD_PORT: (_: string, port: number) => `${port} is not a valid port: enter a number from 0 to 65535.`,
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
