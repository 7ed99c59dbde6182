/** A table of the user's own: what its rows are made of, and how they are written. */

export const CUSTOM_TYPES = [
  'text',
  'long text',
  'integer',
  'decimal',
  'date',
  'timestamp',
  'instant',
  'boolean',
  'bytes',
  'base64',
] as const;
export type CustomType = (typeof CUSTOM_TYPES)[number];

/** `skip` leaves a row that has the key as it is, `upsert` changes it. */
export const CUSTOM_MODES = ['insert', 'skip', 'upsert'] as const;
type CustomMode = (typeof CUSTOM_MODES)[number];

/** `log`: the id of the message's row in the log. */
export const SOURCE_KINDS = ['path', 'property', 'constant', 'expression', 'log'] as const;
type SourceKind = (typeof SOURCE_KINDS)[number];

/** What a column gets when the message has no value for it; `leave` keeps what an existing row has. */
export const MISSING = ['null', 'default', 'refuse', 'leave'] as const;
type Missing = (typeof MISSING)[number];

/** What a column gets when the value does not fit its type; `cut` shortens a text, and says so. */
export const MISFIT = ['refuse', 'null', 'default', 'cut'] as const;
type Misfit = (typeof MISFIT)[number];

/**
 * What a column gets when its path names several values: the first, with a deviation; all of them in one text; the one of
 * the row, of which there is one for each repetition; `refuse` refuses the message.
 */
export const REPEATS = ['first', 'all', 'rows', 'refuse'] as const;
type Repeats = (typeof REPEATS)[number];

export interface CustomColumn {
  name: string;
  kind: SourceKind;
  /** HL7 path, message property without `msg.`, or expression; of a constant and of the log's id nothing. */
  source: string;
  type: CustomType;
  /** Of a `text`: UTF-16 units. */
  length: number;
  /** Of a `decimal`: digits in all, and behind the point. */
  precision: number;
  scale: number;
  key: boolean;
  missing: Missing;
  misfit: Misfit;
  repeats: Repeats;
  /** The text between the values of `all`. */
  separator: string;
  /** The default value, or the constant, ready to be written. */
  value: Written;
}

export interface CustomTable {
  name: string;
  /** `''`: that of the database. */
  schema: string;
  create: boolean;
  mode: CustomMode;
  /** One row for each segment of this name; `''`: one row a message. */
  segment: string;
  /** Of these, one row for each repetition of a field. */
  repeating: Repeating | undefined;
  /** False where the message is not written to the log, which then has no id for it. */
  logged: boolean;
  columns: readonly CustomColumn[];
}

/** A field for each of whose repetitions there is a row. */
export interface Repeating {
  segment: string;
  /** undefined: each segment of the name that belongs to the row. */
  occurrence: number | undefined;
  field: number;
  /** Rows where the field has no value: 0 or 1. */
  least: 0 | 1;
}

/** A value as its statement takes it: digits, `1` and `0`, `YYYY-MM-DD hh:mm:ss`, hex; null is NULL. */
export type Written = string | null;

/** The values of one row in the order of the columns; `undefined` leaves the column as it is. */
export type CustomRow = readonly (Written | undefined)[];

/** Rows for one table, of one message. */
export interface CustomRows {
  table: CustomTable;
  rows: readonly CustomRow[];
  /** Names of columns whose value was cut. */
  cut: readonly string[];
  /** Names of columns whose path names several values, of which the first is in the rows. */
  leftOut?: readonly string[];
  /** Names of columns whose expression failed, and which have what is set for a value that does not fit. */
  failed?: readonly string[];
  /** Places of the columns that get the id of the message's row in the log, once it is known: `withMessageId`. */
  ids?: readonly number[];
  /** Who writes them: the id of a db store node. Rows of one writer and table are written once a message. */
  writer?: string;
}

/** The rows with the id of the message's row in the log, in the columns that get it. */
export function withMessageId(own: CustomRows, id: number): CustomRows {
  const { ids = [], rows } = own;
  if (ids.length === 0) return own;
  const text = String(id);
  return { ...own, ids: [], rows: rows.map((row) => row.map((value, n) => (ids.includes(n) ? text : value))) };
}

/** The name as people write it. */
export function nameOf({ schema, name }: Pick<CustomTable, 'name' | 'schema'>): string {
  return schema === '' ? name : `${schema}.${name}`;
}
