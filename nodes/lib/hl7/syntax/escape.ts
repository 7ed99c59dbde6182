import { Hl7Error } from '../../errors';
import type { Delimiters } from './delimiters';
import { type Designation, designationOf, SwitchedText } from './escape-charsets';
import { hexMeaning, textOfBytes } from './escape-hex';

/** Escape sequences (HL7 v2.9 section 2.7), always with the delimiters of the message that holds them. */

export interface DecodeOptions {
  /** `keep` (default): formatting commands (`\.br\`, `\H\`) stay as sent; `text`: line breaks, blanks or nothing. */
  formatting?: 'keep' | 'text';
  /** Characters for the bytes of `\Xdd..\`, whose meaning is by agreement. Default: UTF-8, what is none as windows-1252. */
  decodeBytes?: (bytes: Uint8Array) => string;
  /**
   * Canonical name of the set that the text was decoded with, for the bytes behind a switch to another one. By default one
   * of single bytes is assumed.
   */
  charset?: string;
}

/** Lines or blanks that one command makes at most, and all those of a value beyond one each: no text fills the memory. */
const MOST_TIMES = 200;
const MOST_EXTRA = 65_536;

/**
 * The text that a wire value stands for: delimiters (`\F\`, `\S\`, `\T\`, `\R\`, `\E\`, `\P\`), hexadecimal sequences
 * (`hexMeaning`) and switches of character sets (`SwitchedText`) decoded. Sequences that are unknown, ill-formed or not
 * closed stay as they are.
 * @param wire a value without separators, as sent
 */
export function decodeEscapes(wire: string, delimiters: Delimiters, options: DecodeOptions = {}): string {
  const mark = delimiters.escape;
  if (mark === '' || !wire.includes(mark)) return wire;
  let text = '';
  let from = 0;
  let switched: SwitchedText | undefined;
  for (const { at, end, meaning } of sequencesOf(wire, delimiters, options.formatting === 'text')) {
    const before = wire.slice(from, at);
    from = end;
    if (meaning.kind === 'switch') {
      if (switched === undefined) text += before;
      else switched.add(before);
      switched ??= new SwitchedText(options.charset ?? 'us-ascii');
      switched.designate(meaning.to);
    } else if (switched === undefined) {
      text += before;
      if (meaning.kind === 'kept') text += wire.slice(at, end);
      else text += meaning.kind === 'bytes' ? (options.decodeBytes ?? textOfBytes)(meaning.bytes) : meaning.text;
    } else {
      switched.add(before);
      if (meaning.kind === 'bytes') switched.addBytes(meaning.bytes);
      else if (meaning.kind === 'delimiter') switched.add(meaning.text);
      else switched.addText(meaning.kind === 'kept' ? wire.slice(at, end) : meaning.text);
    }
  }
  const rest = wire.slice(from);
  if (switched === undefined) return text + rest;
  switched.add(rest);
  return text + switched.end();
}

type Meaning =
  /** A character of the value, and in another set one of its bytes. */
  | { kind: 'delimiter'; text: string }
  /** Text in any set: a line break, a character by its number. */
  | { kind: 'text'; text: string }
  | { kind: 'bytes'; bytes: Buffer }
  | { kind: 'switch'; to: Designation }
  /** Stays as sent. */
  | { kind: 'kept' };

/** A sequence in a value, its escape characters included. */
interface Sequence {
  at: number;
  end: number;
  meaning: Meaning;
}

const KEPT: Meaning = { kind: 'kept' };

/** The sequences of known families; other escape characters are text. */
function* sequencesOf(wire: string, delimiters: Delimiters, asText: boolean): Generator<Sequence, void> {
  const mark = delimiters.escape;
  let extra = MOST_EXTRA;
  let at = wire.indexOf(mark);
  while (at !== -1) {
    const close = wire.indexOf(mark, at + 1);
    if (close === -1) return;
    const body = wire.slice(at + 1, close);
    let meaning = meaningOf(body, delimiters);
    if (meaning === undefined && asText) {
      const text = formattingText(body, Math.min(MOST_TIMES, extra + 1));
      extra -= Math.max(0, (text?.length ?? 0) - 1);
      if (text !== undefined) meaning = { kind: 'text', text };
    }
    if (meaning === undefined && FAMILY.test(body)) meaning = KEPT;
    if (meaning === undefined) at = close;
    else {
      yield { at, end: close + 1, meaning };
      at = wire.indexOf(mark, close + 1);
    }
  }
}

