/**
 * Answers that were given in one turn of the event loop, handed to their sockets together in the next one. Every write
 * wakes the sender that waits for it; between one write and the next it would be asleep again where each is done as soon
 * as its message is, and to be woken costs more than the write.
 */
export class Outbox {
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
export const outbox = new Outbox();
