import { listed, type OwnDialect } from '../../own/sql';
import type { OwnColumn, OwnTable, OwnType } from '../../own/types';

/** The name of a type, or how it is made of the column's size. */
type TypeName = string | ((column: OwnColumn) => string);

/** The types of a kind of database; base64 is stored as the bytes it stands for. */
export function typesOf(names: Record<Exclude<OwnType, 'base64'>, TypeName>): OwnDialect['typeOf'] {
  return (column) => {
    const name = names[column.type === 'base64' ? 'bytes' : column.type];
    return typeof name === 'string' ? name : name(column);
  };
}

export const isBytes = ({ type }: OwnColumn): boolean => type === 'bytes' || type === 'base64';

/**
 * How tables are named and laid out.
 * @param home the schema of tables that name none; the user's own when empty
 * @param of `schema` writes a schema's name where that is another way than `quote`; `nullable` stands behind a column that
 * may be NULL, for databases in which a setting decides what nothing means
 */
export function ownTables(
  home: string,
  of: Pick<OwnDialect, 'quote' | 'typeOf'> & { schema?: (name: string) => string; nullable?: string },
) {
  const { quote, typeOf, schema: schemaName = quote, nullable } = of;
  return {
    table({ schema, name }: OwnTable): string {
      const place = schema || home;
      return place === '' ? quote(name) : `${schemaName(place)}.${quote(name)}`;
    },
    /** The columns of a new table, and its key, in parentheses. */
    layout({ columns }: OwnTable): string {
      const lines = columns.map((column) =>
        [quote(column.name), typeOf(column), column.key ? 'NOT NULL' : nullable].filter(Boolean).join(' '),
      );
      const key = columns.filter((column) => column.key).map(({ name }) => quote(name));
      if (key.length > 0) lines.push(`PRIMARY KEY (${listed(key)})`);
      return `(\n  ${lines.join(',\n  ')}\n)`;
    },
  };
}
