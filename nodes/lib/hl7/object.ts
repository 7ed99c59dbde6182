/**
 * A message as plain data, in the shape of hl7-standard's `transformed`, with values as on the wire (still escaped).
 *
 * | on the wire | in the object |
 * |---|---|
 * | `x` | `'PID.3': 'x'` |
 * | `x^y` | `'PID.5': { 'PID.5.1': 'x', 'PID.5.2': 'y' }` |
 * | `x~y^z` | `'PID.3': [{ 'PID.3.1': 'x' }, { 'PID.3.1': 'y', 'PID.3.2': 'z' }]` |
 * | `a&b^c` | `'PID.3': { 'PID.3.1': ['a', 'b'], 'PID.3.2': 'c' }` |
 * | segment without a field (`ORC`) | `data: {}` |
 * | a line that is no segment | `{ type: '?', index, data: { '?.1': line } }` |
 */

import { Hl7Error } from '../errors';
import { type Delimiters, readDelimiters } from './delimiters';
import { type KeyTable, keyTable, withNewKeys } from './keys';
import { checkLimits, DEFAULT_LIMITS, type Limits, tooLarge } from './limits';
import { endOfBody, isHeaderAt, isNameAt, normaliseSegmentEnds } from './segments';

/** A component: text, or its sub-components when it has several. */
export type ComponentValue = string | string[];
export interface Components {
  [key: string]: ComponentValue;
}
/** A field: text, its components, or its repetitions. */
export type FieldValue = string | Components | Components[];
export interface SegmentData {
  [key: string]: FieldValue;
}
export interface SegmentObject {
  type: string;
  /** Place in the message, from 0. */
  index: number;
  data: SegmentData;
}

/** Where an object keeps what its segments cannot show. An enumerable symbol: lodash's cloneDeep and spreading copy it. */
export const TEXT_FACTS: unique symbol = Symbol.for('hl7.text');

export interface TextFacts {
  /** What closes the text: `\r`, nothing, or `\r` several times. */
  end: string;
  /** Values and lines that hold a raw LF, as they came. They go out as they came; any other LF is escaped. */
  lineFeeds?: string[];
}

export interface Transformed {
  [segment: string]: SegmentObject[];
  [TEXT_FACTS]?: TextFacts;
}

/**
 * Parses one message.
 * @param text begins with MSH; CR, LF or CRLF end its segments
 * @throws Hl7Error PARSE_NOT_TEXT, PARSE_NO_MSH, PARSE_NO_SEPARATOR, PARSE_SEVERAL_MESSAGES (use `splitBatch`), PARSE_TOO_LARGE
 */
export function toObject(text: string, limits: Readonly<Limits> = DEFAULT_LIMITS): Transformed {
  const delimiters = requireHeader(text);
  if (text.length > limits.characters) throw tooLarge('characters', limits.characters);
  const normal = normaliseSegmentEnds(text).text;
  checkLimits(normal, delimiters, limits);
  const end = endOfBody(normal);
  const reader = new ObjectReader(normal, end, delimiters, limits.names);
  const root = withNewKeys(limits.keys, () => reader.read());
  const facts: TextFacts = { end: normal.slice(end) };
  if (normal.indexOf('\n') !== -1) facts.lineFeeds = textsWithLineFeed(root);
  root[TEXT_FACTS] = facts;
  return root;
}

/**
 * The delimiters of a message's text.
 * @throws Hl7Error PARSE_NOT_TEXT, PARSE_NO_MSH, PARSE_NO_SEPARATOR, PARSE_SEVERAL_MESSAGES
 */