function meaningOf(body: string, delimiters: Delimiters): Meaning | undefined {
  const delimiter = delimiterOf(body, delimiters);
  if (delimiter !== undefined) return { kind: 'delimiter', text: delimiter };
  const letter = body.charCodeAt(0);
  if (letter === 0x58) {
    const hex = hexMeaning(body.slice(1));
    if (hex === undefined) return undefined;
    return 'text' in hex ? { kind: 'text', text: hex.text } : { kind: 'bytes', bytes: hex.bytes };
  }
  const to = letter === 0x43 || letter === 0x4d ? designationOf(body) : undefined;
  return to === undefined ? undefined : { kind: 'switch', to };
}

/** Hexadecimal, local and character-set sequences, highlighting, formatting commands. */
const FAMILY = /^(?:[XZ][\x20-\x7e]*|[CM](?:[0-9A-Fa-f]{2}){2,3}|[HN]|\.[A-Za-z]{2}(?: ?[+-]?\d{1,4})?)$/;

function delimiterOf(body: string, delimiters: Delimiters): string | undefined {
  switch (body) {
    case 'F':
      return delimiters.field;
    case 'S':
      return delimiters.component || undefined;
    case 'T':
      return delimiters.subComponent || undefined;
    case 'R':
      return delimiters.repetition || undefined;
    case 'E':
      return delimiters.escape;
    case 'P':
      return delimiters.truncation || undefined;
    default:
      return undefined;
  }
}

/** Formatted text as plain text (HL7 v2.9 section 2.7.6). Commands are written in either case: `\.br\`, `\.BR\`. */
function formattingText(body: string, most: number): string | undefined {
  if (body === 'H' || body === 'N') return '';
  const command = /^\.([A-Za-z]{2})(?: ?([+-]?\d{1,4}))?$/.exec(body);
  if (command === null) return undefined;
  const times = Math.min(most, Math.max(0, Number(command[2] ?? 1)));
  switch (command[1]!.toLowerCase()) {
    case 'br':
    case 'ce':
      return '\n';
    case 'sp':
      return '\n'.repeat(times);
    case 'sk':
      return ' '.repeat(times);
    case 'in':
    case 'ti':
    case 'fi':
    case 'nf':
      return '';
    default:
      return undefined;
  }
}

/** How the special characters of one set of delimiters are written. */
interface Codec {
  /** All that must not stand in an encoded value. */
  special: RegExp;
  /** Separators and line ends only. */
  separators: readonly string[];
  /** 1 at the code of each separator and line end below 128. */
  ascii: Uint8Array;
  /** False when a separator has a code from 128 on. */
  allAscii: boolean;
  written: Map<string, string>;
}

const codecs = new Map<string, Codec>();
let last: { delimiters: Delimiters; codec: Codec } | undefined;

/** A message asks for its own codec once a value: the one asked for last is at hand. */
function codecOf(delimiters: Delimiters): Codec {
  if (last?.delimiters === delimiters) return last.codec;
  const codec = findCodec(delimiters);
  last = { delimiters, codec };
  return codec;
}

function findCodec(delimiters: Delimiters): Codec {
  const { field, component, repetition, escape: mark, subComponent, truncation } = delimiters;
  const key = `${field} ${component} ${repetition} ${mark} ${subComponent} ${truncation}`;
  const known = codecs.get(key);
  if (known !== undefined) return known;
  const written = new Map<string, string>();
  const letters: [string, string][] = [
    [mark, 'E'],
    [field, 'F'],
    [component, 'S'],
    [repetition, 'R'],
    [subComponent, 'T'],
    [truncation, 'P'],
    ['\r', 'X0D'],
    ['\n', 'X0A'],
  ];
  for (const [character, letter] of letters) {
    if (character !== '') written.set(character, `${mark}${letter}${mark}`);
  }
  const separators = [field, component, repetition, subComponent, '\r', '\n'].filter((c) => c !== '');
  const ascii = new Uint8Array(128);
  for (const c of separators) if (c < '\x80') ascii[c.charCodeAt(0)] = 1;
  const codec: Codec = {
    special: anyOf([...written.keys()]),
    separators,
    ascii,
    allAscii: separators.every((c) => c < '\x80'),
    written,
  };
  if (codecs.size >= 64) codecs.clear();
  codecs.set(key, codec);
  return codec;
}

