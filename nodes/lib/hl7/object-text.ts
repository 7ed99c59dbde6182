/** A message's object as text again: byte for byte what was parsed, where nobody wrote, and safe where somebody did. */

import type { Hl7Error } from '../errors';
import { buildError, isRecord, type Place } from './build-error';
import { type Delimiters, readDelimiters } from './delimiters';
import { encodeWire, hasSeparator } from './escape';
import { keyTable } from './keys';
import { TEXT_FACTS, type TextFacts, type Transformed } from './object';
import { isStrayLine } from './object-header';
import { orderSegments, type PlacedSegment } from './segment-order';
import { normalisingSegmentEnds } from './segments';
import { atOnce, STRETCH, TURNS } from './steps';

export type { Transformed } from './object';

/**
 * The text of a message: its segments by `index` (those without one after the others, in key order), each ended by `\r`
 * (unless the parsed text did not end its last one).
 *
 * What a flow wrote is taken as follows. A number is written as digits; `undefined` and `null` are empty. A value that
 * holds a separator or a line end is encoded with the message's own delimiters, its escape sequences kept. Fields and
 * components stand where their names say, whatever their order. `MSH.1` and `MSH.2` default to `|` and `^~\&`.
 * @param message from `toObject`, a live message, or built by hand in that shape
 * @throws Hl7Error BUILD_NOT_A_MESSAGE, BUILD_NO_MSH, BUILD_HEADER, BUILD_SEGMENT, BUILD_KEY, BUILD_VALUE, ENCODE_NO_ESCAPE; each
 *   says where (segment, occurrence, field), never which value
 */
export function toText(message: Transformed | object): string {
  return atOnce(building(message));
}

/** As `toText`; gives way again and again. The object must not change meanwhile. */
export function* building(message: Transformed | object): Generator<void, string> {
  const root = rootOf(message);
  const segments = yield* orderSegments(root);
  const facts = factsOf(root);
  const delimiters = headerDelimiters(segments[0]!);
  const kept = facts.lineFeeds;
  if (kept !== undefined && kept.length > 0) {
    const writer = new SegmentWriter(delimiters, new Set(kept));
    const text = yield* writeAll(segments, writer, facts.end);
    // A line feed that was data where it came from can end a segment where it stands now.
    if ((yield* normalisingSegmentEnds(text)) === text) return text;
  }
  return yield* writeAll(segments, new SegmentWriter(delimiters), facts.end);
}

function rootOf(message: unknown): Record<string, unknown> {
  if (isRecord(message)) {
    if (isRecord(message.transformed)) return message.transformed;
    return message;
  }
  throw buildError('BUILD_NOT_A_MESSAGE', 'An HL7 message is built from an object with its segments', {});
}

function factsOf(root: object): TextFacts {
  const facts: unknown = (root as Transformed)[TEXT_FACTS];
  if (!isRecord(facts)) return { end: '\r' };
  const end = typeof facts.end === 'string' && /^\r*$/.test(facts.end) ? facts.end : '\r';
  const lineFeeds = Array.isArray(facts.lineFeeds)
    ? facts.lineFeeds.filter((one) => typeof one === 'string')
    : undefined;
  return { end, lineFeeds };
}

function* writeAll(segments: PlacedSegment[], writer: SegmentWriter, end: string): Generator<void, string> {
  const lines: string[] = [];
  let written = 0;
  for (const segment of segments) {
    const line = yield* writer.segment(segment);
    lines.push(line);
    // A line costs something however short it is.
    written += line.length + 16;
    if (written < STRETCH) continue;
    written = 0;
    yield;
  }
  // A large text is copied once.
  lines[lines.length - 1] += end;
  return lines.join('\r');
}

/** The delimiters that MSH.1 and MSH.2 of an object say; the standard ones where they are missing. */
export function headerDelimiters(header: Pick<PlacedSegment, 'data'>): Delimiters {
  const one = header.data['MSH.1'];
  const two = header.data['MSH.2'];
  const undeclared = one === undefined || one === null || one === '';
  const field = undeclared ? '|' : one;
  const characters = two === undefined || two === null || (two === '' && undeclared) ? '^~\\&' : two;
  if (typeof field !== 'string' || field.length !== 1) {
    throw buildError('BUILD_HEADER', 'MSH.1 must be one character, the field separator', { segment: 'MSH', field: 1 });
  }
  if (typeof characters !== 'string' || characters.includes(field) || characters.includes('\r')) {
    const message = 'MSH.2 must be a text, the encoding characters, without the field separator or a line end';
    throw buildError('BUILD_HEADER', message, { segment: 'MSH', field: 2 });
  }
  const delimiters = readDelimiters(`MSH${field}${characters}${field}`);
  if (delimiters === undefined) {
    throw buildError('BUILD_HEADER', 'MSH.1 cannot separate fields', { segment: 'MSH', field: 1 });
  }
  return { ...delimiters, encodingCharacters: characters };
}

