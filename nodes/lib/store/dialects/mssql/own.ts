import type { OwnBatch } from '../../own/merge';
import { listed, type OwnDialect } from '../../own/sql';
import type { OwnColumn, OwnTable } from '../../own/types';
import { driverError } from '../server/session';

/** Error numbers of what is wrong with a table, its columns or the rights to it. */
const OF_TABLE = new Set([
  102, // syntax
  207, // unknown column
  208, // no such table
  229, // no right to the table
  230, // no right to the column
  262, // no right to create a table
  451, // collations that do not go together
  468, // collations that do not go together
  544, // a column that numbers itself
  1919, // a type that cannot be in a key
  2714, // there is something else of this name
  2760, // no such schema
  4406, // view that cannot be written
]);

const quote = (name: string): string => `[${name.replaceAll(']', ']]')}]`;
const literal = (text: string): string => `N'${text.replaceAll("'", "''")}'`;

function typeOf({ type, length, precision, scale }: OwnColumn): string {
  switch (type) {
    case 'text':
      return `nvarchar(${length})`;
    case 'long text':
      return 'nvarchar(max)';
    case 'integer':
      return 'bigint';
    case 'decimal':
      return `decimal(${precision}, ${scale})`;
    case 'date':
      return 'date';
    case 'timestamp':
      return 'datetime2(6)';
    case 'instant':
      return 'datetime2(3)';
    case 'boolean':
      return 'bit';
    default:
      return 'varbinary(max)';
  }
}

/** A value of a row, of the column's type. */
function selected(column: OwnColumn, n: number): string {
  const { type } = column;
  if (type === 'bytes' || type === 'base64') return `CONVERT(varbinary(max), o.c${n}, 2)`;
  return type === 'long text' ? `o.c${n}` : `CAST(o.c${n} AS ${typeOf(column)})`;
}

/**
 * Own tables in SQL Server: rows come as JSON, a list of objects. Without MERGE: rows of known keys are changed, then the
 * others are inserted; the locks on the keys, and on the gaps where they would stand, hold until the commit.
 * @param home the schema of tables that name none; the user's own when empty
 */
export function mssqlOwn(home: string): OwnDialect {
  const tableName = ({ schema, name }: OwnTable): string => {
    const place = schema || home;
    return place === '' ? quote(name) : `${quote(place)}.${quote(name)}`;
  };
  return {
    quote,
    typeOf,
    ofTable: (error) => OF_TABLE.has(driverError(error).number ?? 0),
    table: tableName,
    createTable(table: OwnTable): string[] {
      const lines = table.columns.map(
        (column) => `${quote(column.name)} ${typeOf(column)} ${column.key ? 'NOT NULL' : 'NULL'}`,
      );
      const key = table.columns.filter((column) => column.key).map(({ name }) => quote(name));
      if (key.length > 0) lines.push(`PRIMARY KEY (${listed(key)})`);
      const id = `OBJECT_ID(${literal(tableName(table))})`;
      return [`IF ${id} IS NULL CREATE TABLE ${tableName(table)} (\n  ${lines.join(',\n  ')}\n)`];
    },
    write({ table, columns, rows }: OwnBatch) {
      const target = tableName(table);
      const at = columns.map((column, n) => ({ column, name: quote(column.name), value: `o.c${n}` }));
      const fields = columns.map((_, n) => `c${n} nvarchar(max) '$.c${n}'`);
      const values = columns.map((column, n) => `${selected(column, n)} AS c${n}`);
      const offered = `(SELECT o.n, ${listed(values)} FROM OPENJSON(@p1) WITH (n int '$.n', ${listed(fields)}) AS o) AS o`;
      const keyed = at.filter(({ column }) => column.key);
      const same = keyed.map(({ name, value }) => `t.${name} = ${value}`).join(' AND ');
      const locked = `${target} AS t WITH (UPDLOCK, HOLDLOCK)`;
      const changed = at.filter(({ column }) => !column.key).map(({ name, value }) => `t.${name} = ${value}`);
      const update =
        table.mode === 'upsert' && changed.length > 0
          ? `UPDATE t SET ${listed(changed)} FROM ${locked} JOIN ${offered} ON ${same};\n`
          : '';
      const absent = table.mode === 'insert' ? '' : ` WHERE NOT EXISTS (SELECT 1 FROM ${locked} WHERE ${same})`;
      const insert = `INSERT INTO ${target} (${listed(at.map(({ name }) => name))})
  SELECT ${listed(at.map(({ value }) => value))} FROM ${offered}${absent} ORDER BY o.n;`;
      const list = rows.map((row, n) => Object.fromEntries([['n', n], ...row.map((value, c) => [`c${c}`, value])]));
      return { sql: update + insert, parameters: [JSON.stringify(list)] };
    },
  };
}
