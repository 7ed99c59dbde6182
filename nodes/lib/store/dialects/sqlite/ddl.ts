import { type Column, type Ddl, definitions, type Table } from '../../schema';

const TYPES: Record<Column['kind'], string> = {
  text: 'VARCHAR',
  'long text': 'TEXT',
  bytes: 'BLOB',
  time: 'DATETIME',
  integer: 'INTEGER',
  'big integer': 'BIGINT',
};

export const sqliteDdl: Ddl = {
  createTable({ name, key, columns, indexes }: Table): string[] {
    const lines = definitions(columns, ({ kind, length }) => (kind === 'text' ? `VARCHAR(${length})` : TYPES[kind]));
    // AUTOINCREMENT: the number of a row that was deleted is not given to another.
    if (key === 'id') lines.unshift('id INTEGER PRIMARY KEY AUTOINCREMENT');
    else lines.push(`PRIMARY KEY (${key.join(', ')})`);
    const tail = key === 'id' ? '' : ' WITHOUT ROWID';
    return [
      `CREATE TABLE IF NOT EXISTS ${name} (\n  ${lines.join(',\n  ')}\n)${tail}`,
      ...indexes.map(
        (index) =>
          `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${index.name} ON ${name} (${index.columns.join(', ')})`,
      ),
    ];
  },
  exists: (table) => `SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = '${table}'`,
  table: (name) => name,
};
