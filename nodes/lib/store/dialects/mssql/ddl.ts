import { type Column, type Ddl, definitions, type Table } from '../../schema';
import { inQuotes } from '../shared';

/**
 * The order of text columns: by their code units, so that case and accents count in keys, control IDs and identifiers
 * whatever the database's own collation is. SQL Server pads blanks when it compares, in this one too: where a trailing
 * blank must count, a statement compares DATALENGTH besides.
 */
export const COLLATION = 'Latin1_General_100_BIN2';

const TYPES: Record<Exclude<Column['kind'], 'text'>, string> = {
  // For people who search: in the collation of the database, as they are used to it.
  'long text': 'nvarchar(max)',
  bytes: 'varbinary(max)',
  // UTC.
  time: 'datetime2(3)',
  integer: 'int',
  'big integer': 'bigint',
};

/** A text literal. */
export const literal = (value: string): string => `N${inQuotes(value, "'")}`;

/** @param schema where the tables are; the user's own when empty */
export function mssqlDdl(schema: string): Ddl {
  const table = (name: string): string => (schema === '' ? name : `[${schema.replaceAll(']', ']]')}].${name}`);
  return {
    table,
    createTable({ name, key, columns, indexes }: Table): string[] {
      const lines = definitions(columns, ({ kind, length }) =>
        kind === 'text' ? `nvarchar(${length}) COLLATE ${COLLATION}` : TYPES[kind],
      );
      const primary = `CONSTRAINT ${name}_pk PRIMARY KEY`;
      if (key === 'id') lines.unshift(`id bigint IDENTITY(1, 1) NOT NULL ${primary}`);
      else lines.push(`${primary} (${key.join(', ')})`);
      const id = `OBJECT_ID(${literal(table(name))})`;
      return [
        `IF ${id} IS NULL CREATE TABLE ${table(name)} (\n  ${lines.join(',\n  ')}\n)`,
        ...indexes.map((index) => {
          // Some TDS servers list an index with more behind its name.
          const listed = literal(`${index.name.replaceAll('_', '[_]')}%`);
          return `IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = ${id} AND name LIKE ${listed})
  CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${index.name} ON ${table(name)} (${index.columns.join(', ')})`;
        }),
      ];
    },
    exists: (name) => `SELECT 1 AS found WHERE OBJECT_ID(${literal(table(name))}) IS NOT NULL`,
  };
}
