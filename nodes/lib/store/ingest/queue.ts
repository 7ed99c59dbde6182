import type { Outcome, Work } from './append';

/** A work that waits, with those who wait for it. */
export interface Entry {
  work: Work;
  /** When it was offered, on the clock of `performance.now()`. */
  at: number;
  resolve(outcome: Exclude<Outcome, Error>): void;
  reject(error: Error): void;
}

/** First in, first out, bounded in rows and bytes; hands out batches bounded in both. */
export class Queue {
  readonly #entries: Entry[] = [];
  #bytes = 0;

  constructor(
    readonly maxRows: number,
    readonly maxBytes: number,
  ) {}

  get rows(): number {
    return this.#entries.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A single work is always taken, whatever its size, or it could never be written. */
  hasRoom(bytes: number): boolean {
    return this.rows === 0 || (this.rows < this.maxRows && this.#bytes + bytes <= this.maxBytes);
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += entry.work.bytes;
  }

  /** Takes out the next batch: at most so many rows and bytes, but at least one row if there is one. */
  take(rows: number, bytes: number): Entry[] {
    const most = Math.min(rows, this.#entries.length);
    let count = 0;
    let sum = 0;
    for (; count < most; count++) {
      const next = this.#entries[count]!.work.bytes;
      if (count > 0 && sum + next > bytes) break;
      sum += next;
    }
    this.#bytes -= sum;
    // Nothing of what was taken out is held on to: a message that stays until others are written costs more than the move.
    return this.#entries.splice(0, count);
  }
}
