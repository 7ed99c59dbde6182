/** What of some bytes is UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */

/** Bytes that are looked at between two pauses. */
const STRETCH_BYTES = 65_536;

/**
 * How many bytes the character takes whose first byte, 0x80 or above, stands at an offset; 0 when no well-formed one does.
 */
export function utf8Length(bytes: Uint8Array, at: number): 0 | 2 | 3 | 4 {
  const first = bytes[at]!;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  if (first < 0xe0) return isTail(second) ? 2 : 0;
  // The first and the last of a row: overlong forms, surrogates, and what lies above U+10FFFF.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most || !isTail(bytes[at + 2] ?? 0)) return 0;
  if (first < 0xf0) return 3;
  return isTail(bytes[at + 3] ?? 0) ? 4 : 0;
}

/** How many bytes an ill-formed character takes: a lead byte with what looks like its rest, or one byte. */
function faultLength(bytes: Uint8Array, at: number): number {
  let length = 1;
  if (bytes[at]! >= 0xc0) while (length < 4 && isTail(bytes[at + length] ?? 0)) length++;
  return length;
}

function isTail(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

export interface Utf8Share {
  /** Well-formed characters of more than one byte. */
  characters: number;
  /** Those of three or four bytes. */
  long: number;
  /** Bytes from 0x80 on that belong to none; what looks like the bytes of one ill-formed character counts as one. */
  faults: number;
}

/** Counts what of some bytes is UTF-8 beyond ASCII; yields to the event loop periodically. */
export function* countUtf8Steps(bytes: Uint8Array): Generator<void, Utf8Share> {
  const share: Utf8Share = { characters: 0, long: 0, faults: 0 };
  for (let at = 0; at < bytes.length; ) {
    if (at > 0) yield;
    at = count(bytes, at, Math.min(at + STRETCH_BYTES, bytes.length), share);
  }
  return share;
}

/** A function of its own, since loops in generators are slow. */
function count(bytes: Uint8Array, from: number, stop: number, share: Utf8Share): number {
  let at = from;
  while (at < stop) {
    if (bytes[at]! < 0x80) {
      at++;
      continue;
    }
    const length = utf8Length(bytes, at);
    if (length === 0) share.faults++;
    else share.characters++;
    if (length > 2) share.long++;
    at += length || faultLength(bytes, at);
  }
  return at;
}

/** True where there are bytes 80 to 9F; yields to the event loop periodically. */
export function* findingControls(bytes: Uint8Array): Generator<void, boolean> {
  for (let at = 0; at < bytes.length; at += STRETCH_BYTES) {
    if (at > 0) yield;
    if (hasControls(bytes, at, Math.min(at + STRETCH_BYTES, bytes.length))) return true;
  }
  return false;
}

function hasControls(bytes: Uint8Array, from: number, stop: number): boolean {
  for (let at = from; at < stop; at++) if ((bytes[at]! & 0xe0) === 0x80) return true;
  return false;
}
