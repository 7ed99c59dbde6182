import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { Store } from '../../../nodes/lib/store';
import { ACK_LENGTHS, IDENTIFIER_LENGTHS, LENGTHS } from '../../../nodes/lib/store/columns';
import { otherProgram, row, temporaryFolder } from './helper';

const PAGE = path.join(__dirname, '../../../docs/tables.md');

/** Columns of each table as the page documents them: table -> column -> [type, text]. */
function documented(page: string): Map<string, Map<string, string>> {
  const tables = new Map<string, Map<string, string>>();
  for (const section of page.split(/^## /m).slice(1)) {
    const name = section.slice(0, section.indexOf('\n')).trim();
    if (!name.startsWith('hl7_')) continue;
    const columns = new Map<string, string>();
    for (const [, column, type] of section.matchAll(/^\| `([a-z0-9_]+)` \| ([a-z0-9 ]+) \| [A-Z`].*\.[^|]* \|$/gm)) {
      columns.set(column!, type!);
    }
    tables.set(name, columns);
  }
  return tables;
}

describe('store: the tables and their page', () => {
  const folder = temporaryFolder();
  let file: string;
  let store: Store;
  let page: string;

  before(async () => {
    file = folder.path('docs.sqlite');
    store = await Store.open({ dialect: 'sqlite', file });
    await store.append(row('1'));
    page = await readFile(PAGE, 'utf8');
  });
  after(() => store.close());

  it('documents every column, and no column that is not there', async () => {
    const found = await otherProgram(
      file,
      `SELECT t.name AS "table", c.name AS "column" FROM sqlite_master t JOIN pragma_table_info(t.name) c
       WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`,
    );
    const schema = found.map((one) => `${one.table}.${one.column}`);
    const described = [...documented(page)].flatMap(([table, columns]) =>
      [...columns.keys()].map((c) => `${table}.${c}`),
    );
    expect(schema.length).to.be.greaterThan(40);
    expect(described).to.have.members(schema);
  });

  it('documents the lengths that values are cut at, and the schema has them', async () => {
    const tables = documented(page);
    const lengths = { hl7_messages: LENGTHS, hl7_acks: ACK_LENGTHS, hl7_identifiers: IDENTIFIER_LENGTHS };
    for (const [table, columns] of Object.entries(lengths)) {
      const info = await otherProgram(file, `PRAGMA table_info(${table})`);
      const types = new Map(info.map((one) => [one.name, one.type]));
      for (const [column, length] of Object.entries(columns)) {
        expect(tables.get(table)?.get(column), `${table}.${column}`).to.equal(`text ${length}`);
        expect(types.get(column), `${table}.${column}`).to.equal(`VARCHAR(${length})`);
      }
    }
  });

  it('has names of 30 characters at most, which every database takes', async () => {
    const objects = await otherProgram(file, "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'");
    const columns = [...documented(page).values()].flatMap((table) => [...table.keys()]);
    const names = [...objects.map((one) => String(one.name)), ...columns];
    expect(names.filter((name) => name.length > 30)).to.deep.equal([]);
    expect(objects.map((one) => one.name)).to.include.members(['hl7_messages_dedupe_key', 'hl7_identifiers_value']);
  });

  it('shows queries that run', async () => {
    const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1]!);
    expect(queries).to.have.length(6);
    for (const query of queries) await otherProgram(file, query);
    const byPatient = await otherProgram(file, queries[0]!);
    expect(byPatient).to.deep.equal([
      { id: 1, received_at: '2024-02-29 09:41:12.345 +00:00', message_type: 'ADT', trigger_event: 'A01' },
    ]);
    const byDay = await otherProgram(file, queries[1]!);
    expect(byDay).to.deep.equal([{ message_type: 'ADT', trigger_event: 'A01', messages: 1, deliveries: 1 }]);
  });

  it('finds identifiers, control IDs and days by index', async () => {
    const plan = async (sql: string): Promise<string> =>
      (await otherProgram(file, `EXPLAIN QUERY PLAN ${sql}`)).map((one) => one.detail).join('; ');
    expect(await plan("SELECT message_id FROM hl7_identifiers WHERE value = 'x' AND kind = 'patient'")).to.match(
      /SEARCH .*hl7_identifiers_value/,
    );
    expect(await plan("SELECT id FROM hl7_messages WHERE control_id = 'x' AND sending_application = 'y'")).to.match(
      /SEARCH .*hl7_messages_control_id/,
    );
    expect(await plan("SELECT id FROM hl7_messages WHERE received_at > '2024'")).to.match(
      /SEARCH .*hl7_messages_received_at/,
    );
  });
});
