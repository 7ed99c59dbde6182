import { decodeByPlatform } from './tables';

/**
 * ISO-2022-JP with the sets HL7 names for Japanese (table 0211: ISO IR14, ISO IR87, ISO IR159). The platform's decoder
 * refuses JIS X 0212 (ISO IR159) and the 8-bit katakana of JIS X 0201, so the switching is done here. The bytes become
 * EUC-JP, which holds the same tables, and are decoded as a whole: a call of the decoder costs as much as thousands of
 * bytes.
 */
type Designation = 'ascii' | 'katakana' | 'x0208' | 'x0212';

/** Escape sequences, without the escape itself. */
const DESIGNATIONS: readonly { sequence: string; to: Designation | undefined }[] = [
  { sequence: '(B', to: 'ascii' },
  // JIS X 0201 roman has yen and overline for 5C and 7E; in HL7 these bytes are the delimiters they look like.
  { sequence: '(J', to: 'ascii' },
  { sequence: '(I', to: 'katakana' },
  { sequence: '$@', to: 'x0208' },
  { sequence: '$B', to: 'x0208' },
  { sequence: '$(B', to: 'x0208' },
  { sequence: '$(D', to: 'x0212' },
  // JIS X 0201 katakana as the upper half: what it is here anyway.
  { sequence: ')I', to: undefined },
];

export const ESCAPE = 0x1b;
/** EUC-JP: what stands before a byte of half-width katakana, and before two of JIS X 0212. */
const KATAKANA = 0x8e;
const X0212 = 0x8f;

/** @returns undefined when the bytes are not valid in the set. A line end returns to ASCII, as RFC 1468 has it. */
export function decodeIso2022Jp(bytes: Buffer): string | undefined {
  // A byte of katakana becomes two, and so does nothing else: two bytes of JIS X 0212 become three.
  const euc = Buffer.allocUnsafe(bytes.length * 2);
  let length = 0;
  let designation: Designation = 'ascii';
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at]!;
    if (byte === ESCAPE) {
      const found = designationAt(bytes, at + 1);
      if (found === undefined) return undefined;
      designation = found.to ?? designation;
      at += 1 + found.sequence.length;
    } else if (byte < 0x21) {
      // Controls and the blank are the same in every set.
      if (byte === 0x0d || byte === 0x0a) designation = 'ascii';
      euc[length++] = byte;
      at++;
    } else if (designation === 'x0208' || designation === 'x0212') {
      const second = bytes[at + 1] ?? 0;
      if (byte > 0x7e || second < 0x21 || second > 0x7e) return undefined;
      if (designation === 'x0212') euc[length++] = X0212;
      euc[length++] = byte | 0x80;
      euc[length++] = second | 0x80;
      at += 2;
    } else if (byte >= 0x80) {
      if (byte < 0xa1 || byte > 0xdf) return undefined;
      euc[length++] = KATAKANA;
      euc[length++] = byte;
      at++;
    } else {
      if (designation === 'katakana') {
        if (byte > 0x5f) return undefined;
        euc[length++] = KATAKANA;
      }
      euc[length++] = designation === 'katakana' ? byte | 0x80 : byte;
      at++;
    }
  }
  return decodeByPlatform(euc.subarray(0, length), 'euc-jp');
}

/** The escape sequence that stands at an offset, behind its escape; undefined for one that is none of these. */
export function designationAt(bytes: Buffer, at: number): (typeof DESIGNATIONS)[number] | undefined {
  for (const one of DESIGNATIONS) {
    let n = 0;
    while (n < one.sequence.length && bytes[at + n] === one.sequence.charCodeAt(n)) n++;
    if (n === one.sequence.length) return one;
  }
  return undefined;
}
