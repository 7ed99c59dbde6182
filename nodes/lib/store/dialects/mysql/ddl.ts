import { type Column, type Ddl, definitions, type Table } from '../../schema';

const TYPES: Record<Exclude<Column['kind'], 'text'>, string> = {
  'long text': 'longtext',
  bytes: 'longblob',
  time: 'datetime(3)',
  integer: 'int',
  'big integer': 'bigint',
};

/** Text compares by its characters alone; DYNAMIC takes an index over long names, whatever the server's default. */
export const OPTIONS = 'ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

/** The server does not take schema changes back: indexes stand in their table's statement, so that it is whole or absent. */
export const mysqlDdl: Ddl = {
  table: (name) => name,
  createTable({ name, key, columns, indexes }: Table): string[] {
    const lines = definitions(columns, ({ kind, length }) => (kind === 'text' ? `varchar(${length})` : TYPES[kind]));
    if (key === 'id') lines.unshift('id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY');
    else lines.push(`PRIMARY KEY (${key.join(', ')})`);
    for (const index of indexes) {
      lines.push(`${index.unique ? 'UNIQUE ' : ''}KEY ${index.name} (${index.columns.join(', ')})`);
    }
    return [`CREATE TABLE IF NOT EXISTS ${name} (\n  ${lines.join(',\n  ')}\n) ${OPTIONS}`];
  },
  exists: (name) =>
    `SELECT 1 AS found FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '${name}'`,
};
