import { expect } from 'chai';
import { Store, type StoreOptions } from '../../../../nodes/lib/store';
import { forEachDatabase } from '../../../support/databases';
import { rowsOf as logRows, rejection } from '../helper';
import { adt, offered, patients } from './helper';

/** Patients whose numbers differ in case, in an accent, in a blank at the end, in a zero in front, in how é is written. */
const NUMBERS = ['a1b', 'A1B', 'muller', 'müller', 'x1', 'x1 ', '7', '007', 'ss', 'ß', 'e\u0301', '\u00e9'];

interface Loose {
  title: string;
  id: string;
  names: string;
  before?: string[];
}

/** Existing tables that take some of them for the same, and what makes them. */
const LOOSE: Partial<Record<StoreOptions['dialect'], Loose[]>> = {
  sqlite: [
    { title: 'without regard to case', id: 'varchar(50) COLLATE NOCASE', names: 'NOCASE' },
    { title: 'without blanks at the end', id: 'text COLLATE RTRIM', names: 'RTRIM' },
    { title: 'as numbers', id: 'numeric', names: 'numeric' },
  ],
  postgres: [
    {
      title: 'without regard to case and accents',
      id: 'varchar(50) COLLATE loose',
      names: 'loose',
      before: [`CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)`],
    },
    { title: 'without blanks at the end', id: 'char(20)', names: 'bpchar' },
  ],
};
const OF_MYSQL: Loose[] = [
  {
    title: 'without regard to case and accents',
    id: 'varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
    names: 'utf8mb4_general_ci',
  },
  {
    title: 'without blanks at the end',
    id: 'varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    names: 'utf8mb4_bin',
  },
  { title: 'as fixed text', id: 'char(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci', names: 'char' },
];

forEachDatabase('store: keys of custom tables', (database) => {
  let store: Store;
  let options: StoreOptions;
  let warnings: string[];
  const isMysql = database.dialect === 'mysql' || database.dialect === 'mariadb';
  // SQL Server passes over blanks at the end in every unique index.
  const numbers = database.dialect === 'mssql' ? NUMBERS.filter((id) => !id.endsWith(' ')) : NUMBERS;
  const sql = (...statements: string[]) => database.sql(options, ...statements);
  const found = async () => {
    const rows = await sql(`SELECT ${id()} AS id, ${quoted('name')} AS name FROM ${quoted('patients')}`);
    return rows.map((one) => [String(one.id), String(one.name)]);
  };
  const quoted = (name: string): string =>
    isMysql ? `\`${name}\`` : database.dialect === 'mssql' ? `[${name}]` : `"${name}"`;
  const id = (): string => quoted('id');

  beforeEach(async () => {
    options = await database.fresh();
    store = await Store.open(options);
    warnings = [];
    store.on('warning', (text) => warnings.push(text));
  });
  afterEach(() => store.close());

  for (const mode of ['upsert', 'skip', 'insert'] as const) {
    for (const together of [true, false]) {
      it(`of a table that is made here compare letter by letter: ${mode}, ${together ? 'in one batch' : 'one after another'}`, async () => {
        const table = patients({ mode, columns: withoutLeave() });
        const offers: Promise<unknown>[] = [];
        for (const [n, number] of numbers.entries()) {
          const append = store.append(offered(table, `M${n}`, adt(`M${n}`, `${number}||NAME${n}`)));
          offers.push(append);
          if (!together) await append;
        }
        await Promise.all(offers);
        const rows = await found();
        expect(rows).to.have.deep.members(numbers.map((number, n) => [number, `NAME${n}`]));
        expect(warnings).to.deep.equal([]);
      });
    }
  }

  for (const { title, id: type, names, before = [] } of isMysql ? OF_MYSQL : (LOOSE[database.dialect] ?? [])) {
    for (const mode of ['upsert', 'skip'] as const) {
      for (const together of [true, false]) {
        it(`of a table that compares ${title} never change the row of another: ${mode}, ${together ? 'in one batch' : 'one after another'}`, async () => {
          await sql(
            ...before,
            `CREATE TABLE patients (id ${type} NOT NULL PRIMARY KEY, name varchar(50), phone varchar(50))`,
          );
          const table = patients({ mode, create: false, columns: withoutLeave() });
          const outcomes: (Error | undefined)[] = [];
          const waiting: Promise<void>[] = [];
          for (const [n, number] of NUMBERS.entries()) {
            const append = store.append(offered(table, `M${n}`, adt(`M${n}`, `${number}||NAME${n}`))).then(
              () => undefined,
              (error: Error) => {
                outcomes[n] = error;
              },
            );
            waiting.push(append);
            if (!together) await append;
          }
          await Promise.all(waiting);
          const stored = NUMBERS.flatMap((number, n) => (outcomes[n] === undefined ? [[number, `NAME${n}`]] : []));
          const rows = await found();
          // What char(n) fills up is no part of the value.
          const value = (text: string) => (/^char/.test(type) ? text.replace(/ +$/, '') : text);
          expect(rows.map(([one, name]) => [value(one!), name])).to.have.deep.members(stored);
          expect(stored.length).to.be.lessThan(NUMBERS.length).and.greaterThan(3);
          for (const error of outcomes.filter((one) => one !== undefined)) {
            expect(error).to.include({ code: 'STORE_ROW_REFUSED', fault: 'content' });
            expect(error?.message)
              .to.include('patients')
              .and.not.match(/muller|a1b/i);
            expect((error as unknown as { errors: { code: string }[] }).errors[0]?.code).to.equal('205');
          }
          expect(await logRows(store, 'Message')).to.have.length(stored.length);
          expect(warnings).to.have.length(1);
          expect(warnings[0]).to.include('patients').and.include(`id (${names})`);
        });
      }
    }

    it(`of a table that compares ${title} find their own row again`, async () => {
      await sql(
        ...before,
        `CREATE TABLE patients (id ${type} NOT NULL PRIMARY KEY, name varchar(50), phone varchar(50))`,
      );
      const table = patients({ create: false });
      for (const [n, name] of ['ONE', 'TWO'].entries()) {
        await store.append(offered(table, `M${n}`, adt(`M${n}`, `17||${name}`)));
      }
      expect((await found()).map(([one, name]) => [one?.trim(), name])).to.deep.equal([['17', 'TWO']]);
    });
  }

  if (isMysql) {
    it('that are too long together are told so, and not that a right is missing', async () => {
      const table = patients({ columns: withoutLeave('4000') });
      const error = await rejection(store.append(offered(table, 'M', adt('M', '1||DOE'))));
      expect(error.code).to.equal('STORE_OWN_TABLE');
      expect(error.message).to.include('key').and.include('768').and.not.include('right');
    });
  }
});

function withoutLeave(size = '50'): object[] {
  const text = { kind: 'path', type: 'text' };
  return [
    { ...text, column: 'id', source: 'PID-3.1', size, key: true, missing: 'refuse' },
    { ...text, column: 'name', source: 'PID-5.1', size: '50' },
  ];
}
