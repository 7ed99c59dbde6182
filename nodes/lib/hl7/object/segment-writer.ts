import type { Hl7Error } from '../../errors';
import { TURNS } from '../../util';
import { type Delimiters, readDelimiters } from '../syntax/delimiters';
import { encodeEscapes, encodeWire, hasSeparator } from '../syntax/escape';
import { buildError, isRecord, type Place } from './build-error';
import { keyTable } from './keys';
import type { PlacedSegment } from './segment-order';
import { isStrayLine } from './single-message';

/** One segment of a message's object as a line of text: its fields, repetitions, components and sub-components. */

/** Writes segments, fields and components; every refusal names the place. */
export class SegmentWriter {
  readonly #delimiters: Delimiters;
  readonly #kept: ReadonlySet<string> | undefined;

  /** @param kept values whose raw line feeds stay */
  constructor(delimiters: Delimiters, kept?: ReadonlySet<string>) {
    this.#delimiters = delimiters;
    this.#kept = kept;
  }

  /** One line, without its end; yields where it is a long one. */
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
    if (typeof value !== 'string') return this.#encoded(leafText(value, place), place, encodeEscapes);
    if (!hasSeparator(value, this.#delimiters)) return value;
    if (this.#kept?.has(value) && !hasSeparator(value, this.#delimiters, 'lineFeeds')) return value;
    return this.#encoded(value, place, encodeWire);
  }

  #encoded(value: string, place: Place, encode: typeof encodeWire): string {
    try {
      return encode(value, this.#delimiters);
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
