import {
  type CustomBatch,
  type CustomColumn,
  type CustomTable,
  type CustomTableSql,
  listed,
  type Run,
  type Waited,
} from '../../custom-table';
import { customTables, driverError, inQuotes, isBytes, isText, isTimedOut, typesOf } from '../shared';
import { CAPABILITIES, codePoints, type ServerCapabilities } from './capabilities';
import { COLLATION, literal } from './ddl';
import { SUNDRY } from './error-classes';

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

/** The number that a TDS server of another make has for most of its errors; their text tells them apart. */
function isOfTable({ number, message }: { number?: number; message: string }): boolean {
  if (number === SUNDRY)
    return /^(relation|column|schema) .* does not exist|^permission denied|^syntax error/.test(message);
  return number !== undefined && OF_TABLE.has(number);
}

/** Error number of a lock that was not available in time. */
const LOCK_TIMEOUT = 1222;

function waitedFor(error: unknown): Waited | undefined {
  if (isTimedOut(error)) return 'time';
  const { number, message } = driverError(error);
  if (number === LOCK_TIMEOUT || (number === SUNDRY && /^canceling statement due to lock/.test(message))) return 'lock';
  return undefined;
}

const CANNOT_CREATE = new Map<number | undefined, string>([
  [1701, 'Its columns are too long together: make text columns shorter, or long texts.'],
  [1702, 'It has more columns than the server takes: take some out.'],
  [1919, 'A column has a type that cannot be in a key: make it a text with a length, a number or a date.'],
  [1944, 'The columns of its key are too long together: make them shorter. The server takes 450 characters in all.'],
  [2714, 'There is something else of this name: give the table another.'],
  [2760, 'There is no schema of this name, or the user may not use it: create it, or correct the name.'],
]);

interface KeyFacts {
  collation: string;
  /** A column of a fixed length: blanks at the end are no part of its value. */
  padded: boolean;
}

/**
 * A column that is the same as a value letter by letter: in its own collation, by which an index finds it, then in one that
 * counts case and accents. Blanks at the end never count for SQL Server: the lengths are compared besides. What a unique
 * index takes for the same all the same is refused by it.
 */
function comparison(facts: KeyFacts | undefined, column: string, value: string): string {
  if (facts === undefined) return `${column} = ${value}`;
  const { collation, padded } = facts;
  const parts = [`${column} = ${value} COLLATE ${collation}`];
  if (!/_BIN2?$/i.test(collation)) parts.push(`${column} COLLATE ${COLLATION} = ${value} COLLATE ${COLLATION}`);
  if (!padded) parts.push(`LEN(${column} + N'.') = LEN(${value} + N'.')`);
  return parts.join(' AND ');
}

/** Some TDS servers do not read a bracket that is doubled. */
const quote = (name: string): string => (name.includes(']') ? inQuotes(name, '"') : `[${name}]`);

const typeOf = typesOf({
  text: ({ length }) => `nvarchar(${length})`,
  'long text': 'nvarchar(max)',
  integer: 'bigint',
  decimal: ({ precision, scale }) => `decimal(${precision}, ${scale})`,
  date: 'date',
  timestamp: 'datetime2(6)',
  instant: 'datetime2(3)',
  boolean: 'bit',
  bytes: 'varbinary(max)',
});

/** Rows as a table of the statement, `n` and `c0`, `c1`, … as the columns' types, with its parameters. */
function batchedOf(
  { columns, rows }: CustomBatch,
  capabilities: ServerCapabilities,
): { sql: string; parameters: unknown[] } {
  const length = (text: string): number => (capabilities.countsPairs ? codePoints(text) : text.length);
  const bytes = new Behind<Buffer>((value) => value.length);
  const texts = new Behind<string>(length);
  const asList = (apart: boolean): string =>
    JSON.stringify(
      rows.map((row, n) => {
        const fields: Record<string, unknown> = { n };
        row.forEach((value, c) => {
          if (value === null) return;
          if (isBytes(columns[c]!)) bytes.place(fields, c, Buffer.from(value, 'hex'));
          else if (apart) texts.place(fields, c, value);
          else fields[`c${c}`] = value;
        });
        return fields;
      }),
    );
  let list = asList(false);
  // Where the server leaves the escapes of JSON as they are, texts stand behind one another as the bytes do.
  const apart = !capabilities.readsEscapes && list.includes('\\');
  if (apart) {
    bytes.clear();
    list = asList(true);
  }
  const fields = columns.map((column, n) =>
    apart || isBytes(column) ? `a${n} int '$.a${n}', l${n} int '$.l${n}'` : `c${n} nvarchar(max) '$.c${n}'`,
  );
  const parameters: unknown[] = [list];
  if (columns.some(isBytes)) parameters.push(Buffer.concat(bytes.values));
  const bytesAt = `@p${parameters.length}`;
  if (apart) parameters.push(texts.values.join(''));
  const textsAt = `@p${parameters.length} COLLATE ${COLLATION}`;
  const values = columns.map((column, n) => {
    if (isBytes(column)) return `SUBSTRING(${bytesAt}, o.a${n}, o.l${n}) AS c${n}`;
    const value = apart ? `CONVERT(nvarchar(max), SUBSTRING(${textsAt}, o.a${n}, o.l${n}))` : `o.c${n}`;
    return `${column.type === 'long text' ? value : `CAST(${value} AS ${typeOf(column)})`} AS c${n}`;
  });
  return {
    sql: `(SELECT o.n, ${listed(values)} FROM OPENJSON(@p1) WITH (n int '$.n', ${listed(fields)}) AS o) AS o`,
    parameters,
  };
}

