import { expect } from 'chai';
import { Hl7Error } from '../../../../nodes/lib/errors';
import { customTable } from '../../../../nodes/lib/store';
import { customBatches } from '../../../../nodes/lib/store/custom-table/merge';
import type { CustomTableSql } from '../../../../nodes/lib/store/custom-table/sql';
import { mssqlCustomTable } from '../../../../nodes/lib/store/dialects/mssql/custom-table';
import { exactCollation, mysqlCustomTable } from '../../../../nodes/lib/store/dialects/mysql/custom-table';
import { oracleCustomTable } from '../../../../nodes/lib/store/dialects/oracle/custom-table';
import { postgresCustomTable } from '../../../../nodes/lib/store/dialects/postgres/custom-table';
import { adt, column, KEY, patients, rowsOf } from './helper';

describe('store: custom tables on SQL Server, as statements', () => {
  const own = mssqlCustomTable('dbo');

  it('change rows, then insert what is not there, with the keys locked until the commit, and without MERGE', () => {
    const table = patients({ table: 'Pa]tients' });
    const [batch] = customBatches([rowsOf(table, adt('1', `4711||O'NEIL`))]);
    const { sql, parameters } = own.write(batch!);
    expect(sql.split(';\n')).to.deep.equal([
      `UPDATE t SET t.[name] = o.c1 FROM [dbo]."Pa]tients" AS t WITH (UPDLOCK, HOLDLOCK) JOIN (SELECT o.n, CAST(o.c0 AS nvarchar(50)) AS c0, CAST(o.c1 AS nvarchar(50)) AS c1 FROM OPENJSON(@p1) WITH (n int '$.n', c0 nvarchar(max) '$.c0', c1 nvarchar(max) '$.c1') AS o) AS o ON t.[id] = o.c0`,
      `INSERT INTO [dbo]."Pa]tients" ([id], [name])\n  SELECT o.c0, o.c1 FROM (SELECT o.n, CAST(o.c0 AS nvarchar(50)) AS c0, CAST(o.c1 AS nvarchar(50)) AS c1 FROM OPENJSON(@p1) WITH (n int '$.n', c0 nvarchar(max) '$.c0', c1 nvarchar(max) '$.c1') AS o) AS o WHERE NOT EXISTS (SELECT 1 FROM [dbo]."Pa]tients" AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[id] = o.c0) ORDER BY o.n;`,
    ]);
    expect(parameters).to.deep.equal([JSON.stringify([{ n: 0, c0: '4711', c1: "O'NEIL" }])]);
  });

  it('hold bytes apart from their JSON, and texts too where a server leaves its escapes as they are', () => {
    const table = customTable({
      table: 'files',
      columns: [column('id', 'PID-3.1'), column('file', 'file', { kind: 'property', type: 'bytes', size: '' })],
    });
    const message = (id: string, file?: Buffer) => rowsOf(table, adt('1', id), { file });
    const [batch] = customBatches([
      message('a', Buffer.from([0, 255])),
      message('"\u{1f600}', Buffer.from([1])),
      message('b'),
    ]);
    const ordinary = own.write(batch!);
    expect(JSON.parse(ordinary.parameters[0] as string)).to.deep.equal([
      { n: 0, c0: 'a', a1: 1, l1: 2 },
      { n: 1, c0: '"\u{1f600}', a1: 3, l1: 1 },
      { n: 2, c0: 'b' },
    ]);
    expect(ordinary.parameters.slice(1)).to.deep.equal([Buffer.from([0, 255, 1])]);
    expect(ordinary.sql).to.include('SUBSTRING(@p2, o.a1, o.l1) AS c1');
    const apart = mssqlCustomTable('', () => ({ takesNul: false, readsEscapes: false, countsPairs: true })).write(
      batch!,
    );
    expect(JSON.parse(apart.parameters[0] as string)).to.deep.equal([
      { n: 0, a0: 1, l0: 1, a1: 1, l1: 2 },
      { n: 1, a0: 2, l0: 2, a1: 3, l1: 1 },
      { n: 2, a0: 4, l0: 1 },
    ]);
    expect(apart.parameters.slice(1)).to.deep.equal([Buffer.from([0, 255, 1]), 'a"\u{1f600}b']);
    expect(apart.sql).to.include('SUBSTRING(@p3 COLLATE Latin1_General_100_BIN2, o.a0, o.l0)');
  });

  it('insert alone, or skip what is there', () => {
    const columns = [column('id', 'PID-3.1', KEY)];
    const text = (mode: string) =>
      own.write(customBatches([rowsOf(patients({ mode, columns }), adt('1', '5'))])[0]!).sql;
    expect(text('insert')).to.not.match(/UPDATE|EXISTS/);
    expect(text('skip')).to.match(/^INSERT .* NOT EXISTS/s);
    expect(text('upsert')).to.equal(text('skip'));
  });

  it('compare keys letter by letter, in the collation that an index has', async () => {
    const catalogue = [
      { name: 'id', collation: 'SQL_Latin1_General_CP1_CI_AS', type: 'nvarchar' },
      { name: 'Kind', collation: 'Latin1_General_100_BIN2', type: 'char' },
      { name: 'phone', collation: null, type: 'int' },
    ];
    const asked: string[] = [];
    const table = patients({
      mode: 'skip',
      columns: [column('id', 'PID-3.1', KEY), column('kind', 'PID-3.5', KEY)],
    });
    const keyed = customBatches([rowsOf(table, adt('1', '5^^^^MR'))])[0]!;
    const where = () => /t WITH \(UPDLOCK, HOLDLOCK\) WHERE (.*)\) ORDER BY/.exec(own.write(keyed).sql)?.[1];
    expect(where()).to.equal('t.[id] = o.c0 AND t.[kind] = o.c1');
    await own.learn?.(table, async (sql) => {
      asked.push(sql);
      return catalogue;
    });
    expect(asked[0]).to.include("OBJECT_ID(N'[dbo].[patients]')");
    expect(where()).to.equal(
      [
        't.[id] = o.c0 COLLATE SQL_Latin1_General_CP1_CI_AS',
        't.[id] COLLATE Latin1_General_100_BIN2 = o.c0 COLLATE Latin1_General_100_BIN2',
        "LEN(t.[id] + N'.') = LEN(o.c0 + N'.')",
        't.[kind] = o.c1 COLLATE Latin1_General_100_BIN2',
      ].join(' AND '),
    );
    await own.learn?.(table, () => Promise.reject(new Error('no such view')));
    expect(where()).to.equal('t.[id] = o.c0 AND t.[kind] = o.c1');
  });

  it('create the table once, each type as the server has it', () => {
    const types = [
      'text',
      'long text',
      'integer',
      'decimal',
      'date',
      'timestamp',
      'instant',
      'boolean',
      'bytes',
      'base64',
    ];
    const table = customTable({
      table: "it's",
      schema: 'lab',
      columns: types.map((type, n) => column(`c${n}`, 'PID-3', { type, size: '', ...(n === 0 && KEY) })),
    });
    expect(own.createTable(table)).to.deep.equal([
      `IF OBJECT_ID(N'[lab].[it''s]') IS NULL CREATE TABLE [lab].[it's] (
  [c0] nvarchar(250) COLLATE Latin1_General_100_BIN2 NOT NULL,
  [c1] nvarchar(max) NULL,
  [c2] bigint NULL,
  [c3] decimal(18, 4) NULL,
  [c4] date NULL,
  [c5] datetime2(6) NULL,
  [c6] datetime2(3) NULL,
  [c7] bit NULL,
  [c8] varbinary(max) NULL,
  [c9] varbinary(max) NULL,
  PRIMARY KEY ([c0])
)`,
    ]);
  });
});

