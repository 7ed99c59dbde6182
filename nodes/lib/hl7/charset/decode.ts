import { isAscii, isUtf8 } from 'node:buffer';
import { decodeIso2022Jp } from './iso2022';
import { decodeByPlatform, onPlatform, singleByteTable, UNASSIGNED } from './tables';

const LONE_SURROGATE = /[\uD800-\uDFFF]/u;

/**
 * The text of bytes in one set.
 * @param name canonical name of the set
 * @returns undefined when the bytes are not valid in the set, or the set is not supported; never a replacement character
 */
export function decodeBytes(bytes: Buffer, name: string): string | undefined {
  switch (name) {
    case 'utf-8':
      return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
    case 'us-ascii':
      return isAscii(bytes) ? bytes.toString('latin1') : undefined;
    case 'iso-8859-1':
      return bytes.toString('latin1');
    case 'iso-2022-jp':
      return decodeIso2022Jp(bytes);
    case 'utf-16le':
    case 'utf-16be':
      return decodeUtf16(bytes, name === 'utf-16be');
    case 'utf-32le':
    case 'utf-32be':
      return decodeUtf32(bytes, name === 'utf-32be');
    default:
      return onPlatform(name) ? decodeByPlatform(bytes, name) : decodeSingleByte(bytes, name);
  }
}

function decodeSingleByte(bytes: Buffer, name: string): string | undefined {
  const table = singleByteTable(name);
  if (table === undefined) return undefined;
  if (isAscii(bytes)) return bytes.toString('latin1');
  const units = new Uint16Array(bytes.length);
  // An import is read anew at each turn of a loop.
  const unassigned = UNASSIGNED;
  for (let n = 0; n < bytes.length; n++) {
    const byte = bytes[n]!;
    const unit = byte < 0x80 ? byte : table[byte - 0x80]!;
    if (unit === unassigned) return undefined;
    units[n] = unit;
  }
  return fromUnits(units);
}

/** UTF-16 code units in memory order to a string. */
export function fromUnits(units: Uint16Array): string {
  const bytes = Buffer.from(units.buffer, units.byteOffset, units.byteLength);
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 0) bytes.swap16();
  return bytes.toString('utf16le');
}

function decodeUtf16(bytes: Buffer, bigEndian: boolean): string | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const text = (bigEndian ? Buffer.from(bytes).swap16() : bytes).toString('utf16le');
  return LONE_SURROGATE.test(text) ? undefined : text;
}

function decodeUtf32(bytes: Buffer, bigEndian: boolean): string | undefined {
  if (bytes.length % 4 !== 0) return undefined;
  const parts: string[] = [];
  for (let n = 0; n < bytes.length; n += 4) {
    const point = bigEndian ? bytes.readUInt32BE(n) : bytes.readUInt32LE(n);
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    parts.push(String.fromCodePoint(point));
  }
  return parts.join('');
}

/**
 * The Unicode transformation a text's first bytes show, for the ones that no header can be read in: UTF-16 and UTF-32,
 * by byte order mark or by how `MSH`, `FHS` and `BHS` begin. They do not travel over MLLP, but files and HTTP bodies do.
 */
export function wideCharset(bytes: Buffer): { name: string; mark: number } | undefined {
  const a = bytes[0];
  const b = bytes[1];
  const c = bytes[2];
  const d = bytes[3];
  if (a === 0xff && b === 0xfe) {
    return c === 0 && d === 0 ? { name: 'utf-32le', mark: 4 } : { name: 'utf-16le', mark: 2 };
  }
  if (a === 0xfe && b === 0xff) return { name: 'utf-16be', mark: 2 };
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return { name: 'utf-32be', mark: 4 };
  if (a === 0 && b === 0 && c === 0 && isHeaderInitial(d)) return { name: 'utf-32be', mark: 0 };
  if (a === 0 && isHeaderInitial(b)) return { name: 'utf-16be', mark: 0 };
  if (isHeaderInitial(a) && b === 0) return { name: c === 0 && d === 0 ? 'utf-32le' : 'utf-16le', mark: 0 };
  return undefined;
}

function isHeaderInitial(byte: number | undefined): boolean {
  return byte === 0x4d || byte === 0x46 || byte === 0x42;
}
