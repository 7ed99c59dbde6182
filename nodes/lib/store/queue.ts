import type { Outcome, Work } from './append';

/** A work that waits, with those who wait for it. */
export interface Entry {
  work: Work;
  resolve(outcome: Exclude<Outcome, Error>): void;
  reject(error: Error): void;
}

/** First in, first out, bounded in rows and bytes; hands out batches bounded in both. */
export class Queue {
  #entries: Entry[] = [];
  #head = 0;
  #bytes = 0;

  constructor(
    readonly maxRows: number,
    readonly maxBytes: number,
  ) {}

  get rows(): number {
    return this.#entries.length - this.#head;
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
    const batch: Entry[] = [];
    let sum = 0;
    while (batch.length < rows && this.#head < this.#entries.length) {
      const entry = this.#entries[this.#head]!;
      if (batch.length > 0 && sum + entry.work.bytes > bytes) break;
      sum += entry.work.bytes;
      batch.push(entry);
      this.#head++;
    }
    this.#bytes -= sum;
    if (this.#head === this.#entries.length || this.#head > 4096) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return batch;
  }
}