describe('store: custom tables on Oracle, whose keys', () => {
  const own = oracleCustomTable('lab');
  const run = (type: string, collation: string | null) => async (sql: string) => {
    expect(sql).to.include("owner = 'LAB' AND table_name = 'patients'");
    return [{ name: 'id', type, collation }];
  };

  it('must compare letter by letter', async () => {
    for (const collation of [null, 'USING_NLS_COMP', 'BINARY']) {
      expect(await own.lacks?.(patients(), run('VARCHAR2', collation))).to.equal(undefined);
    }
    expect(await own.lacks?.(patients(), run('CHAR', 'USING_NLS_COMP'))).to.include('id (CHAR)');
    expect(await own.lacks?.(patients(), run('VARCHAR2', 'BINARY_CI'))).to.include('id (BINARY_CI)');
  });
});

describe('store: custom tables that cannot be created', () => {
  const error = (of: object) => Object.assign(new Error('x'), of);

  it('say what is wrong where it is no right', () => {
    expect(mysqlCustomTable().cannotCreate?.(error({ errno: 1071, code: 'ER_TOO_LONG_KEY' }))).to.include('768');
    expect(mysqlCustomTable().cannotCreate?.(error({ errno: 1142, code: 'ER_TABLEACCESS_DENIED_ERROR' }))).to.equal(
      undefined,
    );
    expect(mssqlCustomTable('').cannotCreate?.(error({ number: 1944 }))).to.include('450');
    expect(oracleCustomTable('').cannotCreate?.(error({ code: 'ORA-01450' }))).to.include('too long together');
    expect(postgresCustomTable('').cannotCreate?.(error({ code: '3F000' }))).to.include('schema');
    expect(postgresCustomTable('').cannotCreate?.(error({ code: '42501' }))).to.equal(undefined);
  });

  it('are made with the collation that the server has', () => {
    const made = (version: string) => mysqlCustomTable(() => exactCollation(version)).createTable(patients())[0];
    expect(made('MariaDB 10.11.6')).to.match(/COLLATE utf8mb4_nopad_bin$/);
    expect(made('MySQL 8.4.0')).to.match(/COLLATE utf8mb4_0900_bin$/);
    expect(made('MySQL 8.0.17')).to.match(/COLLATE utf8mb4_0900_bin$/);
    expect(made('MySQL 8.0.16')).to.match(/COLLATE utf8mb4_bin$/);
  });
});

