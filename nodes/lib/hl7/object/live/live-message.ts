/** Live messages: hl7-standard's own API for Function nodes that were written against it. */

import HL7 from 'hl7-standard';
import { Hl7Error } from '../../../errors';
import { atOnce, TURNS } from '../../../util';
import { isSegmentName } from '../../syntax/segments';
import { toText } from '../build';
import { isRecord } from '../build-error';
import { DEFAULT_LIMITS, type Limits } from '../limits';
import { parseSteps } from '../parse';
import type { SegmentObject, Transformed } from '../types';
import { type Index, parseFieldName, readField } from './live-field';
import { OWNER, type Owner, Segment, setInSegment } from './live-segment';

type Callback = (error: Error | null, result: Transformed | null) => void;

/**
 * An hl7-standard message (`instanceof` holds) that reads, writes and builds without that library's faults: values stay
 * as on the wire, `build()` gives the received text byte for byte where nothing was written, and what was written is
 * escaped. It survives lodash's cloneDeep, so that it can travel in a Node-RED message. A batch is refused: split it first.
 *
 * Everything is as the library documents it, with these differences: what is not there reads as null whatever the
 * indexes; segments are listed in message order; the options of the constructor are ignored (segments end with `\r`).
 */
export class LiveMessage extends HL7 implements Owner {
  declare transformed: Transformed;

  constructor(data = '', options?: ConstructorParameters<typeof HL7>[1]) {
    super(data, { ...options, subComponents: undefined, repeatingFields: undefined, lineEndings: '\r' });
    // The library's own property is bound to this instance and would follow a clone.
    delete (this as { isBatch?: unknown }).isBatch;
  }

  override isBatch(): boolean {
    return false;
  }

  /**
   * Parses `raw`; a message that is parsed already stays as it is. With a callback nothing is thrown.
   * @throws Hl7Error as `toObject`
   */
  override transform(callback?: Callback | null, _batch?: boolean, limits: Readonly<Limits> = DEFAULT_LIMITS): void {
    try {
      if (Object.keys(this.transformed).length === 0) {
        atOnce(this.transforming(limits));
      }
    } catch (error) {
      if (!callback) throw error;
      callback(error as Error, null);
      return;
    }
    callback?.(null, this.transformed);
  }

  /** As `transform` of a message that is not parsed yet; yields to the event loop periodically. */
  *transforming(limits: Readonly<Limits>): Generator<void, void> {
    const root = yield* parseSteps(this.raw, limits);
    let last = -1;
    for (const name of Object.keys(root)) {
      const segments: Segment[] = [];
      for (const { type, index, data } of root[name]!) {
        segments.push(new Segment(type, this, data, index));
        if (index > last) last = index;
        if (segments.length % TURNS === 0) yield;
      }
      root[name] = segments;
    }
    this.transformed = root;
    this.lastIndex = last;
  }

  /** The text, segments ended by `\r`. @throws Hl7Error as `toText` */
  override build(): string {
    this.encoded = toText(this.transformed);
    return this.encoded;
  }

  /** @returns text, object or list as it stands there; null when nothing does */
  override get(field: string, index?: Index, sectionIndex?: Index, subIndex?: Index): unknown {
    const name = parseFieldName(field);
    const segment = named(this, name.segment)[index ?? 0];
    return segment === undefined ? null : readField(segment.data, name, sectionIndex, subIndex);
  }

  /** @throws Hl7Error LIVE_NO_SEGMENT, BUILD_VALUE, BUILD_KEY, LIVE_FIELD, LIVE_INDEX */
  override set(field: string, value: unknown, index?: Index, sectionIndex?: Index, subIndex?: Index): unknown {
    const segment = named(this, parseFieldName(field).segment)[index ?? 0];
    if (segment === undefined) {
      throw new Hl7Error('LIVE_NO_SEGMENT', 'The message has no such segment to write to; create it first.');
    }
    return setInSegment(segment, field, value, sectionIndex, subIndex);
  }

  override getSegment(segment: string): Segment | null {
    return named(this, checkedName(segment))[0] ?? null;
  }

  override getSegments(segment?: string): Segment[] {
    return segment === undefined || segment === '' ? ordered(this) : [...named(this, checkedName(segment))];
  }

  override getSegmentsAfter(
    start: SegmentObject,
    name: string,
    consecutive = false,
    stop?: string | string[],
  ): Segment[] {
    own(this, start);
    checkedName(name);
    const stops = stop === undefined ? [] : Array.isArray(stop) ? stop : [stop];
    const group: Segment[] = [];
    for (const segment of ordered(this)) {
      if (segment.index <= start.index) continue;
      if (stops.includes(segment.type)) break;
      if (segment.type === name) group.push(segment);
      else if (consecutive && group.length > 0) break;
    }
    return group;
  }

  override createSegment(segment: string): Segment {
    checkedName(segment);
    return insert(this, segment, nextIndex(this));
  }

  override createSegmentAfter(segment: string, afterSegment?: SegmentObject): Segment {
    checkedName(segment);
    return insert(this, segment, own(this, afterSegment).index + 1);
  }

