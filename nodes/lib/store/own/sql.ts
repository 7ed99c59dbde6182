import { Hl7Error } from '../../errors';
import type { OwnBatch } from './merge';
import { nameOf, type OwnColumn, type OwnTable } from './types';

/** A statement with its parameters. */
export interface OwnStatement {
  sql: string;
  parameters: readonly unknown[];
}

/** How one kind of database writes own tables. Names are quoted: they are spelled as the table spells them. */
export interface OwnDialect {
  /** The table's name in a statement. */
  table(table: OwnTable): string;
  quote(name: string): string;
  /** The type that a column is created with. */
  typeOf(column: OwnColumn): string;
  /** Creates the table unless it is there. */
  createTable(table: OwnTable): string[];
  /** Writes rows by the table's mode: all or none of them. */
  write(batch: OwnBatch): OwnStatement;
  /** True for an error about the table itself: it is not there, lacks a column or an index, or may not be written. */
  ofTable(error: unknown): boolean;
  /** What lacks for the table's mode although table and columns are there, for databases that would not say so. */
  lacks?(table: OwnTable, run: Run): Promise<string | undefined>;
}

export type Run = (sql: string, parameters?: readonly unknown[]) => Promise<unknown[]>;

/** Joins names for a list of columns. */
export function listed(names: readonly string[]): string {
  return names.join(', ');
}

/**
 * Sees that a table and its columns are there, and creates it if wished.
 * @param create runs a change of the schema while no other instance does the same
 * @throws Hl7Error STORE_OWN_TABLE, saying what lacks
 */
export async function prepareOwn(
  own: OwnDialect,
  table: OwnTable,
  place: { location: string; run: Run; create(change: () => Promise<void>): Promise<void> },
): Promise<void> {
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
      if (!own.ofTable(error)) throw error;
      throw failed(
        `The table ${name} cannot be created in ${location} (${codeOf(error)}). Create it by hand, or have its user granted the right.`,
        error,
      );
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
}

/** Why rows could not be written, where it is not for what they hold. */
export function notWritten(table: OwnTable, location: string, error: unknown): Hl7Error {
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

export function isOwnTableError(error: unknown): error is Hl7Error {
  return error instanceof Hl7Error && error.code === 'STORE_OWN_TABLE';
}

function failed(text: string, cause?: unknown): Hl7Error {
  const errors = [{ code: '207', text: 'Own table cannot be written', severity: 'E' as const }];
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
