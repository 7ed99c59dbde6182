import { expect } from 'chai';
import { Store, type StoreOptions } from '../../../nodes/lib/store';
import { refusalOf as ofMssql } from '../../../nodes/lib/store/dialects/mssql/error-classes';
import { refusalOf as ofMysql } from '../../../nodes/lib/store/dialects/mysql/error-classes';
import { refusalOf as ofOracle } from '../../../nodes/lib/store/dialects/oracle/error-classes';
import { refusalOf as ofPostgres } from '../../../nodes/lib/store/dialects/postgres/error-classes';
import { refusalOf as ofSqlite } from '../../../nodes/lib/store/dialects/sqlite/error-classes';
import { forEachDatabase } from '../../support/databases';
import { rejection, toldBy } from './helper';
import { adt, column, offered, patients } from './own/helper';

const error = (message: string, facts: object): Error => Object.assign(new Error(message), facts);

describe('store: why a database refuses a row', () => {
  const mssql = (number: number, message: string) => ofMssql(error(message, { number, code: 'EREQUEST' }));
  const mysql = (errno: number, message: string) => ofMysql(error(message, { errno, code: 'ER_X', sqlState: '23000' }));
  const oracle = (number: number, text: string) => {
    const code = `ORA-${String(number).padStart(5, '0')}`;
    return ofOracle(error(`${code}: ${text}`, { code }));
  };

  it('is read from the numbers and texts of SQL Server, which name the rule before any value', () => {
    const duplicate =
      "Violation of PRIMARY KEY constraint 'PK_p'. Cannot insert duplicate key in object 'dbo.p'. The duplicate key value is (DOE').";
    expect(mssql(2627, duplicate)).to.deep.equal({ kind: 'duplicate', name: 'constraint PK_p' });
    const index =
      "Cannot insert duplicate key row in object 'dbo.p' with unique index 'by_phone'. The duplicate key value is (DOE).";
    expect(mssql(2601, index)).to.deep.equal({ kind: 'duplicate', name: 'constraint by_phone' });
    const conflict = (rule: string, name: string) =>
      `The INSERT statement conflicted with the ${rule} constraint "${name}". The conflict occurred in database "x", table "dbo.w", column 'id'.`;
    expect(mssql(547, conflict('FOREIGN KEY', 'fk_w'))).to.deep.equal({ kind: 'parent', name: 'constraint fk_w' });
    expect(mssql(547, conflict('CHECK', 'ck_w'))).to.deep.equal({ kind: 'check', name: 'constraint ck_w' });
    const nothing =
      "Cannot insert the value NULL into column 'name', table 'x.dbo.p'; column does not allow nulls. INSERT fails.";
    expect(mssql(515, nothing)).to.deep.equal({ kind: 'missing', name: 'column name' });
    const long =
      "String or binary data would be truncated in table 'x.dbo.p', column 'name'. Truncated value: 'column 'DOE'. '.";
    expect(mssql(2628, long)).to.deep.equal({ kind: 'length', name: 'column name' });
    expect(mssql(8152, 'String or binary data would be truncated.')).to.deep.equal({ kind: 'length' });
    expect(mssql(8115, 'Arithmetic overflow error converting DOE')).to.deep.equal({ kind: 'range' });
    expect(mssql(2627, "Verletzung der PRIMARY KEY-Einschränkung 'DOE'")).to.deep.equal({ kind: 'duplicate' });
    expect(mssql(50_001, "Violation of PRIMARY KEY constraint 'DOE'. x")).to.deep.equal({ kind: 'other' });
    expect(mssql(2627, 'duplicate key value violates unique constraint "p_pkey"')).to.deep.equal({
      kind: 'duplicate',
      name: 'constraint p_pkey',
    });
    expect(mssql(245, 'Conversion failed when converting DOE')).to.equal(undefined);
  });

  it('is read from those of MySQL and MariaDB, where values stand before', () => {
    const key = "Duplicate entry 'x' for key 'evil' for key 'patients.PRIMARY'";
    expect(mysql(1062, key)).to.deep.equal({ kind: 'duplicate', name: 'constraint patients.PRIMARY' });
    const parent =
      'Cannot add or update a child row: a foreign key constraint fails (`x`.`p`, CONSTRAINT `fk_w` FOREIGN KEY (`w`) REFERENCES `w` (`id`))';
    expect(mysql(1452, parent)).to.deep.equal({ kind: 'parent', name: 'constraint fk_w' });
    expect(mysql(3819, "Check constraint 'ck' is violated.")).to.deep.equal({ kind: 'check', name: 'constraint ck' });
    expect(mysql(4025, 'CONSTRAINT `ck` failed for `x`.`p`')).to.deep.equal({ kind: 'check', name: 'constraint ck' });
    expect(mysql(1048, "Column 'name' cannot be null")).to.deep.equal({ kind: 'missing', name: 'column name' });
    expect(mysql(1406, "Data too long for column 'name' at row 1")).to.deep.equal({
      kind: 'length',
      name: 'column name',
    });
    expect(mysql(1264, "Out of range value for column 'n' at row 1")).to.deep.equal({
      kind: 'range',
      name: 'column n',
    });
    expect(mysql(1644, "Data too long for column 'DOE' at row 1")).to.deep.equal({ kind: 'other' });
    expect(mysql(1366, "Incorrect integer value: 'DOE' for column 'n' at row 1")).to.equal(undefined);
  });

  it('is read from those of Oracle', () => {
    expect(oracle(1, 'unique constraint (LOG.SYS_C1) violated')).to.deep.equal({
      kind: 'duplicate',
      name: 'constraint LOG.SYS_C1',
    });
    const late =
      'unique constraint (LOG.PK) violated on table LOG.P columns (ID)\nORA-03301: (ORA-00001 details) row with column values (ID:DOE) already exists';
    expect(oracle(1, late)).to.deep.equal({ kind: 'duplicate', name: 'constraint LOG.PK' });
    expect(oracle(2291, 'integrity constraint (LOG.FK_W) violated - parent key not found')).to.deep.equal({
      kind: 'parent',
      name: 'constraint LOG.FK_W',
    });
    expect(oracle(2290, 'check constraint (LOG.CK) violated')).to.deep.equal({
      kind: 'check',
      name: 'constraint LOG.CK',
    });
    expect(oracle(1400, 'cannot insert NULL into ("LOG"."P"."NAME")')).to.deep.equal({
      kind: 'missing',
      name: 'column LOG.P.NAME',
    });
    expect(oracle(12899, 'value too large for column "LOG"."P"."NAME" (actual: 9, maximum: 5)')).to.deep.equal({
      kind: 'length',
      name: 'column LOG.P.NAME',
    });
    expect(oracle(1438, 'value larger than specified precision allowed for this column')).to.deep.equal({
      kind: 'range',
    });
    expect(oracle(20_001, 'cannot insert NULL into ("DOE"."P"."NAME")')).to.deep.equal({ kind: 'other' });
    expect(oracle(1843, 'not a valid month')).to.equal(undefined);
  });

  it('is read from the fields of PostgreSQL, and from the texts of SQLite that are its own', () => {
    const facts = { code: '23505', constraint: 'p_pkey', table: 'p', detail: 'Key (id)=(DOE) already exists.' };
    expect(ofPostgres(error('x', facts))).to.deep.equal({ kind: 'duplicate', name: 'constraint p_pkey' });
    expect(ofPostgres(error('x', { code: '23502', column: 'name' }))).to.deep.equal({
      kind: 'missing',
      name: 'column name',
    });
    expect(ofPostgres(error('x', { code: 'P0001' }))).to.deep.equal({ kind: 'other' });
    expect(ofPostgres(error('x', { code: '22P02' }))).to.equal(undefined);
    const sqlite = (text: string) =>
      ofSqlite(error(`SQLITE_CONSTRAINT: ${text}`, { code: 'SQLITE_CONSTRAINT', errno: 19 }));
    expect(sqlite('UNIQUE constraint failed: p.id, p.kind')).to.deep.equal({
      kind: 'duplicate',
      name: 'constraint of p.id, p.kind',
    });
    expect(sqlite('FOREIGN KEY constraint failed')).to.deep.equal({ kind: 'parent' });
    expect(sqlite('poisoned DOE^JANE')).to.deep.equal({ kind: 'other' });
    expect(ofSqlite(new Error('x'))).to.equal(undefined);
  });
});

