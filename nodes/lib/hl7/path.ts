/**
 * Paths to fields.
 *
 *     path       = segment [occurrence] [sep field [repetition] [sep component [sep sub-component]]]
 *     segment    = a capital and two capitals or digits: `PID`, `ZP1`
 *     occurrence = `[2]` or `(2)`: the second such segment; without it the first
 *     repetition = `[2]` or `(2)`: the second repetition; without it the first; `[*]`: the whole field
 *     sep        = `-` or `.`
 *
 * All numbers count from 1. `PID-3[2].1.1`, `PID-3(2)-1`, `OBX(3)-5`, `OBX[3]-5`, `PID.3.1`. MSH-1 is the separator, MSH-2
 * the encoding characters.
 */

import { Hl7Error } from '../errors';

export interface Path {
  segment: string;
  /** undefined when the path names none. */
  occurrence?: number;
  field?: number;
  repetition?: number | '*';
  component?: number;
  subComponent?: number;
}

const N = '([1-9]\\d{0,4})';
const SYNTAX = new RegExp(
  `^([A-Z][A-Z0-9]{2})(?:\\[${N}\\]|\\(${N}\\))?` +
    `(?:[-.]${N}(?:\\[(${N}|\\*)\\]|\\((${N}|\\*)\\))?(?:[-.]${N}(?:[-.]${N})?)?)?$`,
);

const MOST = 2_000;
const parsed = new Map<string, Readonly<Path>>();

/**
 * Parses a path; each text once.
 * @throws Hl7Error PATH_INVALID
 */
export function parsePath(text: string): Readonly<Path> {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const m = typeof text === 'string' ? SYNTAX.exec(text) : null;
  if (m === null) throw invalid(text);
  const path: Path = { segment: m[1]! };
  const occurrence = m[2] ?? m[3];
  const repetition = m[5] ?? m[7];
  if (occurrence !== undefined) path.occurrence = Number(occurrence);
  if (m[4] !== undefined) path.field = Number(m[4]);
  if (repetition !== undefined) path.repetition = repetition === '*' ? '*' : Number(repetition);
  if (m[9] !== undefined) path.component = Number(m[9]);
  if (m[10] !== undefined) path.subComponent = Number(m[10]);
  if (path.repetition === '*' && path.component !== undefined) throw invalid(text);
  if (parsed.size >= MOST) parsed.clear();
  parsed.set(text, Object.freeze(path));
  return path;
}

/** A path as errors name it: down to its field. */
export function placeOf(path: Path): string {
  const occurrence = path.occurrence === undefined ? '' : `[${path.occurrence}]`;
  return `${path.segment}${occurrence}${path.field === undefined ? '' : `-${path.field}`}`;
}

function invalid(text: unknown): Hl7Error {
  const shown = typeof text === 'string' ? JSON.stringify(text.slice(0, 40)) : 'not a text';
  return new Hl7Error('PATH_INVALID', `${shown} is no path to a field. Write it like PID-3.1, PID-3[2].1 or OBX[3]-5.`);
}
