const SMALLEST = 2048;
/** Bytes beyond the limit of a frame that its end may take, while it is not known to be the end. */
export const END_ROOM = 4096;
const MEGABYTE = 1024 * 1024;
/** From so many bytes on a frame is kept in reserved memory. */
const LARGE = MEGABYTE;
/** Bytes of address space for one large frame; more when it is larger. */
const RESERVED = 16 * MEGABYTE;

/**
 * The part of a frame that came so far. It holds no piece it was given: a view of one byte would keep a whole network
 * buffer alive. A small frame grows by doubling, so that a byte is copied twice on average however small the pieces are.
 * A large one grows in place, in address space that is reserved for it and gets memory as the bytes come: buffers that it
 * has outgrown would be as much memory again, which neither V8's collector nor the system's allocator gives back soon.
 */
export class FrameBuffer {
  #buffer: Buffer | undefined;
  #reserved: Uint8Array<ArrayBuffer> | undefined;
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
    return this.#bytes?.length ?? 0;
  }

  get lastByte(): number | undefined {
    return this.#bytes?.[this.#length - 1];
  }

  /** The byte at an offset; undefined outside of what came so far. */
  at(offset: number): number | undefined {
    return offset < this.#length ? this.#bytes?.[offset] : undefined;
  }

  /** A copy of the first bytes. */
  head(most: number): Buffer {
    return Buffer.from(this.#bytes?.subarray(0, Math.min(most, this.#length)) ?? []);
  }

  /** Copies `chunk[start, end)` to the end. */
  append(chunk: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.capacity) this.#grow(needed);
    this.#bytes!.set(chunk.subarray(start, end), this.#length);
    this.#length = needed;
  }

  /** Hands out everything with `chunk[start, end)` after it, and begins anew. */
  take(chunk: Buffer, start: number, end: number): Buffer {
    const total = this.#length + end - start;
    let content: Buffer;
    if (this.#buffer && total <= this.capacity && total >= this.capacity * 0.75) {
      content = this.#buffer.subarray(0, total);
      this.#buffer = undefined;
    } else {
      content = Buffer.allocUnsafeSlow(total);
      if (this.#bytes) content.set(this.#bytes.subarray(0, this.#length));
    }
    chunk.copy(content, this.#length, start, end);
    this.clear();
    return content;
  }

  /** Gives the memory back at once: frames that are never finished would otherwise fill it until the next collection. */
  clear(): void {
    if (this.#buffer !== undefined) release(this.#buffer);
    this.#buffer = undefined;
    // The address space is kept for the next large frame.
    this.#reserved?.buffer.resize(0);
    this.#length = 0;
  }

  get #bytes(): Uint8Array | undefined {
    return this.#buffer ?? (this.#reserved?.length ? this.#reserved : undefined);
  }

  #grow(needed: number): void {
    const { capacity } = this;
    const most = needed > this.#max ? this.#max + END_ROOM : this.#max;
    if (needed > LARGE) {
      const wanted = Math.min(Math.ceil(needed / MEGABYTE) * MEGABYTE, Math.max(needed, most));
      if (this.#reserve(wanted)) return;
    }
    let size = Math.max(SMALLEST, capacity);
    while (size < needed) size *= 2;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(size, most)));
    if (this.#bytes) grown.set(this.#bytes.subarray(0, this.#length));
    if (this.#buffer !== undefined) release(this.#buffer);
    this.#buffer = grown;
    this.#reserved?.buffer.resize(0);
  }

  /** Grows in reserved memory; false when the system gives no address space. */
  #reserve(size: number): boolean {
    const old = this.#bytes;
    if (this.#reserved === undefined || this.#reserved.buffer.maxByteLength < size) {
      try {
        const maxByteLength = Math.max(RESERVED, size * 2);
        this.#reserved = new Uint8Array(new ArrayBuffer(size, { maxByteLength }));
      } catch {
        return false;
      }
    } else this.#reserved.buffer.resize(size);
    if (old !== undefined && old !== this.#reserved) {
      this.#reserved.set(old.subarray(0, this.#length));
      if (this.#buffer !== undefined) release(this.#buffer);
      else (old.buffer as ArrayBuffer).resize(0);
    }
    this.#buffer = undefined;
    return true;
  }
}

/** Gives the memory of a buffer of `allocUnsafeSlow` back, where Node.js can (from 22 on). It must not be used any more. */
function release(buffer: Buffer): void {
  (buffer.buffer as ArrayBuffer).transfer?.(0);
}
