import { Hl7Error } from '../../errors';
import type { CustomBatch } from './merge';
import { type CustomColumn, type CustomTable, nameOf } from './types';

/** How long one statement of a custom table may take. */
export interface CustomTableLimits {
  /** Milliseconds it waits for a lock that another program holds, where the database counts that apart. */
  lockMs: number;
  /** Milliseconds it may take in all. */
  statementMs: number;
}

/** A statement with its parameters. */
export interface CustomStatement {
  sql: string;
  parameters: readonly unknown[];
}

/** How one kind of database writes custom tables. Names are quoted: they are spelled as the table spells them. */
export interface CustomTableSql {
  /** The table's name in a statement. */
  table(table: CustomTable): string;
  quote(name: string): string;
  /** The type that a column is created with. */
  typeOf(column: CustomColumn): string;
  /** Creates the table unless it is there. */
  createTable(table: CustomTable): string[];
  /** Writes rows by the table's mode: all or none of them. */
  write(batch: CustomBatch): CustomStatement;
  /** True for an error about the table itself: it is not there, lacks a column or an index, or may not be written. */
  ofTable(error: unknown): boolean;
  /** What to do when the table cannot be created because of this error; undefined where it may be for want of a right. */
  cannotCreate?(error: unknown): string | undefined;
  /** What a statement waited for in vain within its limits: `lock`, or `time` where it took too long; undefined for any other error. */
  waited(error: unknown): Waited | undefined;
  /** What lacks for the table's mode although table and columns are there, for databases that would not say so. */
  lacks?(table: CustomTable, run: Run): Promise<string | undefined>;
  /** Asks how the table compares its key, for databases whose statements have to say it. Never throws for want of an answer. */
  learn?(table: CustomTable, run: Run): Promise<void>;
  /**
   * The text columns of the key that an existing table compares more loosely than letter by letter, each with what does it:
   * `id (utf8mb4_general_ci)`. `proof` counts the rows of a batch that are there by exactly its keys, as `n`: fewer than
   * were written say that the table took one for another.
   */
  readonly exact?: {
    loose(table: CustomTable, run: Run): Promise<string[]>;
    proof(batch: CustomBatch): CustomStatement;
  };
}

/** Tables of which `exact.loose` has found something. */
const LOOSE = new WeakSet<CustomTable>();

/** True for a table, as it was when it was looked at last, that may take one key for another. */
export const isLoose = (table: CustomTable): boolean => LOOSE.has(table);

export type Waited = 'lock' | 'time';

export type Run = (sql: string, parameters?: readonly unknown[]) => Promise<unknown[]>;

/** Joins names for a list of columns. */
export function listed(names: readonly string[]): string {
  return names.join(', ');
}

/**
 * Sees that a table and its columns are there, and creates it if wished.
 * @returns what is weak about the table, a sentence
 * @param create runs a change of the schema while no other instance does the same
 * @throws Hl7Error STORE_OWN_TABLE, saying what lacks
 */
export async function prepareCustomTable(
  own: CustomTableSql,
  table: CustomTable,
  place: { location: string; run: Run; create(change: () => Promise<void>): Promise<void> },
): Promise<string | undefined> {
  const { location, run } = place;
  const name = nameOf(table);
  const attempt = async (sql: string): Promise<unknown> => {
    try {
      await run(sql);
      return undefined;
    } catch (error) {
      // What says nothing of the table, such as a lost connection, is for the caller.
      if (!own.ofTable(error)) throw error;
      return error;
    }
  };
  const look = (columns: string): string => `SELECT ${columns} FROM ${own.table(table)} o WHERE 1 = 0`;
  let absent = await attempt(look('1 AS one'));
  if (absent !== undefined && table.create) {
    try {
      await place.create(async () => {
        for (const statement of own.createTable(table)) await run(statement);
      });
    } catch (error) {
      const advice = own.cannotCreate?.(error);
      if (!own.ofTable(error) && advice === undefined) throw error;
      const todo = advice ?? 'Create it by hand, or have its user granted the right.';
      throw failed(`The table ${name} cannot be created in ${location} (${codeOf(error)}). ${todo}`, error);
    }
    absent = await attempt(look('1 AS one'));
  }
  if (absent !== undefined) {
    throw failed(
      `There is no table ${name} in ${location} that can be read (${codeOf(absent)}). Correct its name, which is taken letter by letter, create it, or let the node create it.`,
      absent,
    );
  }
  const columns = table.columns.map((column) => `o.${own.quote(column.name)}`);
  if ((await attempt(look(listed(columns)))) !== undefined) {
    for (const [n, column] of table.columns.entries()) {
      const error = await attempt(look(columns[n]!));
      if (error === undefined) continue;
      throw failed(
        `The table ${name} in ${location} has no column ${column.name}. Correct the name, which is taken letter by letter, or add the column.`,
        error,
      );
    }
  }
  const lacks = table.mode === 'insert' ? undefined : await own.lacks?.(table, run);
  if (lacks !== undefined) throw failed(`The table ${name} in ${location} ${lacks}`);
  await own.learn?.(table, run);
  const loose = table.mode === 'insert' ? [] : ((await own.exact?.loose(table, run)) ?? []);
  if (loose.length === 0) {
    LOOSE.delete(table);
    return undefined;
  }
  LOOSE.add(table);
  return `The key of the table ${name} in ${location} takes different values for the same: see ${listed(loose)}. A message whose key is taken for another one's is refused. Give the columns a type and a collation that compare letter by letter.`;
}

