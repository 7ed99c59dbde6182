/** An MLLP sender for tests: plain or TLS, whole frames or raw bytes, answers in the order they come. */
import { connect as connectPlain, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { messageParts } from './hl7-text';
import { within } from './wait';

const START = 0x0b;
const END = 0x1c;

export interface ClientOptions {
  port: number;
  host?: string;
  /** TLS with these options; without it a plain connection. */
  tls?: ConnectionOptions;
  /** Milliseconds to wait for one answer; default 15,000. */
  timeoutMs?: number;
}

/** A message as it goes over the wire. */
export function frame(content: Buffer | string): Buffer {
  return Buffer.concat([Buffer.from([START]), Buffer.from(content), Buffer.from([END, 0x0d])]);
}

interface Waiter {
  resolve: (answer: Buffer) => void;
  reject: (error: Error) => void;
}

export class MllpClient {
  /** Every answer so far, without its frame. */
  readonly answers: Buffer[] = [];
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  private rest: Buffer = Buffer.alloc(0);
  private readonly unread: Buffer[] = [];
  private readonly waiters: Waiter[] = [];
  private gone = false;

  private constructor(
    private readonly socket: Socket,
    private readonly timeoutMs: number,
  ) {
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    // Told through `closed` and the waiters, where a test can look at it.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.gone = true;
        for (const waiter of this.waiters.splice(0)) waiter.reject(new Error('The listener closed the connection.'));
        resolve();
      });
    });
  }

  static connect(options: ClientOptions): Promise<MllpClient> {
    const { port, host = '127.0.0.1', tls, timeoutMs = 15_000 } = options;
    return new Promise((resolve, reject) => {
      const socket: Socket = tls ? connectTls({ host, port, ...tls }) : connectPlain({ host, port });
      const failed = (error: Error): void => {
        socket.destroy();
        reject(error);
      };
      socket.once('error', failed);
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        socket.off('error', failed);
        socket.setNoDelay(true);
        resolve(new MllpClient(socket, timeoutMs));
      });
    });
  }

  get isOpen(): boolean {
    return !this.gone;
  }

  private take(chunk: Buffer): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    for (;;) {
      const end = this.rest.indexOf(END);
      if (end < 0 || end + 1 >= this.rest.length) return;
      if (this.rest[0] !== START || this.rest[end + 1] !== 0x0d) {
        this.socket.destroy(new Error('The answer is not framed.'));
        return;
      }
      const answer = Buffer.from(this.rest.subarray(1, end));
      this.rest = this.rest.subarray(end + 2);
      this.answers.push(answer);
      const waiter = this.waiters.shift();
      if (waiter) waiter.resolve(answer);
      else this.unread.push(answer);
    }
  }

  /** Bytes as they are, without a frame. */
  write(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  /** The next answer that nobody has taken yet. */
  next(timeoutMs = this.timeoutMs): Promise<Buffer> {
    const ready = this.unread.shift();
    if (ready) return Promise.resolve(ready);
    if (this.gone) return Promise.reject(new Error('The connection is closed.'));
    const answer = new Promise<Buffer>((resolve, reject) => this.waiters.push({ resolve, reject }));
    return within('an answer', answer, timeoutMs);
  }

  /** Sends one message in a frame and waits for the next answer. */
  async send(content: Buffer | string, timeoutMs = this.timeoutMs): Promise<Buffer> {
    const answer = this.next(timeoutMs);
    this.write(frame(content));
    return answer;
  }

  /**
   * Sends messages with at most `window` of them unanswered.
   * @returns the answers, in the order of the messages.
   * @throws Error when an answer's MSA-2 is not its message's MSH-10.
   */
  async sendAll(contents: (Buffer | string)[], window = 1): Promise<Buffer[]> {
    const answers: Buffer[] = [];
    const waiting: Promise<Buffer>[] = [];
    const settle = async (): Promise<void> => {
      const answer = await (waiting.shift() as Promise<Buffer>);
      const sent = messageParts(contents[answers.length] as Buffer | string).controlId;
      const told = messageParts(answer).acknowledges;
      if (told !== sent) throw new Error(`Answer ${answers.length} names "${told}", its message "${sent}".`);
      answers.push(answer);
    };
    try {
      for (const content of contents) {
        if (waiting.length >= window) await settle();
        waiting.push(this.next());
        this.write(frame(content));
      }
      while (waiting.length > 0) await settle();
    } catch (error) {
      for (const left of waiting) left.catch(() => undefined);
      throw error;
    }
    return answers;
  }

  /** Ends our side and waits until the listener has ended its own. */
  async end(): Promise<void> {
    this.socket.end();
    await within('the listener to close its side', this.closed, this.timeoutMs);
  }

  /** Drops the connection at once. */
  destroy(): void {
    this.socket.destroy();
  }
}
