/** A message as text that is split only where it is read; what is not written stays byte for byte. */

import { Hl7Error } from '../../errors';
import { declaredCharset } from '../charset/decode-message';
import { DEFAULT_LIMITS, type Limits, tooLarge } from '../object/limits';
import { isStrayLine, requireHeader } from '../object/single-message';
import type { Delimiters } from '../syntax/delimiters';
import { badValue, type DecodeOptions, decodeEscapes, hasSeparator, wireOf } from '../syntax/escape';
import { peekHeader } from '../syntax/header';
import { type Path, parsePath, placeOf } from '../syntax/path';
import { isSegmentName, normaliseSegmentEnds } from '../syntax/segments';
import { Lines, type SegmentText } from './lines';
import { type Level, partOf, partsIn, textOf } from './split-text';

export type { SegmentText } from './lines';

/**
 * Reads and writes single values of a message by path.
 *
 * A value that is not there at all (no such segment, field, repetition or component) is `undefined`; one that is there
 * and empty is `''`; the HL7 null `""` ("delete this", HL7 v2.9 section 2.5.3.1) is `null`.
 *
 * No read or edit goes over the rest of the message again, so a loop over all of its places costs about as much as they
 * are; only a text that is asked for as a whole after an edit (a segment, a field with its parts, the message) is made anew.
 * @example
 * const { Hl7Message } = require('@hl7-logger/node-red');
 * const message = Hl7Message.parse('MSH|^~\\&|LAB|HOSP|EMR|HOSP|20260401||ORU^R01|4711|P|2.5\rPID|1||123^^^HOSP^MR\r');
 * message.get('PID-3.1'); // => '123'
 * message.get('PID-5'); // => undefined
 * message.set('PID-8', 'F');
 * message.toString().endsWith('PID|1||123^^^HOSP^MR|||||F\r'); // => true
 */
export class Hl7Message {
  readonly delimiters: Delimiters;
  readonly #lines: Lines;

  private constructor(text: string, delimiters: Delimiters) {
    this.delimiters = delimiters;
    this.#lines = new Lines(text, delimiters.field);
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
   * The values at a path, one for each segment of its name, in message order: what `get` reads in each. So the lists of two
   * fields of one segment line up, whatever is absent, empty or repeated. A path with an occurrence (`OBX[2]-5`) reads that
   * segment alone.
   * @returns one entry for each segment: undefined where the segment does not have the place
   * @throws Hl7Error PATH_INVALID
   */
  getAll(path: string, options?: DecodeOptions): (string | null | undefined)[] {
    const at = parsePath(path);
    return this.#linesOf(at).map((line) =>
      this.#decode(at, this.#rawIn(line, at, this.#repetition(line, at)), options),
    );
  }

  /**
   * The values at a path in each repetition of its field, in one segment: the first of its name, or the one that the path
   * names. Conditions (`PID-3[5=MR].1`) choose among the repetitions; a number (`PID-3[2].1`) chooses one.
   * @returns one entry for each repetition: undefined where it does not have the component; empty when there is no such field
   * @throws Hl7Error PATH_INVALID
   */
  getRepetitions(path: string, options?: DecodeOptions): (string | null | undefined)[] {
    const at = parsePath(path);
    return this.repetitionsAt(at, at.occurrence ?? 1, at.repetition, options);
  }

  /**
   * As `getRepetitions`, of a path that was parsed before.
   * @param occurrence of the segment, whichever the path names
   * @param repetition the one to read; undefined for all, or for those that meet the path's conditions
   */
  repetitionsAt(
    at: Readonly<Path>,
    occurrence: number,
    repetition: number | '*' | undefined,
    options?: DecodeOptions,
  ): (string | null | undefined)[] {
    const line = this.#lines.find(at.segment, occurrence);
    if (line === undefined) return [];
    if (at.field === undefined || repetition !== undefined) {
      const value = this.#decode(at, this.#rawIn(line, at, repetition), options);
      return value === undefined ? [] : [value];
    }
    const values: (string | null | undefined)[] = [];
    const repetitions = this.#countRepetitions(line, at.field);
    for (let n = 1; n <= repetitions; n++) {
      if (at.where === undefined || this.#meets(line, at, n)) {
        values.push(this.#decode(at, this.#rawIn(line, at, n), options));
      }
    }
    return values;
  }

  /** The segments, or those of one name, in message order. */
  segments(name?: string): SegmentText[] {
    return this.#lines.segments(name);
  }

  /**
   * Writes a value: encoded, at a single place; fields, repetitions and components that lack before it are added empty.
   * `null` writes the HL7 null (`""`), `''` empties.
   * @param path its segment must be there, and a repetition that meets its conditions; a repetition that it does not name is
   * the first
   * @throws Hl7Error PATH_INVALID, PATH_NO_SEGMENT, PATH_NO_REPETITION, PATH_READ_ONLY (MSH-1, MSH-2, whole segments), SET_VALUE, ENCODE_NO_ESCAPE, ENCODE_NO_SEPARATOR
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
    this.#lines.add(name);
    return this.#lines.count(name);
  }

  /**
   * Removes a segment.
   * @returns false when it is not there
   * @throws Hl7Error PATH_INVALID; PATH_READ_ONLY for MSH or a path to a field
   */
  removeSegment(path: string): boolean {
    const at = parsePath(path);
    if (at.field !== undefined || at.segment === 'MSH') throw readOnly(at);
    return this.#lines.remove(at.segment, at.occurrence ?? 1);
  }

  /** The message's text, segments ended by `\r`; what was not written is as it was parsed. */
  toString(): string {
    return this.#lines.toString();
  }

  #decode(path: Path, raw: string | undefined, options?: DecodeOptions): string | null | undefined {
    if (raw === undefined || raw === '') return raw;
    if (raw === '""') return null;
    if (path.field === undefined || this.#isHeaderField(path)) return raw;
    if (hasSeparator(raw, this.delimiters, 'lineFeeds')) return raw;
    if (!SWITCH.test(raw)) return decodeEscapes(raw, this.delimiters, options);
    return decodeEscapes(raw, this.delimiters, { charset: this.#declared(), ...options });
  }

  /** The set that MSH-18 names, which is nearly always the one that the text was decoded with. */
  #declared(): string | undefined {
    const header = peekHeader(this.#lines.text(0));
    return header === undefined ? undefined : declaredCharset(header);
  }

  #raw(path: Path): string | undefined {
    const line = this.#lines.find(path.segment, path.occurrence ?? 1);
    return line === undefined ? undefined : this.#rawIn(line, path, this.#repetition(line, path));
  }

  /** The lines of the segments that a path may mean, in message order. */
  #linesOf({ segment, occurrence }: Path): number[] {
    const lines: number[] = [];
    const last = occurrence ?? this.#lines.count(segment);
    for (let n = occurrence ?? 1; n <= last; n++) {
      const line = this.#lines.find(segment, n);
      if (line !== undefined) lines.push(line);
    }
    return lines;
  }

  /** The repetition that a path means in a line; 0 when no repetition meets its conditions. */
  #repetition(line: number, path: Path): number | '*' {
    if (path.where === undefined) return path.repetition ?? 1;
    const repetitions = this.#countRepetitions(line, path.field!);
    for (let n = 1; n <= repetitions; n++) if (this.#meets(line, path, n)) return n;
    return 0;
  }

  #meets(line: number, { segment, field, where = [] }: Path, repetition: number): boolean {
    return where.every(({ component, subComponent = 1, value }) => {
      const place = { segment, field, component, subComponent };
      return this.#decode(place, this.#rawIn(line, place, repetition)) === value;
    });
  }