forEachDatabase('store: rows that a constraint refuses', (database) => {
  let store: Store;
  let options: StoreOptions;
  beforeEach(async () => {
    options = await database.fresh();
    store = await Store.open(options);
  });
  afterEach(() => store.close());

  const { dialect } = database;
  if (dialect === 'mssql' || dialect === 'oracle') return;
  const table = patients({
    mode: 'insert',
    create: false,
    columns: [
      column('id', 'PID-3.1'),
      column('name', 'PID-5.1'),
      column('ward', 'PID-6.1'),
      column('age', 'PID-7', { type: 'integer', size: '' }),
    ],
  });
  const append = (id: string, pid: string) => store.append(offered(table, id, adt(id, pid)));

  beforeEach(async () => {
    await database.sql(
      options,
      'CREATE TABLE wards (id varchar(20) NOT NULL PRIMARY KEY)',
      "INSERT INTO wards VALUES ('W1')",
      `CREATE TABLE patients (id varchar(20) NOT NULL, name varchar(5) NOT NULL, ward varchar(20), age smallint,
        CONSTRAINT one_patient UNIQUE (id), CONSTRAINT ward_of FOREIGN KEY (ward) REFERENCES wards (id),
        CONSTRAINT no_ghost CHECK (name <> 'GHOST'))`,
    );
    await append('first', '1||DOE^J|W1');
  });

  const cases: [string, string, string, RegExp][] = [
    ['a duplicate key', '1||MUSTR|W1', '205', /duplicate key.*(one_patient|patients\.id)/],
    ['a check', '3||GHOST|W1', '207', /check.*no_ghost/],
    ['a missing value', '4|||W1', '207', /missing.*column.*name/],
  ];
  if (dialect !== 'sqlite') {
    // SQLite checks foreign keys where a program asks it to, and cuts nothing.
    cases.push(['a missing parent', '2||MUSTR|W9', '204', /refers to.*ward_of/]);
    cases.push(['a text that is too long', '5||MUSTERMANN|W1', '207', /too long/]);
    cases.push(['a number out of range', '6||MUSTR|W1|99999', '207', /out of range/]);
  }
  for (const [title, pid, code, words] of cases) {
    it(`say which: ${title}`, async () => {
      const refused = await rejection(append('M1', pid));
      expect(refused).to.include({ code: 'STORE_ROW_REFUSED', fault: 'content' });
      expect(refused.errors.map((one) => one.code)).to.deep.equal([code]);
      expect(refused.message).to.match(words).and.include('patients');
      expect(refused.errors[0]?.text).to.match(new RegExp(words, 'i'));
      expect(toldBy(refused)).to.not.match(/MUST|99999|W9|GHOST\|/);
      expect((await append('M2', '9||FINE|W1')).receipt.duplicate).to.equal(false);
    });
  }
});
