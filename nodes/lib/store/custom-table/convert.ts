import { dateOf, instantTextOf, type Offset, timestampOf, utcText } from './times';
import type { CustomColumn, Written } from './types';

/** What became of a value: as it is written, or why it does not fit. */
type Converted = { written: Written } | { misfit: string };

type Shape = Pick<CustomColumn, 'type' | 'length' | 'precision' | 'scale'>;

const YES = new Set(['y', 'yes', 'true', 't', '1']);
const NO = new Set(['n', 'no', 'false', 'f', '0']);
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** Halves of a character beyond U+FFFF that stand alone: no text of a database. */
const HALF = /\p{Surrogate}/u;
const [SMALLEST, LARGEST] = [-(2n ** 63n), 2n ** 63n - 1n];
/** U+2400, the visible sign for NUL, which text columns of some databases do not take. */
const SYMBOL_FOR_NUL = '\u2400';

const misfit = (reason: string): Converted => ({ misfit: reason });

/**
 * A value as a column's statement takes it. Never changes it without saying so: what would have to be cut, rounded or
 * guessed does not fit.
 * @param value of a message or a flow; there is one
 * @param offset what an HL7 time without an offset has, for `instant`
 * @param component the component separator of the message that the value comes from; `''` when it comes from none
 */
export function convert(value: unknown, shape: Shape, offset?: Offset, component = ''): Converted {
  switch (shape.type) {
    case 'text':
    case 'long text':
      return textFor(value, shape);
    case 'integer':
    case 'decimal':
      return numberFor(value, shape, component);
    case 'boolean':
      return booleanFor(value);
    case 'bytes':
    case 'base64':
      return bytesFor(value, shape.type);
    default:
      return timeFor(value, shape.type, offset);
  }
}

/** A text that does not fit, cut until it does; undefined for other types. Characters stay whole. */
export function cut(value: unknown, { type, length }: Shape): string | undefined {
  if (type !== 'text' && type !== 'long text') return undefined;
  const text = plainText(value);
  if (text === undefined) return undefined;
  const clean = text.replaceAll('\0', SYMBOL_FOR_NUL).replace(/\p{Surrogate}/gu, '\ufffd');
  if (type === 'long text' || clean.length <= length) return clean;
  const last = clean.charCodeAt(length - 1);
  return clean.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function textFor(value: unknown, { type, length }: Shape): Converted {
  const text = plainText(value);
  if (text === undefined) return misfit('is no text');
  if (text.includes('\0')) return misfit('holds a NUL character');
  if (HALF.test(text)) return misfit('holds half a character');
  if (type === 'text' && text.length > length) return misfit(`is longer than ${length} characters`);
  return { written: text };
}

function numberFor(value: unknown, { type, precision, scale }: Shape, component: string): Converted {
  const text = digits(typeof value === 'string' ? plainNumber(value, component) : value);
  const match = text === undefined ? null : NUMBER.exec(text);
  const [, sign, whole = '', fraction = ''] = match ?? [];
  if (match === null || whole + fraction === '') return misfit('is no number');
  const integer = whole.replace(/^0+/, '');
  const kept = fraction.replace(/0+$/, '');
  const minus = sign === '-' && integer + kept !== '' ? '-' : '';
  if (type === 'integer') {
    if (kept !== '') return misfit('is no whole number');
    const written = `${minus}${integer || '0'}`;
    if (integer.length > 19 || BigInt(written) < SMALLEST || BigInt(written) > LARGEST) {
      return misfit('is beyond 64 bits');
    }
    return { written };
  }
  if (kept.length > scale) return misfit(`has more than ${scale} digits behind the point`);
  if (integer.length > precision - scale) return misfit(`has more than ${precision - scale} digits before the point`);
  return { written: `${minus}${integer || '0'}${kept === '' ? '' : `.${kept}`}` };
}

/**
 * The number of a structured numeric (SN: comparator, number, separator, number; HL7 v2.9 chapter 2A) that is only a
 * number: without a comparator or with `=`, and without a range or ratio. Other texts are returned as they are.
 */
function plainNumber(text: string, component: string): string {
  if (component === '' || !text.includes(component)) return text;
  const parts = text.split(component).map((part) => part.trim());
  const [first = '', second = ''] = parts;
  if (parts.slice(2).some((part) => part !== '')) return text;
  if (second === '') return first;
  return first === '' || first === '=' ? second : text;
}

/** A number's digits; one that JavaScript writes with an exponent has them written out. */
function digits(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  const text = String(value);
  if (!text.includes('e')) return text;
  return Number.isInteger(value) ? String(BigInt(value)) : value.toFixed(20);
}

function booleanFor(value: unknown): Converted {
  const text = typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number' ? value : '';
  const word = String(text).trim().toLowerCase();
  if (YES.has(word)) return { written: '1' };
  return NO.has(word) ? { written: '0' } : misfit('is neither yes nor no');
}

function bytesFor(value: unknown, type: 'bytes' | 'base64'): Converted {
  if (value instanceof Uint8Array) return { written: Buffer.from(value).toString('hex') };
  if (typeof value !== 'string') return misfit('is neither bytes nor text');
  if (type === 'bytes') {
    return HALF.test(value) ? misfit('holds half a character') : { written: Buffer.from(value).toString('hex') };
  }
  const text = value.replace(/\s+/g, '');
  if (!BASE64.test(text) || text.replace(/=+$/, '').length % 4 === 1) return misfit('is no Base64');
  return { written: Buffer.from(text, 'base64').toString('hex') };
}

function timeFor(value: unknown, type: 'date' | 'timestamp' | 'instant', offset: Offset): Converted {
  const date = value instanceof Date && !Number.isNaN(value.getTime()) ? `${utcText(value)}Z` : value;
  const text = typeof date === 'number' ? String(date) : date;
  if (typeof text !== 'string') return misfit('is no date');
  const read = { date: dateOf, timestamp: timestampOf, instant: (one: string) => instantTextOf(one, offset) };
  const written = read[type](text);
  if (written !== undefined) return { written };
  if (type === 'instant') return misfit('is no time of day with a known offset from UTC');
  return misfit(type === 'date' ? 'is no whole date' : 'is no date and time');
}

/** Texts and numbers as they are, bytes read as UTF-8, objects as JSON. */
function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
