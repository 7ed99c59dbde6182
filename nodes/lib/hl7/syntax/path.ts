/**
 * Paths to fields.
 *
 *     path       = segment [occurrence] [sep field [repetition] [sep component [sep sub-component]]]
 *     segment    = a capital and two capitals or digits: `PID`, `ZP1`
 *     occurrence = `[2]` or `(2)`: the second such segment; without it the first
 *     repetition = `[2]` or `(2)`: the second repetition; without it the first; `[*]`: the whole field
 *                | condition [condition ...]: the first repetition that meets all of them
 *     condition  = `[5=MR]`: its component 5 is the text MR; `[4.2=1.2.3]`: a sub-component is
 *     sep        = `-` or `.`
 *
 * All numbers count from 1. `PID-3[2].1.1`, `PID-3(2)-1`, `OBX(3)-5`, `OBX[3]-5`, `PID.3.1`, `PID-3[5=MR].1`. MSH-1 is the
 * separator, MSH-2 the encoding characters. A condition compares decoded text, letter by letter, with all that is behind
 * its `=`; that text has no bracket. `docs/function-nodes.md` documents the grammar for users.
 */

import { Hl7Error } from '../../errors';

/** What a repetition must hold: a text at a component, or at one of its sub-components. */
export interface Condition {
  component: number;
  /** Without it the first one is meant, as where a component is not split at all. */
  subComponent?: number;
  value: string;
}

export interface Path {
  segment: string;
  /** undefined when the path names none. */
  occurrence?: number;
  field?: number;
  repetition?: number | '*';
  /** The repetition is the first that meets all of these; `repetition` is undefined then. */
  where?: readonly Condition[];
  component?: number;
  subComponent?: number;
}

const N = '[1-9]\\d{0,4}';
const CONDITION = `\\[${N}(?:\\.${N})?=[^\\[\\]\\x00-\\x1f]+\\]`;
/** The dialog of db store has the same syntax in `resources/own-table-rules.js`. */
const SYNTAX = new RegExp(
  `^(?<segment>[A-Z][A-Z0-9]{2})(?:\\[(?<occurrence>${N})\\]|\\((?<occurrence2>${N})\\))?` +
    `(?:[-.](?<field>${N})(?:\\[(?<repetition>${N}|\\*)\\]|\\((?<repetition2>${N}|\\*)\\)|(?<where>(?:${CONDITION})+))?` +
    `(?:[-.](?<component>${N})(?:[-.](?<subComponent>${N}))?)?)?$`,
);
const CONDITIONS = /\[(\d+)(?:\.(\d+))?=([^\]]+)\]/g;

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
  const g = m.groups as Record<string, string | undefined>;
  const path: Path = { segment: g.segment! };
  const occurrence = g.occurrence ?? g.occurrence2;
  const repetition = g.repetition ?? g.repetition2;
  if (occurrence !== undefined) path.occurrence = Number(occurrence);
  if (g.field !== undefined) path.field = Number(g.field);
  if (repetition !== undefined) path.repetition = repetition === '*' ? '*' : Number(repetition);
  if (g.where !== undefined) path.where = Object.freeze([...g.where.matchAll(CONDITIONS)].map(conditionOf));
  if (g.component !== undefined) path.component = Number(g.component);
  if (g.subComponent !== undefined) path.subComponent = Number(g.subComponent);
  if (path.repetition === '*' && path.component !== undefined) throw invalid(text);
  if (parsed.size >= MOST) parsed.clear();
  parsed.set(text, Object.freeze(path));
  return path;
}

function conditionOf([, component, subComponent, value]: RegExpExecArray | RegExpMatchArray): Condition {
  const condition: Condition = { component: Number(component), value: value! };
  if (subComponent !== undefined) condition.subComponent = Number(subComponent);
  return condition;
}

/** A path as errors name it: down to its field. */
export function placeOf(path: Path): string {
  const occurrence = path.occurrence === undefined ? '' : `[${path.occurrence}]`;
  return `${path.segment}${occurrence}${path.field === undefined ? '' : `-${path.field}`}`;
}

function invalid(text: unknown): Hl7Error {
  const shown = typeof text === 'string' ? JSON.stringify(text.slice(0, 40)) : 'not a text';
  return new Hl7Error(
    'PATH_INVALID',
    `${shown} is no path to a field. Write it like PID-3.1, PID-3[2].1, PID-3[5=MR].1 or OBX[3]-5.`,
  );
}
