/**
 * The property names of fields and components (`PID.3`, `PID.3.1`), made once and shared by all messages.
 *
 * The idea: an object of a message has thousands of properties with the same few names. Each name is one string for all
 * messages (`KeyTable`), and objects of the same form are made by one function (`shapes.ts`). Both are bounded, since a hostile
 * sender can invent names: one message may add so many (`withNewKeys`), and when too many are kept all are dropped; the usual
 * ones come back with the next message. Objects keep the names that they have.
 */

import { isSegmentName } from '../syntax/segments';
import { tooLarge } from './limits';
import { forgotShapes, Shapes } from './shapes';
import type { ComponentValue, FieldValue } from './types';

/** The names that one segment's fields and components have in an object. */
export class KeyTable {
  readonly segment: string;
  /** `fields[3]` is `PID.3`; filled on demand, see `field`. */
  readonly fields: string[];
  /** For the objects of this segment's fields. */
  readonly shapes = new Shapes<FieldValue>();
  readonly #components: string[][] = [];
  readonly #componentShapes: Shapes<ComponentValue>[] = [];

  constructor(segment: string) {
    this.segment = segment;
    this.fields = [segment];
  }

  /** `PID.3` for 3. */
  field(position: number): string {
    for (let n = this.fields.length; n <= position; n++) {
      made();
      this.fields.push(`${this.segment}.${n}`);
    }
    return this.fields[position]!;
  }

  /** The component names of a field as far as they were needed yet; `[1]` is `PID.3.1`. Lengthened by `component`. */
  components(position: number): string[] {
    for (let n = this.#components.length; n <= position; n++) this.#components.push([this.field(n)]);
    return this.#components[position]!;
  }

  /** For the objects of a field's components. */
  componentShapes(position: number): Shapes<ComponentValue> {
    let shapes = this.#componentShapes[position];
    if (shapes === undefined) {
      shapes = new Shapes();
      this.#componentShapes[position] = shapes;
    }
    return shapes;
  }

  /** `PID.3.1` for the list of PID.3 and 1. */
  component(list: string[], position: number): string {
    for (let n = list.length; n <= position; n++) {
      made();
      list.push(`${list[0]}.${n}`);
    }
    return list[position]!;
  }
}

/** Names kept at most. All real segments together need about 20,000. */
const MOST = 65_536;
const MOST_SEGMENTS = 1_024;

let tables = new Map<string, KeyTable>();
let cached = 0;
/** How often all names were dropped. */
let forgotten = 0;
let limit = Number.POSITIVE_INFINITY;
let allowed = limit;

function made(): void {
  if (--allowed < 0) throw tooLarge('keys', limit);
  cached++;
}

/**
 * A hostile sender's inventions must not stay in memory: begin afresh, the usual names come back with the next message.
 * Objects that hold old names keep them; a table that is in use goes on with its own.
 */
function forget(): void {
  tables = new Map();
  forgotShapes();
  cached = 0;
  forgotten++;
  // Those that the message needs again are no new ones.
  allowed = limit;
}

/**
 * Does steps that together may make at most so many new names. Other work may come between the steps.
 * @throws Hl7Error PARSE_TOO_LARGE
 */
export function* withNewKeys<T>(most: number, steps: Generator<void, T>): Generator<void, T> {
  let left = most;
  let seen = forgotten;
  for (;;) {
    // Here, since names of any segment count: inventions in a known one are as many as a sender likes.
    if (cached > MOST) forget();
    if (seen !== forgotten) left = most;
    limit = most;
    allowed = left;
    let step: IteratorResult<void, T>;
    try {
      step = steps.next();
      left = allowed;
      seen = forgotten;
    } finally {
      limit = Number.POSITIVE_INFINITY;
      allowed = limit;
    }
    if (step.done) return step.value;
    yield;
  }
}

/**
 * The names for a segment.
 * @returns undefined when the text is no segment name (a capital, then two capitals or digits).
 */
export function keyTable(segment: string): KeyTable | undefined {
  const known = tables.get(segment);
  if (known !== undefined) return known;
  if (!isSegmentName(segment)) return undefined;
  if (cached > MOST || tables.size >= MOST_SEGMENTS) forget();
  // The name is often a slice that would keep its whole message in memory.
  const table = new KeyTable(Buffer.from(segment, 'latin1').toString('latin1'));
  tables.set(table.segment, table);
  return table;
}

/** How many names are kept now; for tests of the bound. */
export function cachedKeys(): { segments: number; names: number } {
  return { segments: tables.size, names: cached };
}
