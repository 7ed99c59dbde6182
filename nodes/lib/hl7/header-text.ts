import type { Delimiters } from './delimiters';
import { decodeEscapes } from './escape';

/** Own texts into, and header values out of, a message's escapes (HL7 v2.9 section 2.7). */

const NAMES = ['F', 'S', 'R', 'E', 'T', 'P'] as const;

/** Nothing of this can be a delimiter. */
const PLAIN = /^[A-Za-z0-9 ]*$/;

function separators(d: Delimiters): string[] {
  return [d.field, d.component, d.repetition, d.escape, d.subComponent, d.truncation];
}

const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * The text of a short value, such as a name or an identifier: as {@link decodeEscapes} reads it. Where that gives a
 * control character (`\X0D\`), which no such value holds, only the delimiter escapes are decoded.
 * @param charset canonical name of the set of the text, where it is known
 */
export function unescapeText(value: string, delimiters: Delimiters, charset?: string): string {
  const sign = delimiters.escape;
  if (sign === '' || !value.includes(sign)) return value;
  const decoded = decodeEscapes(value, delimiters, { charset });
  return CONTROL.test(decoded) ? unescapeDelimiters(value, delimiters) : decoded;
}

function unescapeDelimiters(value: string, delimiters: Delimiters): string {
  const sign = delimiters.escape;
  const characters = separators(delimiters);
  let text = '';
  let at = 0;
  while (at < value.length) {
    const name = value.charAt(at) === sign && value.charAt(at + 2) === sign ? value.charAt(at + 1) : '';
    const character = name === '' ? '' : (characters[NAMES.indexOf(name as 'F')] ?? '');
    text += character || value.charAt(at);
    at += character === '' ? 1 : 3;
  }
  return text;
}

/**
 * A text of our own as a field, component or sub-component of a message with these separators. Controls and line breaks
 * become blanks; so do the separators for a sender that declares no escape character.
 */
export function escapeText(text: string, delimiters: Delimiters): string {
  if (PLAIN.test(text)) return text;
  const characters = separators(delimiters);
  let out = '';
  for (const character of text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')) {
    const n = characters.indexOf(character);
    if (n < 0) out += character;
    else out += delimiters.escape === '' ? ' ' : `${delimiters.escape}${NAMES[n]}${delimiters.escape}`;
  }
  return out;
}
