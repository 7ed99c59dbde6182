import { decodeByPlatform, onPlatform, singleByteTable, UNASSIGNED } from './tables';

/**
 * For each UTF-16 code unit the bytes that stand for it, as one big-endian number (0x82A0 is the bytes 82 A0); 0 where
 * the set has none. ASCII is always itself and not in the map.
 */
type ReverseMap = Uint32Array;

const maps = new Map<string, ReverseMap>();

/**
 * The reverse of a set's decoder, made from the decoder at first use, so that the two cannot disagree.
 * @param name canonical name of a set that is not Unicode and has no states
 */
export function reverseMap(name: string): ReverseMap {
  let map = maps.get(name);
  if (map === undefined) {
    map = new Uint32Array(0x10000);
    if (name === 'iso-8859-1') for (let byte = 0x80; byte < 0x100; byte++) map[byte] = byte;
    const table = singleByteTable(name);
    if (table !== undefined) fillSingleByte(map, table);
    else if (onPlatform(name)) fillMultiByte(map, name);
    maps.set(name, map);
  }
  return map;
}

function fillSingleByte(map: ReverseMap, table: Uint16Array): void {
  table.forEach((unit, n) => {
    if (unit !== UNASSIGNED) map[unit] ||= 0x80 + n;
  });
}

/** Characters whose second code is the usual one: the box drawing and numerals that Big5 has twice. */
const BIG5_LAST = new Set([0x2550, 0x255e, 0x2561, 0x256a, 0x5341, 0x5345]);

/** Where a set has a character twice the first code is taken, with the exceptions real encoders make. */
function fillMultiByte(map: ReverseMap, name: string): void {
  const codes = name === 'shift_jis' ? [...doubles(notNec), ...doubles(isNec)] : doubles(() => true);
  if (name === 'euc-jp') for (const code of doubles((lead) => lead >= 0xa1)) codes.push(0x8f0000 | code);
  if (name === 'gb18030') codes.push(...quadruples());
  for (let byte = 0x80; byte < 0x100; byte++) {
    if (decodeByPlatform(Buffer.of(byte), name) !== undefined) codes.push(byte);
  }
  decodeEach(codes, name).forEach((character, n) => {
    if (character.length !== 1 || character === '\ufffd') return;
    const unit = character.charCodeAt(0);
    if (map[unit] === 0 || (name === 'big5' && BIG5_LAST.has(unit))) map[unit] = codes[n]!;
  });
}

/** Shift_JIS: the rows NEC selected repeat IBM's at FA-FC, which are the ones to write. */
function isNec(lead: number): boolean {
  return lead === 0xed || lead === 0xee;
}

function notNec(lead: number): boolean {
  return !isNec(lead);
}

/** The two-byte codes with these lead bytes, those that no set has among them. */
export function doubles(wanted: (lead: number) => boolean): number[] {
  const codes: number[] = [];
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    if (!wanted(lead)) continue;
    for (let trail = 0x40; trail <= 0xfe; trail++) codes.push((lead << 8) | trail);
  }
  return codes;
}

/** The four-byte codes of GB 18030 within the basic plane: 81308130 to 8431A439. */
export function quadruples(): number[] {
  return Array.from({ length: 39_420 }, (_, linear) => gb18030Code(linear));
}

function gb18030Code(linear: number): number {
  const d = 0x30 + (linear % 10);
  const c = 0x81 + (Math.trunc(linear / 10) % 126);
  const b = 0x30 + (Math.trunc(linear / 1_260) % 10);
  const a = 0x81 + Math.trunc(linear / 12_600);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** GB 18030 above the basic plane: a formula, 90308130 is U+10000. */
export function toGb18030Supplementary(point: number): number {
  return gb18030Code(189_000 + point - 0x10000);
}

/** The code point above the basic plane that a four-byte code of GB 18030 is; undefined for one that is none. */
export function toGb18030Point(code: number): number | undefined {
  const [a, b, c, d] = [code >>> 24, (code >>> 16) & 0xff, (code >>> 8) & 0xff, code & 0xff] as const;
  if (a < 0x90 || a > 0xe3 || b < 0x30 || b > 0x39 || c < 0x81 || c > 0xfe || d < 0x30 || d > 0x39) return undefined;
  const point = 0x10000 + (((a - 0x90) * 10 + b - 0x30) * 126 + c - 0x81) * 10 + d - 0x30;
  return point > 0x10ffff ? undefined : point;
}

/** Decodes each code on its own, in one go: line feeds keep them apart, since no trail byte is one. */
export function decodeEach(codes: number[], name: string): string[] {
  const bytes = Buffer.alloc(codes.length * 5);
  let at = 0;
  for (const code of codes) {
    for (const shift of [24, 16, 8, 0]) if (code >>> shift !== 0) bytes[at++] = (code >>> shift) & 0xff;
    bytes[at++] = 0x0a;
  }
  return new TextDecoder(name, { ignoreBOM: true }).decode(bytes.subarray(0, at)).split('\n');
}
