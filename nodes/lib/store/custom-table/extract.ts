import { type ErrorDetail, Hl7Error } from '../../errors';
import { Hl7Message, type Path, parsePath, peekHeader } from '../../hl7';
import { convert, cut } from './convert';
import { Groups } from './groups';
import { type Offset, offsetOf } from './times';
import { type CustomColumn, type CustomRow, type CustomRows, type CustomTable, nameOf, type Written } from './types';

/** What a path gives: an HL7 value, `null` for the HL7 null, nothing. */
type Value = string | null | undefined;

/** One row in the making: what an expression may ask of the message. */
export interface RowContext {
  /** The segment the row is of, and its occurrence; `''` and 0 for a row a message. */
  segment: string;
  occurrence: number;
  /** The repetition the row is of, from 1; 0 where there is no row for each. */
  repetition: number;
  /**
   * The value at a path, as `Hl7Message.get` reads it, of the segments that belong to the row.
   * @throws Hl7Error PATH_INVALID
   */
  get(path: string): Value;
  /**
   * All values that a path names: of each segment that belongs to the row, and of each repetition. The first is that of
   * `get`; undefined or empty where a place is so.
   * @throws Hl7Error PATH_INVALID
   */
  all(path: string): readonly Value[];
}

/** What an expression made of a row. */
export class ExpressionResult {
  constructor(
    readonly value: unknown,
    /** It read a path that names several values, and got the first. */
    readonly leftOut = false,
    /** It failed on a value: what it threw, which may quote it. */
    readonly failure?: { code: string; cause: unknown },
  ) {}
}

/** What a column of a row got, for people who try a table out. */
export interface Cell {
  column: CustomColumn;
  written: Written | undefined;
  /** True when the value was cut. */
  cut: boolean;
  /** True when the path names several values, and the first was taken. */
  leftOut?: boolean;
  /** True when the expression failed, and the column got what is set for a value that does not fit. */
  failed?: boolean;
  /** Why the value was not written as it is; holds no value. */
  problem?: string;
  /** The problem refuses the message. */
  refused: boolean;
  /** What the expression threw. */
  cause?: unknown;
}

/** The place of a row in its message. */
interface Position {
  segment: string;
  occurrence: number;
  /** The repetition that the row is of. */
  repeated: { segment: string; occurrence: number; field: number; repetition: number } | undefined;
}

/** Reads the rows of one table from one message. */
export class Extraction {
  readonly contexts: readonly RowContext[];
  readonly #message: Hl7Message | undefined;
  readonly #groups: Groups | undefined;
  readonly #offset: Offset;
  readonly #positions: readonly Position[];
  /** What paths gave, by the list of occurrences that they were read in: rows of one group share it. */
  readonly #known = new Map<readonly number[], Map<string, readonly Value[]>>();
  /** What each path gave last in one segment: rows of one group come one after another. */
  readonly #last = new Map<string, { occurrence: number; values: readonly Value[] }>();
  readonly #everyOccurrence = new Map<string, readonly number[]>();

