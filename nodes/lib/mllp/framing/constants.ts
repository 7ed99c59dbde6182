/** The characters of a block: `VT data FS CR` (HL7 Implementation Guide, Appendix C, C.4.2; TRMLLP R2, 1.2.1). */
export const VT = 0x0b;
export const FS = 0x1c;
export const CR = 0x0d;
export const LF = 0x0a;
export const NUL = 0x00;
export const SPACE = 0x20;
/** The only content of an accept block and of a reject block (TRMLLP R2, 1.2.2: custody, not the HL7 acknowledgment). */
export const ACCEPT = 0x06;
export const REJECT = 0x15;

/** NUL, CR, LF and space carry nothing where a block could begin: keep-alives, and line ends after a block. */
export function isFiller(byte: number | undefined): boolean {
  return byte === CR || byte === LF || byte === SPACE || byte === NUL;
}

/** The UTF-8 byte order mark. */
const BOM = [0xef, 0xbb, 0xbf] as const;

/**
 * The place of the first byte from `at` on that is neither filler, nor another control or space before a header segment,
 * nor a byte order mark. Start bytes (0B) are passed when `starts` is true; an end byte (1C) and the bytes of a custody
 * block never are.
 */
export function skipLead(bytes: Buffer, at: number, starts = false): number {
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === VT) {
      if (!starts) return at;
    } else if (byte === BOM[0]) {
      if (bytes[at + 1] !== BOM[1] || bytes[at + 2] !== BOM[2]) return at;
      at += 2;
    } else if (!isLead(byte)) return at;
  }
  return at;
}

/** True for what may stand before a header segment and carries nothing: controls but those of MLLP, space, delete. */
function isLead(byte: number): boolean {
  return (byte <= SPACE && byte !== FS && byte !== ACCEPT && byte !== REJECT) || byte === 0x7f;
}

const isAlphanumeric = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);

/** True when the byte can be a field separator: the fourth of a header segment. */
export const canSeparate = (byte: number | undefined): boolean =>
  byte !== undefined && byte > SPACE && byte !== 0x7f && !isAlphanumeric(byte);

/**
 * Whether a header segment (MSH, FHS or BHS and a field separator) begins at `at`. `'perhaps'`: the bytes end before that
 * can be told, which nothing at all is, too.
 */
export function headerAt(bytes: Buffer, at: number): 'yes' | 'no' | 'perhaps' {
  const rest = bytes.length - at;
  if (rest <= 0) return 'perhaps';
  const [a, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
  // MSH, FHS, BHS.
  const second = a === 0x4d ? 0x53 : 0x48;
  if (a !== 0x4d && a !== 0x46 && a !== 0x42) return 'no';
  if (rest > 1 && b !== second) return 'no';
  if (rest > 2 && c !== (second === 0x53 ? 0x48 : 0x53)) return 'no';
  if (rest < 4) return 'perhaps';
  return canSeparate(bytes[at + 3]) ? 'yes' : 'no';
}
