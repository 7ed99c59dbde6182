import type { OwnBatch } from '../../own/merge';
import { listed, type OwnDialect } from '../../own/sql';
import type { OwnColumn, OwnTable } from '../../own/types';
import { ownTables, typesOf } from '../server/own';
import { inQuotes } from '../server/quotes';
import { driverError } from '../server/session';
import { conflict } from '../sqlite/own';

/** SQLSTATEs of what is wrong with a table, its columns or the rights to it. */
const OF_TABLE = /^(42|3F|0A|21)...$/;

const quote = (name: string): string => inQuotes(name, '"');

const typeOf = typesOf({
  text: ({ length }) => `varchar(${length})`,
  'long text': 'text',
  integer: 'bigint',
  decimal: ({ precision, scale }) => `numeric(${precision},${scale})`,
  date: 'date',
  timestamp: 'timestamp(6)',
  instant: 'timestamptz(3)',
  boolean: 'boolean',
  bytes: 'bytea',
});

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
  const { table: tableName, layout } = ownTables(home, { quote, typeOf });
  return {
    quote,
    ofTable: (error) => OF_TABLE.test(driverError(error).code),
    typeOf,
    table: tableName,
    createTable: (table: OwnTable) => [`CREATE TABLE IF NOT EXISTS ${tableName(table)} ${layout(table)}`],
    write({ table, columns, rows }: OwnBatch) {
      const names = columns.map(({ name }) => quote(name));
      const insert = `INSERT INTO ${tableName(table)} (${listed(names)})
  SELECT ${listed(columns.map(selected))} FROM json_array_elements($1::json) WITH ORDINALITY AS o(list, n) ORDER BY o.n`;
      return { sql: `${insert}${conflict(table, columns)}`, parameters: [JSON.stringify(rows)] };
    },
  };
}