  /**
   * @param text the message; `''` when there is none, as for a table that is made of properties alone
   * @throws Hl7Error of `Hl7Message.parse`, fault content, when the table needs a message and this is none
   */
  constructor(
    readonly table: CustomTable,
    text: string,
  ) {
    const { segment, columns } = table;
    const needed = segment !== '' || columns.some(({ kind }) => kind === 'path' || kind === 'expression');
    this.#message = needed || text !== '' ? parsed(text, needed) : undefined;
    this.#offset = offsetOf(peekHeader(text));
    if (segment !== '') this.#groups = new Groups(this.#message!.segments());
    const count = this.#groups?.count(segment) ?? 1;
    const rows = Array.from({ length: count }, (_, n): Position => {
      return { segment, occurrence: segment === '' ? 0 : n + 1, repeated: undefined };
    });
    this.#positions = table.repeating === undefined ? rows : rows.flatMap((row) => this.#repeated(row));
    this.contexts = this.#positions.map((row) => ({
      segment,
      occurrence: row.occurrence,
      repetition: row.repeated?.repetition ?? 0,
      get: (path) => this.#values(path, row)[0],
      all: (path) => this.#values(path, row),
    }));
  }

  /**
   * @param property reads a property of the flow's message; undefined when it is not there
   * @param expressions the results of the columns' expressions, for each row in the order of the columns; empty without any
   * @throws Hl7Error STORE_VALUE_REFUSED (fault content) with all that is wrong
   */
  rows(property: (name: string) => unknown, expressions: readonly (readonly unknown[])[] = []): CustomRows {
    const cells = this.cells(property, expressions);
    const faults: ErrorDetail[] = [];
    const reasons: string[] = [];
    const [shortened, leftOut, failed] = [new Set<string>(), new Set<string>(), new Set<string>()];
    let cause: unknown;
    const rows = cells.map((row, n): CustomRow => {
      for (const cell of row) {
        const { column, problem = '' } = cell;
        if (cell.cut) shortened.add(column.name);
        if (cell.leftOut) leftOut.add(column.name);
        if (cell.failed) failed.add(column.name);
        if (!cell.refused) continue;
        cause ??= cell.cause;
        if (reasons.length < MOST_REASONS) reasons.push(`the column ${column.name} ${problem}`);
        if (faults.length < MOST_FAULTS) faults.push(this.#located(column, this.#positions[n]!, problem));
      }
      return row.map(({ written }) => written);
    });
    if (reasons.length > 0) {
      const text = `A message was not written to the table ${nameOf(this.table)}: ${reasons.join('; ')}.`;
      throw new Hl7Error('STORE_VALUE_REFUSED', text, { fault: 'content', errors: faults, cause });
    }
    const own: CustomRows = { table: this.table, rows, cut: [...shortened] };
    if (leftOut.size > 0) own.leftOut = [...leftOut];
    if (failed.size > 0) own.failed = [...failed];
    const ids = this.table.logged ? this.table.columns.flatMap(({ kind }, n) => (kind === 'log' ? [n] : [])) : [];
    if (ids.length > 0) own.ids = ids;
    return own;
  }

  /** As `rows`, each cell with what is to be said of it; never throws for what a value holds. */
  cells(property: (name: string) => unknown, expressions: readonly (readonly unknown[])[] = []): Cell[][] {
    return this.contexts.map((context, n) => {
      let expression = 0;
      return this.table.columns.map((column): Cell => {
        const { kind, source } = column;
        if (kind === 'constant') return { column, written: column.value, cut: false, refused: false };
        if (kind === 'log') return this.#idCell(column);
        if (kind === 'path') return this.#pathCell(column, context.all(source));
        if (kind === 'property') return this.#cell(column, property(source));
        return this.#expressionCell(column, expressions[n]?.[expression++]);
      });
    });
  }

  /** The id is written in its place when the log has given it. */
  #idCell(column: CustomColumn): Cell {
    return this.table.logged
      ? { column, written: '', cut: false, refused: false }
      : fallback(column, column.missing, NO_VALUE);
  }

  #pathCell(column: CustomColumn, values: readonly Value[]): Cell {
    if (column.repeats === 'all') return this.#cell(column, joined(values, column.separator));
    const leftOut = leavesOut(values);
    if (leftOut && column.repeats === 'refuse') return fallback(column, 'refuse', SEVERAL);
    const cell = this.#cell(column, values[0]);
    return leftOut ? { ...cell, leftOut, problem: cell.problem ?? SEVERAL } : cell;
  }

  #expressionCell(column: CustomColumn, result: unknown): Cell {
    if (!(result instanceof ExpressionResult)) return this.#cell(column, result);
    const { value, leftOut, failure } = result;
    if (failure !== undefined) {
      const policy = column.misfit === 'cut' ? 'refuse' : column.misfit;
      const cell = fallback(column, policy, `has an expression that fails (${failure.code})`);
      return { ...cell, failed: !cell.refused, leftOut, cause: failure.cause };
    }
    const cell = this.#cell(column, value);
    return leftOut ? { ...cell, leftOut, problem: cell.problem ?? SEVERAL } : cell;
  }

  #cell(column: CustomColumn, value: unknown): Cell {
    return cellOf(column, value, this.#offset, this.#message?.delimiters.component);
  }

  /** The rows of a row that has one for each repetition of a field. */
  #repeated(row: Position): Position[] {
    const { segment, occurrence, field, least } = this.table.repeating!;
    const occurrences = occurrence === undefined ? this.#occurrences(segment, row) : [occurrence];
    const rows = occurrences.flatMap((one) => {
      const values = this.#message!.repetitionsAt({ segment, field }, one, undefined);
      return values.flatMap((value, n): Position[] =>
        isEmpty(value) || value === null
          ? []
          : [{ ...row, repeated: { segment, occurrence: one, field, repetition: n + 1 } }],
      );
    });
    if (rows.length > 0 || least === 0) return rows;
    const first = occurrences[0];
    return [first === undefined ? row : { ...row, repeated: { segment, occurrence: first, field, repetition: 1 } }];
  }

  /** The segments of a name that belong to a row. */
  #occurrences(segment: string, row: Position): readonly number[] {
    if (row.repeated?.segment === segment) return [row.repeated.occurrence];
    if (this.#groups !== undefined) return this.#groups.occurrences(segment, { ...row, name: row.segment });
    let every = this.#everyOccurrence.get(segment);
    if (every === undefined) {
      every = (this.#message?.segments(segment) ?? []).map(({ occurrence }) => occurrence);
      this.#everyOccurrence.set(segment, every);
    }
    return every;
  }

  #values(path: string, row: Position): readonly Value[] {
    const at = parsePath(path);
    const message = this.#message;
    if (message === undefined) return NOTHING;
    const { repeated } = row;
    const isRepeated = (occurrence: number): boolean =>
      repeated !== undefined &&
      repeated.segment === at.segment &&
      repeated.occurrence === occurrence &&
      repeated.field === at.field &&
      at.repetition === undefined &&
      at.where === undefined;
    const read = (occurrence: number): readonly Value[] => {
      const repetition = isRepeated(occurrence) ? repeated!.repetition : at.repetition;
      const last = this.#last.get(path);
      if (last?.occurrence === occurrence && repetition === at.repetition) return last.values;
      const found = message.repetitionsAt(at, occurrence, repetition, PLAIN);
      const values = found.length === 0 ? NOTHING : found;
      if (repetition === at.repetition) this.#last.set(path, { occurrence, values });
      return values;
    };
    if (at.occurrence !== undefined) return read(at.occurrence);
    const occurrences = this.#occurrences(at.segment, row);
    if (occurrences.length === 0) return NOTHING;
    if (occurrences.length === 1) return read(occurrences[0]!);
    let known = this.#known.get(occurrences);
    if (known === undefined) {
      known = new Map();
      this.#known.set(occurrences, known);
    }
    let values = known.get(path);
    if (values === undefined) {
      values = occurrences.flatMap(read);
      known.set(path, values);
    }
    return values;
  }

  #located(column: CustomColumn, row: Position, problem: string): ErrorDetail {
    const code = problem === NO_VALUE ? '101' : '102';
    const fault: ErrorDetail = { code, text: `${column.name.slice(0, 40)} ${problem}`, severity: 'E' };
    if (column.kind !== 'path') return fault;
    const at = parsePath(column.source);
    const occurrence = at.occurrence ?? this.#occurrences(at.segment, row)[0] ?? 1;
    const { repeated } = row;
    const ofRow = repeated?.segment === at.segment && repeated.field === at.field && repeated.occurrence === occurrence;
    return { location: locationOf(at, occurrence, ofRow ? repeated.repetition : undefined), ...fault };
  }
}

