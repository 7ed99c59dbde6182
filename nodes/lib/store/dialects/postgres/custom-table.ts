import {
  type CustomBatch,
  type CustomColumn,
  type CustomTable,
  type CustomTableSql,
  listed,
  type Run,
  type Waited,
} from '../../custom-table';
import { customTables, driverError, inQuotes, isText, isTimedOut, looseKeys, onConflict, typesOf } from '../shared';

/** SQLSTATEs of what is wrong with a table, its columns or the rights to it. */
const OF_TABLE = /^(42|3F|0A|21)...$/;

/** SQLSTATEs of a lock that was not available in time, and of a statement that took too long. */
const WAITED: Readonly<Record<string, Waited>> = { '55P03': 'lock', '57014': 'time' };

const CANNOT_CREATE: Readonly<Record<string, string>> = {
  '3F000': 'There is no schema of this name: create it, or correct the name.',
  '42704': 'The server has no such type.',
  '54011': 'It has more columns than the server takes: take some out.',
};

/** Types that compare letter by letter with a collation that does; not so citext, or char(n), which drops blanks at the end. */
const EXACT_TYPES = new Set(['text', 'varchar']);

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
function selected({ type }: CustomColumn, n: number): string {
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
 * Custom tables in PostgreSQL: rows come as JSON, a list of lists.
 * @param home the schema of tables that name none; the user's own when empty
 */
export function postgresCustomTable(home: string): CustomTableSql {
  const { table: tableName, layout } = customTables(home, { quote, typeOf });
  return {
    quote,
    ofTable: (error) => OF_TABLE.test(driverError(error).code),
    cannotCreate: (error) => CANNOT_CREATE[driverError(error).code],
    waited: (error) => (isTimedOut(error) ? 'time' : WAITED[driverError(error).code]),
    typeOf,
    table: tableName,
    createTable: (table: CustomTable) => [`CREATE TABLE IF NOT EXISTS ${tableName(table)} ${layout(table)}`],
    write({ table, columns, rows }: CustomBatch) {
      const names = columns.map(({ name }) => quote(name));
      const insert = `INSERT INTO ${tableName(table)} (${listed(names)})
  SELECT ${listed(columns.map(selected))} FROM json_array_elements($1::json) WITH ORDINALITY AS o(list, n) ORDER BY o.n`;
      return { sql: `${insert}${onConflict(table, columns)}`, parameters: [JSON.stringify(rows)] };
    },
    exact: {
      async loose(table: CustomTable, run: Run): Promise<string[]> {
        const found = (await run(
          `SELECT a.attname AS name, t.typname AS type, c.collname AS collation, coalesce(c.collisdeterministic, true) AS plain
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation c ON c.oid = a.attcollation
  WHERE a.attrelid = to_regclass(${inQuotes(tableName(table), "'")}) AND a.attnum > 0 AND NOT a.attisdropped`,
        )) as { name: string; type: string; collation: string | null; plain: boolean }[];
        return looseKeys(table, found, ({ type, collation, plain }) => {
          if (!EXACT_TYPES.has(type)) return type;
          return plain ? undefined : (collation ?? 'a collation of its own');
        });
      },
      proof({ table, columns, rows }: CustomBatch) {
        const values = columns.map((column, n) => `${selected(column, n)} AS c${n}`);
        const same = columns.flatMap((column, n) => {
          if (!column.key) return [];
          const name = `k.${quote(column.name)}`;
          // As text, so that nothing but the letters counts.
          return isText(column)
            ? [`${name} = j.c${n}`, `${name}::text COLLATE "C" = j.c${n} COLLATE "C"`]
            : [`${name} = j.c${n}`];
        });
        return {
          sql: `SELECT count(*) AS n FROM (SELECT ${listed(values)} FROM json_array_elements($1::json) AS o(list)) AS j
  JOIN ${tableName(table)} AS k ON ${same.join(' AND ')}`,
          parameters: [JSON.stringify(rows)],
        };
      },
    },
  };
}
