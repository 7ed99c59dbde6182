import { atOnce } from '../../util';
import { repairSteps, strayUnit } from '../charset/repair';

/**
 * What a hexadecimal sequence (`\Xdd..\`, HL7 v2.9 section 2.7.5) stands for. Its meaning is by agreement, so it is decided
 * from the digits, in this order:
 *
 * 1. An odd count of digits, none, or something else: no sequence; it stays as sent.
 * 2. Units of four digits each, the first of them 0000 to 08FF: characters by their Unicode numbers (UTF-16). `\X00E9\` is
 *    é, `\X000D\` a carriage return, `\X01410142\` Łł. As bytes they would begin with a control that no text holds. 0080
 *    to 009F are the characters of windows-1252: `\X0080\` is the euro sign.
 * 3. Four digits whose first byte is ASCII (not a tab, line end or escape) and whose second is none: likewise one character,
 *    `\X20AC\` is the euro sign. No single-byte text has its ASCII escaped.
 * 4. Anything else is bytes: UTF-8, each byte that is none of it as windows-1252. `\X4D\` is M, `\X0D0A\` CR and LF,
 *    `\XC3A9\` and `\XE9\` are é, `\X80\` is the euro sign.
 *
 * @returns undefined for what is no sequence
 */
export function hexMeaning(digits: string): { text: string } | { bytes: Buffer } | undefined {
  if (digits.length === 0 || digits.length % 2 !== 0 || !/^[0-9A-Fa-f]+$/.test(digits)) return undefined;
  const bytes = Buffer.from(digits, 'hex');
  if (!isUnits(bytes)) return { bytes };
  const text = Buffer.from(bytes).swap16().toString('utf16le');
  if (!text.isWellFormed()) return { bytes };
  return { text: text.replace(CONTROL, (control) => String.fromCharCode(strayUnit(control.charCodeAt(0)))) };
}

function isUnits(bytes: Buffer): boolean {
  if (bytes.length % 2 !== 0) return false;
  const first = bytes[0]!;
  if (first <= 0x08) return true;
  const isPart = first === 0x09 || first === 0x0a || first === 0x0d || first === 0x1b;
  return bytes.length === 2 && first < 0x80 && !isPart && bytes[1]! >= 0x80;
}

/** C1 controls, which no text holds. */
const CONTROL = /[\x80-\x9f]/g;

/** The text of bytes that no set is known of: UTF-8, what is none of it as windows-1252. */
export function textOfBytes(bytes: Uint8Array): string {
  return atOnce(repairSteps(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 'utf-8'));
}
