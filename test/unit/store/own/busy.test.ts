import { expect } from 'chai';
import { Store, type StoreOptions } from '../../../../nodes/lib/store';
import type { StateChange } from '../../../../nodes/lib/store/types';
import { forEachDatabase } from '../../../support/databases';
import { HeldConnection } from '../../../support/held-connection';
import { until } from '../../../support/wait';
import { rowsOf as logRows, rejection, row } from '../helper';
import { adt, column, KEY, offered, oru, patients, results, rowsOf } from './helper';

const SLOW_TRIGGER: Partial<Record<StoreOptions['dialect'], string[]>> = {
  sqlite: [
    `CREATE TRIGGER slow BEFORE INSERT ON patients WHEN NEW.name = 'SLOW' BEGIN
       SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END`,
  ],
  postgres: [
    `CREATE FUNCTION slow() RETURNS trigger AS $$ BEGIN
       IF NEW.name = 'SLOW' THEN PERFORM pg_sleep(60); END IF; RETURN NEW; END $$ LANGUAGE plpgsql`,
    'CREATE TRIGGER slow BEFORE INSERT ON patients FOR EACH ROW EXECUTE FUNCTION slow()',
  ],
  mysql: [`CREATE TRIGGER slow BEFORE INSERT ON patients FOR EACH ROW SET @x = IF(NEW.name = 'SLOW', SLEEP(20), 0)`],
  mariadb: [`CREATE TRIGGER slow BEFORE INSERT ON patients FOR EACH ROW SET @x = IF(NEW.name = 'SLOW', SLEEP(60), 0)`],
};

/** Milliseconds that a message waits for its custom table here. */
const OWN_MS = 6000;

