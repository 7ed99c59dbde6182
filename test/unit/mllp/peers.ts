import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { MllpListener, type MllpListenerOptions } from '../../../nodes/lib/mllp';
import { BufferBudget } from '../../../nodes/lib/mllp/server/buffer-budget';
import type { InboundFrame } from '../../../nodes/lib/mllp/server/listener';
import { bytes } from './streams';

/** Closes, after each test, what the test opened. */
const opened: (() => unknown)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

/** A listener under test, with the frames and events it gave. */
export class Harness {
  readonly listener: MllpListener;
  readonly frames: InboundFrame[] = [];
  readonly events: string[] = [];
  readonly budget = new BufferBudget();
  readonly #news = new EventEmitter();

  constructor(options: Partial<MllpListenerOptions> = {}) {
    this.#news.setMaxListeners(0);
    this.listener = new MllpListener({ name: 'test', port: 0, budget: this.budget, ...options });
    opened.push(() => this.listener.close());
    this.listener.on('frame', (frame) => {
      this.frames.push(frame);
      this.#report(`frame ${frame.content.toString('latin1')}`);
    });
    this.listener.on('listening', () => this.#report('listening'));
    this.listener.on('bindError', (error) => this.#report(`bindError ${error.code}`));
    this.listener.on('connection', (info) => this.#report(`connection ${info.remoteAddress}`));
    this.listener.on('disconnect', (_, reason) => this.#report(`disconnect ${reason?.code ?? 'ordinary'}`));
    this.listener.on('rejected', (_, reason) => this.#report(`rejected ${reason.code}`));
    this.listener.on('deviation', (_, code) => this.#report(`deviation ${code}`));
    this.listener.on('warning', (_, code) => this.#report(`warning ${code}`));
    this.listener.on('failure', (error) => this.#report(`failure ${error.code}`));
  }

  async open(): Promise<this> {
    this.listener.open();
    await this.until(() => this.events.includes('listening'));
    return this;
  }

  /** Resolves when the condition holds, which is looked at after each event. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#news, 'news');
  }

  /** Resolves when that many bytes were received. Bytes alone make no event, so it looks again and again. */
  async received(number: number): Promise<void> {
    while (this.listener.statistics().bytes < number) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves when that many frames were handed on. */
  async gotFrames(number: number): Promise<InboundFrame[]> {
    await this.until(() => this.frames.length >= number);
    return this.frames;
  }

  /** Resolves when the event was seen, with those before it. */
  async saw(event: string): Promise<void> {
    await this.until(() => this.events.includes(event));
  }

  #report(event: string): void {
    this.events.push(event);
    // After the event's other receivers, the connection's own bookkeeping among them.
    setImmediate(() => this.#news.emit('news'));
  }
}

/** A sender. */
export class Peer {
  readonly socket: Socket;
  received = '';
  closed = false;
  readonly #news = new EventEmitter();

  constructor(socket: Socket) {
    this.socket = socket;
    opened.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1');
      this.#news.emit('news');
    });
    socket.on('close', () => {
      this.closed = true;
      this.#news.emit('news');
    });
  }

  send(text: string): void {
    this.socket.write(bytes(text));
  }

  /** Resolves when this was received and perhaps more. */
  async got(text: string): Promise<void> {
    while (!this.received.includes(text)) {
      if (this.closed) throw new Error('The connection was closed before the answer came.');
      await once(this.#news, 'news');
    }
  }

  async gone(): Promise<void> {
    while (!this.closed) await once(this.#news, 'news');
  }
}

/** Connects a sender; it is up when this resolves. */
export async function peerOf(harness: Harness, options: { allowHalfOpen?: boolean } = {}): Promise<Peer> {
  const socket = connect({ port: harness.listener.port ?? 0, host: '127.0.0.1', ...options });
  const peer = new Peer(socket);
  await once(socket, 'connect');
  return peer;
}