/** Line breaks and blanks of formatted text are written as such. */
const PLAIN = { formatting: 'text' } as const;
/** The listener has a limit of its own, and only what the paths name is split. */
const UNLIMITED = { characters: Number.POSITIVE_INFINITY };
const NO_VALUE = 'has no value';
const SEVERAL = 'has several values';
const NOTHING: readonly Value[] = Object.freeze([undefined]);
const MOST_REASONS = 5;
const MOST_FAULTS = 20;

function isEmpty(value: unknown): value is '' | undefined {
  return value === undefined || value === '';
}

/** What many rows ask of one list of values, which may be long. */
const leaving = new WeakMap<readonly Value[], boolean>();
const joining = new WeakMap<readonly Value[], { separator: string; value: Value }>();

/** True when the first of several values does not say all of them. */
function leavesOut(values: readonly Value[]): boolean {
  if (values.length === 1) return false;
  let found = leaving.get(values);
  if (found === undefined) {
    const [first] = values;
    found = values.some((value) => !isEmpty(value) && value !== first);
    leaving.set(values, found);
  }
  return found;
}

/** All values in one text, an empty one where a place has none, so that two columns of one field line up. */
function joined(values: readonly Value[], separator: string): Value {
  if (values.length === 1) return values[0];
  const known = joining.get(values);
  if (known?.separator === separator) return known.value;
  let value: Value = values.includes(null) ? null : undefined;
  if (values.some((one) => !isEmpty(one) && one !== null)) value = values.map((one) => one ?? '').join(separator);
  joining.set(values, { separator, value });
  return value;
}