/** Values that stand behind one another in one parameter; the rows say where. */
class Behind<T> {
  readonly values: T[] = [];
  #at = 1;

  constructor(readonly lengthOf: (value: T) => number) {}

  place(fields: Record<string, unknown>, column: number, value: T): void {
    fields[`a${column}`] = this.#at;
    fields[`l${column}`] = this.lengthOf(value);
    this.#at += this.lengthOf(value);
    this.values.push(value);
  }

  clear(): void {
    this.values.length = 0;
    this.#at = 1;
  }
}

/**
 * Custom tables in SQL Server: rows come as JSON, a list of objects. Without MERGE: rows of known keys are changed, then the
 * others are inserted; the locks on the keys, and on the gaps where they would stand, hold until the commit.
 * @param home the schema of tables that name none; the user's own when empty
 * @param manners of the server, as they are known by then
 */
export function mssqlCustomTable(
  home: string,
  capabilities: () => ServerCapabilities = () => CAPABILITIES,
): CustomTableSql {
  const { table: tableName, layout } = customTables(home, {
    quote,
    // Letter by letter, whatever the database's own collation is.
    typeOf: (column) => (column.key && isText(column) ? `${typeOf(column)} COLLATE ${COLLATION}` : typeOf(column)),
    nullable: 'NULL',
  });
  /** Text columns as the catalogue has them, by table and name. */
  const known = new WeakMap<CustomTable, Map<string, KeyFacts>>();
  const sameKey = (table: CustomTable, column: CustomColumn, name: string, value: string): string =>
    comparison(isText(column) ? known.get(table)?.get(column.name.toLowerCase()) : undefined, `t.${name}`, value);
  return {
    quote,
    typeOf,
    ofTable: (error) => isOfTable(driverError(error)),
    cannotCreate: (error) => CANNOT_CREATE.get(driverError(error).number),
    waited: (error) => waitedFor(error),
    table: tableName,
    createTable(table: CustomTable): string[] {
      const id = `OBJECT_ID(${literal(tableName(table))})`;
      return [`IF ${id} IS NULL CREATE TABLE ${tableName(table)} ${layout(table)}`];
    },
    async learn(table: CustomTable, run: Run): Promise<void> {
      try {
        const found = (await run(
          `SELECT c.name AS name, c.collation_name AS collation, TYPE_NAME(c.system_type_id) AS type FROM sys.columns AS c
  WHERE c.object_id = OBJECT_ID(${literal(tableName(table))})`,
        )) as { name: string; collation: string | null; type: string }[];
        const texts = found.flatMap(({ name, collation, type }): [string, KeyFacts][] =>
          collation !== null && /^\w+$/.test(collation)
            ? [[name.toLowerCase(), { collation, padded: /^n?char$/i.test(type) }]]
            : [],
        );
        known.set(table, new Map(texts));
      } catch {
        // Some TDS servers have no such catalogue: then keys are compared as the database does.
        known.delete(table);
      }
    },
    write({ table, columns, rows }: CustomBatch) {
      const target = tableName(table);
      const at = columns.map((column, n) => ({ column, name: quote(column.name), value: `o.c${n}` }));
      const { sql: offered, parameters } = batchedOf({ table, columns, rows }, capabilities());
      const keyed = at.filter(({ column }) => column.key);
      const same = keyed.map(({ column, name, value }) => sameKey(table, column, name, value)).join(' AND ');
      const locked = `${target} AS t WITH (UPDLOCK, HOLDLOCK)`;
      const changed = at.filter(({ column }) => !column.key).map(({ name, value }) => `t.${name} = ${value}`);
      const update =
        table.mode === 'upsert' && changed.length > 0
          ? `UPDATE t SET ${listed(changed)} FROM ${locked} JOIN ${offered} ON ${same};\n`
          : '';
      const absent = table.mode === 'insert' ? '' : ` WHERE NOT EXISTS (SELECT 1 FROM ${locked} WHERE ${same})`;
      const insert = `INSERT INTO ${target} (${listed(at.map(({ name }) => name))})
  SELECT ${listed(at.map(({ value }) => value))} FROM ${offered}${absent} ORDER BY o.n;`;
      return { sql: update + insert, parameters };
    },
  };
}
