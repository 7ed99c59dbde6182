import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { type ServerDialectName, Store, type StoreOptions } from '../../../nodes/lib/store';
import { forEachServer, type Rows } from '../../support/databases';

const TABLES = ['hl7_messages', 'hl7_acks', 'hl7_identifiers', 'hl7_migrations'];

/** Queries for an index's name, table and columns in order; oracle hands names over in capitals. */
const INDEXES: Record<ServerDialectName, string> = {
  postgres: `SELECT i.relname AS name, t.relname AS owner, a.attname AS col, x.indisunique AS uniq
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k(num, pos)
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num
    WHERE t.relname LIKE 'hl7%' AND NOT x.indisprimary ORDER BY i.relname, k.pos`,
  mysql: mysqlIndexes(),
  mariadb: mysqlIndexes(),
  mssql: `SELECT i.name AS name, t.name AS owner, c.name AS col, i.is_unique AS uniq
    FROM sys.indexes i JOIN sys.tables t ON t.object_id = i.object_id
    JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id
    JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id
    WHERE t.name LIKE 'hl7%' AND i.is_primary_key = 0 AND i.name IS NOT NULL ORDER BY i.name, k.key_ordinal`,
  oracle: `SELECT LOWER(c.index_name) AS "name", LOWER(c.table_name) AS "owner", LOWER(c.column_name) AS "col",
    CASE i.uniqueness WHEN 'UNIQUE' THEN 1 ELSE 0 END AS "uniq"
    FROM user_ind_columns c JOIN user_indexes i ON i.index_name = c.index_name
    WHERE c.index_name LIKE 'HL7%' ORDER BY c.index_name, c.column_position`,
};

function mysqlIndexes(): string {
  return `SELECT index_name AS name, table_name AS owner, column_name AS col, 1 - non_unique AS uniq
    FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY'
    ORDER BY index_name, seq_in_index`;
}

const COLUMNS: Partial<Record<ServerDialectName, string>> = {
  oracle: `SELECT LOWER(table_name) AS "owner", LOWER(column_name) AS "col" FROM user_tab_columns WHERE table_name LIKE 'HL7%'`,
};
const STANDARD_COLUMNS = `SELECT table_name AS owner, column_name AS col FROM information_schema.columns
  WHERE table_name IN (${TABLES.map((name) => `'${name}'`).join(', ')}) AND table_schema NOT IN ('pg_catalog')`;

forEachServer('store: the tables', (database) => {
  let options: StoreOptions;
  before(async () => {
    options = await database.fresh();
    await (await Store.open(options)).close();
  });

  it('have the documented columns', async () => {
    const page = await readFile(path.join(__dirname, '../../../docs/tables.md'), 'utf8');
    const documented = page.split(/^## /m).flatMap((section) => {
      const table = section.slice(0, section.indexOf('\n')).trim();
      if (!TABLES.includes(table)) return [];
      return [...section.matchAll(/^\| `([a-z0-9_]+)` \| [a-z0-9 ]+ \|/gm)].map((match) => `${table}.${match[1]}`);
    });
    const sql = COLUMNS[database.dialect as ServerDialectName] ?? only(database.dialect, options, STANDARD_COLUMNS);
    const found = await database.sql(options, sql);
    expect(found.map((row) => `${row.owner}.${row.col}`)).to.have.members(documented);
    expect(documented.length).to.be.greaterThan(40);
  });

  it('have the same indexes as everywhere', async () => {
    const found = await database.sql(options, INDEXES[database.dialect as ServerDialectName]);
    expect(grouped(found, database.dialect)).to.deep.equal({
      'hl7_acks.hl7_acks_message_id': 'message_id',
      'hl7_identifiers.hl7_identifiers_value': 'value, kind, authority, message_id',
      'hl7_messages.hl7_messages_control_id': 'control_id, sending_application, sending_facility',
      'hl7_messages.hl7_messages_dedupe_key': 'dedupe_key (unique)',
      'hl7_messages.hl7_messages_received_at': 'received_at',
      'hl7_messages.hl7_messages_type': 'message_type, trigger_event, received_at',
    });
  });
});

/** MySQL and MariaDB see the tables of all databases there. */
function only(dialect: string, options: StoreOptions, sql: string): string {
  if (dialect !== 'mysql' && dialect !== 'mariadb') return sql;
  return `${sql} AND table_schema = '${(options as { database: string }).database}'`;
}

/** A TDS server may put the table's name, or what is left of it, and a checksum behind an index's name. */
function plain(name: string, dialect: string): string {
  return dialect === 'mssql' ? name.replace(/(hl7_[a-z_]+?)(hl7_[a-z_]*)?[0-9a-f]{32}$/, '$1') : name;
}

function grouped(rows: Rows, dialect: string): Record<string, string> {
  const columns = new Map<string, string[]>();
  const unique = new Set<string>();
  for (const { name, owner, col, uniq } of rows) {
    const key = `${owner}.${plain(String(name), dialect)}`;
    columns.set(key, [...(columns.get(key) ?? []), String(col)]);
    if (Number(uniq) === 1) unique.add(key);
  }
  return Object.fromEntries(
    [...columns].map(([key, names]) => [key, names.join(', ') + (unique.has(key) ? ' (unique)' : '')]),
  );
}
