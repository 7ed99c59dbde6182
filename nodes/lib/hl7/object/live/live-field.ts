/** Reading and writing fields in the object of one segment, by hl7-standard's notation (`PID.3.1`) and indexes from 0. */

import { Hl7Error } from '../../../errors';
import { STANDARD_DELIMITERS } from '../../syntax/delimiters';
import { buildError, isRecord } from '../build-error';
import { SegmentWriter } from '../segment-writer';
import type { Components, ComponentValue, FieldValue, SegmentData } from '../types';

/** `PID.3.1` taken apart; numbers count from 1. */
interface FieldName {
  segment: string;
  field?: number;
  component?: number;
  subComponent?: number;
}

/** An index from 0 as hl7-standard's callers pass it: left out, or null, for the first. */
export type Index = number | null | undefined;

const NOTATION = /^([A-Z][A-Z0-9]{2})(?:\.([1-9]\d{0,4}))?(?:\.([1-9]\d{0,4}))?(?:\.([1-9]\d{0,4}))?$/;

/** @throws Hl7Error LIVE_FIELD */
export function parseFieldName(text: unknown): FieldName {
  const m = typeof text === 'string' ? NOTATION.exec(text) : null;
  if (m === null) {
    throw new Hl7Error('LIVE_FIELD', 'A field is named by segment, field and component, such as PID.3 or PID.3.1.');
  }
  const number = (part: string | undefined): number | undefined => (part === undefined ? undefined : Number(part));
  return { segment: m[1]!, field: number(m[2]), component: number(m[3]), subComponent: number(m[4]) };
}

/** What stands at a place of a segment; null when nothing does, whatever the indexes. */
export function readField(
  data: SegmentData,
  name: FieldName,
  repetition: Index,
  subComponent: Index,
): SegmentData | FieldValue | ComponentValue | null {
  if (name.field === undefined) return data;
  const key = `${name.segment}.${name.field}`;
  if (!Object.hasOwn(data, key)) return null;
  const field = data[key];
  const one = Array.isArray(field) ? field[repetition ?? 0] : (repetition ?? 0) === 0 ? field : undefined;
  if (one === undefined || one === null) return null;
  if (name.component === undefined) return one;
  const value = isRecord(one) ? customValue(one, `${key}.${name.component}`) : name.component === 1 ? one : undefined;
  const sub = subComponent ?? (name.subComponent === undefined ? 0 : name.subComponent - 1);
  if (Array.isArray(value)) return value[sub] ?? null;
  return sub === 0 ? (value ?? null) : null;
}

function customValue(record: Components, key: string): ComponentValue | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/**
 * Writes a place of a segment; what lacks before it is added empty, what stands beside it stays.
 * @returns the value as it stands there now
 * @throws Hl7Error BUILD_VALUE, BUILD_KEY, LIVE_INDEX
 */
export function writeField(
  data: SegmentData,
  name: FieldName & { field: number },
  value: unknown,
  repetition: Index,
  subComponent: Index,
): unknown {
  const key = `${name.segment}.${name.field}`;
  const stored = checkedValue(name, key, value);
  const rep = checkedIndex(repetition);
  const sub = checkedIndex(subComponent) ?? (name.subComponent === undefined ? undefined : name.subComponent - 1);
  for (let n = 1; n <= name.field; n++) data[`${name.segment}.${n}`] ??= emptyField(name.segment, n);
  let field = data[key]!;
  if (rep !== undefined && !Array.isArray(field)) field = [promote(field, key)];
  if (!Array.isArray(field)) {
    data[key] = name.component === undefined ? (stored as FieldValue) : inComponents(field, name, key, stored, sub);
    return stored;
  }
  data[key] = field;
  const at = rep ?? 0;
  while (field.length <= at) field.push({});
  field[at] = (name.component === undefined ? stored : inComponents(field[at], name, key, stored, sub)) as Components;
  return stored;
}

/** A header needs its separators before anything can stand behind them. */
function emptyField(segment: string, position: number): string {
  if (segment !== 'MSH' || position > 2) return '';
  return position === 1 ? STANDARD_DELIMITERS.field : STANDARD_DELIMITERS.encodingCharacters;
}

function inComponents(old: unknown, name: FieldName, key: string, value: unknown, sub: number | undefined): Components {
  const components = promote(old, key);
  for (let n = 1; n <= name.component!; n++) components[`${key}.${n}`] ??= '';
  const own = `${key}.${name.component}`;
  const present = components[own]!;
  if (sub === undefined && !(Array.isArray(present) && !Array.isArray(value))) {
    components[own] = value as ComponentValue;
    return components;
  }
  if (Array.isArray(value)) {
    throw buildError('BUILD_VALUE', 'A sub-component takes one text, no list', {
      segment: name.segment,
      field: name.field,
    });
  }
  const list = Array.isArray(present) ? present : [present];
  const at = sub ?? 0;
  while (list.length <= at) list.push('');
  list[at] = value as string;
  components[own] = list;
  return components;
}

/** A field that was a text becomes its first component: nothing is lost when a second one is written. */
function promote(field: unknown, key: string): Components {
  if (isRecord(field)) return field as Components;
  return field === undefined || field === '' || field === null ? {} : { [`${key}.1`]: field as string };
}

/** Refuses what could never be built, here, where the flow that wrote it can be found. */
function checkedValue(name: FieldName, key: string, value: unknown): unknown {
  const place = { segment: name.segment, field: name.field };
  if (value === undefined)
    throw buildError('BUILD_VALUE', 'The value is undefined; write an empty text to empty a field', place);
  const checker = new SegmentWriter(STANDARD_DELIMITERS);
  if (name.component !== undefined && Array.isArray(value)) checker.field({ [`${key}.1`]: value }, key, place);
  else if (name.component !== undefined && isRecord(value)) {
    throw buildError('BUILD_VALUE', 'A component takes a text or a list of sub-components, no object', place);
  } else {
    const text = checker.field(value, key, place);
    if (typeof value !== 'object' && typeof value !== 'string') return text;
  }
  return value === null ? '' : value;
}

/** Indexes above this are mistakes that would fill the memory with empty repetitions. */
const MOST_INDEX = 99_999;

function checkedIndex(index: Index): number | undefined {
  if (index === undefined || index === null) return undefined;
  if (!Number.isInteger(index) || index < 0 || index > MOST_INDEX) {
    throw new Hl7Error('LIVE_INDEX', 'An index is a whole number from 0 on.');
  }
  return index;
}
