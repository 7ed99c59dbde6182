import type { Socket } from 'node:net';
import { Timer } from '../../util';
import type { MllpLimits } from '../limits';

/**
 * Answers that were given in one turn of the event loop, handed to their sockets together in the next one. Every write
 * wakes the sender that waits for it; between one write and the next it would be asleep again where each is done as soon
 * as its message is, and to be woken costs more than the write.
 */
export class WriteCoalescer {
  #waiting: (() => void)[] = [];

  add(write: () => void): void {
    this.#waiting.push(write);
    if (this.#waiting.length === 1) setImmediate(() => this.flush());
  }

  /** Does now what waits. What throws holds up nothing else. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    let done = 0;
    try {
      while (done < waiting.length) waiting[done++]!();
    } finally {
      for (const left of waiting.slice(done)) this.add(left);
    }
  }
}

/** That of all listeners of this process. */
export const outbox = new WriteCoalescer();

/** The way out of a connection: what goes to the peer, and how much of it the peer leaves unread. */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #maxUnread: number;
  readonly #notRead: () => void;
  readonly #alarm: Timer;
  /** Answers that the operating system has not taken yet. */
  #under = 0;

  /** @param notRead the peer leaves unread more, or for longer, than the limits allow */
  constructor(socket: Socket, limits: Pick<MllpLimits, 'maxUnread' | 'unreadTime'>, notRead: () => void) {
    this.#socket = socket;
    this.#maxUnread = limits.maxUnread;
    this.#notRead = notRead;
    this.#alarm = new Timer(limits.unreadTime, notRead);
  }

  /** Writes bytes, soon; `done` is called once, with an error when they did not go out. */
  write(bytes: Buffer, done: (error?: Error | null) => void): void {
    this.#under++;
    outbox.add(() => this.#write(bytes, done));
  }

  /** Writes what waits at once: the connection is about to end. */
  flush(): void {
    outbox.flush();
  }

  /** Ends our side of the connection, after what was written. */
  end(): void {
    if (this.#under === 0) this.#socket.end();
    else outbox.add(() => this.#socket.end());
  }

  close(): void {
    this.#alarm.clear();
  }

  #write(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (!this.#socket.writable) {
      this.#under--;
      done(new Error('not writable'));
      return;
    }
    this.#socket.write(bytes, (error) => {
      this.#under--;
      // Node.js 20 reports no error for bytes that a destroyed socket threw away.
      const failed = error ?? (this.#socket.destroyed ? new Error('Closed while writing') : null);
      if (failed === null) this.#taken();
      done(failed);
    });
    if (this.#socket.writableLength === 0) return;
    // One long answer is no backlog; several that the peer leaves unread are.
    if (this.#under > 1 && this.#socket.writableLength > this.#maxUnread) this.#notRead();
    else if (!this.#alarm.isSet) this.#alarm.set();
  }

  #taken(): void {
    if (this.#under > 0) this.#alarm.set();
    else this.#alarm.clear();
  }
}
