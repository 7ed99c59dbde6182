import { expect } from 'chai';
import { customTable, ExpressionResult, Extraction, Store, type StoreOptions } from '../../../../nodes/lib/store';
import { forEachDatabase } from '../../../support/databases';
import { rowsOf as logRows, rejection, row, toldBy } from '../helper';
import { adt, column, KEY, offered, oru, patients, results, rowsOf } from './helper';

const QUOTE: Record<string, [string, string]> = { mysql: ['`', '`'], mariadb: ['`', '`'], mssql: ['[', ']'] };

forEachDatabase('store: custom tables', (database) => {
  let store: Store;
  let options: StoreOptions;

  beforeEach(async () => {
    options = await database.fresh();
    store = await Store.open(options);
  });
  afterEach(() => store.close());

  const [open, close] = QUOTE[database.dialect] ?? ['"', '"'];
  const quoted = (name: string): string => `${open}${name}${close}`;
  const sql = (...statements: string[]) => database.sql(options, ...statements);
  /** The rows of a table in the order of a column, all values as text. */
  async function found(table: string, order: string, ...columns: string[]): Promise<unknown[][]> {
    const rows = await sql(`SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(table)} ORDER BY ${quoted(order)}`);
    return rows.map((one) => columns.map((name) => (one[name] === null ? null : String(one[name]))));
  }
  const log = async () => (await logRows(store, 'Message')).map((one) => one.control_id);

  describe('insert', () => {
    it('creates the table, and writes a row for each OBX beside the log', async () => {
      const table = results();
      const { receipt } = await store.append(offered(table, 'M1', oru('M1', ['1.5', '-20', '+3.250'])));
      expect(receipt.own).to.deep.equal({ table: 'results', rows: 3, cut: [] });
      expect(receipt).to.include({ table: 'hl7_messages', duplicate: false });
      expect(
        (await found('results', 'n', 'control_id', 'n', 'code', 'value')).map((one) => [
          ...one.slice(0, 3),
          Number(one[3]),
        ]),
      ).to.deep.equal([
        ['M1', '1', 'C1', 1.5],
        ['M1', '2', 'C2', -20],
        ['M1', '3', 'C3', 3.25],
      ]);
      expect(await log()).to.deep.equal(['M1']);
    });

    it('writes nothing twice for a message that comes again, and all again for one that is stored again', async () => {
      const table = results({ columns: [column('control_id', 'MSH-10'), column('code', 'OBX-3.1')] });
      const text = oru('M1', ['1', '2']);
      await store.append(offered(table, 'M1', text));
      const repeat = await store.append(offered(table, 'M1', text));
      expect(repeat.receipt).to.include({ duplicate: true, deliveries: 2 });
      expect(repeat.receipt.own).to.equal(undefined);
      expect(await found('results', 'code', 'code')).to.deep.equal([['C1'], ['C2']]);
      await store.append(offered(table, 'M1', text, { again: 'store' }));
      expect(await found('results', 'code', 'code')).to.deep.equal([['C1'], ['C1'], ['C2'], ['C2']]);
      expect(await log()).to.deep.equal(['M1', 'M1']);
      const batch = await Promise.all([1, 2, 3].map(() => store.append(offered(table, 'M2', oru('M2', ['1'])))));
      expect(batch.map(({ receipt }) => receipt.own?.rows)).to.deep.equal([1, undefined, undefined]);
      expect(await found('results', 'code', 'control_id')).to.have.length(5);
    });

    it('refuses the one message whose row the database does not take; neither its log row nor its other rows stay', async () => {
      const table = results();
      const good = ['A', 'B', 'C', 'D'].map((id) => offered(table, id, oru(id, ['1', '2'])));
      const clash = offered(table, 'X', oru('X', ['1', '2']).replace('OBX|2', 'OBX|1'));
      const offers = [good[0]!, good[1]!, clash, good[2]!, good[3]!].map((one) => store.append(one));
      const failed = await rejection(offers[2]!);
      expect(failed.code).to.equal('STORE_ROW_REFUSED');
      expect(failed.fault).to.equal('content');
      await Promise.all(offers.filter((_, n) => n !== 2));
      expect((await log()).sort()).to.deep.equal(['A', 'B', 'C', 'D']);
      const ids = (await found('results', 'control_id', 'control_id')).flat();
      expect(ids).to.deep.equal(['A', 'A', 'B', 'B', 'C', 'C', 'D', 'D']);
    });

    it('tells nothing of what a message holds when its row is refused, or the table is', async () => {
      const columns = [column('id', 'PID-3.1', KEY), column('name', 'PID-5.1')];
      const table = patients({ mode: 'insert', columns });
      await store.append(offered(table, 'M1', adt('M1', 'MRN77||DOE')));
      const refused = await rejection(store.append(offered(table, 'M2', adt('M2', 'MRN77||SMITH'))));
      expect(refused.code).to.equal('STORE_ROW_REFUSED');
      expect(refused.cause).to.be.instanceOf(Error);
      expect(toldBy(refused)).to.not.match(/MRN77|SMITH|INSERT/i);
      await sql(`DROP TABLE ${quoted('patients')}`);
      const failed = await rejection(store.append(offered(table, 'M3', adt('M3', 'MRN78||MILLER'))));
      expect(failed.code).to.equal('STORE_OWN_TABLE');
      expect(failed.cause).to.be.instanceOf(Error);
      expect(toldBy(failed)).to.not.match(/MRN78|MILLER|INSERT/i);
    });

    it('takes messages with and without own rows, and of several tables, in one batch', async () => {
      const [one, two] = [results(), patients()];
      await Promise.all([
        store.append(offered(one, 'M1', oru('M1', ['1']))),
        store.append(row('M2')),
        store.append(offered(two, 'M3', adt('M3', '7||DOE'))),
        store.append(offered(one, 'M4', oru('M4', []))),
      ]);
      expect((await log()).sort()).to.deep.equal(['M1', 'M2', 'M3', 'M4']);
      expect(await found('results', 'n', 'control_id')).to.deep.equal([['M1']]);
      expect(await found('patients', 'id', 'id', 'name')).to.deep.equal([['7', 'DOE']]);
    });
  });

  describe('the id of the log row', () => {
    const ID = column('message_id', '', { kind: 'log', type: 'integer' });
    const ids = async () =>
      new Map((await logRows(store, 'Message')).map((one) => [String(one.control_id), String(one.id)]));

    it('is written into each row of the message, also where several are in one batch', async () => {
      const columns = [column('control_id', 'MSH-10'), column('code', 'OBX-3.1'), ID];
      const table = results({ columns });
      const names = ['A', 'B', 'C', 'D', 'E'];
      await store.append(row('before'));
      await Promise.all([
        ...names.map((id) => store.append(offered(table, id, oru(id, ['1', '2'])))),
        store.append(row('between')),
      ]);
      await store.append(offered(table, 'A', oru('A', ['1', '2'])));
      const known = await ids();
      const expected = names.flatMap((id) => ['C1', 'C2'].map((code) => [id, code, known.get(id)!]));
      const rows = await found('results', 'control_id', 'control_id', 'code', 'message_id');
      expect(rows.map(String).sort()).to.deep.equal(expected.map(String).sort());
    });

    it('is that of the last message where a row is changed, and may be in the key', async () => {
      const table = patients({}, [ID]);
      await store.append(offered(table, 'M1', adt('M1', '1||ONE')));
      await Promise.all(['M2', 'M3'].map((id) => store.append(offered(table, id, adt(id, `1||${id}`)))));
      const known = await ids();
      expect(await found('patients', 'id', 'id', 'name', 'message_id')).to.deep.equal([['1', 'M3', known.get('M3')]]);
      const keyed = customTable({
        table: 'notes',
        create: true,
        mode: 'upsert',
        columns: [{ ...ID, ...KEY }, column('name', 'PID-5.1')],
      });
      await store.append(offered(keyed, 'M4', adt('M4', '1||FOUR')));
      expect(await found('notes', 'name', 'message_id', 'name')).to.deep.equal([[(await ids()).get('M4'), 'FOUR']]);
    });

    it('is that of its own row for a message that is stored again', async () => {
      const table = results({ columns: [column('code', 'OBX-3.1'), ID] });
      for (const again of ['same', 'store'] as const) {
        await store.append(offered(table, 'M1', oru('M1', ['1']), { again }));
      }
      const known = (await logRows(store, 'Message')).map((one) => String(one.id)).sort();
      expect(known).to.have.length(2);
      expect((await found('results', 'message_id', 'message_id')).flat().sort()).to.deep.equal(known);
    });

    it('is not there where the log is not written', async () => {
      const table = results({ write: 'own', columns: [column('code', 'OBX-3.1'), { ...ID, missing: 'null' }] });
      await store.appendCustomRows(rowsOf(table, oru('M1', ['1'])));
      expect(await found('results', 'code', 'code', 'message_id')).to.deep.equal([['C1', null]]);
    });
  });

  it('says in the log and the receipt which columns have the first of several values, or an expression that failed', async () => {
    const columns = [column('name', 'PID-5.1'), column('id', 'PID-3.1'), column('n', '$n', { kind: 'expression' })];
    const table = patients({ mode: 'insert', columns: columns.map((one) => ({ ...one, misfit: 'null' })) });
    const text = adt('M1', '1~2||DOE~ROE');
    const own = new Extraction(table, text).rows(
      () => undefined,
      [[new ExpressionResult(undefined, false, { code: 'D3030', cause: undefined })]],
    );
    const { receipt } = await store.append(row('M1', { text, own }));
    expect(receipt.own).to.deep.equal({ table: 'patients', rows: 1, cut: [], leftOut: ['name', 'id'], failed: ['n'] });
    expect(await found('patients', 'id', 'id', 'name', 'n')).to.deep.equal([['1', 'DOE', null]]);
    const [message] = await logRows(store, 'Message');
    expect(message!.deviations).to.equal('REPETITIONS_LEFT_OUT,EXPRESSION_FAILED');
  });

  describe('skip', () => {
    it('leaves a row that has the key as it is, and the first of a batch wins', async () => {
      const table = patients({ mode: 'skip', columns: [column('id', 'PID-3.1', KEY), column('name', 'PID-5.1')] });
      await store.append(offered(table, 'M1', adt('M1', '1||ONE')));
      const more = ['1||OTHER', '2||TWO', '2||LATE'].map((pid, n) => offered(table, `N${n}`, adt(`N${n}`, pid)));
      await Promise.all(more.map((one) => store.append(one)));
      expect(await found('patients', 'id', 'id', 'name')).to.deep.equal([
        ['1', 'ONE'],
        ['2', 'TWO'],
      ]);
      expect(await log()).to.have.length(4);
    });
  });

  describe('upsert', () => {
    it('changes the row of the key; what the message does not have stays, the HL7 null deletes', async () => {
      const table = patients();
      await store.append(offered(table, 'M1', adt('M1', '1||DOE^J||||||||555')));
      await store.append(offered(table, 'M2', adt('M2', '1||SMITH')));
      expect(await found('patients', 'id', 'id', 'name', 'phone')).to.deep.equal([['1', 'SMITH', '555']]);
      await store.append(offered(table, 'M3', adt('M3', '1||||||||||""')));
      expect(await found('patients', 'id', 'id', 'name', 'phone')).to.deep.equal([['1', 'SMITH', null]]);
    });

    it('of one key in one batch, the last value of each column wins', async () => {
      const table = patients();
      const pids = ['1||A||||||||1', '2||B', '1||C', '1||||||||||3', '2||""', '1||D'];
      await Promise.all(pids.map((pid, n) => store.append(offered(table, `M${n}`, adt(`M${n}`, pid)))));
      expect(await found('patients', 'id', 'id', 'name', 'phone')).to.deep.equal([
        ['1', 'D', '3'],
        ['2', null, null],
      ]);
      expect(store.statistics()).to.include({ commits: 1, stored: 6 });
    });

    it('takes a key alone, and keys of several columns', async () => {
      const table = patients({ columns: [column('id', 'PID-3.1', KEY), column('kind', 'PID-3.5', KEY)] });
      const pids = ['1^^^H^MR', '1^^^H^SS', '1^^^H^MR'];
      for (const [n, pid] of pids.entries()) await store.append(offered(table, `M${n}`, adt(`M${n}`, pid)));
      expect(await found('patients', 'kind', 'id', 'kind')).to.deep.equal([
        ['1', 'MR'],
        ['1', 'SS'],
      ]);
    });

    it('takes many rows of few keys from several writers at once', async () => {
      const table = patients();
      const other = await Store.open(options);
      try {
        const offers = Array.from({ length: 200 }, (_, n) => {
          const one = offered(table, `M${n}`, adt(`M${n}`, `${n % 7}||NAME ${n}`));
          return (n % 2 === 0 ? store : other).append(one);
        });
        expect(await Promise.all(offers)).to.have.length(200);
      } finally {
        await other.close();
      }
      expect((await found('patients', 'id', 'id')).flat()).to.deep.equal(['0', '1', '2', '3', '4', '5', '6']);
      expect(await log()).to.have.length(200);
    });
  });

  describe('a table of its own kind', () => {
    it('may have its columns in another order, defaults, and columns the list does not know', async () => {
      await sql(
        `CREATE TABLE ${quoted('patients')} (${quoted('phone')} varchar(20) DEFAULT 'none', ${quoted('serial')} integer DEFAULT 7,
          ${quoted('name')} varchar(60) DEFAULT 'nobody' NOT NULL, ${quoted('id')} varchar(20) NOT NULL PRIMARY KEY)`,
      );
      const table = patients({ create: false });
      await store.append(offered(table, 'M1', adt('M1', '1||DOE')));
      await store.append(offered(table, 'M2', adt('M2', '2||||||||||55')));
      expect(await found('patients', 'id', 'id', 'name', 'phone', 'serial')).to.deep.equal([
        ['1', 'DOE', 'none', '7'],
        ['2', 'nobody', '55', '7'],
      ]);
      const refused = await rejection(store.append(offered(table, 'M3', adt('M3', '1||""'))));
      expect(refused.code).to.equal('STORE_ROW_REFUSED');
      expect(await log()).to.deep.equal(['M1', 'M2']);
      expect(store.statistics().available).to.equal(true);
    });

    it('is created once by several stores that start at the same time', async () => {
      const stores = await Promise.all([1, 2, 3].map(() => Store.open(options)));
      try {
        await Promise.all(stores.map((one, n) => one.append(offered(patients(), `M${n}`, adt(`M${n}`, `${n}||DOE`)))));
      } finally {
        await Promise.all(stores.map((one) => one.close()));
      }
      expect(await found('patients', 'id', 'id')).to.have.length(3);
    });

    it('may have names with blanks, quotes, reserved words and capitals', async () => {
      const names = ['select', 'Order By', `it's "so" [and] \`so\``, 'ÄÖ%_?:1$1', 'UPPER', '--x'];
      const table = patients({
        table: 'Patient "List" [A]',
        columns: [column('Key Column', 'PID-3.1', KEY), ...names.map((name) => column(name, 'PID-5.1'))],
      });
      for (const [n, name] of ['ONE', 'TWO'].entries()) {
        await store.append(offered(table, `M${n}`, adt(`M${n}`, `1||${name}`)));
      }
      const count = await sql(`SELECT count(*) AS n FROM hl7_messages`);
      expect(Number(count[0]?.n)).to.equal(2);
      const { receipt } = await store.append(offered(table, 'M3', adt('M3', '2||X')));
      expect(receipt.own?.table).to.equal('Patient "List" [A]');
    });

    it('that is not there fails its own messages alone, by name; it is found when it is made', async () => {
      const table = patients({ create: false });
      const offers = [row('A'), offered(table, 'M1', adt('M1', '1||DOE')), row('B')].map((one) => store.append(one));
      const failed = await rejection(offers[1]!);
      expect(failed.code).to.equal('STORE_OWN_TABLE');
      expect(failed.fault).to.equal('system');
      expect(failed.message).to.contain('There is no table patients');
      await Promise.all([offers[0], offers[2]]);
      expect((await log()).sort()).to.deep.equal(['A', 'B']);
      expect(store.statistics()).to.include({ available: true, failed: 1 });
      await sql(
        `CREATE TABLE ${quoted('patients')} (${quoted('id')} varchar(50) NOT NULL PRIMARY KEY, ${quoted('name')} varchar(50))`,
      );
      const lacking = await rejection(store.append(offered(table, 'M2', adt('M2', '1||DOE'))));
      expect(lacking.message).to.contain('no column phone');
      await sql(`ALTER TABLE ${quoted('patients')} ADD ${quoted('phone')} varchar(50)`);
      await store.append(offered(table, 'M3', adt('M3', '1||DOE')));
      expect(await found('patients', 'id', 'id', 'name')).to.deep.equal([['1', 'DOE']]);
    });

    it('that is dropped while the store is open fails by name, and is made again', async () => {
      const table = patients();
      await store.append(offered(table, 'M1', adt('M1', '1||DOE')));
      await sql(`DROP TABLE ${quoted('patients')}`);
      const offers = [offered(table, 'M2', adt('M2', '2||DOE')), row('A')].map((one) => store.append(one));
      expect((await rejection(offers[0]!)).code).to.equal('STORE_OWN_TABLE');
      await offers[1];
      await store.append(offered(table, 'M3', adt('M3', '3||DOE')));
      expect(await found('patients', 'id', 'id')).to.deep.equal([['3']]);
      expect((await log()).sort()).to.deep.equal(['A', 'M1', 'M3']);
    });

    // SQL Server looks for the row itself, and does without an index.
    const does = database.dialect === 'mssql' ? 'is done without by upsert' : 'is told so by upsert';
    it(`without an index of the key ${does}`, async () => {
      const text = database.dialect === 'mssql' ? 'nvarchar' : 'varchar';
      await sql(
        `CREATE TABLE ${quoted('patients')} (${quoted('id')} ${text}(20), ${quoted('name')} ${text}(50), ${quoted('phone')} ${text}(50))`,
      );
      if (database.dialect === 'mssql') {
        await store.append(offered(patients(), 'M1', adt('M1', '1||DOE')));
        await store.append(offered(patients(), 'M2', adt('M2', '1||SMITH')));
        expect(await found('patients', 'id', 'id', 'name')).to.deep.equal([['1', 'SMITH']]);
        return;
      }
      const failed = await rejection(store.append(offered(patients(), 'M1', adt('M1', '1||DOE'))));
      expect(failed.code).to.equal('STORE_OWN_TABLE');
      expect(failed.message).to.match(/primary key or unique index of id/);
      expect(await log()).to.deep.equal([]);
    });
  });

  if (database.dialect === 'mysql' || database.dialect === 'mariadb') {
    it('with another unique index of the list is refused, since rows could be taken for the same by it', async () => {
      const text = (name: string): string => `${quoted(name)} varchar(50)`;
      await sql(
        `CREATE TABLE patients (serial int NOT NULL AUTO_INCREMENT PRIMARY KEY, ${text('id')}, ${text('name')}, ${text('phone')}, UNIQUE KEY by_phone (phone), UNIQUE KEY by_id (id))`,
      );
      const table = patients({ create: false });
      const failed = await rejection(store.append(offered(table, 'M1', adt('M1', '1||DOE'))));
      expect(failed.code).to.equal('STORE_OWN_TABLE');
      expect(failed.message).to.contain('another unique index, by_phone');
      await sql('ALTER TABLE patients DROP KEY by_phone');
      await store.append(offered(table, 'M2', adt('M2', '1||DOE')));
      await store.append(offered(table, 'M3', adt('M3', '1||SMITH')));
      expect(await found('patients', 'id', 'serial', 'id', 'name')).to.deep.equal([['1', '1', 'SMITH']]);
    });

    it('refuses a message whose rows no packet takes, and goes on', async () => {
      const table = customTable({
        table: 'files',
        create: true,
        columns: [column('id', 'MSH-10', KEY), column('content', 'OBX-5', { type: 'bytes' })],
      });
      const [limit] = await sql('SELECT @@max_allowed_packet AS bytes');
      const big = oru('BIG', ['x'.repeat(Number(limit?.bytes) * 0.6)]);
      await store.append(offered(table, 'A', oru('A', ['1'])));
      expect((await rejection(store.append(offered(table, 'BIG', big)))).code).to.equal('STORE_MESSAGE_TOO_LARGE');
      await store.append(offered(table, 'B', oru('B', ['2'])));
      expect(await log()).to.deep.equal(['A', 'B']);
      expect((await found('files', 'id', 'id')).flat()).to.deep.equal(['A', 'B']);
    });
  }

  describe('values', () => {
    it('of every type arrive as they are', async () => {
      const typed = (name: string, type: string, size = '') => column(name, name, { kind: 'property', type, size });
      const table = customTable({
        table: 'typed',
        create: true,
        columns: [
          typed('a_text', 'text', '20'),
          typed('a_long', 'long text'),
          typed('an_integer', 'integer'),
          typed('a_decimal', 'decimal', '12,3'),
          typed('a_date', 'date'),
          typed('a_time', 'timestamp'),
          typed('an_instant', 'instant'),
          typed('a_boolean', 'boolean'),
          typed('some_bytes', 'bytes'),
          typed('a_file', 'base64'),
        ],
      });
      const long = `it's "q" \\ % _ ? $1 :x \u202e\u05d0 \u{1f600}\r\n\t${'0123456789abcdef'.repeat(1024)}`;
      const message = {
        a_text: `'; DROP TABLE x;--`,
        a_long: long,
        an_integer: '9007199254740993',
        a_decimal: '-1234567.125',
        a_date: '19700101',
        a_time: '20240229101112.5+0130',
        an_instant: '20240229101112.5+0130',
        a_boolean: 'Y',
        some_bytes: Buffer.from([0, 255, 13]),
        a_file: Buffer.from('%PDF').toString('base64'),
      };
      await store.appendCustomRows(rowsOf(table, '', message));
      await store.appendCustomRows(rowsOf(table, '', {}));
      const [full, empty] = (await sql(
        `SELECT * FROM ${quoted('typed')} ORDER BY ${quoted('a_text')} ${database.dialect === 'postgres' ? 'NULLS LAST' : 'DESC'}`,
      )) as [Record<string, unknown>, Record<string, unknown>];
      expect(Object.values(empty).every((value) => value === null)).to.equal(true);
      expect(full).to.include({ a_text: message.a_text, a_long: long });
      const [integer] = await sql(
        `SELECT count(*) AS n FROM ${quoted('typed')} WHERE ${quoted('an_integer')} = 9007199254740993`,
      );
      expect(Number(integer?.n)).to.equal(1);
      expect(Number(full.a_decimal)).to.equal(-1234567.125);
      expect((full.some_bytes as Buffer).equals(message.some_bytes)).to.equal(true);
      expect((full.a_file as Buffer).toString()).to.equal('%PDF');
      expect(Number(full.a_boolean)).to.equal(1);
      const [times] = await sql(
        `SELECT ${['a_date', 'a_time', 'an_instant'].map((name) => `${asText(name)} AS ${quoted(name)}`).join(', ')} FROM ${quoted('typed')} WHERE ${quoted('a_text')} IS NOT NULL`,
      );
      expect(times?.a_date).to.equal('1970-01-01');
      expect(String(times?.a_time)).to.match(/^2024-02-29 10:11:12\.50*$/);
      expect(String(times?.an_instant)).to.match(/^2024-02-29 08:41:12\.50*( ?\+00(:00)?)?$/);
    });

    /** A column as text, an instant in UTC. */
    function asText(name: string): string {
      const one = quoted(name);
      switch (database.dialect) {
        case 'postgres':
          return name === 'an_instant' ? `(${one} AT TIME ZONE 'UTC')::text` : `${one}::text`;
        case 'mysql':
        case 'mariadb':
          return `CAST(${one} AS char(40))`;
        case 'mssql':
          return `CONVERT(varchar(40), ${one}, 121)`;
        default:
          return one;
      }
    }

    it('that an existing column does not take refuse their message alone', async () => {
      if (database.dialect === 'sqlite') {
        await sql(`CREATE TABLE patients (id text PRIMARY KEY, name text CHECK (length(name) <= 5), phone text)`);
      } else {
        await sql(
          `CREATE TABLE ${quoted('patients')} (${quoted('id')} varchar(50) NOT NULL PRIMARY KEY, ${quoted('name')} varchar(5), ${quoted('phone')} varchar(50))`,
        );
      }
      const offers = ['SHORT', 'MUCHLONGER', 'FINE'].map((name, n) =>
        store.append(offered(patients({ create: false }), `M${n}`, adt(`M${n}`, `${n}||${name}`))),
      );
      const failed = await rejection(offers[1]!);
      expect(failed.code).to.equal('STORE_ROW_REFUSED');
      expect(failed.message).to.contain('patients').and.not.contain('MUCHLONGER');
      await Promise.all([offers[0], offers[2]]);
      expect((await log()).sort()).to.deep.equal(['M0', 'M2']);
      expect((await found('patients', 'id', 'name')).flat()).to.deep.equal(['SHORT', 'FINE']);
    });

    it('that were cut are flagged in the receipt and in the log', async () => {
      const table = patients({
        columns: [column('id', 'PID-3.1', KEY), column('name', 'PID-5.1', { size: '3', misfit: 'cut' })],
      });
      const { receipt } = await store.append(offered(table, 'M1', adt('M1', '1||LONGNAME')));
      expect(receipt.own).to.deep.equal({ table: 'patients', rows: 1, cut: ['name'] });
      expect(await found('patients', 'id', 'name')).to.deep.equal([['LON']]);
      expect((await logRows(store, 'Message')).map((one) => one.deviations)).to.deep.equal(['OWN_VALUE_CUT']);
    });
  });

  it('alone is written without a row in the log', async () => {
    const table = patients();
    const receipts = await Promise.all(
      ['1||A', '1||B', '2||C'].map((pid, n) => store.appendCustomRows(rowsOf(table, adt(`M${n}`, pid)))),
    );
    for (const receipt of receipts) {
      expect(receipt).to.deep.include({
        id: null,
        table: 'patients',
        duplicate: false,
        own: { table: 'patients', rows: 1, cut: [] },
      });
    }
    expect(await found('patients', 'id', 'id', 'name')).to.deep.equal([
      ['1', 'B'],
      ['2', 'C'],
    ]);
    expect(await log()).to.deep.equal([]);
    expect(store.statistics()).to.include({ stored: 3, commits: 1 });
  });
});
