import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type TlsOptions, type Server as TlsServer } from 'node:tls';
import { type ErrorCode, Hl7Error } from '../../errors';
import { CLOSE_REASONS, type CloseReason, type Closing, closingOf } from '../close-reasons';
import type { DecoderOptions } from '../framing/decoder';
import type { DeviationCode } from '../framing/deviations';
import { type MllpLimits, resolveLimits } from '../limits';
import { ConnectionAdmission, plainAddress } from './admission';
import { type BufferBudget, DEFAULT_BUDGET, processBudget } from './buffer-budget';
import {
  type ConnectionInfo,
  type ConnectionSettings,
  type InboundFrame,
  MllpConnection,
  type Warning,
} from './connection';
import { PortBinder } from './port-binding';
import { handshakeReason, rawSocket, serverTlsOptions, tlsInfo } from './tls';

/** Counters of one listener since it was opened. Plain data. */
export interface ListenerStatistics {
  /** Connections open now. */
  connections: number;
  connectionsTotal: number;
  /** Frames handed on. */
  frames: number;
  /** Bytes received, frames and all else. */
  bytes: number;
  /** Frames that were answered. */
  answers: number;
  /** What was odd, by code: of the frames, and what its user notes of their texts. */
  deviations: Partial<Record<string, number>>;
  /** Connections ended or not accepted, by reason. */
  closes: Partial<Record<CloseReason, number>>;
}

const emptyStatistics = (): ListenerStatistics => ({
  connections: 0,
  connectionsTotal: 0,
  frames: 0,
  bytes: 0,
  answers: 0,
  deviations: {},
  closes: {},
});

/** Adds one to a counter. */
export function count<K extends string>(counters: Partial<Record<K, number>>, key: K): void {
  counters[key] = ((counters[key] as number | undefined) ?? 0) + 1;
}

export interface MllpListenerOptions extends Pick<DecoderOptions, 'startInside' | 'severalMessages' | 'withoutStart'> {
  /** How people call this listener. */
  name: string;
  /** Default 127.0.0.1: other machines can connect only when it is given. */
  host?: string;
  /** 0: any free one. */
  port: number;
  tls?: TlsOptions;
  /** Ask each peer for a certificate that `tls.ca` signed. */
  requireClientCertificate?: boolean;
  /** Addresses and ranges that may connect; none: all. */
  allow?: readonly string[];
  limits?: Partial<MllpLimits>;
  /** Frames of one connection that are handed on and not answered yet. Default 1. */
  maxInFlight?: number;
  /** Bytes that all connections of the process may hold; of several listeners the greatest counts. Default 128 MB. */
  maxBuffered?: number;
  /** Default: the one of the process. */
  budget?: BufferBudget;
  /** Milliseconds between tries to listen: the first wait, which doubles, and the longest. */
  retry?: { first: number; longest: number };
}

interface MllpListenerEvents {
  listening: [port: number];
  /** Listening failed; the next try is in `retryIn` milliseconds. `holder` is the listener of this process that has the port. */
  bindError: [error: Hl7Error, retryIn: number, holder: string | undefined];
  connection: [info: ConnectionInfo];
  /** `reason` is undefined for an ordinary end: the peer closed, the flow or the listener did. */
  disconnect: [info: ConnectionInfo, reason: Closing | undefined];
  /** A peer was not let in, or TLS was not agreed on: there was no `connection`. */
  rejected: [peer: Peer, reason: Closing];
  frame: [frame: InboundFrame];
  deviation: [info: ConnectionInfo, code: DeviationCode];
  /** A sender does something again and again that it gets no answer to; once a connection. */
  warning: [info: ConnectionInfo, code: Warning];
  /** The number of connections changed. */
  change: [];
  /** An error that belongs to no connection, or was thrown by one of the receivers of these events. */
  failure: [error: Hl7Error];
}

export type { ConnectionInfo, InboundFrame, Warning } from './connection';

export interface Peer {
  remoteAddress: string;
  remotePort: number;
}

/** Milliseconds that `close` waits at most for sockets to be gone. */
const CLOSE_TIME = 1500;

/**
 * Listens for MLLP connections and hands on their frames; keeps trying while the port cannot be had. No event text
 * holds a byte of a message. An instance is opened and closed once.
 */
export class MllpListener extends EventEmitter<MllpListenerEvents> {
  readonly name: string;
  readonly #options: MllpListenerOptions;
  readonly #limits: MllpLimits;
  readonly #settings: ConnectionSettings;
  readonly #gatekeeper: ConnectionAdmission;
  readonly #binding: PortBinder;
  readonly #connections = new Set<MllpConnection>();
  readonly #statistics = emptyStatistics();
  #tlsServer: TlsServer | undefined;
  #closing: Promise<void> | undefined;

