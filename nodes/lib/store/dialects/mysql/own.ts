import type { OwnBatch } from '../../own/merge';
import { listed, type OwnDialect, type Run } from '../../own/sql';
import type { OwnColumn, OwnTable, Written } from '../../own/types';
import { isBytes, ownTables, typesOf } from '../server/own';
import { inQuotes } from '../server/quotes';
import { driverError } from '../server/session';
import { OPTIONS } from './ddl';
import { quoted } from './literals';

/** Error numbers of what is wrong with a table, its columns or the rights to it. */
const OF_TABLE = new Set([
  1044, // no access to the database
  1049, // unknown database
  1050, // table exists
  1054, // unknown column
  1064, // syntax
  1070, // too many columns in a key
  1071, // key too long
  1142, // no access to the table
  1143, // no access to the column
  1146, // no such table
  1288, // view that cannot be written
  1471, // view that cannot be inserted into
]);

const quote = (name: string): string => inQuotes(name, '`');

const typeOf = typesOf({
  text: ({ length }) => `varchar(${length})`,
  'long text': 'longtext',
  integer: 'bigint',
  decimal: ({ precision, scale }) => `decimal(${precision},${scale})`,
  date: 'date',
  timestamp: 'datetime(6)',
  instant: 'datetime(3)',
  boolean: 'boolean',
  bytes: 'longblob',
});

const { table: tableName, layout } = ownTables('', { quote, typeOf, nullable: 'NULL' });

/** A value as SQL text: numbers as their digits, which keeps all of them. */
function literal(column: OwnColumn, value: Written): string {
  const { type } = column;
  if (value === null) return 'NULL';
  if (type === 'integer' || type === 'decimal' || type === 'boolean') return value;
  return isBytes(column) ? `X'${value}'` : quoted(value);
}

/** What to do with a row that is there. Another error than that of the key is never passed over. */
function onDuplicate(table: OwnTable, columns: readonly OwnColumn[]): string {
  if (table.mode === 'insert') return '';
  const changed = columns.filter((column) => !column.key).map(({ name }) => `${quote(name)} = VALUES(${quote(name)})`);
  const key = quote(table.columns.find((column) => column.key)!.name);
  const nothing = table.mode === 'skip' || changed.length === 0;
  return `\n  ON DUPLICATE KEY UPDATE ${nothing ? `${key} = ${tableName(table)}.${key}` : listed(changed)}`;
}

/** Own tables in MySQL and MariaDB: rows stand in the statement. */
export const mysqlOwn: OwnDialect = {
  quote,
  typeOf,
  ofTable: (error) => OF_TABLE.has(driverError(error).number ?? 0),
  table: tableName,
  createTable: (table: OwnTable) => [`CREATE TABLE IF NOT EXISTS ${tableName(table)} ${layout(table)} ${OPTIONS}`],
  write({ table, columns, rows }: OwnBatch) {
    const values = rows.map((row) => `(${listed(row.map((value, n) => literal(columns[n]!, value)))})`);
    const names = listed(columns.map(({ name }) => quote(name)));
    const insert = `INSERT INTO ${tableName(table)} (${names}) VALUES ${values.join(', ')}`;
    return { sql: `${insert}${onDuplicate(table, columns)}`, parameters: [] };
  },

  /** A duplicate is one of any unique index here: there must be that of the key, and none that leads to another row. */
  async lacks(table: OwnTable, run: Run): Promise<string | undefined> {
    const rows = (await run(
      `SELECT index_name AS one, LOWER(column_name) AS part, sub_part AS prefix FROM information_schema.statistics
        WHERE non_unique = 0 AND table_schema = ${table.schema === '' ? 'DATABASE()' : quoted(table.schema)}
        AND table_name = ${quoted(table.name)}`,
    )) as { one: string; part: string | null; prefix: number | null }[];
    const indexes = new Map<string, string[]>();
    for (const { one, part, prefix } of rows) {
      indexes.set(one, [...(indexes.get(one) ?? []), prefix === null && part !== null ? part : '']);
    }
    const written = new Set(table.columns.map(({ name }) => name.toLowerCase()));
    const key = table.columns.filter((column) => column.key).map(({ name }) => name);
    const isKey = (parts: string[]): boolean =>
      parts.length === key.length && key.every((name) => parts.includes(name.toLowerCase()));
    if (![...indexes.values()].some(isKey)) return `needs a primary key or unique index of ${listed(key)}.`;
    const other = [...indexes].find(
      ([, parts]) => !isKey(parts) && parts.every((part) => part === '' || written.has(part)),
    );
    return (
      other &&
      `has another unique index, ${other[0]}, beside that of ${listed(key)}: rows could be taken for the same by it.`
    );
  },
};
