import { decodeEach, doubles, quadruples, toGb18030Point } from './reverse-tables';
import { decodeByPlatform } from './tables';

/**
 * The character of one code of a multi-byte set.
 * @param code its bytes as one big-endian number
 * @param length how many bytes
 * @returns undefined for a code that the set does not have
 */
type CharacterTable = (code: number, length: number) => string | undefined;

const tables = new Map<string, CharacterTable>();

/**
 * The codes of a multi-byte set one by one, made from the platform's decoder at first use; ASCII is not in it.
 * @param name canonical name of a set that the platform decodes
 */
export function characterTable(name: string): CharacterTable {
  let table = tables.get(name);
  if (table === undefined) {
    table = makeTable(name);
    tables.set(name, table);
  }
  return table;
}

function makeTable(name: string): CharacterTable {
  const codes = doubles(() => true);
  if (name === 'euc-jp') {
    for (const code of doubles((lead) => lead >= 0xa1)) codes.push(0x8f0000 | code);
    for (let byte = 0xa1; byte <= 0xdf; byte++) codes.push(0x8e00 | byte);
  }
  if (name === 'gb18030') codes.push(...quadruples());
  const characters = new Map<number, string>();
  decodeEach(codes, name).forEach((character, n) => {
    if (isOneCharacter(character) || codes[n] === GB18030_REPLACEMENT) characters.set(codes[n]!, character);
  });
  for (let byte = 0x80; byte < 0x100; byte++) {
    const character = decodeByPlatform(Buffer.of(byte), name);
    if (character !== undefined) characters.set(byte, character);
  }
  if (name !== 'gb18030') return (code) => characters.get(code);
  return (code, length) => characters.get(code) ?? (length === 4 ? supplementary(code) : undefined);
}

/** A trail byte that is ASCII stays where its pair is none: such a text is no character. Some are two code points. */
function isOneCharacter(text: string): boolean {
  if (text.charCodeAt(0) === 0xfffd) return false;
  return text.length === 1 || text.length === (text.codePointAt(0)! > 0xffff ? 2 : 1) || /^.\p{Mark}$/u.test(text);
}

/** U+FFFD itself. */
const GB18030_REPLACEMENT = 0x8431a437;

function supplementary(code: number): string | undefined {
  const point = toGb18030Point(code);
  return point === undefined ? undefined : String.fromCodePoint(point);
}