/** The table has taken the key of a message for that of another row, which is not to be changed by it. */
export function keyTaken(table: CustomTable, location: string): Hl7Error {
  const key = table.columns.filter((column) => column.key).map((column) => column.name);
  const text = `The table ${nameOf(table)} of ${location} takes the key of a message (${listed(key)}) for that of another row: it compares the key's columns loosely, such as without regard to case, accents or blanks at the end. Nothing was written. Give the columns a type and a collation that compare letter by letter.`;
  const errors = [{ code: '205', text: 'The key is taken for that of another row', severity: 'E' as const }];
  return new Hl7Error('STORE_ROW_REFUSED', text, { fault: 'content', errors });
}

/** Why rows could not be written, where it is not for what they hold. */
export function notWritten(table: CustomTable, location: string, error: unknown): Hl7Error {
  const key = table.columns.filter((column) => column.key).map((column) => column.name);
  const index =
    table.mode === 'insert'
      ? ''
      : ` It needs a primary key or unique index of ${listed(key)}, and no other column in it.`;
  return failed(
    `Rows cannot be written to the table ${nameOf(table)} of ${location} (${codeOf(error)}). See that the types of its columns and the user's rights are right.${index}`,
    error,
  );
}

/** Rows could not be written in time, because of the table: the database itself, and the other tables in it, are none the worse. */
export class CustomTableBusy extends Hl7Error {
  /**
   * @param waited for a lock, or for the statement to end
   * @param whole true when the table itself was unavailable, and not only one of its rows
   */
  constructor(
    readonly table: CustomTable,
    location: string,
    readonly waited: Waited,
    readonly whole: boolean,
    cause: unknown,
  ) {
    const why =
      waited === 'lock'
        ? 'Another program holds it, or rows of it, locked: end its transaction or its change of the table.'
        : 'A lock or a trigger holds it up: end the transaction that locks it, or make its triggers faster.';
    const text = `Rows were not written to the table ${nameOf(table)} of ${location} in time (${codeOf(cause)}). ${why} Messages that do not write to it are stored meanwhile.`;
    const errors = [{ code: '206', text: 'Custom table is locked or too slow', severity: 'E' as const }];
    super('STORE_OWN_TABLE_BUSY', text, { fault: 'system', errors, cause });
  }
}

export function isCustomTableError(error: unknown): error is Hl7Error {
  return error instanceof Hl7Error && error.code === 'STORE_OWN_TABLE';
}

function failed(text: string, cause?: unknown): Hl7Error {
  const errors = [{ code: '207', text: 'Custom table cannot be written', severity: 'E' as const }];
  return new Hl7Error('STORE_OWN_TABLE', text, { fault: 'system', errors, cause });
}

/** The database's own name for an error; its text may quote a value. */
function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; ) {
    const { code, number, original, parent, cause } = at as Error & Record<string, unknown>;
    if (typeof code === 'string') return typeof number === 'number' ? `${code} ${number}` : code;
    at = original ?? parent ?? cause;
  }
  return 'no code';
}
