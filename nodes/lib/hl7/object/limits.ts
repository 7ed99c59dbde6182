/** What a text may hold before it is turned into an object: caps that keep the event loop free, checked before the work. */

import { type ErrorDetail, Hl7Error } from '../../errors';
import type { Delimiters } from '../syntax/delimiters';

export interface Limits {
  /** UTF-16 units of the text. */
  characters: number;
  /** Segments, blank lines counted. */
  segments: number;
  /** Distinct segment names. */
  names: number;
  /** Fields, repetitions, components and sub-components together. */
  values: number;
  /** Property names (`PID.3`, `PID.3.1`) that no earlier message needed. */
  keys: number;
}

/**
 * For work without a pause. Measured on two slow shared cores, Node 20: a value costs 40 to 115 ns whatever the message's
 * shape, a new property name 1 us, a field of 16 MB 4 ms. Real messages stay far below: the largest of some thousands had
 * 257 segments, the most varied one 50 names.
 */
export const DEFAULT_LIMITS: Readonly<Limits> = Object.freeze({
  characters: 20_000_000,
  segments: 20_000,
  names: 256,
  values: 250_000,
  keys: 20_000,
});

/** For live messages in a flow, which a Function node reads and builds without a pause, at about twice the cost of plain data. */
export const LIVE_LIMITS: Readonly<Limits> = Object.freeze({
  ...DEFAULT_LIMITS,
  characters: 4_000_000,
  segments: 10_000,
  values: 100_000,
});

/** For work that yields in between: limits of memory, not of time, and room for a report of a hundred thousand results. */
export const STEPS_LIMITS: Readonly<Limits> = Object.freeze({
  ...DEFAULT_LIMITS,
  characters: 64_000_000,
  segments: 200_000,
  values: 1_000_000,
});

/**
 * Refuses a text that is larger than the limits, before the work. A short text costs nothing; a long one a few native
 * searches that stop at the limit. Gives way between them.
 * @param text segments ended by `\r`
 * @throws Hl7Error PARSE_TOO_LARGE
 */
export function* checkLimits(
  text: string,
  delimiters: Delimiters,
  limits: Readonly<Limits> = DEFAULT_LIMITS,
): Generator<void, void> {
  if (text.length > limits.characters) throw tooLarge('characters', limits.characters);
  // Each separator is a character: a text shorter than a cap cannot pass it.
  if (text.length > limits.segments && count(text, '\r', limits.segments) > limits.segments) {
    throw tooLarge('segments', limits.segments);
  }
  if (text.length <= limits.values) return;
  let values = 0;
  const { field, component, repetition, subComponent } = delimiters;
  for (const separator of ['\r', field, component, repetition, subComponent]) {
    if (separator === '') continue;
    yield;
    values += count(text, separator, limits.values - values);
    if (values > limits.values) throw tooLarge('values', limits.values);
  }
}

/** How often a character stands in a text; counting stops one past `most`. */
function count(text: string, character: string, most: number): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1 && found <= most; at = text.indexOf(character, at + 1)) found++;
  return found;
}

const WORDS: Readonly<Record<keyof Limits, string>> = {
  characters: 'characters',
  segments: 'segments',
  names: 'different segment names',
  values: 'fields and components',
  keys: 'new kinds of fields and components',
};

/** The refusal of a text beyond a limit; table 0357: 104 too long, 198 cardinality. */
export function tooLarge(limit: keyof Limits, most: number): Hl7Error {
  const text = `The message has more than ${most} ${WORDS[limit]}`;
  const error: ErrorDetail = { code: limit === 'characters' ? '104' : '198', text };
  return new Hl7Error(
    'PARSE_TOO_LARGE',
    `${text}, which would block every other message while it is parsed. Read single fields by path, or leave hl7 parse out: db store stores it without.`,
    { fault: 'content', errors: [error] },
  );
}
