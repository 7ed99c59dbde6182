/** The segments of an object in the order of the message. */

import { TURNS } from '../../util';
import { isSegmentName } from '../syntax/segments';
import { buildError, isRecord } from './build-error';
import { isHeaderName } from './single-message';

export interface PlacedSegment {
  /** `?` for a line that is no segment. */
  name: string;
  /** Place among those of its name in the object, from 1. */
  occurrence: number;
  data: Record<string, unknown>;
  /** True for the one MSH. */
  isHeader: boolean;
}

interface Ordered extends PlacedSegment {
  index: number;
}

/**
 * Lists the segments of an object, in steps: by `index`, equal ones in key order, those without an index after the others; an MSH without one first.
 * @throws Hl7Error BUILD_SEGMENT, BUILD_NO_MSH
 */
export function* orderSegments(root: Record<string, unknown>): Generator<void, PlacedSegment[]> {
  const found: Ordered[] = [];
  let inOrder = true;
  let header: Ordered | undefined;
  for (const name of Object.keys(root)) {
    if (name !== '?' && !isSegmentName(name)) {
      const shown = /^[A-Za-z0-9_]{1,20}$/.test(name) ? ` "${name}"` : '';
      const message = `The object's key${shown} is no segment name (a capital letter and two capitals or digits)`;
      throw buildError('BUILD_SEGMENT', message, {});
    }
    const value = root[name];
    if (value === undefined || value === null) continue;
    const segments: unknown[] = Array.isArray(value) ? value : [value];
    for (let n = 0; n < segments.length; n++) {
      const segment = segments[n];
      if (segment === undefined || segment === null) continue;
      const one = placed(name, n + 1, segment);
      if (isHeaderName(name)) {
        if (name !== 'MSH' || header !== undefined) {
          throw buildError('BUILD_SEGMENT', 'A message has one MSH and no batch header', {
            segment: name,
            occurrence: n + 1,
          });
        }
        one.isHeader = true;
        header = one;
        if (one.index === Number.POSITIVE_INFINITY) one.index = Number.NEGATIVE_INFINITY;
      }
      if (found.length > 0 && one.index < found[found.length - 1]!.index) inOrder = false;
      found.push(one);
      if (found.length % TURNS === 0) yield;
    }
  }
  const ordered = inOrder ? found : sorted(found);
  if (header === undefined) throw buildError('BUILD_NO_MSH', 'The message has no MSH segment', { segment: 'MSH' });
  if (ordered[0] !== header) {
    throw buildError('BUILD_NO_MSH', 'A segment stands before MSH by its index; MSH must be the first', {
      segment: 'MSH',
    });
  }
  return ordered;
}

function sorted(segments: Ordered[]): Ordered[] {
  return inPlaces(segments) ?? segments.sort((a, b) => (a.index === b.index ? 0 : a.index - b.index));
}

/** Sorts whole, different indexes with few gaps, as a parsed message has them, each straight to its place. */
function inPlaces(segments: Ordered[]): Ordered[] | undefined {
  const places = new Array<Ordered | undefined>(2 * segments.length).fill(undefined);
  for (const one of segments) {
    const { index } = one;
    if (!Number.isInteger(index) || index < 0 || index >= places.length || places[index] !== undefined)
      return undefined;
    places[index] = one;
  }
  return places.filter((one) => one !== undefined);
}

function placed(name: string, occurrence: number, segment: unknown): Ordered {
  const place = { segment: name, occurrence };
  if (!isRecord(segment)) throw buildError('BUILD_SEGMENT', 'A segment must be an object with its data', place);
  const { type, index, data } = segment;
  if (type !== undefined && type !== name) {
    throw buildError('BUILD_SEGMENT', 'The type of the segment differs from the key it stands under', place);
  }
  if (data !== undefined && data !== null && !isRecord(data)) {
    throw buildError('BUILD_SEGMENT', 'The data of a segment must be an object of its fields', place);
  }
  return {
    name,
    occurrence,
    index: typeof index === 'number' && !Number.isNaN(index) ? index : Number.POSITIVE_INFINITY,
    data: data ?? {},
    isHeader: false,
  };
}
