import { Hl7Error, type Located } from '../../errors';
import { peekHeader } from '../../hl7/header';
import { type Path, parsePath } from '../../hl7/path';
import { Hl7Message } from '../../hl7/tokenizer';
import { convert, cut } from './convert';
import { Groups } from './groups';
import { type Offset, offsetOf } from './times';
import { nameOf, type OwnColumn, type OwnRow, type OwnRows, type OwnTable, type Written } from './types';

/** One row in the making: what an expression may ask of the message. */
export interface RowContext {
  /** The segment the row is of, and its occurrence; `''` and 0 for a row a message. */
  segment: string;
  occurrence: number;
  /**
   * The value at a path, as `Hl7Message.get` reads it, of the segments that belong to the row.
   * @throws Hl7Error PATH_INVALID
   */
  get(path: string): string | null | undefined;
}

/** What a column of a row got, for people who try a table out. */
export interface Cell {
  column: OwnColumn;
  written: Written | undefined;
  /** True when the value was cut. */
  cut: boolean;
  /** Why the value was not written as it is; holds no value. */
  problem?: string;
  /** The problem refuses the message. */
  refused: boolean;
}

/** Reads the rows of one table from one message. */
export class Extraction {
  readonly contexts: readonly RowContext[];
  readonly #message: Hl7Message | undefined;
  readonly #groups: Groups | undefined;
  readonly #offset: Offset;

  /**
   * @param text the message; `''` when there is none, as for a table that is made of properties alone
   * @throws Hl7Error of `Hl7Message.parse`, fault content, when the table needs a message and this is none
   */
  constructor(
    readonly table: OwnTable,
    text: string,
  ) {
    const { segment, columns } = table;
    const needed = segment !== '' || columns.some(({ kind }) => kind === 'path' || kind === 'expression');
    this.#message = needed || text !== '' ? parsed(text, needed) : undefined;
    this.#offset = offsetOf(peekHeader(text));
    if (segment === '') {
      this.contexts = [{ segment: '', occurrence: 0, get: (path) => this.#message?.get(path, PLAIN) }];
      return;
    }
    this.#groups = new Groups(this.#message!.segments());
    this.contexts = Array.from({ length: this.#groups.count(segment) }, (_, n) => {
      const context = { segment, occurrence: n + 1 };
      return { ...context, get: (path: string) => this.#getFrom(path, context) };
    });
  }

  /**
   * @param property reads a property of the flow's message; undefined when it is not there
   * @param expressions the results of the columns' expressions, for each row in the order of the columns; empty without any
   * @throws Hl7Error STORE_VALUE_REFUSED (fault content) with all that is wrong
   */
  rows(property: (name: string) => unknown, expressions: readonly (readonly unknown[])[] = []): OwnRows {
    const cells = this.cells(property, expressions);
    const faults: Located[] = [];
    const reasons: string[] = [];
    const shortened = new Set<string>();
    const rows = cells.map((row, n): OwnRow => {
      for (const { column, refused, problem = '', cut } of row) {
        if (cut) shortened.add(column.name);
        if (!refused) continue;
        if (reasons.length < MOST_REASONS) reasons.push(`the column ${column.name} ${problem}`);
        if (faults.length < MOST_FAULTS) faults.push(this.#located(column, this.contexts[n]!, problem));
      }
      return row.map(({ written }) => written);
    });
    if (reasons.length > 0) {
      const text = `A message was not written to the table ${nameOf(this.table)}: ${reasons.join('; ')}.`;
      throw new Hl7Error('STORE_VALUE_REFUSED', text, { fault: 'content', errors: faults });
    }
    return { table: this.table, rows, cut: [...shortened] };
  }

  /** As `rows`, each cell with what is to be said of it; never throws for what a value holds. */
  cells(property: (name: string) => unknown, expressions: readonly (readonly unknown[])[] = []): Cell[][] {
    return this.contexts.map((context, n) => {
      let expression = 0;
      return this.table.columns.map((column): Cell => {
        const { kind, source } = column;
        if (kind === 'constant') return { column, written: column.value, cut: false, refused: false };
        if (kind === 'path') return cellOf(column, context.get(source), this.#offset);
        if (kind === 'property') return cellOf(column, property(source), this.#offset);
        return cellOf(column, expressions[n]?.[expression++], this.#offset);
      });
    });
  }

  #getFrom(path: string, row: { segment: string; occurrence: number }): string | null | undefined {
    const at = parsePath(path);
    if (at.occurrence !== undefined) return this.#message!.get(path, PLAIN);
    const occurrence = this.#groups!.occurrence(at.segment, { name: row.segment, occurrence: row.occurrence });
    if (occurrence === undefined) return undefined;
    return this.#message!.get(occurrence === 1 ? path : `${at.segment}[${occurrence}]${path.slice(3)}`, PLAIN);
  }

  #located(column: OwnColumn, row: RowContext, problem: string): Located {
    const code = problem === NO_VALUE ? '101' : '102';
    const fault: Located = { code, text: `${column.name.slice(0, 40)} ${problem}`, severity: 'E' };
    if (column.kind !== 'path') return fault;
    const at = parsePath(column.source);
    const occurrence =
      at.occurrence ??
      (row.segment === ''
        ? 1
        : this.#groups!.occurrence(at.segment, { name: row.segment, occurrence: row.occurrence }));
    return { location: locationOf(at, occurrence ?? 1), ...fault };
  }
}

/** Line breaks and blanks of formatted text are written as such. */
const PLAIN = { formatting: 'text' } as const;
/** The listener has a limit of its own, and only what the paths name is split. */
const UNLIMITED = { characters: Number.POSITIVE_INFINITY };
const NO_VALUE = 'has no value';
const MOST_REASONS = 5;
const MOST_FAULTS = 20;

/** `null` is the HL7 null, or a null of the flow: NULL is wanted. Nothing and an empty text are no value. */
function cellOf(column: OwnColumn, value: unknown, offset: Offset): Cell {
  if (value === undefined || value === '') return fallback(column, column.missing, NO_VALUE);
  if (value === null) {
    const required = column.key || column.missing === 'refuse';
    return required ? fallback(column, 'refuse', NO_VALUE) : { column, written: null, cut: false, refused: false };
  }
  const converted = convert(value, column, offset);
  if ('written' in converted) return { column, written: converted.written, cut: false, refused: false };
  const problem = `has a value that ${converted.misfit}`;
  if (column.misfit !== 'cut') return fallback(column, column.misfit, problem);
  const written = cut(value, column);
  return written === undefined
    ? fallback(column, 'refuse', problem)
    : { column, written, cut: true, problem, refused: false };
}

function fallback(column: OwnColumn, policy: OwnColumn['missing'] | OwnColumn['misfit'], problem: string): Cell {
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

/** ERL: segment, occurrence, field, repetition, component, sub-component. */
function locationOf(path: Path, occurrence: number): string {
  const { segment, field, repetition, component, subComponent } = path;
  const parts: (string | number)[] = [segment, occurrence];
  if (field !== undefined) parts.push(field);
  if (component !== undefined) parts.push(repetition === undefined || repetition === '*' ? 1 : repetition, component);
  if (subComponent !== undefined) parts.push(subComponent);
  return parts.join('^');
}
