import {
  type CustomBatch,
  type CustomColumn,
  type CustomTable,
  type CustomTableSql,
  listed,
  type Run,
} from '../../custom-table';
import { inQuotes, isText, looseKeys, onConflict } from '../shared';
import { codeOf } from './error-classes';

/** What SQLite says of a table or column that is not there, and of one that cannot be written. */
const OF_TABLE = new Set(['SQLITE_ERROR', 'SQLITE_AUTH']);

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function typeOf({ type, length, precision, scale }: CustomColumn): string {
  switch (type) {
    case 'text':
      return `VARCHAR(${length})`;
    case 'long text':
      return 'TEXT';
    case 'integer':
      return 'BIGINT';
    case 'decimal':
      return `DECIMAL(${precision},${scale})`;
    case 'date':
      return 'DATE';
    case 'timestamp':
    case 'instant':
      return 'DATETIME';
    case 'boolean':
      return 'BOOLEAN';
    default:
      return 'BLOB';
  }
}

/** The value of a row's list, of the type that the column's own affinity would give it. */
function selected({ type }: CustomColumn, n: number): string {
  const value = `value ->> ${n}`;
  if (type === 'integer' || type === 'boolean') return `CAST(${value} AS INTEGER)`;
  if (type === 'decimal') return `CAST(${value} AS NUMERIC)`;
  if (type === 'bytes' || type === 'base64') return `unhex(${value})`;
  // As the log writes an instant.
  return type === 'instant' ? `(${value}) || ' +00:00'` : value;
}

/** True for a declared type by which a column keeps a text of digits as it is, https://www.sqlite.org/datatype3.html#determination_of_column_affinity. */
function keepsText(type: string): boolean {
  if (/INT/i.test(type)) return false;
  return type === '' || /CHAR|CLOB|TEXT|BLOB/i.test(type);
}

function tableName({ schema, name }: CustomTable): string {
  return schema === '' ? quote(name) : `${quote(schema)}.${quote(name)}`;
}

/** Custom tables in SQLite: rows come as JSON, a list of lists. */
export const sqliteCustomTable: CustomTableSql = {
  quote,
  waited: (error) => (codeOf(error) === 'SQLITE_INTERRUPT' ? 'time' : undefined),
  ofTable: (error) => OF_TABLE.has(codeOf(error)),
  typeOf,
  table: tableName,
  createTable(table: CustomTable): string[] {
    const lines = table.columns.map(
      (column) => `${quote(column.name)} ${typeOf(column)}${column.key ? ' NOT NULL' : ''}`,
    );
    const key = table.columns.filter((column) => column.key).map(({ name }) => quote(name));
    if (key.length > 0) lines.push(`PRIMARY KEY (${listed(key)})`);
    return [`CREATE TABLE IF NOT EXISTS ${tableName(table)} (\n  ${lines.join(',\n  ')}\n)`];
  },
  write({ table, columns, rows }: CustomBatch) {
    const names = columns.map(({ name }) => quote(name));
    const insert = `INSERT INTO ${tableName(table)} (${listed(names)})
  SELECT ${listed(columns.map(selected))} FROM json_each(?) WHERE true ORDER BY key`;
    return { sql: `${insert}${onConflict(table, columns)}`, parameters: [JSON.stringify(rows)] };
  },
  exact: {
    async loose(table: CustomTable, run: Run): Promise<string[]> {
      const place = [table.name, ...(table.schema === '' ? [] : [table.schema])].map((name) => inQuotes(name, "'"));
      const schema = place[1] === undefined ? '' : `, ${place[1]}`;
      const found = (await run(
        `SELECT c.name, c.type, (SELECT group_concat(DISTINCT x.coll) FROM pragma_index_list(${listed(place)}) i
        JOIN pragma_index_xinfo(i.name${schema}) x ON x.key AND x.name = c.name WHERE i."unique") AS collations
      FROM pragma_table_info(${listed(place)}) c`,
      )) as { name: string; type: string; collations: string | null }[];
      return looseKeys(table, found, ({ type, collations }) => {
        const other = (collations ?? 'BINARY').split(',').find((collation) => collation !== 'BINARY');
        return keepsText(type) ? other : type;
      });
    },
    proof({ table, columns, rows }: CustomBatch) {
      const values = columns.map((column, n) => `${selected(column, n)} AS c${n}`);
      const same = columns.flatMap((column, n) => {
        if (!column.key) return [];
        const name = `k.${quote(column.name)}`;
        // As bytes, so that nothing but the letters counts.
        const bytes = `CAST(${name} AS BLOB) = CAST(j.c${n} AS BLOB)`;
        return isText(column) ? [`${name} = j.c${n}`, bytes] : [`${name} = j.c${n}`];
      });
      return {
        sql: `SELECT count(*) AS n FROM (SELECT ${listed(values)} FROM json_each(?)) AS j JOIN ${tableName(table)} AS k ON ${same.join(' AND ')}`,
        parameters: [JSON.stringify(rows)],
      };
    },
  },
};