export function requireHeader(text: unknown): Delimiters {
  if (typeof text !== 'string') {
    const found = text instanceof Uint8Array ? 'bytes: decode them first' : 'no text';
    throw refusal('PARSE_NOT_TEXT', `An HL7 message is parsed from text; this is ${found}`, 'MSH^1', '100');
  }
  if (text.startsWith('FHS') || text.startsWith('BHS')) throw severalMessages();
  if (!text.startsWith('MSH')) {
    throw refusal('PARSE_NO_MSH', `The text does not begin with an MSH segment; it ${beginning(text)}`, 'MSH^1', '100');
  }
  const delimiters = readDelimiters(text);
  if (delimiters === undefined) {
    const message =
      'The character after MSH cannot separate fields (MSH-1); it must be neither a letter, a digit nor a space';
    throw refusal('PARSE_NO_SEPARATOR', message, 'MSH^1^1', '102');
  }
  return delimiters;
}

/** How a text that is no message begins; of its content only what holds no data. */
function beginning(text: string): string {
  if (text === '') return 'is empty';
  const c = text.charCodeAt(0);
  if (c === 0xfeff) return 'begins with a byte order mark: remove it first';
  if (c === 0x0b) return 'begins with the start block of an MLLP frame: remove the frame first';
  if (c <= 0x20) return 'begins with white space or a control character: remove it first';
  return 'begins with something else';
}

function refusal(code: string, message: string, location: string, table0357: string): Hl7Error {
  return new Hl7Error(code, `${message}.`, {
    fault: 'content',
    errors: [{ location, code: table0357, text: message }],
  });
}

function severalMessages(): Hl7Error {
  const message = 'The text is a batch or holds more than one message; split it and handle each message by itself';
  return refusal('PARSE_SEVERAL_MESSAGES', message, 'MSH^2', '100');
}

/** Beyond this many characters a native search beats looking at each character. */
const LONG = 32;

/** One pass over the characters of a message. */
class ObjectReader {
  readonly #text: string;
  readonly #end: number;
  readonly #delimiters: Delimiters;
  readonly #mostNames: number;
  readonly #field: number;
  readonly #component: number;
  readonly #repetition: number;
  readonly #subComponent: number;

  constructor(text: string, end: number, delimiters: Delimiters, mostNames: number) {
    this.#text = text;
    this.#end = end;
    this.#delimiters = delimiters;
    this.#mostNames = mostNames;
    this.#field = delimiters.field.charCodeAt(0);
    this.#component = codeOf(delimiters.component);
    this.#repetition = codeOf(delimiters.repetition);
    this.#subComponent = codeOf(delimiters.subComponent);
  }