forEachDatabase('store: custom tables that are locked or slow', (database) => {
  let store: Store;
  let options: StoreOptions;
  let states: StateChange[];
  const held: HeldConnection[] = [];

  beforeEach(async () => {
    options = await database.fresh({ customTableMs: OWN_MS });
    store = await Store.open(options);
    states = [];
    store.on('state', (state) => states.push(state));
  });
  afterEach(async () => {
    for (const one of held.splice(0)) await one.end();
    await store.close();
  });

  const isMysql = database.dialect === 'mysql' || database.dialect === 'mariadb';
  const sql = (...statements: string[]) => database.sql(options, ...statements);
  const log = async () => (await logRows(store, 'Message')).map((one) => one.control_id).sort();
  /** Statements of another program, in a transaction that stays open. */
  async function hold(...statements: string[]): Promise<HeldConnection> {
    const connection = await HeldConnection.of(options);
    held.push(connection);
    for (const statement of statements) await connection.run(statement);
    return connection;
  }
  const locked = (table: string) =>
    isMysql ? hold(`LOCK TABLES ${table} WRITE`) : hold('BEGIN', `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);

  if (database.dialect === 'postgres' || isMysql) {
    for (const moment of ['before its first message', 'after its first message'] as const) {
      it(`a locked table fails its own messages by its name, in time, and the log and other tables go on: ${moment}`, async () => {
        await store.append(offered(results(), 'R0', oru('R0', ['1'])));
        if (moment === 'after its first message') await store.append(offered(patients(), 'M0', adt('M0', '0||DOE')));
        else await sql('CREATE TABLE patients (id varchar(50) PRIMARY KEY, name varchar(50), phone varchar(50))');
        await locked('patients');
        const stuck = ['M1', 'M2', 'M3'].map((id, n) => store.append(offered(patients(), id, adt(id, `${n}||DOE`))));
        const failures = Promise.all(stuck.map(rejection));
        let failed = false;
        failures.then(() => {
          failed = true;
        });
        for (let n = 0; n < 10; n++) {
          await store.append(row(`L${n}`));
          await store.append(offered(results(), `R${n + 1}`, oru(`R${n + 1}`, ['1'])));
        }
        expect(failed, 'the log went on while the table was locked').to.equal(false);
        for (const error of await failures) {
          expect(error).to.include({ code: 'STORE_OWN_TABLE_BUSY', fault: 'system' });
          expect(error.message).to.include('patients').and.include('lock').and.not.include('DOE');
          expect(error.errors[0]?.code).to.equal('206');
        }
        expect(await log()).to.not.include.members(['M1']);
        await held.pop()!.end();
        await store.append(offered(patients(), 'M1', adt('M1', '1||DOE')));
        const rows = await sql('SELECT id AS id FROM patients ORDER BY id');
        expect(rows.map(({ id }) => id)).to.include('1');
        expect(states, 'the database was there all the time').to.deep.equal([]);
        expect(store.statistics()).to.include({ available: true, failed: 3 });
      });
    }

    it('a locked row fails the message that changes it, and no other', async () => {
      await store.close();
      store = await Store.open({ ...options, limits: { customTableMs: 20_000 } });
      for (let n = 0; n < 12; n++) await store.append(offered(patients(), `A${n}`, adt(`A${n}`, `${n}||DOE`)));
      await hold(isMysql ? 'START TRANSACTION' : 'BEGIN', `UPDATE patients SET name = 'HELD' WHERE id = '7'`);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, n) => store.append(offered(patients(), `B${n}`, adt(`B${n}`, `${n}||SMITH`)))),
      );
      const failed = outcomes.flatMap((one, n) => (one.status === 'rejected' ? [[n, one.reason.code]] : []));
      expect(failed).to.deep.equal([[7, 'STORE_OWN_TABLE_BUSY']]);
      await held.pop()!.end();
      const rows = await sql(`SELECT id AS id FROM patients WHERE name = 'SMITH'`);
      expect(rows).to.have.length(11);
    });

    it('messages that wait behind a locked table fail in time, too, however many there are', async () => {
      await store.append(offered(patients(), 'M0', adt('M0', '0||DOE')));
      await locked('patients');
      const offers = Array.from({ length: 300 }, (_, n) => {
        return rejection(store.append(offered(patients(), `M${n + 1}`, adt(`M${n + 1}`, `${n}||DOE`))));
      });
      const errors = await Promise.all(offers);
      expect(new Set(errors.map(({ code }) => code))).to.deep.equal(new Set(['STORE_OWN_TABLE_BUSY']));
      expect(await log()).to.deep.equal(['M0']);
    });

    it('a message on its way to a locked table does not hold up the log by its own copy that goes there alone', async () => {
      await store.append(offered(patients(), 'M0', adt('M0', '0||DOE')));
      await locked('patients');
      const text = adt('M1', '1||DOE');
      const stuck = rejection(store.append(offered(patients(), 'M1', text)));
      await until('the message is on its way', () => store.statistics().queuedRows === 0);
      const copy = store.append(row('M1', { text }));
      let done = false;
      stuck.then(() => {
        done = true;
      });
      for (let n = 0; n < 10; n++) await store.append(row(`L${n}`));
      expect(done).to.equal(false);
      expect((await stuck).code).to.equal('STORE_OWN_TABLE_BUSY');
      expect((await copy).receipt.duplicate).to.equal(false);
    });
  }

  if (SLOW_TRIGGER[database.dialect] !== undefined) {
    it('a trigger that takes too long fails its own message; the next one is stored when it is gone', async () => {
      await store.appendCustomRows(rowsOf(patients(), adt('M0', '0||DOE')));
      await sql(...(SLOW_TRIGGER[database.dialect] ?? []));
      const stuck = rejection(store.append(offered(patients(), 'M1', adt('M1', '1||SLOW'))));
      expect(await stuck).to.include({ code: 'STORE_OWN_TABLE_BUSY', fault: 'system' });
      expect((await stuck).message)
        .to.include('trigger')
        .and.not.include('SLOW');
      await store.append(offered(patients(), 'M2', adt('M2', '2||FAST')));
      await store.append(row('L'));
      expect(await log()).to.deep.equal(['L', 'M2']);
      expect(states).to.deep.equal([]);
    });
  }

  it('keeps the order of the messages of a table, whatever else is written', async () => {
    const table = results({ columns: [column('control_id', 'MSH-10', KEY), column('code', 'OBX-3.1')] });
    const ids = Array.from({ length: 200 }, (_, n) => `M${String(n).padStart(3, '0')}`);
    await Promise.all(
      ids.flatMap((id) => [store.append(offered(table, id, oru(id, ['1']))), store.append(row(`L${id}`))]),
    );
    const rows = await logRows(store, 'Message');
    expect(rows.map((one) => one.control_id).filter((id) => !String(id).startsWith('L'))).to.deep.equal(ids);
    expect(store.statistics()).to.include({ stored: 400, queuedRows: 0, queuedBytes: 0 });
  });
});