/** Writes segments, fields and components; every refusal names the place. */
export class SegmentWriter {
  readonly #delimiters: Delimiters;
  readonly #kept: ReadonlySet<string> | undefined;

  /** @param kept values whose raw line feeds stay */
  constructor(delimiters: Delimiters, kept?: ReadonlySet<string>) {
    this.#delimiters = delimiters;
    this.#kept = kept;
  }

  /** One line, without its end; gives way where it is a long one. */
  *segment({ name, occurrence, data, isHeader }: PlacedSegment): Generator<void, string> {
    if (name === '?') return this.#stray(data, occurrence);
    const separator = this.#delimiters.field;
    const place: Place = { segment: name, occurrence };
    let line = name;
    let first = 1;
    if (isHeader) {
      const characters = this.#delimiters.encodingCharacters;
      if (characters.includes('\n') && !this.#kept?.has(characters)) {
        throw buildError('BUILD_HEADER', 'MSH.2 holds a line feed', { ...place, field: 2 });
      }
      line += separator + characters;
      first = 3;
    }
    const keys = Object.keys(data);
    const names = keyTable(name)!;
    // As parsed, or written in order: key by key.
    let start = 0;
    while (isHeader && start < 2 && keys[start] === names.field(start + 1)) start++;
    let position = first;
    let inOrder = !isHeader || start === 2;
    let rest = '';
    for (let n = start; inOrder && n < keys.length; n++, position++) {
      const key = keys[n]!;
      if (key !== (names.fields[position] ?? names.field(position))) inOrder = false;
      else {
        const value = data[key];
        if (value === '') rest += separator;
        else {
          place.field = position;
          rest +=
            separator + (isLong(value) ? yield* this.#longField(value, key, place) : this.field(value, key, place));
        }
        if (position % TURNS === 0) yield;
      }
    }
    return line + (inOrder ? rest : yield* this.#byNumber(data, keys, place, first));
  }

  /** The text of a field, with its repetitions. `key` is its name, `PID.3`. */
  field(value: unknown, key: string, place: Place): string {
    if (typeof value === 'string') return this.#leaf(value, place);
    if (Array.isArray(value)) {
      const several = value.length > 1 ? this.#declared('repetition', place) : '';
      let text = '';
      for (let n = 0; n < value.length; n++) text += (n > 0 ? several : '') + this.#repetition(value[n], key, place);
      return text;
    }
    return isRecord(value) ? this.#components(value, key, place) : this.#leaf(value, place);
  }

  *#longField(value: unknown[], key: string, place: Place): Generator<void, string> {
    const several = this.#declared('repetition', place);
    const stretches: string[] = [];
    let texts: string[] = [];
    for (let n = 0; n < value.length; n++) {
      texts.push(this.#repetition(value[n], key, place));
      if (texts.length < TURNS) continue;
      stretches.push(texts.join(several));
      texts = [];
      yield;
    }
    if (texts.length > 0) stretches.push(texts.join(several));
    return stretches.join(several);
  }

  #repetition(value: unknown, key: string, place: Place): string {
    return isRecord(value) ? this.#components(value, key, place) : this.#leaf(value, place);
  }

  #components(value: Record<string, unknown>, key: string, place: Place): string {
    let keys = Object.keys(value);
    const names = keyTable(place.segment!)!;
    const list = names.components(place.field!);
    for (let n = 0; n < keys.length; n++) {
      if (keys[n] === (list[n + 1] ?? names.component(list, n + 1))) continue;
      const numbered = new Map<number, string>();
      for (const one of keys) numbered.set(this.#number(one, key, place), one);
      keys = [];
      for (const [position, one] of numbered) keys[position - 1] = one;
      break;
    }
    const separator = keys.length > 1 ? this.#declared('component', place) : '';
    let text = '';
    for (let n = 0; n < keys.length; n++) {
      if (n > 0) text += separator;
      const one = keys[n] === undefined ? '' : value[keys[n]!];
      if (one !== '') text += Array.isArray(one) ? this.#subComponents(one, place) : this.#leaf(one, place);
    }
    return text;
  }

  #subComponents(values: unknown[], place: Place): string {
    const separator = values.length > 1 ? this.#declared('subComponent', place) : '';
    return values.map((one) => this.#leaf(one, place)).join(separator);
  }

  #leaf(value: unknown, place: Place): string {
    if (typeof value !== 'string') return leafText(value, place);
    if (!hasSeparator(value, this.#delimiters)) return value;
    if (this.#kept?.has(value) && !hasSeparator(value, this.#delimiters, 'lineFeeds')) return value;
    try {
      return encodeWire(value, this.#delimiters);
    } catch (cause) {
      const { code, message } = cause as Hl7Error;
      throw buildError(code, message.replace(/\.$/, ''), place, cause);
    }
  }

  /** Fields whose names are not simply one after the other. */
  *#byNumber(data: Record<string, unknown>, keys: string[], place: Place, first: number): Generator<void, string> {
    const fields: string[] = [];
    const parts = new Map<number, Record<string, unknown>>();
    for (const key of keys) {
      const split = key.lastIndexOf('.');
      const field = this.#number(split > 3 ? key.slice(0, split) : key, place.segment!, place);
      if (field < first) continue;
      // `ZIB.4.1` beside the fields, as hl7-standard's examples write it: a component.
      if (split > 3) {
        const components = parts.get(field) ?? {};
        parts.set(field, components);
        components[key] = data[key];
      } else {
        const value = data[key];
        const where = { ...place, field };
        fields[field - 1] = isLong(value) ? yield* this.#longField(value, key, where) : this.field(value, key, where);
      }
      if (fields.length % TURNS === 0) yield;
    }
    for (const [field, components] of parts) {
      if (fields[field - 1] !== undefined) {
        const message = 'The field is there twice, by itself and by a component beside it';
        throw buildError('BUILD_KEY', message, { ...place, field });
      }
      fields[field - 1] = this.#components(components, `${place.segment}.${field}`, { ...place, field });
    }
    let text = '';
    for (let n = first - 1; n < fields.length; n++) text += this.#delimiters.field + (fields[n] ?? '');
    return text;
  }

  /** 3 for the name `PID.3` of a field of `PID`, or 1 for `PID.3.1` of a component of `PID.3`. */
  #number(key: string, parent: string, place: Place): number {
    const text = key.startsWith(`${parent}.`) ? key.slice(parent.length + 1) : '';
    if (!/^[1-9]\d{0,4}$/.test(text)) {
      throw buildError('BUILD_KEY', `A name in it is not ${parent} with a dot and a number up to 99999`, place);
    }
    return Number(text);
  }

  #declared(level: 'component' | 'repetition' | 'subComponent', place: Place): string {
    const separator = this.#delimiters[level];
    if (separator !== '') return separator;
    throw buildError('BUILD_VALUE', `The message declares no ${level} separator in MSH-2 for this value`, place);
  }

  #stray(data: Record<string, unknown>, occurrence: number): string {
    const line = data['?.1'] ?? '';
    const place: Place = { segment: '?', occurrence };
    if (typeof line !== 'string' || line.includes('\r') || (line.includes('\n') && !this.#kept?.has(line))) {
      throw buildError('BUILD_VALUE', 'A line that is no segment (?.1) must be a text without a line end', place);
    }
    if (!isStrayLine(line, this.#delimiters.field) || readDelimiters(line) !== undefined) {
      throw buildError(
        'BUILD_SEGMENT',
        'A line kept under "?" would be read as a segment; add the segment under its name',
        place,
      );
    }
    return line;
  }
}

/** True for repetitions that are too many to be written without a pause. */
function isLong(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > TURNS;
}

/** A single value that is no text. */
function leafText(value: unknown, place: Place): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  const hint =
    typeof value === 'boolean'
      ? 'true or false; write the code of the table, such as Y or N'
      : value instanceof Date
        ? 'a Date; write it as HL7 time, such as 20250131120000'
        : typeof value === 'number'
          ? 'not a finite number'
          : `${Array.isArray(value) ? 'a list' : `of type ${typeof value}`} where a text is expected`;
  throw buildError('BUILD_VALUE', `The value is ${hint}`, place);
}
