import { randomBytes } from 'node:crypto';

const POOL_BYTES = 4096;
let pool = Buffer.alloc(0);
let used = 0;

/** Random bytes out of a stock, since to ask the system for a few at a time costs more than all they are used for. */
export function randomChunk(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    pool = randomBytes(Math.max(POOL_BYTES, bytes));
    used = 0;
  }
  const chunk = pool.subarray(used, used + bytes);
  used += bytes;
  return chunk;
}