  /** @throws Hl7Error `ALLOW_LIST_INVALID`, `LIMIT_INVALID`, `TLS_MISSING` */
  constructor(options: MllpListenerOptions) {
    super();
    const { host = '127.0.0.1', port, maxInFlight = 1, budget = processBudget, retry } = options;
    if (!Number.isInteger(maxInFlight) || maxInFlight < 1) {
      throw new Hl7Error('LIMIT_INVALID', 'The window must be a whole number from 1.');
    }
    if (options.requireClientCertificate && !options.tls) {
      throw new Hl7Error('TLS_MISSING', 'Client certificates are required, but the listener has no TLS configuration.');
    }
    this.name = options.name;
    this.#options = options;
    this.#limits = resolveLimits(options.limits);
    this.#settings = {
      startInside: options.startInside,
      severalMessages: options.severalMessages,
      withoutStart: options.withoutStart,
      limits: this.#limits,
      maxInFlight,
      budget,
    };
    this.#gatekeeper = new ConnectionAdmission(this.#limits, options.allow);
    this.#binding = new PortBinder(
      {
        name: options.name,
        host,
        port,
        retry: retry ?? { first: 1000, longest: 30_000 },
        // With TLS, half-open only once it is agreed on: a health check that sends nothing is over at once.
        allowHalfOpen: !options.tls,
        prepare: () => this.#prepareTls(),
      },
      {
        socket: (socket) => this.#admit(socket),
        listening: (open) => this.#report('listening', open),
        bindError: (error, retryIn, holder) => this.#report('bindError', error, retryIn, holder),
        failed: (error) => this.#report('failure', error),
      },
    );
  }

  /** The port in use; undefined while there is none. */
  get port(): number | undefined {
    return this.#binding.port;
  }

  /** Begins to listen; `listening` or `bindError` follows. */
  open(): void {
    if (this.#closing) return;
    this.#settings.budget.allow(this, this.#options.maxBuffered ?? DEFAULT_BUDGET);
    this.#binding.open();
  }

  /** A copy of the counters. */
  statistics(): ListenerStatistics {
    const { deviations, closes, ...rest } = this.#statistics;
    return { ...rest, deviations: { ...deviations }, closes: { ...closes } };
  }

  /** Counts what is odd about the content of a frame, which a listener knows nothing of. */
  note(codes: readonly string[]): void {
    for (const code of codes) count(this.#statistics.deviations, code);
  }

  /**
   * Stops listening and closes every connection; frees the port. Always resolves, within two seconds.
   * @param grace milliseconds that answers given already have to go out (at most 1,000)
   */
  close(grace = 0): Promise<void> {
    this.#closing ??= this.#close(Math.min(grace, 1000));
    return this.#closing;
  }

  async #close(grace: number): Promise<void> {
    const closed = this.#binding.close();
    for (const connection of this.#connections) connection.shutdown(grace);
    if (grace === 0 || this.#connections.size === 0) this.#gatekeeper.destroyAll();
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIME);
    });
    await Promise.race([closed, timeUp]);
    clearTimeout(timer);
    this.#gatekeeper.destroyAll();
    this.#settings.budget.withdraw(this);
  }

  #prepareTls(): void {
    const { tls, requireClientCertificate = false } = this.#options;
    if (!tls || this.#tlsServer) return;
    const server = createTlsServer(serverTlsOptions(tls, requireClientCertificate, this.#limits.handshakeTime));
    server.on('secureConnection', (socket) => this.#connect(socket));
    server.on('tlsClientError', (error, socket) => {
      const raw = rawSocket(socket);
      // Who connects and leaves without a word is no error.
      if (raw.bytesRead > 0) this.#reject(peerOf(raw), handshakeReason(error, socket));
      socket.destroy();
    });
    server.on('error', (cause) => this.#fail('TLS_SERVER_FAILED', 'The TLS server reported an error.', cause));
    this.#tlsServer = server;
  }

  #admit(socket: Socket): void {
    socket.on('error', () => {});
    const peer = peerOf(socket);
    if (this.#closing || peer.remoteAddress === '') {
      // Closing, or the peer broke the connection before it was seen.
      socket.destroy();
      return;
    }
    const reason = this.#gatekeeper.admit(socket, peer.remoteAddress);
    if (reason) {
      socket.destroy();
      this.#reject(peer, reason);
    } else if (this.#tlsServer) this.#tlsServer.emit('connection', socket);
    else this.#connect(socket);
  }

  #connect(socket: Socket): void {
    if (this.#closing) {
      socket.destroy();
      return;
    }
    const tls = socket instanceof TLSSocket ? tlsInfo(socket) : false;
    if (tls) socket.allowHalfOpen = true;
    const info: ConnectionInfo = {
      id: randomUUID(),
      listener: this.name,
      ...peerOf(socket),
      localPort: socket.localPort ?? 0,
      tls,
      openedAt: new Date(),
    };
    const statistics = this.#statistics;
    const connection = new MllpConnection(socket, info, this.#settings, {
      received: (bytes) => {
        statistics.bytes += bytes;
      },
      frame: (frame) => {
        statistics.frames++;
        this.emit('frame', frame);
      },
      deviation: (code) => {
        count(statistics.deviations, code);
        this.#report('deviation', info, code);
      },
      warning: (code) => this.#report('warning', info, code),
      answered: () => {
        statistics.answers++;
      },
      failed: (error) => this.#report('failure', error),
      closed: (reason) => {
        this.#connections.delete(connection);
        statistics.connections--;
        count(statistics.closes, reason);
        this.#report('disconnect', info, closingOf(reason));
        this.#report('change');
      },
    });
    this.#connections.add(connection);
    statistics.connections++;
    statistics.connectionsTotal++;
    this.#report('connection', info);
    this.#report('change');
  }

  #reject(peer: Peer, reason: CloseReason): void {
    count(this.#statistics.closes, reason);
    this.#report('rejected', peer, { code: reason, text: CLOSE_REASONS[reason] });
  }

  #fail(code: ErrorCode, message: string, cause: unknown): void {
    this.#report('failure', new Hl7Error(code, message, { cause }));
  }

  /** Emits; what a receiver throws must not end the process from within a socket's event. */
  #report<K extends keyof MllpListenerEvents>(event: K, ...args: MllpListenerEvents[K]): void {
    try {
      (this.emit as (event: K, ...args: MllpListenerEvents[K]) => boolean).call(this, event, ...args);
    } catch (cause) {
      if (event !== 'failure') this.#fail('RECEIVER_FAILED', `A receiver of the event "${event}" threw.`, cause);
    }
  }
}

function peerOf(socket: Socket): Peer {
  return { remoteAddress: plainAddress(socket.remoteAddress ?? ''), remotePort: socket.remotePort ?? 0 };
}
