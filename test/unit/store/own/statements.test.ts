import { expect } from 'chai';
import { mssqlOwn } from '../../../../nodes/lib/store/dialects/mssql/own';
import { ownTable } from '../../../../nodes/lib/store/own';
import { ownBatches } from '../../../../nodes/lib/store/own/merge';
import { adt, column, KEY, patients, rowsOf } from './helper';

describe('store: own tables on SQL Server, as statements', () => {
  const own = mssqlOwn('dbo');

  it('change rows, then insert what is not there, with the keys locked until the commit, and without MERGE', () => {
    const table = patients({ table: 'Pa]tients' });
    const [batch] = ownBatches([rowsOf(table, adt('1', `4711||O'NEIL`))]);
    const { sql, parameters } = own.write(batch!);
    expect(sql.split(';\n')).to.deep.equal([
      `UPDATE t SET t.[name] = o.c1 FROM [dbo]."Pa]tients" AS t WITH (UPDLOCK, HOLDLOCK) JOIN (SELECT o.n, CAST(o.c0 AS nvarchar(50)) AS c0, CAST(o.c1 AS nvarchar(50)) AS c1 FROM OPENJSON(@p1) WITH (n int '$.n', c0 nvarchar(max) '$.c0', c1 nvarchar(max) '$.c1') AS o) AS o ON t.[id] = o.c0`,
      `INSERT INTO [dbo]."Pa]tients" ([id], [name])\n  SELECT o.c0, o.c1 FROM (SELECT o.n, CAST(o.c0 AS nvarchar(50)) AS c0, CAST(o.c1 AS nvarchar(50)) AS c1 FROM OPENJSON(@p1) WITH (n int '$.n', c0 nvarchar(max) '$.c0', c1 nvarchar(max) '$.c1') AS o) AS o WHERE NOT EXISTS (SELECT 1 FROM [dbo]."Pa]tients" AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[id] = o.c0) ORDER BY o.n;`,
    ]);
    expect(parameters).to.deep.equal([JSON.stringify([{ n: 0, c0: '4711', c1: "O'NEIL" }])]);
  });

  it('hold bytes apart from their JSON, and texts too where a server leaves its escapes as they are', () => {
    const table = ownTable({
      table: 'files',
      columns: [column('id', 'PID-3.1'), column('file', 'file', { kind: 'property', type: 'bytes', size: '' })],
    });
    const message = (id: string, file?: Buffer) => rowsOf(table, adt('1', id), { file });
    const [batch] = ownBatches([
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
    const apart = mssqlOwn('', () => ({ takesNul: false, readsEscapes: false, countsPairs: true })).write(batch!);
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
    const text = (mode: string) => own.write(ownBatches([rowsOf(patients({ mode, columns }), adt('1', '5'))])[0]!).sql;
    expect(text('insert')).to.not.match(/UPDATE|EXISTS/);
    expect(text('skip')).to.match(/^INSERT .* NOT EXISTS/s);
    expect(text('upsert')).to.equal(text('skip'));
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
    const table = ownTable({
      table: "it's",
      schema: 'lab',
      columns: types.map((type, n) => column(`c${n}`, 'PID-3', { type, size: '', ...(n === 0 && KEY) })),
    });
    expect(own.createTable(table)).to.deep.equal([
      `IF OBJECT_ID(N'[lab].[it''s]') IS NULL CREATE TABLE [lab].[it's] (
  [c0] nvarchar(250) NOT NULL,
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
