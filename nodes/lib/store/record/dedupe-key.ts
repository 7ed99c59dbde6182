import { hash, randomBytes } from 'node:crypto';

const TIME_LENGTH = 12;
const ID_LENGTH = 7;
const HASH_LENGTH = 64;
const SALT_BYTES = 8;

/** Characters of a dedupe key that stand for the content. */
export const CONTENT_KEY_LENGTH = TIME_LENGTH + ID_LENGTH + HASH_LENGTH;

/** Bytes of a message in which its time and control ID are looked for. */
const HEAD = 512;
const LINE_END = /[\r\n]/;

/**
 * The key of a message's content: two messages have the same exactly when their bytes are the same. It is the SHA-256 in
 * hex, behind digits of MSH-7 and the end of MSH-10, so that messages that come one after another stand side by side in
 * the index: a hash alone would have the database write, and on a large log read, another page for every message.
 */
export function contentKey(raw: Buffer): string {
  return placeInTime(raw) + hash('sha256', raw, 'hex');
}

/** What makes the key of a message that is stored again a key of its own. */
export function newSalt(): string {
  return randomBytes(SALT_BYTES).toString('hex');
}

/** The key of a message that is stored again. */
export function saltedKey(content: string, salt: string): string {
  return `${content}-${salt}`;
}

/** Made of the bytes alone, so that it is the same wherever they come in; zeros where they do not begin with a header. */
function placeInTime(raw: Buffer): string {
  const head = raw.toString('latin1', 0, HEAD);
  let time = '';
  let id = '';
  if (head.startsWith('MSH')) {
    const end = head.search(LINE_END);
    const fields = (end < 0 ? head : head.slice(0, end)).split(head.charAt(3), 10);
    // The century says nothing.
    time = (fields[6] ?? '').slice(2, 2 + TIME_LENGTH).replace(/\D/g, '');
    id = (fields[9] ?? '').slice(-ID_LENGTH).replace(/[^0-9A-Za-z]/g, '');
  }
  return time.padEnd(TIME_LENGTH, '0') + id.padStart(ID_LENGTH, '0');
}