  /** @param repetition 0 reads nothing */
  #rawIn(line: number, path: Path, repetition: number | '*' = 1): string | undefined {
    if (path.field === undefined) return this.#lines.text(line);
    if (repetition === 0) return undefined;
    if (this.#isHeaderField(path)) return this.#headerField(path, repetition);
    const { delimiters } = this;
    const fields = this.#lines.fields(line);
    const at = indexOf(line, path.field);
    let piece = repetition === '*' ? fields.at(at) : fields.peek(at, delimiters.repetition);
    if (piece !== undefined && repetition !== '*') {
      const inner = path.component === undefined ? undefined : delimiters.component;
      piece = partOf(piece, delimiters.repetition, repetition, inner);
    }
    if (piece !== undefined && path.component !== undefined) {
      const inner = path.subComponent === undefined ? undefined : delimiters.subComponent;
      piece = partOf(piece, delimiters.component, path.component, inner);
    }
    if (piece !== undefined && path.subComponent !== undefined) {
      piece = partOf(piece, delimiters.subComponent, path.subComponent);
    }
    return piece === undefined ? undefined : textOf(piece);
  }

  /** The separators themselves are never split. */
  #headerField({ field, component = 1, subComponent = 1 }: Path, repetition: number | '*'): string | undefined {
    if ((repetition !== '*' && repetition !== 1) || component !== 1 || subComponent !== 1) return undefined;
    return field === 1 ? this.delimiters.field : textOf(this.#lines.fields(0).at(1)!);
  }

  #countRepetitions(line: number, field: number): number {
    if (line === 0 && field <= 2) return 1;
    const { repetition } = this.delimiters;
    const piece = this.#lines.fields(line).peek(indexOf(line, field), repetition);
    return piece === undefined ? 0 : partsIn(piece, repetition);
  }

  #write(path: Path, wire: string): this {
    if (path.field === undefined || this.#isHeaderField(path)) throw readOnly(path);
    const line = this.#lines.find(path.segment, path.occurrence ?? 1);
    if (line === undefined) {
      throw new Hl7Error('PATH_NO_SEGMENT', `The message has no segment for ${placeOf(path)}; add it first.`);
    }
    const { repetition, component, subComponent } = this.delimiters;
    const levels: Level[] = [];
    const position = this.#repetition(line, path);
    if (position === 0) {
      throw new Hl7Error(
        'PATH_NO_REPETITION',
        `No repetition of ${placeOf(path)} meets the condition of the path; write to one by its number.`,
      );
    }
    if (position !== '*') levels.push({ separator: repetition, position });
    if (path.component !== undefined) levels.push({ separator: component, position: path.component });
    if (path.subComponent !== undefined) levels.push({ separator: subComponent, position: path.subComponent });
    if (levels.some(({ separator, position }) => separator === '' && position > 1)) {
      throw new Hl7Error('ENCODE_NO_SEPARATOR', 'The message declares no separator for the place to write to (MSH-2).');
    }
    this.#lines.write(line, indexOf(line, path.field), wire, levels);
    return this;
  }

  #isHeaderField(path: Path): boolean {
    return path.segment === 'MSH' && path.field !== undefined && path.field <= 2;
  }
}

/** What a switch to another character set looks like. */
const SWITCH = /[CM](?:[0-9A-Fa-f]{2}){2}/;

/** Where a field stands in its split line: MSH-1 is the separator itself. */
function indexOf(line: number, field: number): number {
  return line === 0 ? field - 1 : field;
}

function readOnly(path: Path): Hl7Error {
  return new Hl7Error('PATH_READ_ONLY', `${placeOf(path)} cannot be written or removed by path.`);
}
