import { type CustomColumn, type CustomTable, type CustomTableSql, type CustomType, listed } from '../../custom-table';
import { inQuotes } from './driver';

/** The name of a type, or how it is made of the column's size. */
type TypeName = string | ((column: CustomColumn) => string);

/** The types of a kind of database; base64 is stored as the bytes it stands for. */
export function typesOf(names: Record<Exclude<CustomType, 'base64'>, TypeName>): CustomTableSql['typeOf'] {
  return (column) => {
    const name = names[column.type === 'base64' ? 'bytes' : column.type];
    return typeof name === 'string' ? name : name(column);
  };
}

export const isText = ({ type }: CustomColumn): boolean => type === 'text' || type === 'long text';

/**
 * The text columns of a key that compare more loosely than letter by letter.
 * @param found the table's columns as its database lists them
 * @param why what makes a column loose; undefined for one that is not
 */
export function looseKeys<Found extends { name: string }>(
  table: CustomTable,
  found: readonly Found[],
  why: (one: Found) => string | undefined,
): string[] {
  const known = new Map(found.map((one) => [one.name.toLowerCase(), one]));
  return table.columns.flatMap((column) => {
    const one = column.key && isText(column) ? known.get(column.name.toLowerCase()) : undefined;
    const loose = one && why(one);
    return loose === undefined ? [] : [`${column.name} (${loose})`];
  });
}

export const isBytes = ({ type }: CustomColumn): boolean => type === 'bytes' || type === 'base64';

/**
 * How tables are named and laid out.
 * @param home the schema of tables that name none; the user's own when empty
 * @param of `schema` writes a schema's name where that is another way than `quote`; `nullable` stands behind a column that
 * may be NULL, for databases in which a setting decides what nothing means
 */
export function customTables(
  home: string,
  of: Pick<CustomTableSql, 'quote' | 'typeOf'> & { schema?: (name: string) => string; nullable?: string },
) {
  const { quote, typeOf, schema: schemaName = quote, nullable } = of;
  return {
    table({ schema, name }: CustomTable): string {
      const place = schema || home;
      return place === '' ? quote(name) : `${schemaName(place)}.${quote(name)}`;
    },
    /** The columns of a new table, and its key, in parentheses. */
    layout({ columns }: CustomTable): string {
      const lines = columns.map((column) =>
        [quote(column.name), typeOf(column), column.key ? 'NOT NULL' : nullable].filter(Boolean).join(' '),
      );
      const key = columns.filter((column) => column.key).map(({ name }) => quote(name));
      if (key.length > 0) lines.push(`PRIMARY KEY (${listed(key)})`);
      return `(\n  ${lines.join(',\n  ')}\n)`;
    },
  };
}

const inDoubleQuotes = (name: string): string => inQuotes(name, '"');

/** `ON CONFLICT …`: what to do with a row whose key is there already, in SQLite and PostgreSQL. */
export function onConflict(table: CustomTable, columns: readonly CustomColumn[]): string {
  if (table.mode === 'insert') return '';
  const key = table.columns.filter((column) => column.key).map(({ name }) => inDoubleQuotes(name));
  const changed = columns
    .filter((column) => !column.key)
    .map(({ name }) => `${inDoubleQuotes(name)} = excluded.${inDoubleQuotes(name)}`);
  const action = table.mode === 'skip' || changed.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${listed(changed)}`;
  return `\n  ON CONFLICT (${listed(key)}) ${action}`;
}