  override createSegmentBefore(segment: string, beforeSegment?: SegmentObject): Segment {
    checkedName(segment);
    return insert(this, segment, own(this, beforeSegment).index);
  }

  override deleteSegment(segment: SegmentObject): void {
    this.deleteSegments([segment]);
  }

  override deleteSegments(segments: SegmentObject | SegmentObject[]): void {
    const list = Array.isArray(segments) ? [...segments] : [segments];
    for (const segment of list) own(this, segment);
    for (const segment of list) {
      const rest = named(this, segment.type).filter((one) => one !== segment);
      if (rest.length > 0) this.transformed[segment.type] = rest;
      else delete this.transformed[segment.type];
    }
  }

  override moveSegmentAfter(segment: SegmentObject, afterSegment: SegmentObject): void {
    move(this, segment, afterSegment, 1);
  }

  override moveSegmentBefore(segment: SegmentObject, beforeSegment: SegmentObject): void {
    move(this, segment, beforeSegment, 0);
  }
}

// Functions, no private methods: a clone made by Object.create would not have those.

function move(message: LiveMessage, segment: SegmentObject, beside: SegmentObject, offset: 0 | 1): void {
  const mark = own(message, beside);
  const moved = own(message, segment);
  if (moved === mark) return;
  const index = mark.index + offset;
  makeRoom(message, index);
  moved.index = index;
  named(message, moved.type).sort(byIndex);
}

function insert(message: LiveMessage, type: string, index: number): Segment {
  const last = makeRoom(message, index);
  const segment = new Segment(type, message, {}, index);
  const same = named(message, type);
  same.push(segment);
  if (index < last) same.sort(byIndex);
  message.transformed[type] = same;
  message.lastIndex = Math.max(index, last);
  return segment;
}

/** @returns the last index that a segment has then. */
function makeRoom(message: LiveMessage, index: number): number {
  let last = -1;
  for (const name of Object.keys(message.transformed)) {
    for (const segment of named(message, name)) {
      if (segment.index >= index) segment.index++;
      if (segment.index > last) last = segment.index;
    }
  }
  return last;
}

/** The segments of one name; those that a flow added as plain data become live ones. */
function named(message: LiveMessage, name: string): Segment[] {
  const root = message.transformed;
  const found: unknown = Object.hasOwn(root, name) ? root[name] : undefined;
  if (found === undefined || found === null) return [];
  const list: unknown[] = Array.isArray(found) ? found : [found];
  if (Array.isArray(found) && list.every((one) => one instanceof Segment)) return list as Segment[];
  const kept = list.filter(isRecord).map((one) => adopt(message, name, one));
  root[name] = kept;
  return kept;
}

function adopt(message: LiveMessage, name: string, one: Record<string, unknown>): Segment {
  if (one instanceof Segment) return one;
  if (typeof one.index !== 'number') one.index = nextIndex(message);
  Object.setPrototypeOf(one, Segment.prototype);
  const segment = one as unknown as Segment;
  segment.type = name;
  segment.data ??= {};
  segment[OWNER] = message;
  return segment;
}

function nextIndex(message: LiveMessage): number {
  let last = -1;
  for (const found of Object.values(message.transformed) as unknown[]) {
    for (const segment of Array.isArray(found) ? found : [found]) {
      if (typeof segment?.index === 'number' && segment.index > last) last = segment.index;
    }
  }
  return last + 1;
}

function ordered(message: LiveMessage): Segment[] {
  return Object.keys(message.transformed)
    .flatMap((name) => named(message, name))
    .sort(byIndex);
}

function own(message: LiveMessage, segment: unknown): Segment {
  const type = isRecord(segment) && typeof segment.type === 'string' ? segment.type : '';
  const found = named(message, type).find((one) => one === segment);
  if (found === undefined) throw new Hl7Error('LIVE_NO_SEGMENT', 'The segment given is no segment of this message.');
  return found;
}

function byIndex(a: SegmentObject, b: SegmentObject): number {
  return a.index - b.index;
}

function checkedName(name: unknown): string {
  if (typeof name === 'string' && isSegmentName(name)) return name;
  throw new Hl7Error('LIVE_SEGMENT_NAME', 'A segment name is a capital letter and two capitals or digits.');
}

/**
 * Parses one message as a live hl7-standard message.
 * @throws Hl7Error as `toObject`
 * @example
 * const { toLive } = require('@hl7-logger/node-red');
 * const live = toLive('MSH|^~\\&|LAB|HOSP|EMR|HOSP|20260401||ORU^R01|4711|P|2.5\rPID|1||123^^^HOSP^MR\r');
 * live.get('PID.3.1'); // => '123'
 * live.set('PID.3.1', '124');
 * live.build().includes('PID|1||124^^^HOSP^MR'); // => true
 */
export function toLive(text: string, limits: Readonly<Limits> = DEFAULT_LIMITS): LiveMessage {
  return atOnce(makeLiveSteps(text, limits));
}

/** As `toLive`; yields to the event loop periodically. */
export function* makeLiveSteps(text: string, limits: Readonly<Limits>): Generator<void, LiveMessage> {
  const message = new LiveMessage(text);
  yield* message.transforming(limits);
  return message;
}
