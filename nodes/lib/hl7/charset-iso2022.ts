import { decodeByPlatform } from './charset-platform';

/**
 * ISO-2022-JP with the sets HL7 names for Japanese (table 0211: ISO IR14, ISO IR87, ISO IR159). The platform's decoder
 * refuses JIS X 0212 (ISO IR159) and the 8-bit katakana of JIS X 0201, so the switching is done here; the two-byte sets
 * are decoded as EUC-JP, which holds the same tables.
 */
type Designation = 'ascii' | 'katakana' | 'x0208' | 'x0212';

/** Escape sequences, without the escape itself. */
const DESIGNATIONS: readonly (readonly [string, Designation | undefined])[] = [
  ['(B', 'ascii'],
  // JIS X 0201 roman has yen and overline for 5C and 7E; in HL7 these bytes are the delimiters they look like.
  ['(J', 'ascii'],
  ['(I', 'katakana'],
  ['$@', 'x0208'],
  ['$B', 'x0208'],
  ['$(B', 'x0208'],
  ['$(D', 'x0212'],
  // JIS X 0201 katakana as the upper half: what it is here anyway.
  [')I', undefined],
];

export const ESCAPE = 0x1b;
const HALF_WIDTH_KATAKANA = 0xff61;

/** @returns undefined when the bytes are not valid in the set. A line end returns to ASCII, as RFC 1468 has it. */
export function decodeIso2022Jp(bytes: Buffer): string | undefined {
  let designation: Designation = 'ascii';
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] === ESCAPE) {
      const sequence = bytes.toString('latin1', at + 1, at + 4);
      const found = DESIGNATIONS.find(([start]) => sequence.startsWith(start));
      if (found === undefined) return undefined;
      designation = found[1] ?? designation;
      at += 1 + found[0].length;
      continue;
    }
    if (bytes[at]! < 0x21) {
      // Controls and the blank are the same in every set.
      if (bytes[at] === 0x0d || bytes[at] === 0x0a) designation = 'ascii';
      text += String.fromCharCode(bytes[at++]!);
      continue;
    }
    let end = at + 1;
    while (end < bytes.length && bytes[end]! >= 0x21) end++;
    const run = decodeRun(bytes.subarray(at, end), designation);
    if (run === undefined) return undefined;
    text += run;
    at = end;
  }
  return text;
}

/** A run of graphic bytes (0x21 and above) in one set. */
function decodeRun(run: Buffer, designation: Designation): string | undefined {
  if (designation === 'x0208' || designation === 'x0212') return decodeDoubleByte(run, designation === 'x0212');
  let text = '';
  for (const byte of run) {
    if (byte === 0x7f && designation === 'katakana') return undefined;
    if (byte >= 0x80) {
      if (byte < 0xa1 || byte > 0xdf) return undefined;
      text += String.fromCharCode(HALF_WIDTH_KATAKANA + byte - 0xa1);
    } else if (designation === 'katakana') {
      if (byte > 0x5f) return undefined;
      text += String.fromCharCode(HALF_WIDTH_KATAKANA + byte - 0x21);
    } else {
      text += String.fromCharCode(byte);
    }
  }
  return text;
}

function decodeDoubleByte(run: Buffer, supplementary: boolean): string | undefined {
  if (run.length % 2 !== 0) return undefined;
  const size = supplementary ? 3 : 2;
  const euc = Buffer.alloc((run.length / 2) * size, 0x8f);
  for (let n = 0; n < run.length; n += 2) {
    if (run[n]! > 0x7e || run[n + 1]! > 0x7e) return undefined;
    const at = (n / 2) * size + size - 2;
    euc[at] = run[n]! | 0x80;
    euc[at + 1] = run[n + 1]! | 0x80;
  }
  return decodeByPlatform(euc, 'euc-jp');
}
