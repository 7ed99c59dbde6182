import { expect } from 'chai';
import { type CustomTable, Store, type StoreOptions } from '../../../../nodes/lib/store';
import type { Pass, Stored } from '../../../../nodes/lib/store/types';
import { forEachDatabase } from '../../../support/databases';
import { rejection, row } from '../helper';
import { adt, column, patients, rowsOf } from './helper';

/** A table without a key, in which a row that is written twice is there twice. */
const plain = (name: string): CustomTable =>
  patients({ table: name, mode: 'insert', columns: [column('id', 'PID-3.1'), column('name', 'PID-5.1')] });

forEachDatabase('store: one message and several custom tables', (database) => {
  let store: Store;
  let options: StoreOptions;
  const visits = plain('visits');
  const results = plain('results');
  const text = adt('M1', '4711||DOE');

  beforeEach(async () => {
    options = await database.fresh();
    store = await Store.open(options);
  });
  afterEach(() => store.close());

  const own = (table: CustomTable, writer: string, of = text) => ({ ...rowsOf(table, of), writer });
  const append = (table: CustomTable, writer: string, changes: object = {}) =>
    store.append(row('M1', { text, own: own(table, writer), ...changes }));
  /** What a flow tells of a delivery that it offers again. */
  const passOf = ({ key, receipt }: Stored): { pass: Pass } => ({ pass: { key, duplicate: receipt.duplicate } });
  const count = async (table: string): Promise<number> => {
    const [found] = await database.sql(options, `SELECT COUNT(*) AS n FROM ${table}`).catch(() => [{ n: 0 }]);
    return Number(found?.n);
  };
  const logged = async (): Promise<unknown[]> => {
    const found = await database.sql(options, 'SELECT deliveries AS d FROM hl7_messages ORDER BY id');
    return found.map(({ d }) => Number(d));
  };

  it('fills each table once in one delivery, which is no repeat', async () => {
    const first = await append(visits, 'a');
    const second = await append(results, 'b', passOf(first));
    const log = await store.append(row('M1', { text, ...passOf(first) }));
    for (const { receipt } of [first, second, log]) {
      expect(receipt).to.include({ id: first.receipt.id, duplicate: false, deliveries: 1 });
    }
    expect(second.receipt.own).to.deep.equal({ table: 'results', rows: 1, cut: [] });
    expect(second.answers.map(({ controlId }) => controlId)).to.deep.equal(['AM1']);
    expect([await count('visits'), await count('results'), await logged()]).to.deep.equal([1, 1, [1]]);
    expect(store.statistics()).to.include({ duplicates: 0 });
  });

  it('fills a table behind the log, and one table by two nodes', async () => {
    const first = await store.append(row('M1', { text }));
    await append(visits, 'a', passOf(first));
    await append(visits, 'b', passOf(first));
    await append(visits, 'b', passOf(first));
    expect([await count('visits'), await logged()]).to.deep.equal([2, [1]]);
  });

  it('fills with a repeat what a crash between two nodes left out, and nothing twice', async () => {
    await append(visits, 'a');
    await store.close();
    store = await Store.open(options);
    for (const deliveries of [2, 3]) {
      const repeat = await append(visits, 'a');
      expect(repeat.receipt).to.include({ duplicate: true, deliveries });
      expect(repeat.receipt.own).to.equal(undefined);
      const second = await append(results, 'b', passOf(repeat));
      expect(second.receipt).to.include({ id: repeat.receipt.id, duplicate: true, deliveries });
      expect([await count('visits'), await count('results'), await logged()]).to.deep.equal([1, 1, [deliveries]]);
    }
  });

  it('fills them with the row of a message that is stored again', async () => {
    const first = await append(visits, 'a', { again: 'store' });
    await append(results, 'b', passOf(first));
    const again = await append(visits, 'a', { again: 'store' });
    const second = await append(results, 'b', passOf(again));
    expect(again.receipt.id).to.not.equal(first.receipt.id);
    expect(second.receipt).to.include({ id: again.receipt.id, duplicate: false, deliveries: 1 });
    expect([await count('visits'), await count('results'), await logged()]).to.deep.equal([2, 2, [1, 1]]);
  });

  it('does so also where repeats and further offers come in one batch', async () => {
    const first = await append(visits, 'a');
    const all = await Promise.all([
      append(results, 'b', passOf(first)),
      append(visits, 'a'),
      append(results, 'b'),
      append(results, 'b', passOf(first)),
      store.append(row('M1', { text })),
    ]);
    expect(all.map(({ receipt }) => receipt.duplicate)).to.deep.equal([false, true, true, false, true]);
    // Each table has a writer of its own on a server: what each finds counted then depends on their turn.
    const counted = all.map(({ receipt }) => receipt.deliveries);
    if (database.dialect === 'sqlite') expect(counted).to.deep.equal([1, 2, 3, 3, 4]);
    expect(Math.max(...counted)).to.equal(4);
    expect([await count('visits'), await count('results'), await logged()]).to.deep.equal([1, 1, [4]]);
  });

  it('writes the row anew when it was deleted between two offers', async () => {
    const first = await append(visits, 'a');
    await database.sql(options, 'DELETE FROM hl7_messages');
    const second = await append(results, 'b', passOf(first));
    expect(second.receipt).to.include({ duplicate: false, deliveries: 1 });
    expect([await count('results'), await logged()]).to.deep.equal([1, [1]]);
  });

  it('leaves nothing behind when the rows of one are refused; the repeat gets them', async () => {
    const first = await append(visits, 'a');
    const numbers = patients({
      table: 'numbers',
      mode: 'insert',
      create: false,
      columns: [column('id', 'PID-3.1')],
    });
    expect((await rejection(append(numbers, 'c', passOf(first)))).code).to.equal('STORE_OWN_TABLE');
    await append(patients({ table: 'numbers', mode: 'insert', columns: [column('id', 'PID-3.1')] }), 'c');
    expect([await count('numbers'), await logged()]).to.deep.equal([1, [2]]);
  });

  it('takes a message of an earlier version for one whose rows are there', async () => {
    const first = await append(visits, 'a');
    await database.sql(options, "UPDATE hl7_messages SET batch_token = '0f3a-1'", 'DELETE FROM hl7_custom_rows');
    expect((await append(visits, 'a')).receipt).to.include({ id: first.receipt.id, duplicate: true });
    expect([await count('visits'), await logged()]).to.deep.equal([1, [2]]);
  });

  it('writes nothing twice when two instances offer the same message at once', async () => {
    const other = await Store.open(options);
    try {
      const offers = [store, other, store, other].map((one) => one.append(row('M1', { text, own: own(visits, 'a') })));
      await Promise.all(offers);
    } finally {
      await other.close();
    }
    expect([await count('visits'), await logged()]).to.deep.equal([1, [4]]);
  });

  it('forgets what it noted with the message', async () => {
    await append(visits, 'a', { receivedAt: new Date('2020-01-01') });
    await store.close();
    store = await Store.open({ ...options, retention: { days: 10 } });
    await store.runRetention();
    expect([await count('hl7_messages'), await count('hl7_custom_rows')]).to.deep.equal([0, 0]);
  });
});
