import { rmSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { Hl7Error } from '../../../nodes/lib/errors';
import { type DatabaseState, Store, StoreManager, type StoreOptions } from '../../../nodes/lib/store';
import { OpenError } from '../../../nodes/lib/store/open-error';
import { WriteLock } from '../../support/log-table';
import { until } from '../../support/wait';
import { rejection, row, rowsOf, temporaryFolder } from './helper';

/** A state without its words. */
const brief = ({ available, opening }: DatabaseState): string =>
  opening ? 'opening' : available ? 'available' : 'unavailable';

describe('the keeper of a database', () => {
  const folder = temporaryFolder();
  const keepers: StoreManager[] = [];

  function keeperOf(file: string): { keeper: StoreManager; states: DatabaseState[]; told: () => string[] } {
    const keeper = new StoreManager(
      { dialect: 'sqlite', file, limits: { busyMs: 50, reopenMs: 20 } },
      { first: 5, longest: 40, close: 5000 },
    );
    keepers.push(keeper);
    const states: DatabaseState[] = [];
    keeper.watch((state) => states.push(state));
    return { keeper, states, told: () => states.map(brief) };
  }

  afterEach(async () => {
    for (const keeper of keepers.splice(0)) await keeper.close();
  });

  it('opens the store, and tells so', async () => {
    const { keeper, states, told } = keeperOf(folder.path('open.sqlite'));
    keeper.open();
    const store = await keeper.store();
    expect(await keeper.store()).to.equal(store);
    await until('the state', () => states.length === 2);
    expect(told()).to.deep.equal(['opening', 'available']);
    expect(states[1]?.text).to.contain('hl7_messages').and.to.contain('open.sqlite');
    const { receipt } = await store.append(row('K1'));
    expect(receipt).to.include({ id: 1, duplicate: false });
  });

  it('opens one store however often it is asked to', async () => {
    const { keeper, states } = keeperOf(folder.path('once.sqlite'));
    keeper.open();
    const first = keeper.store();
    keeper.open();
    expect(await keeper.store()).to.equal(await first);
    keeper.open();
    expect(await keeper.store()).to.equal(await first);
    expect(states.filter(({ available }) => available)).to.have.length(1);
  });

  it('tells a watcher the state now, and nothing once it is gone', async () => {
    const { keeper } = keeperOf(folder.path('watch.sqlite'));
    const gone: string[] = [];
    const stop = keeper.watch((state) => gone.push(brief(state)));
    stop();
    keeper.open();
    await keeper.store();
    const late: string[] = [];
    await until('the state', () => {
      late.length = 0;
      keeper.watch((state) => late.push(brief(state)))();
      return late[0] === 'available';
    });
    expect(late).to.deep.equal(['available']);
    expect(gone).to.deep.equal(['opening']);
  });

  it('refuses at once while the file cannot be used, and goes on by itself when it can', async () => {
    const blocked = folder.path('blocked');
    writeFileSync(blocked, 'a file where a folder should be');
    const { keeper, states, told } = keeperOf(folder.path('blocked/log.sqlite'));
    keeper.open();
    const first = await rejection(keeper.store());
    expect(first.code).to.equal('STORE_OPEN_FAILED');
    await until('the state', () => states.length === 2);
    expect(await rejection(keeper.store())).to.equal(first);
    const why = 'file';
    expect(states[1]).to.deep.equal({ available: false, opening: false, text: first.message, warnings: [], why });
    rmSync(blocked);
    await until('the database is there', () => states.at(-1)?.available);
    expect(told()).to.deep.equal(['opening', 'unavailable', 'available']);
    const { receipt } = await (await keeper.store()).append(row('K2'));
    expect(receipt.id).to.equal(1);
  });

  it('tries again what somebody may set right, and not what only another start can', async () => {
    const driver = { why: 'driver', text: 'No driver.' } as const;
    const login = { why: 'login', text: 'No entry.' } as const;
    for (const [failure, again] of [
      [new OpenError(login), true],
      [new OpenError(driver, { code: 'STORE_DRIVER_MISSING', final: true }), false],
      [new Hl7Error('RETENTION_INVALID', 'Wrong.'), false],
      [new Hl7Error('STORE_TIMEOUT', 'Late.'), true],
    ] as const) {
      let tries = 0;
      const keeper = new StoreManager({ dialect: 'sqlite', file: 'x' }, { first: 5, longest: 5, close: 5 }, () => {
        tries++;
        return Promise.reject(failure);
      });
      keepers.push(keeper);
      keeper.open();
      await rejection(keeper.store());
      if (again) await until('another try', () => tries > 2);
      else await new Promise((resolve) => setTimeout(resolve, 60));
      expect(tries > 1, failure.message).to.equal(again);
      expect((await rejection(keeper.store())).code).to.be.a('string');
      await keeper.close();
    }
  });

  it('tells the same trouble once, however often it tries', async () => {
    const file = folder.path('no-database.sqlite');
    writeFileSync(file, 'This is not a database, and it is long enough to be taken for one at first sight.'.repeat(20));
    const { keeper, states, told } = keeperOf(file);
    keeper.open();
    expect((await rejection(keeper.store())).code).to.equal('STORE_OPEN_FAILED');
    // Each failure is an error of its own, so that another one shows another try.
    const seen = new Set();
    await until('some further tries', async () => seen.add(await rejection(keeper.store())).size > 4);
    expect(told()).to.deep.equal(['opening', 'unavailable']);
    rmSync(file);
    await until('the database is there', () => states.at(-1)?.available);
  });

  it('passes on that the open database went away and came back', async () => {
    const file = folder.path('locked.sqlite');
    const { keeper, told } = keeperOf(file);
    keeper.open();
    const store = await keeper.store();
    await store.append(row('K3'));
    const lock = await WriteLock.take(file);
    expect((await rejection(store.append(row('K4')))).code).to.equal('STORE_UNAVAILABLE');
    expect(told()).to.deep.equal(['opening', 'available', 'unavailable']);
    await lock.release();
    await until('a row is stored again', () =>
      store.append(row('K5')).then(
        () => true,
        () => false,
      ),
    );
    expect(told()).to.deep.equal(['opening', 'available', 'unavailable', 'available']);
    expect(await keeper.store()).to.equal(store);
  });

  it('writes what is pending before it closes', async () => {
    const file = folder.path('close.sqlite');
    const { keeper } = keeperOf(file);
    keeper.open();
    const store = await keeper.store();
    const offers = ['C1', 'C2', 'C3'].map((id) => store.append(row(id)));
    await keeper.close();
    const receipts = await Promise.all(offers);
    expect(receipts.map(({ receipt }) => receipt.id)).to.deep.equal([1, 2, 3]);
    const again = keeperOf(file).keeper;
    again.open();
    expect(await rowsOf(await again.store(), 'Message')).to.have.length(3);
  });

  it('closes while it opens, and then has nothing open', async () => {
    const { keeper, told } = keeperOf(folder.path('early.sqlite'));
    keeper.open();
    const opening = keeper.store();
    await keeper.close();
    const store = await opening;
    expect((await rejection(store.append(row('E1')))).code).to.equal('STORE_CLOSED');
    expect(told()).to.deep.equal(['opening']);
    keeper.open();
    expect(told()).to.deep.equal(['opening']);
  });

  it('closes while it waits for another try, or before it was opened', async () => {
    const blocked = folder.path('blocked-too');
    writeFileSync(blocked, '');
    const { keeper } = keeperOf(folder.path('blocked-too/log.sqlite'));
    keeper.open();
    await rejection(keeper.store());
    await keeper.close();
    keeper.open();
    expect((await rejection(keeper.store())).code).to.equal('STORE_OPEN_FAILED');
    const idle = keeperOf(folder.path('idle.sqlite')).keeper;
    expect((await rejection(idle.store())).code).to.equal('STORE_UNAVAILABLE');
    await idle.close();
    expect((await rejection(idle.store())).code).to.equal('STORE_UNAVAILABLE');
  });

  /** An open that takes until the test says so, like one of a host that does not answer. */
  function hanging(): { open: () => Promise<Store>; answer: () => Promise<Store> } {
    let answer: (store: Store) => void = () => undefined;
    const late = new Promise<Store>((resolve) => {
      answer = resolve;
    });
    return {
      open: () => late,
      answer: async () => {
        const store = await Store.open({ dialect: 'sqlite', file: folder.path('late.sqlite') });
        answer(store);
        return store;
      },
    };
  }

  /** Waits until a store takes nothing any more. */
  const isClosed = (store: Store): Promise<boolean> =>
    until('the late store to be closed', () =>
      store.append(row('L1')).then(
        () => false,
        (error: Hl7Error) => error.code === 'STORE_CLOSED',
      ),
    );

  it('does not wait for an open that hangs, and closes what opens later', async () => {
    const { open, answer } = hanging();
    const keeper = new StoreManager({ dialect: 'sqlite', file: 'unused' }, { first: 5, longest: 40, close: 10 }, open);
    const states: DatabaseState[] = [];
    keeper.watch((state) => states.push(state));
    keeper.open();
    await keeper.close();
    const store = await answer();
    await isClosed(store);
    expect(states.map(brief)).to.deep.equal(['opening']);
  });

  it('gives a test up that hangs, and closes what opens later', async () => {
    const { open, answer } = hanging();
    const late = await rejection(StoreManager.test({ dialect: 'sqlite', file: 'unused' }, 10, open));
    expect(late.code).to.equal('STORE_TIMEOUT');
    expect(late.message).to.include('check the disk').and.not.include('host');
    await isClosed(await answer());
  });

  it('passes on what is weak about the settings of the database', async () => {
    const weak = ['fsync is off: a power cut can lose what was acknowledged'];
    const open = async (options: StoreOptions): Promise<Store> =>
      Object.defineProperty(await Store.open(options), 'warnings', { value: weak });
    const options: StoreOptions = { dialect: 'sqlite', file: folder.path('weak.sqlite'), limits: { busyMs: 50 } };
    const keeper = new StoreManager(options, { first: 5, longest: 40, close: 5000 }, open);
    keepers.push(keeper);
    const states: DatabaseState[] = [];
    keeper.watch((state) => states.push(state));
    keeper.open();
    const store = await keeper.store();
    const lock = await WriteLock.take(folder.path('weak.sqlite'));
    await rejection(store.append(row('W1')));
    await lock.release();
    await until('a row is stored again', () =>
      store.append(row('W2')).then(
        () => true,
        () => false,
      ),
    );
    expect(states.map(brief)).to.deep.equal(['opening', 'available', 'unavailable', 'available']);
    expect(states.map(({ warnings }) => warnings)).to.deep.equal([[], weak, weak, weak]);
  });

  it('tries a database out in one line', async () => {
    const text = await StoreManager.test({ dialect: 'sqlite', file: folder.path('test.sqlite') });
    expect(text).to.match(/^SQLite 3\.\d+\.\d+, wal log, synced at every commit, schema /);
    expect(text).to.not.contain('\n');
    const blocked = folder.path('test-blocked');
    writeFileSync(blocked, '');
    const failed = await rejection(
      StoreManager.test({ dialect: 'sqlite', file: folder.path('test-blocked/x.sqlite') }),
    );
    expect(failed.code).to.equal('STORE_OPEN_FAILED');
    const unknown = await rejection(StoreManager.test({ dialect: 'db2' as 'sqlite', file: folder.path('x') }));
    expect(unknown.code).to.equal('STORE_DIALECT_UNKNOWN');
  });
});