/** `null` is the HL7 null, or a null of the flow: NULL is wanted. Nothing and an empty text are no value. */
function cellOf(column: CustomColumn, value: unknown, offset: Offset, component: string | undefined): Cell {
  if (isEmpty(value)) return fallback(column, column.missing, NO_VALUE);
  if (value === null) {
    const required = column.key || column.missing === 'refuse';
    return required ? fallback(column, 'refuse', NO_VALUE) : { column, written: null, cut: false, refused: false };
  }
  const converted = convert(value, column, offset, component);
  if ('written' in converted) return { column, written: converted.written, cut: false, refused: false };
  const problem = `has a value that ${converted.misfit}`;
  if (column.misfit !== 'cut') return fallback(column, column.misfit, problem);
  const written = cut(value, column);
  return written === undefined
    ? fallback(column, 'refuse', problem)
    : { column, written, cut: true, problem, refused: false };
}

function fallback(
  column: CustomColumn,
  policy: CustomColumn['missing'] | CustomColumn['misfit'],
  problem: string,
): Cell {
  const written = policy === 'default' ? column.value : policy === 'leave' ? undefined : null;
  return { column, written, cut: false, problem, refused: policy === 'refuse' };
}

function parsed(text: string, needed: boolean): Hl7Message | undefined {
  try {
    return Hl7Message.parse(text, UNLIMITED);
  } catch (error) {
    if (!needed) return undefined;
    if (!(error instanceof Hl7Error)) throw error;
    throw new Hl7Error(error.code, error.message, { fault: 'content', errors: error.errors, cause: error });
  }
}

/**
 * ERL: segment, occurrence, field, repetition, component, sub-component. Of a path with a condition, whose repetition is
 * another one in each message, down to the field.
 */
function locationOf(path: Path, occurrence: number, ofRow: number | undefined): string {
  const { segment, field, repetition, where, component, subComponent } = path;
  const parts: (string | number)[] = [segment, occurrence];
  if (field !== undefined) parts.push(field);
  if (where !== undefined) return parts.join('^');
  if (ofRow !== undefined && repetition === undefined) parts.push(ofRow);
  else if (component !== undefined) parts.push(repetition === undefined || repetition === '*' ? 1 : repetition);
  if (component !== undefined) parts.push(component);
  if (subComponent !== undefined) parts.push(subComponent);
  return parts.join('^');
}
