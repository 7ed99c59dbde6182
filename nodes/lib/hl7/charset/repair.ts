/**
 * Bytes that are not valid in the set they should be in. What is valid is read as that set has it; each byte that is not
 * is read as windows-1252, as it is in nearly every message with such a byte: pasted from a word processor, or added by a
 * second system. No character is lost, and none becomes U+FFFD.
 */

import { characterTable } from './characters';
import { fromUnits } from './decode';
import { designationAt, ESCAPE } from './iso2022';
import { onPlatform, singleByteTable, UNASSIGNED } from './tables';
import { utf8Length } from './utf8';

/** UTF-16 units between two pauses. */
const UNITS = 16_384;

/** The Windows set for the same languages as an ISO set, whose bytes 80 to 9F are controls that no message holds. */
const WINDOWS_OF: ReadonlyMap<string, string> = new Map([
  ['iso-8859-2', 'windows-1250'],
  ['iso-8859-5', 'windows-1251'],
  ['iso-8859-6', 'windows-1256'],
  ['iso-8859-7', 'windows-1253'],
  ['iso-8859-8', 'windows-1255'],
  ['iso-8859-9', 'windows-1254'],
  ['iso-8859-11', 'windows-874'],
  ['iso-8859-13', 'windows-1257'],
]);

/** The character of a byte from 0x80 on that is not valid where it stands. */
export function strayUnit(byte: number): number {
  return singleByteTable('windows-1252')![byte - 0x80]!;
}

/** Collects the units of a text of any length. */
class Units {
  readonly #texts: string[] = [];
  #units = new Uint16Array(UNITS + 8);
  #length = 0;

  put(unit: number): void {
    this.#units[this.#length++] = unit;
  }

  /** @param text of a few units */
  add(text: string): void {
    for (let n = 0; n < text.length; n++) this.put(text.charCodeAt(n));
  }

  /** It is time for a pause. */
  get full(): boolean {
    return this.#length >= UNITS;
  }

  empty(): void {
    this.#texts.push(fromUnits(this.#units.subarray(0, this.#length)));
    this.#length = 0;
  }

  text(): string {
    this.empty();
    return this.#texts.join('');
  }
}

/**
 * The text of bytes in a set, those that are not valid in it as windows-1252; yields to the event loop periodically. Of a set of
 * whole units of more than a byte (UTF-16, UTF-32) none of the bytes is valid.
 * @param name canonical name
 */
export function* repairSteps(bytes: Buffer, name: string): Generator<void, string> {
  const units = new Units();
  const read = readerOf(bytes, name, units);
  for (let at = 0; at < bytes.length; ) {
    if (at > 0) yield;
    at = readUntilFull(bytes, at, read, units);
  }
  return units.text();
}

/** A function of its own, since loops in generators are slow. */
function readUntilFull(bytes: Buffer, from: number, read: Reader, units: Units): number {
  let at = from;
  while (at < bytes.length && !units.full) at += read(at);
  units.empty();
  return at;
}

/** Reads one character, and returns how many bytes it took. */
type Reader = (at: number) => number;

function readerOf(bytes: Buffer, name: string, units: Units): Reader {
  if (name === 'utf-8') return utf8Reader(bytes, units);
  if (name === 'iso-2022-jp') return iso2022Reader(bytes, units);
  return onPlatform(name) ? multiByteReader(bytes, name, units) : singleByteReader(bytes, name, units);
}

function utf8Reader(bytes: Buffer, units: Units): Reader {
  return (at) => {
    const byte = bytes[at]!;
    const length = byte < 0x80 ? 1 : utf8Length(bytes, at);
    if (length === 1) units.put(byte);
    else if (length === 2) units.put(((byte & 0x1f) << 6) | (bytes[at + 1]! & 0x3f));
    else if (length === 3) units.put(((byte & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f));
    else if (length === 4) {
      const high = ((byte & 0x07) << 18) | ((bytes[at + 1]! & 0x3f) << 12);
      const point = (high | ((bytes[at + 2]! & 0x3f) << 6) | (bytes[at + 3]! & 0x3f)) - 0x10000;
      units.put(0xd800 | (point >> 10));
      units.put(0xdc00 | (point & 0x3ff));
    } else units.put(strayUnit(byte));
    return length || 1;
  };
}

function singleByteReader(bytes: Buffer, name: string, units: Units): Reader {
  const table = repairedTable(name);
  return (at) => {
    const byte = bytes[at]!;
    units.put(byte < 0x80 ? byte : table[byte - 0x80]!);
    return 1;
  };
}

function repairedTable(name: string): Uint16Array {
  const stray = singleByteTable('windows-1252')!;
  const own = singleByteTable(name);
  if (own === undefined) return stray;
  const windows = singleByteTable(WINDOWS_OF.get(name) ?? 'windows-1252')!;
  return own.map((unit, n) => {
    const isControl = n < 0x20 && unit === 0x80 + n;
    if (unit !== UNASSIGNED && !isControl) return unit;
    const other = isControl ? windows[n]! : UNASSIGNED;
    return other === UNASSIGNED || other === 0x80 + n ? stray[n]! : other;
  });
}

function multiByteReader(bytes: Buffer, name: string, units: Units): Reader {
  const characters = characterTable(name);
  const longest = name === 'gb18030' ? 4 : name === 'euc-jp' ? 3 : 2;
  return (at) => {
    const byte = bytes[at]!;
    if (byte < 0x80) {
      units.put(byte);
      return 1;
    }
    let code = 0;
    for (let length = 1; length <= longest && at + length <= bytes.length; length++) {
      code = code * 256 + bytes[at + length - 1]!;
      const character = characters(code, length);
      if (character === undefined) continue;
      units.add(character);
      return length;
    }
    units.put(strayUnit(byte));
    return 1;
  };
}

function iso2022Reader(bytes: Buffer, units: Units): Reader {
  const characters = characterTable('euc-jp');
  let designation = 'ascii';
  const one = (byte: number): number => {
    units.put(byte < 0x80 ? byte : strayUnit(byte));
    return 1;
  };
  return (at) => {
    const byte = bytes[at]!;
    if (byte === ESCAPE) {
      const found = designationAt(bytes, at + 1);
      if (found === undefined) return one(byte);
      designation = found.to ?? designation;
      return 1 + found.sequence.length;
    }
    if (byte < 0x21) {
      if (byte === 0x0d || byte === 0x0a) designation = 'ascii';
      return one(byte);
    }
    if (byte >= 0xa1 && byte <= 0xdf) {
      units.put(0xff61 + byte - 0xa1);
      return 1;
    }
    if (byte >= 0x80 || designation === 'ascii') return one(byte);
    if (designation === 'katakana') {
      if (byte > 0x5f) return one(byte);
      units.put(0xff61 + byte - 0x21);
      return 1;
    }
    const pair = (byte << 8) | (bytes[at + 1] ?? 0) | 0x8080;
    const valid = ((bytes[at + 1] ?? 0) & 0x80) === 0;
    const character = !valid
      ? undefined
      : designation === 'x0212'
        ? characters(0x8f0000 | pair, 3)
        : characters(pair, 2);
    if (character === undefined) return one(byte);
    units.add(character);
    return 2;
  };
}
