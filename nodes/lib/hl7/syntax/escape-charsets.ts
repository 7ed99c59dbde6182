/**
 * Switching of character sets inside a value (`\Cxxyy\`, `\Mxxyyzz\`; HL7 v2.9 section 2.7.3): the sequence names, in
 * hexadecimal, the escape sequence of ISO 2022 that designates a set to the lower half of the bytes (G0) or to the upper
 * one (G1). It holds up to the next one, or to the end of the value.
 */

import { characterTable } from '../charset/characters';
import { strayUnit } from '../charset/repair';
import { reverseMap } from '../charset/reverse-tables';
import { onPlatform, singleByteTable, UNASSIGNED } from '../charset/tables';

export interface Designation {
  half: 'lower' | 'upper';
  /** `ascii`, `katakana` (JIS X 0201), a canonical name of a single-byte set, or a set of two bytes a character. */
  set: string;
}

/** Sets of two bytes a character, as the rows of a set that the platform decodes. */
const ROWS: ReadonlyMap<string, { name: string; prefix: number }> = new Map([
  ['x0208', { name: 'euc-jp', prefix: 0 }],
  ['x0212', { name: 'euc-jp', prefix: 0x8f0000 }],
  ['gb2312', { name: 'gb18030', prefix: 0 }],
  ['ksx1001', { name: 'euc-kr', prefix: 0 }],
]);

const lower = (set: string): Designation => ({ half: 'lower', set });
const upper = (set: string): Designation => ({ half: 'upper', set });

/** By the bytes behind ESC, in hexadecimal (ISO-IR registry). */
const DESIGNATIONS: ReadonlyMap<string, Designation> = new Map([
  ['2842', lower('ascii')],
  // JIS X 0201 roman, whose yen and overline are the delimiters they look like.
  ['284A', lower('ascii')],
  ['2849', lower('katakana')],
  ['2949', upper('katakana')],
  ['2D41', upper('iso-8859-1')],
  ['2D42', upper('iso-8859-2')],
  ['2D43', upper('iso-8859-3')],
  ['2D44', upper('iso-8859-4')],
  ['2D4C', upper('iso-8859-5')],
  ['2D47', upper('iso-8859-6')],
  ['2D46', upper('iso-8859-7')],
  ['2D48', upper('iso-8859-8')],
  ['2D4D', upper('iso-8859-9')],
  ['2D56', upper('iso-8859-10')],
  ['2D54', upper('iso-8859-11')],
  ['2D59', upper('iso-8859-13')],
  ['2D5F', upper('iso-8859-14')],
  ['2D62', upper('iso-8859-15')],
  ['2D66', upper('iso-8859-16')],
  ['2440', lower('x0208')],
  ['2442', lower('x0208')],
  ['242842', lower('x0208')],
  ['242942', upper('x0208')],
  ['242844', lower('x0212')],
  ['242944', upper('x0212')],
  ['2441', lower('gb2312')],
  ['242841', lower('gb2312')],
  ['242941', upper('gb2312')],
  ['242843', lower('ksx1001')],
  ['242943', upper('ksx1001')],
]);

const SEQUENCE = /^[CM]((?:[0-9A-Fa-f]{2}){2,3})$/;

/**
 * What a sequence designates.
 * @param body what stands between the escape characters
 * @returns undefined for no such sequence, and for a set that is not supported
 */
export function designationOf(body: string): Designation | undefined {
  const digits = SEQUENCE.exec(body)?.[1];
  return digits === undefined ? undefined : DESIGNATIONS.get(digits.toUpperCase());
}

/** The text of a value from its first switch on. */
export class SwitchedText {
  readonly #charset: string;
  #text = '';
  #bytes: number[] = [];
  #lower = 'ascii';
  #upper = '';

  /** @param charset canonical name of the set that the text was decoded with; `us-ascii` where it is not known */
  constructor(charset: string) {
    this.#charset = charset;
  }

  designate({ half, set }: Designation): void {
    this.#flush();
    if (half === 'lower') this.#lower = set;
    else this.#upper = set;
  }

  /** Bytes in the sets that are designated. */
  addBytes(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#put(byte);
  }

  /** Characters that were decoded with the set of the message; those that are bytes of designated sets are read again. */
  add(text: string): void {
    for (let n = 0; n < text.length; n++) {
      const unit = text.charCodeAt(n);
      const byte = unit < 0x80 ? unit : this.#byteOf(unit);
      if (byte === undefined) this.addText(text.charAt(n));
      else this.#put(byte);
    }
  }

  #put(byte: number): void {
    this.#bytes.push(byte);
    if (this.#bytes.length >= MOST_PENDING) this.#flush(true);
  }

  /** Text that is none of the bytes of a designated set. */
  addText(text: string): void {
    this.#flush();
    this.#text += text;
  }

  end(): string {
    this.#flush();
    return this.#text;
  }

  /** The byte that a character came as, where the upper half is designated and the message is in a single-byte set. */
  #byteOf(unit: number): number | undefined {
    if (this.#upper === '') return undefined;
    const charset = this.#charset === 'us-ascii' || this.#charset === 'iso-8859-1' ? 'windows-1252' : this.#charset;
    if (singleByteTable(charset) === undefined) return undefined;
    return reverseMap(charset)[unit] || undefined;
  }

  /** @param goesOn the last byte may be the first of a pair */
  #flush(goesOn = false): void {
    const bytes = this.#bytes;
    let text = '';
    let at = 0;
    while (at < bytes.length - (goesOn ? 1 : 0)) {
      const byte = bytes[at]!;
      // Controls and the blank are the same in every set.
      const set = byte < 0x21 ? 'ascii' : byte < 0x80 ? this.#lower : this.#upper;
      const rows = ROWS.get(set);
      const pair = rows === undefined ? undefined : pairOf(rows, byte, bytes[at + 1]);
      text += pair ?? characterOf(set, byte);
      at += pair === undefined ? 1 : 2;
    }
    this.#bytes = bytes.slice(at);
    this.#text += text;
  }
}

/** Bytes that are held until they are read. */
const MOST_PENDING = 16_384;

function pairOf({ name, prefix }: { name: string; prefix: number }, first: number, second = 0): string | undefined {
  // Both bytes are in the same half.
  if ((first ^ second) & 0x80 || (second & 0x7f) < 0x21) return undefined;
  return characterTable(name)(prefix | ((first | 0x80) << 8) | second | 0x80, prefix === 0 ? 2 : 3);
}

function characterOf(set: string, byte: number): string {
  const low = byte & 0x7f;
  if (set === 'katakana' && low >= 0x21 && low <= 0x5f) return String.fromCharCode(0xff61 + low - 0x21);
  if (byte < 0x80) return String.fromCharCode(byte);
  const unit = onPlatform(set) ? undefined : singleByteTable(set)?.[byte - 0x80];
  // ISO 8859-1 is no table, since it is each byte's own number.
  if (set === 'iso-8859-1' && byte >= 0xa0) return String.fromCharCode(byte);
  const known = unit !== undefined && unit !== UNASSIGNED && byte >= 0xa0;
  return String.fromCharCode(known ? unit : strayUnit(byte));
}
