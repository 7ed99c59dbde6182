import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { expect } from 'chai';
import { Store } from '../../../nodes/lib/store';
import type { Transaction } from '../../../nodes/lib/store/dialects/contract';
import { SqliteDialect } from '../../../nodes/lib/store/dialects/sqlite/dialect';
import type { StateChange } from '../../../nodes/lib/store/types';
import { answer, connectionOf, intruder, otherProgram, rejection, row, rowsOf, temporaryFolder } from './helper';

describe('store: when the database is in trouble', () => {
  const folder = temporaryFolder();
  let store: Store;
  let file: string;
  let states: StateChange[];
  let count = 0;

  const open = async (limits = {}): Promise<Store> => {
    const opened = await Store.open({ dialect: 'sqlite', file, limits: { reopenMs: 0, ...limits } });
    states = [];
    opened.on('state', (state) => states.push(state));
    return opened;
  };

  beforeEach(async () => {
    file = folder.path(`trouble-${count++}.sqlite`);
    store = await open();
  });
  afterEach(() => store.close());

  it('refuses a poisoned row alone, and tells nothing of what it holds', async () => {
    await otherProgram(
      file,
      `CREATE TRIGGER poison BEFORE INSERT ON hl7_messages WHEN NEW.control_id LIKE 'bad%'
       BEGIN SELECT RAISE(ABORT, 'poisoned DOE^JANE'); END`,
    );
    const ids = Array.from({ length: 64 }, (_, n) => (n === 20 || n === 41 ? `bad${n}` : `good${n}`));
    const results = await Promise.allSettled(ids.map((id) => store.append(row(id))));
    const rejected = results.flatMap((result, n) => (result.status === 'rejected' ? [n] : []));
    expect(rejected).to.deep.equal([20, 41]);
    const error = await rejection(store.append(row('bad')));
    expect(error).to.include({ code: 'STORE_ROW_REFUSED', fault: 'content' });
    expect(error.message).to.include('SQLITE_CONSTRAINT').and.not.include('DOE');
    const good = ids.filter((id) => id.startsWith('good'));
    expect((await rowsOf(store, 'Message')).map((one) => one.control_id)).to.have.members(good);
    expect(await rowsOf(store, 'Ack')).to.have.length(62);
    expect(await rowsOf(store, 'Identifier')).to.have.length(62);
    expect(store.statistics()).to.include({ stored: 62, refused: 3, failed: 0, available: true });
  });

  it('flags no reuse of a control ID because of a neighbour that was refused', async () => {
    await otherProgram(
      file,
      `CREATE TRIGGER poison BEFORE INSERT ON hl7_messages WHEN NEW.text = 'bad' BEGIN SELECT RAISE(ABORT, 'x'); END`,
    );
    const [bad, good] = [row('1', { text: 'bad' }), row('1')].map((one) => store.append(one));
    await rejection(bad!);
    expect((await good!).controlIdReused).to.equal(false);
    expect((await rowsOf(store, 'Message'))[0]!.deviations).to.equal(null);
  });

  it('refuses a row whose answer or identifier is refused, whole', async () => {
    await otherProgram(
      file,
      `CREATE TRIGGER poison BEFORE INSERT ON hl7_acks WHEN NEW.code = 'XX' BEGIN SELECT RAISE(ABORT, 'x'); END`,
    );
    const offers = ['1', '2', '3'].map((id) =>
      store.append(row(id, { answers: [answer(id === '2' ? 'XX' : 'AA', id)] })),
    );
    expect((await rejection(offers[1]!)).code).to.equal('STORE_ROW_REFUSED');
    await Promise.all([offers[0], offers[2]]);
    expect((await rowsOf(store, 'Message')).map((one) => one.control_id)).to.deep.equal(['1', '3']);
  });

  it('fails a row alone that no statement can be made of', async () => {
    const broken = { ...answer('AA', '2'), raw: undefined as unknown as Buffer };
    const offers = ['1', '2', '3'].map((id) => store.append(row(id, id === '2' ? { answers: [broken] } : {})));
    expect(await rejection(offers[1]!)).to.include({ code: 'STORE_UNAVAILABLE', fault: 'system' });
    await Promise.all([offers[0], offers[2]]);
    const never = store.append(row('4', { receivedAt: new Date(Number.NaN) }));
    expect(await never.catch((error: Error) => error.name)).to.equal('TypeError');
    expect(store.statistics()).to.include({ stored: 2, available: true, queuedRows: 0 });
  });

  it('goes on when somebody who watches its state throws', async () => {
    store.on('state', () => {
      throw new Error('of a listener');
    });
    await otherProgram(file, 'ALTER TABLE hl7_messages RENAME TO elsewhere');
    await rejection(store.append(row('1')));
    await otherProgram(file, 'ALTER TABLE elsewhere RENAME TO hl7_messages');
    expect((await store.append(row('1'))).receipt.deliveries).to.equal(1);
    expect(states.map((one) => one.available)).to.deep.equal([false, true]);
  });

  it('does not take for repeats what an attempt has written whose end nobody heard of', async () => {
    const { insertBatch } = SqliteDialect.prototype;
    let attempts = 0;
    SqliteDialect.prototype.insertBatch = async function (...args) {
      const written = await insertBatch.apply(this, args);
      if (attempts++ > 0) return written;
      throw Object.assign(new Error('SQLITE_IOERR: disk I/O error'), { code: 'SQLITE_IOERR', errno: 10 });
    };
    try {
      const stored = await Promise.all(
        ['1', '2'].map((id) => store.append(row(id, { answers: [answer('AA', `A${id}`)] }))),
      );
      expect(attempts).to.equal(2);
      for (const { receipt } of stored) expect(receipt).to.include({ duplicate: false, deliveries: 1 });
      const acks = await rowsOf(store, 'Ack');
      expect(stored.map(({ answers }) => answers[0]?.id)).to.deep.equal(acks.map(({ id }) => id));
    } finally {
      SqliteDialect.prototype.insertBatch = insertBatch;
    }
    expect((await rowsOf(store, 'Message')).map((one) => one.deliveries)).to.deep.equal([1, 1]);
  });

  it('finds what a transaction has written whose end nobody heard of, salted rows too', async () => {
    const first = await store.append(row('old'));
    const { transaction } = SqliteDialect.prototype;
    let attempts = 0;
    SqliteDialect.prototype.transaction = async function <T>(steps: (one: Transaction) => Promise<T>): Promise<T> {
      const result = await transaction.call(this, steps);
      if (attempts++ > 0) return result as T;
      throw Object.assign(new Error('SQLITE_IOERR: disk I/O error'), { code: 'SQLITE_IOERR', errno: 10 });
    };
    try {
      // Answers in the batch have it written step by step.
      const recorded = store.recordAnswers(first.receipt.id, [answer('AA', 'Aother')]);
      const offers = [row('new'), row('old', { again: 'store' }), row('once', { again: 'refuse' })];
      const stored = await Promise.all(offers.map((one) => store.append(one)));
      expect(await recorded).to.have.length(1);
      expect(attempts).to.equal(2);
      for (const { receipt } of stored) expect(receipt).to.include({ duplicate: false, deliveries: 1 });
      const acks = await rowsOf(store, 'Ack');
      for (const { answers } of stored) expect(acks.map(({ id }) => id)).to.include(answers[0]?.id);
      expect(acks).to.have.length(4);
    } finally {
      SqliteDialect.prototype.transaction = transaction;
    }
    const found = await rowsOf(store, 'Message');
    expect(found.map((one) => one.control_id)).to.deep.equal(['old', 'new', 'once', 'old']);
    expect(found.map((one) => one.deliveries)).to.deep.equal([1, 1, 1, 1]);
  });

  it('waits while another program writes', async () => {
    const other = await intruder(file);
    await other.exec('BEGIN IMMEDIATE');
    const append = store.append(row('1'));
    while (store.statistics().busyRetries === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await other.exec('COMMIT');
    expect((await append).receipt.deliveries).to.equal(1);
    expect(states).to.deep.equal([]);
    await other.close();
  });

  it('gives up when another program does not end, and goes on afterwards', async () => {
    await store.close();
    store = await open({ busyMs: 0 });
    const other = await intruder(file);
    await other.exec('BEGIN IMMEDIATE');
    const error = await rejection(store.append(row('1')));
    expect(error).to.include({ code: 'STORE_UNAVAILABLE', fault: 'system' });
    expect(error.message).to.include('held by another program');
    await other.exec('ROLLBACK');
    await other.close();
    expect((await store.append(row('1'))).receipt.duplicate).to.equal(false);
    expect(await otherProgram(file, 'SELECT control_id FROM hl7_messages')).to.deep.equal([{ control_id: '1' }]);
    expect(states.map((one) => one.available)).to.deep.equal([false, true]);
    expect(states[0]).to.include({ code: 'STORE_UNAVAILABLE', text: error.message });
  });

  it('rejects what it cannot write within its time when it closes', async () => {
    await store.close();
    store = await open({ closeMs: 0, batchRows: 1 });
    const other = await intruder(file);
    await other.exec('BEGIN IMMEDIATE');
    const offers = ['1', '2'].map((id) => store.append(row(id)));
    const failures = Promise.all(offers.map(rejection));
    await store.close();
    expect((await failures).map((one) => one.code)).to.deep.equal(['STORE_CLOSED', 'STORE_CLOSED']);
    await other.exec('ROLLBACK');
    await other.close();
    expect(await otherProgram(file, 'SELECT id FROM hl7_messages')).to.deep.equal([]);
  });

  it('fails while the disk is full, and goes on when there is space', async () => {
    await store.close();
    const [opened, connection] = await connectionOf(() => open());
    store = opened;
    await store.append(row('before'));
    // A file that may not grow is what a full disk looks like to SQLite.
    await connection.exec('PRAGMA max_page_count = 1');
    const big = 'x'.repeat(1024 * 1024);
    const results = await Promise.allSettled(['1', '2'].map((id) => store.append(row(id, { text: `${id}${big}` }))));
    for (const result of results) {
      expect(result.status).to.equal('rejected');
      const { code, fault, message } = (result as PromiseRejectedResult).reason;
      expect({ code, fault }).to.deep.equal({ code: 'STORE_UNAVAILABLE', fault: 'system' });
      expect(message).to.include('SQLITE_FULL');
    }
    expect(states.map((one) => one.available)).to.deep.equal([false]);
    expect(store.statistics()).to.include({ failed: 2, available: false });
    await connection.exec('PRAGMA max_page_count = 1000000');
    await Promise.all(['1', '2'].map((id) => store.append(row(id, { text: `${id}${big}` }))));
    expect(states.map((one) => one.available)).to.deep.equal([false, true]);
    expect(await rowsOf(store, 'Message')).to.have.length(3);
  });

  it('opens a new file when its own was taken away, so that no row goes into a file without a name', async () => {
    await store.append(row('1'));
    await rename(file, `${file}.moved`);
    for (const rest of ['-wal', '-shm']) await rm(file + rest, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 550));
    const { receipt } = await store.append(row('2'));
    expect(receipt.id).to.equal(1);
    expect(await otherProgram(file, 'SELECT control_id FROM hl7_messages')).to.deep.equal([{ control_id: '2' }]);
  });

  it('is unavailable while its file cannot be opened again, and says why', async () => {
    await store.close();
    store = await open({ reopenMs: 3_600_000 });
    await rename(file, `${file}.moved`);
    for (const rest of ['-wal', '-shm']) await rm(file + rest, { force: true });
    await mkdir(file);
    await new Promise((resolve) => setTimeout(resolve, 550));
    const first = await rejection(store.append(row('1')));
    expect(first).to.include({ code: 'STORE_UNAVAILABLE', fault: 'system' });
    expect(first.message).to.include('cannot be opened. Its path is a folder');
    await rmdir(file);
    // Opening is not tried with every message.
    expect((await rejection(store.append(row('1')))).code).to.equal('STORE_UNAVAILABLE');
    await store.close();
    store = await open();
    expect((await store.append(row('1'))).receipt.duplicate).to.equal(false);
  });

  it('keeps the marks of sent answers that it cannot write', async () => {
    await store.close();
    store = await open({ busyMs: 0 });
    const { answers } = await store.append(row('1'));
    const other = await intruder(file);
    await other.exec('BEGIN IMMEDIATE');
    const at = new Date('2024-03-01T01:02:03.004Z');
    const ids = [answers[0]!.id, ...Array.from({ length: 999 }, (_, n) => 10_000 + n)];
    store.recordSentTimes(ids, at);
    await rejection(store.append(row('2')));
    expect(store.statistics().sentTimesWaiting).to.equal(1000);
    await other.exec('ROLLBACK');
    await other.close();
    await store.close();
    expect(store.statistics().sentTimesWaiting).to.equal(0);
    store = await open();
    expect((await rowsOf(store, 'Ack'))[0]!.sent_at).to.deep.equal(at);
  });

  it('is unavailable while the tables are gone, and says so', async () => {
    await store.append(row('1'));
    await otherProgram(file, 'ALTER TABLE hl7_messages RENAME TO elsewhere');
    const results = await Promise.allSettled(['2', '3', '4'].map((id) => store.append(row(id))));
    for (const result of results) {
      expect((result as PromiseRejectedResult).reason).to.include({ code: 'STORE_UNAVAILABLE', fault: 'system' });
    }
    await otherProgram(file, 'ALTER TABLE elsewhere RENAME TO hl7_messages');
    await store.append(row('2'));
    expect(states.map((one) => one.available)).to.deep.equal([false, true]);
  });
});