  read(): Transformed {
    const text = this.#text;
    const root: Transformed = {};
    let names = 0;
    let index = 0;
    for (let start = 0; start <= this.#end; index++) {
      let stop = text.indexOf('\r', start);
      if (stop === -1) stop = this.#end;
      const segment = this.#segment(start, stop, index);
      const same = root[segment.type];
      if (same !== undefined) same.push(segment);
      else {
        if (++names > this.#mostNames) throw tooLarge('names', this.#mostNames);
        root[segment.type] = [segment];
      }
      start = stop + 1;
    }
    return root;
  }

  #segment(start: number, stop: number, index: number): SegmentObject {
    const text = this.#text;
    if (index === 0) return { type: 'MSH', index, data: this.#header(keyTable('MSH')!, start, stop) };
    const bare = stop - start === 3;
    if (bare || (stop - start > 3 && text.charCodeAt(start + 3) === this.#field)) {
      const table = keyTable(text.substring(start, start + 3));
      if (table !== undefined && !isHeaderName(table.segment)) {
        return { type: table.segment, index, data: bare ? {} : this.#fields({}, table, 1, start + 4, stop) };
      }
    }
    const line = text.substring(start, stop);
    // A second header, whatever its separators: never read as part of the first message.
    if (isHeaderAt(line, 0, this.#delimiters.field)) throw severalMessages();
    return { type: '?', index, data: { '?.1': line } };
  }

  /** MSH-1 is the separator itself, MSH-2 is never split (HL7 v2.9 section 2.5.4). */
  #header(table: KeyTable, start: number, stop: number): SegmentData {
    let next = this.#text.indexOf(this.#delimiters.field, start + 4);
    if (next === -1 || next > stop) next = stop;
    const data: SegmentData = {
      [table.field(1)]: this.#delimiters.field,
      [table.field(2)]: this.#text.substring(start + 4, next),
    };
    return next === stop ? data : this.#fields(data, table, 3, next + 1, stop);
  }

  /** Reads the fields between two offsets into `data`, the first of them at `position`. */
  #fields(data: SegmentData, table: KeyTable, position: number, from: number, stop: number): SegmentData {
    const text = this.#text;
    const field = this.#field;
    const component = this.#component;
    const repetition = this.#repetition;
    const subComponent = this.#subComponent;
    for (let start = from; start <= stop; position++) {
      let at = start;
      let split = false;
      let repeats = false;
      const near = Math.min(start + LONG, stop);
      for (; at < near; at++) {
        const c = text.charCodeAt(at);
        if (c === field) break;
        if (c === component || c === subComponent) split = true;
        else if (c === repetition) repeats = true;
      }
      const key = table.fields[position] ?? table.field(position);
      if (at === near && near < stop) {
        at = text.indexOf(this.#delimiters.field, near);
        if (at === -1 || at > stop) at = stop;
        data[key] = this.#longField(table, position, text.substring(start, at));
      } else if (start === at) data[key] = '';
      else if (repeats) data[key] = this.#repetitions(table, table.components(position), start, at);
      else if (split) data[key] = this.#components(table, table.components(position), start, at);
      else data[key] = text.substring(start, at);
      start = at + 1;
    }
    return data;
  }

  #repetitions(table: KeyTable, keys: string[], start: number, stop: number): Components[] {
    const list: Components[] = [];
    let from = start;
    for (let at = start; at < stop; at++) {
      if (this.#text.charCodeAt(at) !== this.#repetition) continue;
      list.push(this.#components(table, keys, from, at));
      from = at + 1;
    }
    list.push(this.#components(table, keys, from, stop));
    return list;
  }

  #components(table: KeyTable, keys: string[], start: number, stop: number): Components {
    const text = this.#text;
    const values: Components = {};
    let position = 1;
    let from = start;
    let split = false;
    for (let at = start; at <= stop; at++) {
      const c = at === stop ? this.#component : text.charCodeAt(at);
      if (at === stop || c === this.#component) {
        const key = keys[position] ?? table.component(keys, position);
        const value = from === at ? '' : text.substring(from, at);
        values[key] = split ? value.split(this.#delimiters.subComponent) : value;
        position++;
        from = at + 1;
        split = false;
      } else if (c === this.#subComponent) split = true;
    }
    return values;
  }

  #longField(table: KeyTable, position: number, value: string): FieldValue {
    const { component, repetition, subComponent } = this.#delimiters;
    const has = (separator: string): boolean => separator !== '' && value.includes(separator);
    if (has(repetition)) return value.split(repetition).map((one) => this.#longComponents(table, position, one));
    return has(component) || has(subComponent) ? this.#longComponents(table, position, value) : value;
  }

  #longComponents(table: KeyTable, position: number, value: string): Components {
    const { component, subComponent } = this.#delimiters;
    const keys = table.components(position);
    const values: Components = {};
    (component === '' ? [value] : value.split(component)).forEach((one, n) => {
      const several = subComponent !== '' && one.includes(subComponent);
      values[table.component(keys, n + 1)] = several ? one.split(subComponent) : one;
    });
    return values;
  }
}

/** A separator that is not declared never matches. */
function codeOf(separator: string): number {
  return separator === '' ? -1 : separator.charCodeAt(0);
}

/** Names of segments that say their own delimiters. */
export function isHeaderName(name: string): boolean {
  return name === 'MSH' || name === 'FHS' || name === 'BHS';
}

/** True when a line of a message is kept aside under `?`, as it is no segment by these delimiters. */
export function isStrayLine(line: string, field: string): boolean {
  if (line.length < 3 || !isNameAt(line, 0)) return true;
  if (line.length > 3 && line.charAt(3) !== field) return true;
  return isHeaderName(line.slice(0, 3));
}

function textsWithLineFeed(root: Transformed): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      if (value.includes('\n')) found.push(value);
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(root);
  return found;
}
