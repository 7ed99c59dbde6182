import type { OwnBatch } from '../../own/merge';
import { listed, type OwnDialect } from '../../own/sql';
import type { OwnColumn, OwnTable, Written } from '../../own/types';
import { isBytes, ownTables, typesOf } from '../server/own';
import { inQuotes } from '../server/quotes';
import { unlessThere } from './ddl';
import { type Bind, Many } from './driver';
import { schemaName } from './names';
import { oraNumber } from './trouble';

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
function selected({ type }: OwnColumn, n: number): string {
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

function bindOf(column: OwnColumn, values: readonly Written[]): Bind {
  if (isBytes(column)) return { type: 'long bytes' };
  if (typeOf(column) === 'CLOB') return { type: 'long text' };
  return { type: 'text', size: Math.max(1, ...values.map((value) => Buffer.byteLength(value ?? ''))) };
}

/**
 * Own tables in Oracle: one statement, which runs for each row.
 * @param home the schema of tables that name none; the user's own when empty
 */
export function oracleOwn(home: string): OwnDialect {
  const { table: tableName, layout } = ownTables(home, { quote, typeOf, schema: schemaName });
  return {
    quote,
    typeOf,
    ofTable: (error) => OF_TABLE.has(oraNumber(error) ?? 0),
    table: tableName,
    createTable: (table: OwnTable) => [unlessThere(`CREATE TABLE ${tableName(table)} ${layout(table)}`)],
    write({ table, columns, rows }: OwnBatch) {
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
  };
}
