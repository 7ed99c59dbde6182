/** The tables of the log in words that every database has its own types for. */

type ColumnKind = 'text' | 'long text' | 'bytes' | 'time' | 'integer' | 'big integer';

export interface Column {
  name: string;
  kind: ColumnKind;
  /** Characters of a `text`. */
  length?: number;
  required?: boolean;
  default?: number;
}

export interface Index {
  name: string;
  columns: string[];
  unique?: boolean;
}

export interface Table {
  name: string;
  /** `id`: the database numbers the rows in a column of this name, which comes first. Otherwise the columns of the key. */
  key: 'id' | string[];
  columns: Column[];
  indexes: Index[];
}

/** How one kind of database writes a schema down. Its statements may be run again: what is there already stays. */
export interface Ddl {
  createTable(table: Table): string[];
  /** A query with one row when there is a table of this name. */
  exists(table: string): string;
  /** A table's name as statements of this database write it: with its schema, where there is one. */
  table(name: string): string;
  /** A column's name as statements of this database write it, where that is another way. */
  column?(name: string): string;
  /** What a SELECT without a table must end with. */
  fromNothing?: string;
}

export const text = (name: string, length: number): Column => ({ name, kind: 'text', length });
export const required = (column: Column): Column => ({ ...column, required: true });

/** Column definitions, a line each, as most databases write them. */
export function definitions(columns: readonly Column[], typeOf: (column: Column) => string): string[] {
  return columns.map((column) => {
    const fallback = column.default === undefined ? '' : ` DEFAULT ${column.default}`;
    return `${column.name} ${typeOf(column)}${fallback}${column.required ? ' NOT NULL' : ' NULL'}`;
  });
}

/** One numbered change of the schema. Once released it never changes: a later one corrects it. */
export interface Migration {
  /** Number and name, e.g. `0001-log-tables`. */
  name: string;
  /** Its statements for one kind of database, in order. */
  statements(ddl: Ddl): string[];
}
