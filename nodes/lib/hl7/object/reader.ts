import { STRETCH, splitInSteps, TURNS } from '../../util';
import type { Delimiters } from '../syntax/delimiters';
import { isHeaderAt } from '../syntax/segments';
import { type KeyTable, keyTable } from './keys';
import { tooLarge } from './limits';
import { isHeaderName, severalMessages } from './single-message';
import type { Components, ComponentValue, FieldValue, SegmentData, SegmentObject, Transformed } from './types';

/** Sub-components of one component, which are read and written without a pause. */
const MOST_SUB_COMPONENTS = 100_000;
/** Beyond this many characters a native search beats looking at each character. */
const LONG = 32;

/** One pass over the characters of a message. */
export class ObjectReader {
  readonly #text: string;
  readonly #end: number;
  readonly #delimiters: Delimiters;
  readonly #mostNames: number;
  readonly #field: number;
  readonly #component: number;
  readonly #repetition: number;
  readonly #subComponent: number;
  /** The values of the segment, and of the field, that is being read. */
  readonly #values: FieldValue[] = [];
  readonly #parts: ComponentValue[] = [];

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

  /** Reads segment by segment, and a large segment field by field; yields after every part. */
  *read(): Generator<void, Transformed> {
    const text = this.#text;
    const root: Transformed = {};
    let names = 0;
    let index = 0;
    let pause = STRETCH;
    for (let start = 0; start <= this.#end; index++) {
      let stop = text.indexOf('\r', start);
      if (stop === -1) stop = this.#end;
      const segment =
        stop - start > STRETCH ? yield* this.#largeSegment(start, stop, index) : this.#segment(start, stop, index);
      const same = root[segment.type];
      if (same !== undefined) same.push(segment);
      else {
        if (++names > this.#mostNames) throw tooLarge('names', this.#mostNames);
        root[segment.type] = [segment];
      }
      start = stop + 1;
      if (start < pause) continue;
      pause = start + STRETCH;
      yield;
    }
    return root;
  }

  #segment(start: number, stop: number, index: number): SegmentObject {
    if (index === 0) {
      const table = keyTable('MSH')!;
      const next = this.#header(table, start, stop);
      return { type: 'MSH', index, data: this.#fields(table, 3, next, stop) };
    }
    const table = this.#tableOf(start, stop);
    if (table === undefined) return this.#stray(start, stop, index);
    return { type: table.segment, index, data: this.#fields(table, 1, start + 4, stop) };
  }

  *#largeSegment(start: number, stop: number, index: number): Generator<void, SegmentObject> {
    if (index === 0) {
      const table = keyTable('MSH')!;
      const next = this.#header(table, start, stop);
      return { type: 'MSH', index, data: yield* this.#largeFields(table, 3, next, stop) };
    }
    const table = this.#tableOf(start, stop);
    if (table === undefined) return this.#stray(start, stop, index);
    return { type: table.segment, index, data: yield* this.#largeFields(table, 1, start + 4, stop) };
  }

  /** The names of the segment that stands there; undefined for a line that is none. */
  #tableOf(start: number, stop: number): KeyTable | undefined {
    const text = this.#text;
    if (stop - start < 3 || (stop - start > 3 && text.charCodeAt(start + 3) !== this.#field)) return undefined;
    const table = keyTable(text.substring(start, start + 3));
    return table !== undefined && isHeaderName(table.segment) ? undefined : table;
  }

  #stray(start: number, stop: number, index: number): SegmentObject {
    const line = this.#text.substring(start, stop);
    // A second header, whatever its separators: never read as part of the first message.
    if (isHeaderAt(line, 0, this.#delimiters.field)) throw severalMessages();
    return { type: '?', index, data: { '?.1': line } };
  }

  /**
   * Reads MSH-1, which is the separator itself, and MSH-2, which is never split (HL7 v2.9 section 2.5.4).
   * @returns where MSH-3 begins; behind `stop` when there is none
   */
  #header(table: KeyTable, start: number, stop: number): number {
    let next = this.#text.indexOf(this.#delimiters.field, start + 4);
    if (next === -1 || next > stop) next = stop;
    table.field(2);
    this.#values[0] = this.#delimiters.field;
    this.#values[1] = this.#text.substring(start + 4, next);
    return next + 1;
  }

  /** Reads the fields between two offsets, the first of them at `position`; those before it stand among the values. */
  #fields(table: KeyTable, position: number, from: number, stop: number): SegmentData {
    const text = this.#text;
    const values = this.#values;
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
      if (table.fields[position] === undefined) table.field(position);
      let value: FieldValue;
      if (at === near && near < stop) {
        at = text.indexOf(this.#delimiters.field, near);
        if (at === -1 || at > stop) at = stop;
        value = this.#longField(table, position, text.substring(start, at));
      } else if (start === at) value = '';
      else if (repeats) value = this.#repetitions(table, position, start, at);
      else if (split) value = this.#components(table, position, start, at);
      else value = text.substring(start, at);
      values[position - 1] = value;
      start = at + 1;
    }
    return table.shapes.make(table.fields, values, position - 1);
  }

  #repetitions(table: KeyTable, position: number, start: number, stop: number): Components[] {
    const list: Components[] = [];
    let from = start;
    for (let at = start; at < stop; at++) {
      if (this.#text.charCodeAt(at) !== this.#repetition) continue;
      list.push(this.#components(table, position, from, at));
      from = at + 1;
    }
    list.push(this.#components(table, position, from, stop));
    return list;
  }

  #components(table: KeyTable, field: number, start: number, stop: number): Components {
    const text = this.#text;
    const keys = table.components(field);
    const parts = this.#parts;
    let position = 1;
    let from = start;
    let split = false;
    for (let at = start; at <= stop; at++) {
      const c = at === stop ? this.#component : text.charCodeAt(at);
      if (at === stop || c === this.#component) {
        if (keys[position] === undefined) table.component(keys, position);
        const value = from === at ? '' : text.substring(from, at);
        parts[position - 1] = split ? value.split(this.#delimiters.subComponent) : value;
        position++;
        from = at + 1;
        split = false;
      } else if (c === this.#subComponent) split = true;
    }
    return table.componentShapes(field).make(keys, parts, position - 1);
  }

  /** As `#fields` for a segment of any size. */
  *#largeFields(table: KeyTable, position: number, from: number, stop: number): Generator<void, SegmentData> {
    const text = this.#text;
    let pause = from + STRETCH;
    for (let start = from; start <= stop; position++) {
      let at = text.indexOf(this.#delimiters.field, start);
      if (at === -1 || at > stop) at = stop;
      table.field(position);
      const field = text.substring(start, at);
      const large = field.length > STRETCH;
      this.#values[position - 1] = large
        ? yield* this.#largeField(table, position, field)
        : this.#longField(table, position, field);
      start = at + 1;
      if (start < pause) continue;
      pause = start + STRETCH;
      yield;
    }
    return table.shapes.make(table.fields, this.#values, position - 1);
  }

  *#largeField(table: KeyTable, position: number, value: string): Generator<void, FieldValue> {
    const { component, repetition, subComponent } = this.#delimiters;
    if (has(value, repetition)) {
      const list: Components[] = [];
      for (const one of yield* splitInSteps(value, repetition)) {
        list.push(
          one.length > STRETCH
            ? yield* this.#largeComponents(table, position, one)
            : this.#longComponents(table, position, one),
        );
        if (list.length % TURNS === 0) yield;
      }
      return list;
    }
    if (!has(value, component) && !has(value, subComponent)) return value;
    return yield* this.#largeComponents(table, position, value);
  }

  *#largeComponents(table: KeyTable, position: number, value: string): Generator<void, Components> {
    const { component } = this.#delimiters;
    const parts = component === '' ? [value] : yield* splitInSteps(value, component);
    const keys = table.components(position);
    const values: Components = {};
    for (let n = 1; n <= parts.length; n++) {
      values[table.component(keys, n)] = this.#partOf(parts[n - 1]!);
      if (n % TURNS === 0) yield;
    }
    return values;
  }

  #longField(table: KeyTable, position: number, value: string): FieldValue {
    const { component, repetition, subComponent } = this.#delimiters;
    if (has(value, repetition)) {
      return value.split(repetition).map((one) => this.#longComponents(table, position, one));
    }
    return has(value, component) || has(value, subComponent) ? this.#longComponents(table, position, value) : value;
  }

  #longComponents(table: KeyTable, position: number, value: string): Components {
    const { component } = this.#delimiters;
    const parts = this.#parts;
    const keys = table.components(position);
    const list = component === '' ? [value] : value.split(component);
    for (let n = 1; n <= list.length; n++) {
      table.component(keys, n);
      parts[n - 1] = this.#partOf(list[n - 1]!);
    }
    return table.componentShapes(position).make(keys, parts, list.length);
  }

  #partOf(value: string): ComponentValue {
    const { subComponent } = this.#delimiters;
    if (!has(value, subComponent)) return value;
    if (value.length <= MOST_SUB_COMPONENTS) return value.split(subComponent);
    const list = value.split(subComponent, MOST_SUB_COMPONENTS + 1);
    if (list.length > MOST_SUB_COMPONENTS) throw tooLarge('values', MOST_SUB_COMPONENTS);
    return list;
  }
}

function has(value: string, separator: string): boolean {
  return separator !== '' && value.includes(separator);
}

/** A separator that is not declared never matches. */
function codeOf(separator: string): number {
  return separator === '' ? -1 : separator.charCodeAt(0);
}
