/** A message as text that is split only where somebody asks; what is not written stays byte for byte. */

import { Hl7Error } from '../errors';
import type { Delimiters } from './delimiters';
import { type DecodeOptions, decodeEscapes, hasSeparator } from './escape';
import { DEFAULT_LIMITS, type Limits, tooLarge } from './limits';
import { isStrayLine, requireHeader } from './object-header';
import { part, replacePart } from './parts';
import { type Path, parsePath, placeOf } from './path';
import { isSegmentName, normaliseSegmentEnds } from './segments';
import { badValue, wireOf } from './wire-value';

/** One segment of a message, in message order. */
export interface SegmentText {
  /** `?` for a line that is no segment. */
  name: string;
  /** The n-th of its name, from 1: usable in a path. */
  occurrence: number;
  /** As sent, without its end. */
  text: string;
}

/**
 * Reads and writes single values of a message by path.
 *
 * A value that is not there at all (no such segment, field, repetition or component) is `undefined`; one that is there
 * and empty is `''`; the HL7 null `""` ("delete this", HL7 v2.9 section 2.5.3.1) is `null`.
 */
export class Hl7Message {
  readonly delimiters: Delimiters;
  readonly #lines: string[];
  /** Fields of the lines split yet; `[3]` is field 3, the name at 0. */
  readonly #fields: (string[] | undefined)[] = [];
  /** Repetitions of the fields split yet, by line and field: split once, however many of them are asked for. */
  readonly #repetitions = new Map<number, string[]>();
  #places: Map<string, number[]> | undefined;

  private constructor(text: string, delimiters: Delimiters) {
    this.delimiters = delimiters;
    this.#lines = text.split('\r');
  }

  /**
   * @param text one message, its segments ended by CR, LF or CRLF
   * @throws Hl7Error PARSE_NOT_TEXT, PARSE_NO_MSH, PARSE_NO_SEPARATOR, PARSE_SEVERAL_MESSAGES (a batch), PARSE_TOO_LARGE
   */
  static parse(text: string, limits: Readonly<Pick<Limits, 'characters'>> = DEFAULT_LIMITS): Hl7Message {
    const delimiters = requireHeader(text);
    if (text.length > limits.characters) throw tooLarge('characters', limits.characters);
    return new Hl7Message(normaliseSegmentEnds(text), delimiters);
  }

  /**
   * The value at a path: decoded where it is a single value; where it has parts (the path stops above them) as sent, since
   * its decoded text could not be told from its separators.
   * @throws Hl7Error PATH_INVALID
   */
  get(path: string, options?: DecodeOptions): string | null | undefined {
    const at = parsePath(path);
    return this.#decode(at, this.#raw(at), options);
  }

  /**
   * The text at a path as sent, `""` included.
   * @throws Hl7Error PATH_INVALID
   */
  getRaw(path: string): string | undefined {
    return this.#raw(parsePath(path));
  }

  /**
   * The values at a path in every occurrence and every repetition that the path does not number, in message order.
   * What is absent is left out, what is empty is in.
   * @throws Hl7Error PATH_INVALID
   */
  getAll(path: string, options?: DecodeOptions): (string | null)[] {
    const at = parsePath(path);
    const occurrences = at.occurrence === undefined ? this.#linesOf(at.segment).map((_, n) => n + 1) : [at.occurrence];
    const values: (string | null)[] = [];
    for (const occurrence of occurrences) {
      const each = { ...at, occurrence };
      const line = this.#lineOf(each);
      if (line === undefined) continue;
      const single = at.field === undefined || at.repetition !== undefined;
      const repetitions = single ? 1 : this.#repetitionsOf(line, at.field!).length;
      for (let n = 1; n <= repetitions; n++) {
        const one = repetitions === 1 ? each : { ...each, repetition: n };
        const value = this.#decode(one, this.#raw(one), options);
        if (value !== undefined) values.push(value);
      }
    }
    return values;
  }

