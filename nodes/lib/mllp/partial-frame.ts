const SMALLEST = 2048;
/** Bytes beyond the limit of a frame that its end may take, while it is not known to be the end. */
export const END_ROOM = 4096;

/**
 * The part of a frame that came so far. It grows by doubling, so that a byte is copied twice on average however small
 * the pieces are, and holds no piece it was given: a view of one byte would keep a whole network buffer alive.
 */
export class PartialFrame {
  #buffer: Buffer | undefined;
  #length = 0;
  readonly #max: number;

  /** @param max bytes; growing stops there, the owner refuses more */
  constructor(max: number) {
    this.#max = max;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of memory in use. */
  get capacity(): number {
    return this.#buffer?.length ?? 0;
  }

  get lastByte(): number | undefined {
    return this.#buffer?.[this.#length - 1];
  }

  /** The byte at an offset; undefined outside of what came so far. */
  at(offset: number): number | undefined {
    return offset < this.#length ? this.#buffer?.[offset] : undefined;
  }

  /** A copy of the first bytes. */
  head(most: number): Buffer {
    return Buffer.from(this.#buffer?.subarray(0, Math.min(most, this.#length)) ?? []);
  }

  /** Copies `chunk[start, end)` to the end. */
  append(chunk: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.capacity) {
      let capacity = Math.max(SMALLEST, this.capacity);
      while (capacity < needed) capacity *= 2;
      const most = needed > this.#max ? this.#max + END_ROOM : this.#max;
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(capacity, most)));
      this.#buffer?.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer!, this.#length, start, end);
    this.#length = needed;
  }

  /** Hands out everything with `chunk[start, end)` after it, and begins anew. */
  take(chunk: Buffer, start: number, end: number): Buffer {
    const total = this.#length + end - start;
    let content: Buffer;
    if (this.#buffer && total <= this.capacity && total >= this.capacity * 0.75) {
      chunk.copy(this.#buffer, this.#length, start, end);
      content = this.#buffer.subarray(0, total);
    } else {
      content = Buffer.allocUnsafeSlow(total);
      this.#buffer?.copy(content, 0, 0, this.#length);
      chunk.copy(content, this.#length, start, end);
    }
    this.clear();
    return content;
  }

  clear(): void {
    this.#buffer = undefined;
    this.#length = 0;
  }
}
