import type { OwnBatch } from '../../own/merge';
import { listed, type OwnDialect } from '../../own/sql';
import type { OwnColumn, OwnTable } from '../../own/types';
import { driverError } from '../server/session';
import { conflict } from '../sqlite/own';

/** SQLSTATEs of what is wrong with a table, its columns or the rights to it: 42, 3F, 0A, 21, and what a trigger raises. */
const OF_TABLE = /^(42|3F|0A|21|44|P0)...$/;

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function typeOf({ type, length, precision, scale }: OwnColumn): string {
  switch (type) {
    case 'text':
      return `varchar(${length})`;
    case 'long text':
      return 'text';
    case 'integer':
      return 'bigint';
    case 'decimal':
      return `numeric(${precision},${scale})`;
    case 'date':
    case 'boolean':
      return type;
    case 'timestamp':
      return 'timestamp(6)';
    case 'instant':
      return 'timestamptz(3)';
    default:
      return 'bytea';
  }
}

/** A value of a row's list, of a type that PostgreSQL turns into the column's own where it can. */
function selected({ type }: OwnColumn, n: number): string {
  const value = `o.list ->> ${n}`;
  switch (type) {
    case 'text':
    case 'long text':
      return value;
    case 'integer':
      return `(${value})::bigint`;
    case 'decimal':
      return `(${value})::numeric`;
    case 'date':
    case 'timestamp':
    case 'boolean':
      return `(${value})::${type}`;
    case 'instant':
      return `((${value}) || '+00')::timestamptz`;
    default:
      return `decode(${value}, 'hex')`;
  }
}

/**
 * Own tables in PostgreSQL: rows come as JSON, a list of lists.
 * @param home the schema of tables that name none; the user's own when empty
 */
export function postgresOwn(home: string): OwnDialect {
  const tableName = ({ schema, name }: OwnTable): string => {
    const place = schema || home;
    return place === '' ? quote(name) : `${quote(place)}.${quote(name)}`;
  };
  return {
    quote,
    ofTable: (error) => OF_TABLE.test(driverError(error).code),
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
  SELECT ${listed(columns.map(selected))} FROM json_array_elements($1::json) WITH ORDINALITY AS o(list, n) ORDER BY o.n`;
      return { sql: `${insert}${conflict(table, columns)}`, parameters: [JSON.stringify(rows)] };
    },
  };
}
