import type { OwnBatch } from '../../own/merge';
import { listed, type OwnDialect } from '../../own/sql';
import type { OwnColumn, OwnTable } from '../../own/types';
import { codeOf } from './trouble';

/** What SQLite says of a table or column that is not there, and of one that cannot be written. */
const OF_TABLE = new Set(['SQLITE_ERROR', 'SQLITE_AUTH']);

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function typeOf({ type, length, precision, scale }: OwnColumn): string {
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
function selected({ type }: OwnColumn, n: number): string {
  const value = `value ->> ${n}`;
  if (type === 'integer' || type === 'boolean') return `CAST(${value} AS INTEGER)`;
  if (type === 'decimal') return `CAST(${value} AS NUMERIC)`;
  if (type === 'bytes' || type === 'base64') return `unhex(${value})`;
  // As the log writes an instant.
  return type === 'instant' ? `(${value}) || ' +00:00'` : value;
}

function tableName({ schema, name }: OwnTable): string {
  return schema === '' ? quote(name) : `${quote(schema)}.${quote(name)}`;
}

/** Own tables in SQLite: rows come as JSON, a list of lists. */
export const sqliteOwn: OwnDialect = {
  quote,
  ofTable: (error) => OF_TABLE.has(codeOf(error)),
  typeOf,
  table: tableName,
  createTable(table: OwnTable): string[] {
    const lines = table.columns.map(
      (column) => `${quote(column.name)} ${typeOf(column)}${column.key ? ' NOT NULL' : ''}`,
    );
    const key = table.columns.filter((column) => column.key).map(({ name }) => quote(name));
    if (key.length > 0) lines.push(`PRIMARY KEY (${listed(key)})`);
    return [`CREATE TABLE IF NOT EXISTS ${tableName(table)} (\n  ${lines.join(',\n  ')}\n)`];
  },
  write({ table, columns, rows }: OwnBatch) {
    const names = columns.map(({ name }) => quote(name));
    const insert = `INSERT INTO ${tableName(table)} (${listed(names)})
  SELECT ${listed(columns.map(selected))} FROM json_each(?) WHERE true ORDER BY key`;
    return { sql: `${insert}${conflict(table, columns)}`, parameters: [JSON.stringify(rows)] };
  },
};

/** What to do with a row that is there: the same words in SQLite and PostgreSQL. */
export function conflict(table: OwnTable, columns: readonly OwnColumn[]): string {
  if (table.mode === 'insert') return '';
  const key = table.columns.filter((column) => column.key).map(({ name }) => quote(name));
  const changed = columns.filter((column) => !column.key).map(({ name }) => `${quote(name)} = excluded.${quote(name)}`);
  const action = table.mode === 'skip' || changed.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${listed(changed)}`;
  return `\n  ON CONFLICT (${listed(key)}) ${action}`;
}
