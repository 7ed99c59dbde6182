import { Hl7Error } from '../../errors';
import { canonicalCharset } from './names';
import { reverseMap, toGb18030Supplementary } from './reverse-tables';

interface Encoded {
  bytes: Buffer;
  /** True when the set lacks a character of the text: it was written as `?`. */
  lossy: boolean;
}

const SUBSTITUTE = 0x3f;
const NOT_ASCII = /[^\x00-\x7f]/;
const NOT_LATIN1 = /[^\x00-\xff]/;
const LONE_SURROGATE = /[\uD800-\uDFFF]/gu;

/**
 * The bytes of a text in a set: the inverse of the decoder, for every supported set. No byte order mark is written.
 * @param charset canonical name or any label of a supported set
 * @throws Hl7Error CHARSET_UNKNOWN
 */
export function encodeText(text: string, charset: string): Encoded {
  const name = canonicalCharset(charset);
  if (name === undefined) {
    throw new Hl7Error(
      'CHARSET_UNKNOWN',
      'The character set is not one that can be written. Choose one of the supported sets.',
    );
  }
  if (/^utf-(16|32)/.test(name)) return encodeWide(text, name);
  if (!NOT_ASCII.test(text)) return { bytes: Buffer.from(text, 'latin1'), lossy: false };
  if (name === 'utf-8') {
    const whole = text.replace(LONE_SURROGATE, '?');
    return { bytes: Buffer.from(whole, 'utf8'), lossy: whole !== text };
  }
  if (name === 'iso-8859-1' && !NOT_LATIN1.test(text)) return { bytes: Buffer.from(text, 'latin1'), lossy: false };
  return name === 'iso-2022-jp' ? encodeIso2022Jp(text) : encodeByMap(text, name);
}

function encodeWide(text: string, name: string): Encoded {
  const whole = text.replace(LONE_SURROGATE, '?');
  const lossy = whole !== text;
  if (name.startsWith('utf-16')) {
    const bytes = Buffer.from(whole, 'utf16le');
    return { bytes: name === 'utf-16be' ? bytes.swap16() : bytes, lossy };
  }
  const points = Array.from(whole, (character) => character.codePointAt(0)!);
  const bytes = Buffer.alloc(points.length * 4);
  points.forEach((point, n) => {
    if (name === 'utf-32be') bytes.writeUInt32BE(point, n * 4);
    else bytes.writeUInt32LE(point, n * 4);
  });
  return { bytes, lossy };
}

function encodeByMap(text: string, name: string): Encoded {
  const map = reverseMap(name);
  const bytes = Buffer.allocUnsafe(text.length * 4);
  let at = 0;
  let lossy = false;
  for (let n = 0; n < text.length; n++) {
    const unit = text.charCodeAt(n);
    let code = unit < 0x80 ? unit : map[unit]!;
    if (code === 0 && unit !== 0) {
      const point = text.codePointAt(n)!;
      if (point > 0xffff) n++;
      code = name === 'gb18030' && point > 0xffff ? toGb18030Supplementary(point) : SUBSTITUTE;
      lossy ||= code === SUBSTITUTE;
    }
    if (code > 0xffffff) bytes[at++] = code >>> 24;
    if (code > 0xffff) bytes[at++] = (code >>> 16) & 0xff;
    if (code > 0xff) bytes[at++] = (code >>> 8) & 0xff;
    bytes[at++] = code & 0xff;
  }
  return { bytes: bytes.subarray(0, at), lossy };
}

const ASCII = '\x1b(B';
const KATAKANA = '\x1b(I';
const X0208 = '\x1b$B';
const X0212 = '\x1b$(D';

/** 7-bit ISO-2022-JP: designates as needed, and returns to ASCII at once for anything that is ASCII. */
function encodeIso2022Jp(text: string): Encoded {
  const map = reverseMap('euc-jp');
  let designated = ASCII;
  let out = '';
  let lossy = false;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    let wanted = ASCII;
    let bytes = character;
    if (point >= 0x80) {
      const euc = point > 0xffff ? 0 : map[point]!;
      const pair = String.fromCharCode((euc >> 8) & 0x7f, euc & 0x7f);
      if (point >= 0xff61 && point <= 0xff9f) [wanted, bytes] = [KATAKANA, String.fromCharCode(point - 0xff61 + 0x21)];
      else if (euc > 0xffff) [wanted, bytes] = [X0212, pair];
      else if (euc > 0xff) [wanted, bytes] = [X0208, pair];
      else [bytes, lossy] = ['?', true];
    }
    out += wanted === designated ? bytes : wanted + bytes;
    designated = wanted;
  }
  return { bytes: Buffer.from(designated === ASCII ? out : out + ASCII, 'latin1'), lossy };
}