function anyOf(characters: string[]): RegExp {
  const listed = characters.map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return new RegExp(`[${listed.join('')}]`, 'g');
}

/**
 * A text as a wire value, so that decoding gives the text again: the escape character first, then the separators
 * (HL7 v2.9 section 2.6.1). A line end becomes `\X0D\` or `\X0A\`.
 * @throws Hl7Error ENCODE_NO_ESCAPE when something must be escaped and the message declares no escape character
 */
export function encodeEscapes(text: string, delimiters: Delimiters): string {
  const { special, written } = codecOf(delimiters);
  if (text.search(special) === -1) return text;
  if (delimiters.escape === '') throw noEscape();
  return text.replace(special, (c) => written.get(c)!);
}

/** Up to this length looking at each character beats a native search for each separator. */
const SHORT = 96;

/**
 * True when a value could not stand on the wire as it is: it holds a separator or a line end.
 * @param but `lineFeeds` for a value whose raw line feeds are data
 */
export function hasSeparator(value: string, delimiters: Delimiters, but?: 'lineFeeds'): boolean {
  const { ascii, allAscii, separators } = codecOf(delimiters);
  if (!allAscii || value.length > SHORT || but !== undefined) {
    for (const one of separators) if (value.includes(one) && (one !== '\n' || but === undefined)) return true;
    return false;
  }
  for (let n = 0; n < value.length; n++) if (ascii[value.charCodeAt(n)] === 1) return true;
  return false;
}

/**
 * A value made safe for the wire where it may be on the wire already: without a separator or line end it stays as it is;
 * with one it was written by a flow, and everything but its escape sequences is encoded.
 * @throws Hl7Error ENCODE_NO_ESCAPE
 */
export function encodeWire(value: string, delimiters: Delimiters): string {
  if (!hasSeparator(value, delimiters)) return value;
  const mark = delimiters.escape;
  if (mark === '') throw noEscape();
  let wire = '';
  let from = 0;
  let at = value.indexOf(mark);
  while (at !== -1) {
    const close = value.indexOf(mark, at + 1);
    if (close === -1) break;
    const body = value.slice(at + 1, close);
    if (isSequence(body, delimiters)) {
      wire += encodeEscapes(value.slice(from, at), delimiters) + value.slice(at, close + 1);
      from = close + 1;
      at = value.indexOf(mark, from);
    } else at = close;
  }
  return wire + encodeEscapes(value.slice(from), delimiters);
}

function isSequence(body: string, delimiters: Delimiters): boolean {
  return /^[FSTREP]$/.test(body) || (FAMILY.test(body) && !hasSeparator(body, delimiters));
}

function noEscape(): Hl7Error {
  return new Hl7Error(
    'ENCODE_NO_ESCAPE',
    'A value holds a separator or a line end, and the message declares no escape character in MSH-2. Remove the character from the value.',
  );
}

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

/**
 * A value as it is written into a field; null is the HL7 null.
 * @throws Hl7Error SET_VALUE, ENCODE_NO_ESCAPE
 */
export function wireOf(value: unknown, delimiters: Delimiters): string {
  if (value === null) return '""';
  if (typeof value === 'string') return encodeEscapes(value, delimiters);
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) {
    // The sign or the point may be a separator.
    return encodeEscapes(String(value), delimiters);
  }
  throw badValue();
}

export function badValue(): Hl7Error {
  return new Hl7Error('SET_VALUE', 'Only a text, a finite number, or null (the HL7 null) can be written to a message.');
}
