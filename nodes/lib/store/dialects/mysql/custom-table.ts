import {
  type CustomBatch,
  type CustomColumn,
  type CustomTable,
  type CustomTableSql,
  listed,
  type Run,
  type Waited,
  type Written,
} from '../../custom-table';
import { customTables, driverError, inQuotes, isBytes, isText, isTimedOut, looseKeys, typesOf } from '../shared';
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

/** Error numbers of a lock that was not available in time, and of a statement that took too long or was ended. */
const WAITED = new Map<number | undefined, Waited>([
  [1205, 'lock'],
  [3572, 'lock'],
  [1317, 'time'],
  [1969, 'time'],
  [3024, 'time'],
]);

const CANNOT_CREATE = new Map<number | undefined, string>([
  [1059, 'A name is longer than the server takes: 64 characters. Give it a shorter one.'],
  [1070, 'The key has more columns than the server takes: 16. Take columns out of it.'],
  [1071, 'The columns of its key are too long together: make them shorter. The server takes 768 characters in all.'],
  [1074, 'A text column is too long: make it shorter, or a long text.'],
  [1117, 'It has more columns than the server takes: take some out.'],
  [1118, 'Its text columns are too long together: make them shorter, or long texts.'],
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

const { table: tableName, layout } = customTables('', { quote, typeOf, nullable: 'NULL' });

/** A value as SQL text: numbers as their digits, which keeps all of them. */
function literal(column: CustomColumn, value: Written): string {
  const { type } = column;
  if (value === null) return 'NULL';
  if (type === 'integer' || type === 'decimal' || type === 'boolean') return value;
  return isBytes(column) ? `X'${value}'` : quoted(value);
}

/** What to do with a row that is there. Another error than that of the key is never passed over. */
function onDuplicate(table: CustomTable, columns: readonly CustomColumn[]): string {
  if (table.mode === 'insert') return '';
  const changed = columns.filter((column) => !column.key).map(({ name }) => `${quote(name)} = VALUES(${quote(name)})`);
  const key = quote(table.columns.find((column) => column.key)!.name);
  const nothing = table.mode === 'skip' || changed.length === 0;
  return `\n  ON DUPLICATE KEY UPDATE ${nothing ? `${key} = ${tableName(table)}.${key}` : listed(changed)}`;
}

/**
 * What a server compares letter by letter, a blank at the end included; MySQL before 8.0.17 has none that counts the blank.
 * @param version of the server with its name, e.g. `MySQL 8.0.36`
 */
export function exactCollation(version: string): string {
  if (version.startsWith('MariaDB')) return 'utf8mb4_nopad_bin';
  return /^MySQL 8\.0\.(\d|1[0-6])$/.test(version) ? 'utf8mb4_bin' : 'utf8mb4_0900_bin';
}

/** Collations by which no two texts are the same that differ in a letter or a blank. */
const EXACT = /(_nopad_bin|_0900_bin)$/;
const TEXT_TYPES = new Set(['varchar', 'tinytext', 'text', 'mediumtext', 'longtext']);

/**
 * Custom tables in MySQL and MariaDB: rows stand in the statement.
 * @param collation of tables that are made, as it is known by then
 */
export const mysqlCustomTable = (collation: () => string = () => exactCollation('')): CustomTableSql => ({
  quote,
  typeOf,
  cannotCreate: (error) => CANNOT_CREATE.get(driverError(error).number),
  waited: (error) => (isTimedOut(error) ? 'time' : WAITED.get(driverError(error).number)),
  ofTable: (error) => OF_TABLE.has(driverError(error).number ?? 0),
  table: tableName,
  createTable: (table: CustomTable) => [
    `CREATE TABLE IF NOT EXISTS ${tableName(table)} ${layout(table)} ${OPTIONS.replace(/utf8mb4_bin$/, collation())}`,
  ],
  write({ table, columns, rows }: CustomBatch) {
    const values = rows.map((row) => `(${listed(row.map((value, n) => literal(columns[n]!, value)))})`);
    const names = listed(columns.map(({ name }) => quote(name)));
    const insert = `INSERT INTO ${tableName(table)} (${names}) VALUES ${values.join(', ')}`;
    return { sql: `${insert}${onDuplicate(table, columns)}`, parameters: [] };
  },

  /** A duplicate is one of any unique index here: there must be that of the key, and none that leads to another row. */
  async lacks(table: CustomTable, run: Run): Promise<string | undefined> {
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

  exact: {
    async loose(table: CustomTable, run: Run): Promise<string[]> {
      const found = (await run(
        `SELECT column_name AS name, LOWER(data_type) AS type, collation_name AS collation FROM information_schema.columns
        WHERE table_schema = ${table.schema === '' ? 'DATABASE()' : quoted(table.schema)} AND table_name = ${quoted(table.name)}`,
      )) as { name: string; type: string; collation: string | null }[];
      return looseKeys(table, found, ({ type, collation }) => {
        if (/(binary|blob)$/.test(type)) return undefined;
        if (!TEXT_TYPES.has(type)) return type;
        return collation !== null && EXACT.test(collation) ? undefined : (collation ?? type);
      });
    },
    proof({ table, columns, rows }: CustomBatch) {
      const same = (row: readonly Written[]): string =>
        columns
          .flatMap((column, n) => {
            if (!column.key) return [];
            const [name, value] = [quote(column.name), literal(column, row[n]!)];
            // As bytes, so that nothing but the letters counts.
            const bytes = `CAST(CONVERT(${name} USING utf8mb4) AS BINARY) = CAST(${value} AS BINARY)`;
            return isText(column) ? [`${name} = ${value}`, bytes] : [`${name} = ${value}`];
          })
          .join(' AND ');
      const sql = `SELECT COUNT(*) AS n FROM ${tableName(table)} WHERE (${rows.map(same).join(') OR (')})`;
      return { sql, parameters: [] };
    },
  },
});
