import { Hl7Error } from '../../../errors';
import type { SegmentData, SegmentObject } from '../types';
import { type Index, parseFieldName, readField, writeField } from './live-field';

/** The part of a live message that its segments use. */
export interface Owner {
  get(field: string, index?: Index, sectionIndex?: Index, subIndex?: Index): unknown;
  set(field: string, value: unknown, index?: Index, sectionIndex?: Index, subIndex?: Index): unknown;
  transformed: { [segment: string]: SegmentObject[] };
}

/** A symbol, so that JSON leaves the message out; enumerable, so that cloneDeep replaces it by the cloned message. */
export const OWNER: unique symbol = Symbol.for('hl7.message');

/** A segment of a live message. Its methods are the prototype's and work on `this`: a clone never writes to the original. */
export class Segment implements SegmentObject {
  type: string;
  index: number;
  data: SegmentData;
  [OWNER]?: Owner;

  constructor(type: string, owner?: Owner, data: SegmentData = {}, index = 0) {
    this.type = type;
    this.index = index;
    this.data = data;
    this[OWNER] = owner;
  }

  /** As the message's `get`, of this segment. A field of another segment is read in that one's same occurrence. */
  get(field: string, sectionIndex?: Index, subIndex?: Index): unknown {
    const name = parseFieldName(field);
    if (name.segment === this.type) return readField(this.data, name, sectionIndex, subIndex);
    return ownerOf(this).get(field, occurrenceOf(this), sectionIndex, subIndex);
  }

  /** As the message's `set`, of this segment. */
  set(field: string, value: unknown, sectionIndex?: Index, subIndex?: Index): unknown {
    const name = parseFieldName(field);
    if (name.segment !== this.type) return ownerOf(this).set(field, value, occurrenceOf(this), sectionIndex, subIndex);
    return setInSegment(this, field, value, sectionIndex, subIndex);
  }
}

// No private methods: a clone made by Object.create would not have them.
function ownerOf(segment: Segment): Owner {
  const owner = segment[OWNER];
  if (owner !== undefined) return owner;
  throw new Hl7Error('LIVE_FIELD', 'A segment that belongs to no message has only its own fields.');
}

/** From 0, among the segments of its name. */
function occurrenceOf(segment: Segment): number {
  return Math.max(0, ownerOf(segment).transformed[segment.type]?.indexOf(segment) ?? 0);
}

/**
 * Writes a field, or for a bare segment name all of them.
 * @throws Hl7Error as `writeField`
 */
export function setInSegment(
  segment: SegmentObject,
  field: string,
  value: unknown,
  repetition: Index,
  sub: Index,
): unknown {
  const name = parseFieldName(field);
  if (name.field !== undefined) {
    return writeField(segment.data, { ...name, field: name.field }, value, repetition, sub);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Hl7Error('BUILD_VALUE', 'To overwrite a whole segment give an object of its fields.');
  }
  segment.data = value as SegmentData;
  return value;
}
