import {
  type CustomBatch,
  type CustomColumn,
  type CustomTable,
  type CustomTableSql,
  listed,
  type Run,
  type Written,
} from '../../custom-table';
import { customTables, inQuotes, isBytes, isTimedOut, looseKeys, typesOf } from '../shared';
import { unlessThere } from './ddl';
import { type Bind, Many } from './driver';
import { oraNumber } from './error-classes';
import { catalogued, literal, schemaName } from './names';

/** Error numbers of what is wrong with a table, its columns or the rights to it. */
const OF_TABLE = new Set([
  902, // type
  904, // unknown column
  910, // text too long for the type
  942, // no such table
  955, // there is something else of this name
  957, // the same column twice
  972, // name too long
  1031, // no right
  1732, // view that cannot be written
  1918, // no such schema
  1950, // no room in the tablespace
  2329, // a type that cannot be in a key
  38104, // a key that would be changed
]);
/** Error numbers of a lock that was not available in time. */
const LOCKED = new Set<number | undefined>([51, 54, 4021, 30006]);
const CANNOT_CREATE = new Map<number | undefined, string>([
  [910, 'A text column is too long: make it shorter, or a long text.'],
  [955, 'There is something else of this name: give the table another.'],
  [972, 'A name is longer than the server takes. Give it a shorter one.'],
  [1450, 'The columns of its key are too long together: make them shorter.'],
  [1918, 'There is no user of this name, which is the schema: create it, or correct the name.'],
  [1950, 'The user has no room in its tablespace: grant it a quota.'],
  [2329, 'A column has a type that cannot be in a key: make it a text with a length, a number or a date.'],
]);
/** The longest text that is not a CLOB. */
const LONGEST_TEXT = 4000;

const quote = (name: string): string => inQuotes(name, '"');

const typeOf = typesOf({
  text: ({ length }) => (length > LONGEST_TEXT ? 'CLOB' : `VARCHAR2(${length} CHAR)`),
  'long text': 'CLOB',
  integer: 'NUMBER(19)',
  decimal: ({ precision, scale }) => `NUMBER(${precision}, ${scale})`,
  date: 'DATE',
  timestamp: 'TIMESTAMP(6)',
  instant: 'TIMESTAMP(3) WITH LOCAL TIME ZONE',
  boolean: 'NUMBER(1)',
  bytes: 'BLOB',
});

/** A value of a row, of the column's type. */
function selected({ type }: CustomColumn, n: number): string {
  const value = `:c${n}`;
  switch (type) {
    case 'integer':
    case 'decimal':
    case 'boolean':
      return `TO_NUMBER(${value})`;
    case 'date':
      return `TO_DATE(${value}, 'YYYY-MM-DD')`;
    case 'timestamp':
      return `TO_TIMESTAMP(${value}, 'YYYY-MM-DD HH24:MI:SS.FF')`;
    case 'instant':
      return `FROM_TZ(TO_TIMESTAMP(${value}, 'YYYY-MM-DD HH24:MI:SS.FF'), 'UTC')`;
    default:
      return value;
  }
}

function bindOf(column: CustomColumn, values: readonly Written[]): Bind {
  if (isBytes(column)) return { type: 'long bytes' };
  if (typeOf(column) === 'CLOB') return { type: 'long text' };
  return { type: 'text', size: Math.max(1, ...values.map((value) => Buffer.byteLength(value ?? ''))) };
}

/**
 * Custom tables in Oracle: one statement, which runs for each row.
 * @param home the schema of tables that name none; the user's own when empty
 */
export function oracleCustomTable(home: string): CustomTableSql {
  const { table: tableName, layout } = customTables(home, { quote, typeOf, schema: schemaName });
  return {
    quote,
    typeOf,
    cannotCreate: (error) => CANNOT_CREATE.get(oraNumber(error)),
    waited: (error) => (isTimedOut(error) ? 'time' : LOCKED.has(oraNumber(error)) ? 'lock' : undefined),
    ofTable: (error) => OF_TABLE.has(oraNumber(error) ?? 0),
    table: tableName,
    createTable: (table: CustomTable) => [unlessThere(`CREATE TABLE ${tableName(table)} ${layout(table)}`)],
    write({ table, columns, rows }: CustomBatch) {
      const names = columns.map(({ name }) => quote(name));
      const values = columns.map(selected);
      const list = rows.map((row) =>
        Object.fromEntries(
          row.map((value, n) => [`c${n}`, isBytes(columns[n]!) && value !== null ? Buffer.from(value, 'hex') : value]),
        ),
      );
      const binds = columns.map((column, n): [string, Bind] => [
        `c${n}`,
        bindOf(
          column,
          rows.map((row) => row[n]!),
        ),
      ]);
      const parameters = [new Many(list, Object.fromEntries(binds))];
      if (table.mode === 'insert') {
        return { sql: `INSERT INTO ${tableName(table)} (${listed(names)}) VALUES (${listed(values)})`, parameters };
      }
      const given = values.map((value, n) => `${value} AS c${n}`);
      const at = columns.map((column, n) => ({ column, name: `t.${names[n]}`, value: `o.c${n}` }));
      const same = at.filter(({ column }) => column.key).map(({ name, value }) => `${name} = ${value}`);
      const changed = at.filter(({ column }) => !column.key).map(({ name, value }) => `${name} = ${value}`);
      const change =
        table.mode === 'upsert' && changed.length > 0 ? `\n  WHEN MATCHED THEN UPDATE SET ${listed(changed)}` : '';
      const sql = `MERGE INTO ${tableName(table)} t USING (SELECT ${listed(given)} FROM dual) o ON (${same.join(' AND ')})${change}
  WHEN NOT MATCHED THEN INSERT (${listed(names)}) VALUES (${listed(at.map(({ value }) => value))})`;
      return { sql, parameters };
    },

    /** A CHAR is filled up with blanks, and finds no value again; a collation of the column's own may pass over case. */
    async lacks(table: CustomTable, run: Run): Promise<string | undefined> {
      const schema = table.schema || home;
      const owner = schema === '' ? "SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')" : literal(catalogued(schema));
      const found = (await run(
        `SELECT column_name AS name, data_type AS type, collation AS collation FROM all_tab_columns
  WHERE owner = ${owner} AND table_name = ${literal(table.name)}`,
      )) as { name: string; type: string; collation: string | null }[];
      const loose = looseKeys(table, found, ({ type, collation }) => {
        if (/^N?CHAR$/.test(type)) return type;
        return collation === null || /^(USING_NLS_COMP|BINARY)$/.test(collation) ? undefined : collation;
      });
      return loose.length === 0
        ? undefined
        : `has a key that does not compare letter by letter: see ${listed(loose)}. Make it VARCHAR2, with the collation BINARY.`;
    },
  };
}