  /** The segments, or those of one name, in message order. */
  segments(name?: string): SegmentText[] {
    const counts = new Map<string, number>();
    const found: SegmentText[] = [];
    const last = this.#lastLine();
    for (let n = 0; n <= last; n++) {
      const text = this.#lines[n]!;
      const own = this.#nameOf(n);
      const occurrence = (counts.get(own) ?? 0) + 1;
      counts.set(own, occurrence);
      if (name === undefined || name === own) found.push({ name: own, occurrence, text });
    }
    return found;
  }

  /**
   * Writes a value: encoded, at a single place; fields, repetitions and components that lack before it are added empty.
   * `null` writes the HL7 null (`""`), `''` empties.
   * @param path its segment must be there; a repetition that it does not name is the first
   * @throws Hl7Error PATH_INVALID, PATH_NO_SEGMENT, PATH_READ_ONLY (MSH-1, MSH-2, whole segments), SET_VALUE, ENCODE_NO_ESCAPE, ENCODE_NO_SEPARATOR
   */
  set(path: string, value: string | number | bigint | null): this {
    return this.#write(parsePath(path), wireOf(value, this.delimiters));
  }

  /**
   * Writes a text that is encoded already, with its own repetitions (only at `[*]`), components and sub-components.
   * @throws Hl7Error as `set`; SET_STRUCTURE when the text holds a separator of the path's own level or above, or a line end
   */
  setRaw(path: string, wire: string): this {
    const at = parsePath(path);
    const { field, repetition, component, subComponent } = this.delimiters;
    const forbidden = ['\r', '\n', field];
    if (at.repetition !== '*') forbidden.push(repetition);
    if (at.component !== undefined) forbidden.push(component);
    if (at.subComponent !== undefined) forbidden.push(subComponent);
    if (typeof wire !== 'string') throw badValue();
    if (forbidden.some((c) => c !== '' && wire.includes(c))) {
      throw new Hl7Error(
        'SET_STRUCTURE',
        `The text for ${placeOf(at)} would change more than that place: it holds a separator of that level or above, or a line end.`,
      );
    }
    return this.#write(at, wire);
  }

  /**
   * Adds a segment without fields behind the last one; `set` fills it.
   * @returns its occurrence, for a path
   * @throws Hl7Error PATH_INVALID when the name is no segment name or a header's
   */
  addSegment(name: string): number {
    if (!isSegmentName(name) || isStrayLine(name, this.delimiters.field)) {
      throw new Hl7Error(
        'PATH_INVALID',
        'A segment name is a capital letter and two capitals or digits, and not MSH, FHS or BHS.',
      );
    }
    const at = this.#lastLine() + 1;
    this.#lines.splice(at, 0, name);
    if (at === this.#lines.length - 1) this.#lines.push('');
    this.#forget();
    return this.#linesOf(name).length;
  }

  /**
   * Removes a segment.
   * @returns false when it is not there
   * @throws Hl7Error PATH_INVALID; PATH_READ_ONLY for MSH or a path to a field
   */
  removeSegment(path: string): boolean {
    const at = parsePath(path);
    if (at.field !== undefined || at.segment === 'MSH') throw readOnly(at);
    const line = this.#lineOf(at);
    if (line === undefined) return false;
    this.#lines.splice(line, 1);
    this.#forget();
    return true;
  }

  /** The message's text, segments ended by `\r`; what was not written is as it was parsed. */
  toString(): string {
    return this.#lines.join('\r');
  }

  #decode(path: Path, raw: string | undefined, options?: DecodeOptions): string | null | undefined {
    if (raw === undefined || raw === '') return raw;
    if (raw === '""') return null;
    if (path.field === undefined || this.#isHeaderField(path)) return raw;
    return hasSeparator(raw, this.delimiters, 'lineFeeds') ? raw : decodeEscapes(raw, this.delimiters, options);
  }

  #raw(path: Path): string | undefined {
    const line = this.#lineOf(path);
    if (line === undefined) return undefined;
    if (path.field === undefined) return this.#lines[line];
    if (path.repetition === '*') return this.#fieldsOf(line)[path.field];
    const { component, subComponent } = this.delimiters;
    const whole = this.#isHeaderField(path);
    const one = this.#repetitionsOf(line, path.field)[(path.repetition ?? 1) - 1];
    if (one === undefined || path.component === undefined) return one;
    const inner = part(one, whole ? '' : component, path.component);
    if (inner === undefined || path.subComponent === undefined) return inner;
    return part(inner, whole ? '' : subComponent, path.subComponent);
  }