describe('store: custom tables that were waited for in vain', () => {
  it('are told by the number of the error', () => {
    const waited = (own: CustomTableSql, of: object) => own.waited(Object.assign(new Error('x'), of));
    expect(waited(postgresCustomTable(''), { code: '55P03' })).to.equal('lock');
    expect(waited(postgresCustomTable(''), { code: '57014' })).to.equal('time');
    expect(waited(postgresCustomTable(''), { code: '40P01' })).to.equal(undefined);
    expect(waited(mysqlCustomTable(), { errno: 1205, code: 'ER_LOCK_WAIT_TIMEOUT' })).to.equal('lock');
    expect(waited(mysqlCustomTable(), { errno: 1969 })).to.equal('time');
    expect(waited(mysqlCustomTable(), { errno: 1213 })).to.equal(undefined);
    expect(waited(mssqlCustomTable(''), { number: 1222 })).to.equal('lock');
    expect(waited(mssqlCustomTable(''), { number: 1205 })).to.equal(undefined);
    expect(waited(oracleCustomTable(''), { code: 'ORA-30006' })).to.equal('lock');
    expect(waited(oracleCustomTable(''), { code: 'ORA-00060' })).to.equal(undefined);
    const late = new Hl7Error('STORE_TIMEOUT', 'x');
    for (const own of [postgresCustomTable(''), mysqlCustomTable(), mssqlCustomTable(''), oracleCustomTable('')])
      expect(own.waited(late)).to.equal('time');
  });
});
