/** A table of the user's own: what its rows are made of, and how they are written. */

export const OWN_TYPES = [
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
export type OwnType = (typeof OWN_TYPES)[number];

/** `skip` leaves a row that has the key as it is, `upsert` changes it. */
export const OWN_MODES = ['insert', 'skip', 'upsert'] as const;
export type OwnMode = (typeof OWN_MODES)[number];

export const SOURCE_KINDS = ['path', 'property', 'constant', 'expression'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** What a column gets when the message has no value for it; `leave` keeps what an existing row has. */
export const MISSING = ['null', 'default', 'refuse', 'leave'] as const;
export type Missing = (typeof MISSING)[number];

/** What a column gets when the value does not fit its type; `cut` shortens a text, and says so. */
export const MISFIT = ['refuse', 'null', 'default', 'cut'] as const;
export type Misfit = (typeof MISFIT)[number];

export interface OwnColumn {
  name: string;
  kind: SourceKind;
  /** HL7 path, message property without `msg.`, or expression; of a constant nothing. */
  source: string;
  type: OwnType;
  /** Of a `text`: UTF-16 units. */
  length: number;
  /** Of a `decimal`: digits in all, and behind the point. */
  precision: number;
  scale: number;
  key: boolean;
  missing: Missing;
  misfit: Misfit;
  /** The default value, or the constant, ready to be written. */
  value: Written;
}

export interface OwnTable {
  name: string;
  /** `''`: that of the database. */
  schema: string;
  create: boolean;
  mode: OwnMode;
  /** One row for each segment of this name; `''`: one row a message. */
  segment: string;
  columns: readonly OwnColumn[];
}

/** A value as its statement takes it: digits, `1` and `0`, `YYYY-MM-DD hh:mm:ss`, hex; null is NULL. */
export type Written = string | null;

/** The values of one row in the order of the columns; `undefined` leaves the column as it is. */
export type OwnRow = readonly (Written | undefined)[];

/** Rows for one table, of one message. */
export interface OwnRows {
  table: OwnTable;
  rows: readonly OwnRow[];
  /** Names of columns whose value was cut. */
  cut: readonly string[];
}

/** The name as people write it. */
export function nameOf({ schema, name }: Pick<OwnTable, 'name' | 'schema'>): string {
  return schema === '' ? name : `${schema}.${name}`;
}