  #write(path: Path, wire: string): this {
    if (path.field === undefined || this.#isHeaderField(path)) throw readOnly(path);
    const line = this.#lineOf(path);
    if (line === undefined) {
      throw new Hl7Error('PATH_NO_SEGMENT', `The message has no segment for ${placeOf(path)}; add it first.`);
    }
    const { repetition, component, subComponent } = this.delimiters;
    const fields = this.#fieldsOf(line);
    while (fields.length <= path.field) fields.push('');
    const field = fields[path.field]!;
    const inSub = (text: string): string =>
      path.subComponent === undefined ? wire : replacePart(text, subComponent, path.subComponent, () => wire);
    const inComponent = (text: string): string =>
      path.component === undefined ? wire : replacePart(text, component, path.component, inSub);
    fields[path.field] =
      path.repetition === '*' ? wire : replacePart(field, repetition, path.repetition ?? 1, inComponent);
    const isHeader = fields[0] === 'MSH';
    this.#repetitions.clear();
    this.#lines[line] = (isHeader ? ['MSH', ...fields.slice(2)] : fields).join(this.delimiters.field);
    return this;
  }

  #isHeaderField(path: Path): boolean {
    return path.segment === 'MSH' && path.field !== undefined && path.field <= 2;
  }

  /** None when the line has no such field; the separators of a header are never split. */
  #repetitionsOf(line: number, position: number): readonly string[] {
    const field = this.#fieldsOf(line)[position];
    if (field === undefined) return [];
    const separator = line === 0 && position <= 2 ? '' : this.delimiters.repetition;
    if (separator === '' || !field.includes(separator)) return [field];
    const key = line * PLACES + position;
    const known = this.#repetitions.get(key);
    if (known !== undefined) return known;
    const repetitions = field.split(separator);
    this.#repetitions.set(key, repetitions);
    return repetitions;
  }

  #fieldsOf(line: number): string[] {
    const known = this.#fields[line];
    if (known !== undefined) return known;
    const fields = this.#lines[line]!.split(this.delimiters.field);
    if (line === 0) fields.splice(1, 0, this.delimiters.field);
    this.#fields[line] = fields;
    return fields;
  }

  #lineOf(path: Path): number | undefined {
    return this.#linesOf(path.segment)[(path.occurrence ?? 1) - 1];
  }

  #linesOf(name: string): readonly number[] {
    this.#places ??= this.#findPlaces();
    return this.#places.get(name) ?? NO_LINES;
  }

  #findPlaces(): Map<string, number[]> {
    const places = new Map<string, number[]>();
    for (let n = 0; n < this.#lines.length; n++) {
      const name = this.#nameOf(n);
      const same = places.get(name);
      if (same === undefined) places.set(name, [n]);
      else same.push(n);
    }
    return places;
  }

  #nameOf(line: number): string {
    const text = this.#lines[line]!;
    if (line === 0) return 'MSH';
    return isStrayLine(text, this.delimiters.field) ? '?' : text.slice(0, 3);
  }

  /** The last line that is not blank. */
  #lastLine(): number {
    let last = this.#lines.length - 1;
    while (this.#lines[last] === '') last--;
    return last;
  }

  #forget(): void {
    this.#places = undefined;
    this.#fields.length = 0;
    this.#repetitions.clear();
  }
}

const NO_LINES: readonly number[] = [];
/** More than the field numbers that a path can have. */
const PLACES = 100_000;

function readOnly(path: Path): Hl7Error {
  return new Hl7Error('PATH_READ_ONLY', `${placeOf(path)} cannot be written or removed by path.`);
}
