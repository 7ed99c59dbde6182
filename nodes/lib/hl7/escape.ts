/** Escape sequences (HL7 v2.9 section 2.7), always with the delimiters of the message that holds them. */

import { Hl7Error } from '../errors';
import type { Delimiters } from './delimiters';

export interface DecodeOptions {
  /** `keep` (default): formatting commands (`\.br\`, `\H\`) stay as sent; `text`: line breaks, blanks or nothing. */
  formatting?: 'keep' | 'text';
  /** Characters for the bytes of `\Xdd..\`, whose meaning is by agreement. Default: UTF-8 if it is valid, else latin1. */
  decodeBytes?: (bytes: Uint8Array) => string;
}

/** Lines or blanks that one command makes at most, and all those of a value beyond one each: no text fills the memory. */
const MOST_TIMES = 200;
const MOST_EXTRA = 65_536;

/**
 * The text that a wire value stands for. Sequences that are unknown, ill-formed or not closed stay as they are.
 * @param wire a value without separators, as sent
 */
export function decodeEscapes(wire: string, delimiters: Delimiters, options: DecodeOptions = {}): string {
  const mark = delimiters.escape;
  if (mark === '') return wire;
  let at = wire.indexOf(mark);
  if (at === -1) return wire;
  const asText = options.formatting === 'text';
  let extra = MOST_EXTRA;
  let text = '';
  let from = 0;
  while (at !== -1) {
    const close = wire.indexOf(mark, at + 1);
    if (close === -1) break;
    const body = wire.slice(at + 1, close);
    let meaning = meaningOf(body, delimiters, options.decodeBytes ?? decodeBytes);
    if (meaning === undefined && asText) {
      meaning = formattingText(body, Math.min(MOST_TIMES, extra + 1));
      extra -= Math.max(0, (meaning?.length ?? 0) - 1);
    }
    if (meaning !== undefined) {
      text += wire.slice(from, at) + meaning;
      from = close + 1;
      at = wire.indexOf(mark, from);
    } else {
      // A sequence of a known family is passed over whole; anything else was a lone escape character.
      at = FAMILY.test(body) ? wire.indexOf(mark, close + 1) : close;
    }
  }
  return text + wire.slice(from);
}

/** Hexadecimal, local and character-set sequences, highlighting, formatting commands. */
const FAMILY = /^(?:[XZ][\x20-\x7e]*|[CM](?:[0-9A-Fa-f]{2}){2,3}|[HN]|\.[a-z]{2}(?: ?[+-]?\d{1,4})?)$/;

function meaningOf(body: string, delimiters: Delimiters, decode: (bytes: Uint8Array) => string): string | undefined {
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
  }
  return body.charCodeAt(0) === 88 ? hexText(body.slice(1), decode) : undefined;
}

function hexText(digits: string, decode: (bytes: Uint8Array) => string): string | undefined {
  if (digits.length === 0 || digits.length % 2 !== 0 || !/^[0-9A-Fa-f]+$/.test(digits)) return undefined;
  return decode(Buffer.from(digits, 'hex'));
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeBytes(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** Formatted text as plain text (HL7 v2.9 section 2.7.6). */
function formattingText(body: string, most: number): string | undefined {
  if (body === 'H' || body === 'N') return '';
  const command = /^\.([a-z]{2})(?: ?([+-]?\d{1,4}))?$/.exec(body);
  if (command === null) return undefined;
  const times = Math.min(most, Math.max(0, Number(command[2] ?? 1)));
  switch (command[1]) {
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
