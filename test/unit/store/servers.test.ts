import { expect } from 'chai';
import { Store, type StoreOptions } from '../../../nodes/lib/store';
import type { Stored } from '../../../nodes/lib/store/types';
import { forEachServer } from '../../support/databases';
import { until } from '../../support/wait';
import { messageText, rejection, row, rowsOf, toldBy } from './helper';

const MYSQL_LOCK = "CONCAT('hl7_', SHA2(DATABASE(), 224))";
const MYSQL = {
  take: `SELECT GET_LOCK(${MYSQL_LOCK}, 1) AS n`,
  taken: `SELECT IS_USED_LOCK(${MYSQL_LOCK}) AS n`,
  hold: 'SELECT SLEEP(5) AS n',
};
/** How another program takes the lock on the schema, sees it taken, and keeps it for longer than a statement may take. */
const SCHEMA_LOCKS: Record<string, { take: string; taken: string; hold: string } | undefined> = {
  mysql: MYSQL,
  mariadb: MYSQL,
  postgres: {
    take: 'SELECT pg_advisory_lock(6843191, 6579308)',
    taken: `SELECT COUNT(*) AS n FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE l.locktype = 'advisory' AND d.datname = current_database()`,
    hold: 'SELECT pg_sleep(5)',
  },
};

forEachServer('store: a server in trouble', (database) => {
  let options: StoreOptions;
  const stores: Store[] = [];

  async function open(limits: StoreOptions['limits'] = { reopenMs: 0 }): Promise<Store> {
    const store = await Store.open({ ...options, limits });
    stores.push(store);
    return store;
  }

  beforeEach(async () => {
    options = await database.fresh();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });

  it('refuses a poisoned row alone, and tells nothing of what it holds', async () => {
    const store = await open();
    await database.sql(options, "ALTER TABLE hl7_messages ADD CONSTRAINT no_venom CHECK (listener <> 'poison')");
    const ids = Array.from({ length: 100 }, (_, n) => `P${n}`);
    const bad = new Set(['P0', 'P41', 'P42', 'P99']);
    const outcomes = await Promise.allSettled(
      ids.map((id) => store.append(row(id, { listener: bad.has(id) ? 'poison' : 'ward' }))),
    );
    for (const [n, outcome] of outcomes.entries()) {
      const id = ids[n]!;
      expect(outcome.status, id).to.equal(bad.has(id) ? 'rejected' : 'fulfilled');
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).to.include({ code: 'STORE_ROW_REFUSED', fault: 'content' });
      // The name of the rule is told, the value is not.
      expect(outcome.reason.message).to.match(/a check fails, constraint \S*no_venom/i);
      expect(toldBy(outcome.reason)).to.not.match(/poison|\bP\d|JANE|4711|INSERT/);
    }
    const found = (await rowsOf(store, 'Message')).map((one) => one.control_id);
    expect(found).to.have.members(ids.filter((id) => !bad.has(id)));
    expect(await rowsOf(store, 'Ack')).to.have.length(96);
    expect(await rowsOf(store, 'Identifier')).to.have.length(96);
    expect(store.statistics()).to.include({ refused: 4, available: true });
  });

  it('tells no sender of messages that waited with theirs when a table is gone', async () => {
    const store = await open();
    await database.sql(options, 'DROP TABLE hl7_identifiers');
    const offers = ['1', '2', '3'].map((n) =>
      store.append(row(n, { text: messageText(n).replace('4711', `MRN${n}`) })),
    );
    for (const error of await Promise.all(offers.map(rejection))) {
      expect(error.code).to.equal('STORE_UNAVAILABLE');
      expect(error.cause).to.be.instanceOf(Error).and.to.have.property('code');
      expect(toldBy(error)).to.not.match(/MRN|JANE|INSERT/);
    }
  });

  it('stores what it was offered once, while its connections are ended again and again', async function () {
    // Some servers take seconds for the first statement of each connection.
    this.timeout(240_000);
    const store = await open();
    const ids: string[] = [];
    let going = true;
    let ended = 0;
    const unanswered: string[] = [];
    const produce = async (name: number): Promise<void> => {
      for (let n = 0; going; n++) {
        const id = `${name}-${n}`;
        try {
          const { receipt } = await store.append(row(id));
          expect(receipt.duplicate, id).to.equal(false);
          ids.push(id);
        } catch (error) {
          expect((error as { code: string }).code).to.equal('STORE_UNAVAILABLE');
          unanswered.push(id);
        }
      }
    };
    const producers = Array.from({ length: 16 }, (_, name) => produce(name));
    for (let round = 0; round < 8; round++) {
      const before = ids.length;
      while (ids.length < before + 50) await new Promise((resolve) => setTimeout(resolve, 5));
      ended += await database.disconnect(options);
    }
    going = false;
    await Promise.all(producers);
    expect(ended).to.be.greaterThan(7);
    const found = (await rowsOf(store, 'Message')).map((one) => String(one.control_id));
    expect(new Set(found).size, 'each once').to.equal(found.length);
    expect(found).to.include.members(ids);
    expect([...ids, ...unanswered]).to.include.members(found);
    expect((await rowsOf(store, 'Ack')).length).to.equal(found.length);
  });

  it('lets several writers offer the same messages at once: each is stored once, and all others are told so', async () => {
    const writers = [await open(), await open(), await open()];
    const ids = Array.from({ length: 150 }, (_, n) => `S${n}`);
    const offers: Promise<Stored>[] = writers.flatMap((store, w) => {
      const order = [...ids].sort(
        (a, b) => ((Number(a.slice(1)) * (7 + 4 * w)) % 151) - ((Number(b.slice(1)) * (7 + 4 * w)) % 151),
      );
      return order.map((id) => store.append(row(id)));
    });
    const stored = await Promise.all(offers);
    expect(stored.filter(({ receipt }) => !receipt.duplicate)).to.have.length(ids.length);
    const found = await rowsOf(writers[0]!, 'Message');
    expect(found.map((one) => one.control_id)).to.have.members(ids);
    expect(found.map((one) => one.deliveries)).to.deep.equal(ids.map(() => writers.length));
    expect(await rowsOf(writers[0]!, 'Ack')).to.have.length(ids.length);
  });

  it('makes tables anew that somebody dropped, and goes on', async () => {
    const store = await open();
    await store.append(row('before'));
    await database.sql(
      options,
      'DROP TABLE hl7_identifiers',
      'DROP TABLE hl7_acks',
      'DROP TABLE hl7_messages',
      'DROP TABLE hl7_migrations',
    );
    await Promise.allSettled([store.append(row('during'))]);
    await store.append(row('after'));
    const found = (await rowsOf(store, 'Message')).map((one) => one.control_id);
    expect(found).to.include('after').and.not.include('before');
  });

  it('compares keys, control IDs and identifiers exactly: case and blanks count', async () => {
    const store = await open();
    const other = (id: string, n: number) => row(id, { text: messageText(id, `^${n}`) });
    for (const [n, id] of ['abc', 'ABC', 'abc ', 'äbc', 'abc'].entries()) {
      const { controlIdReused } = await store.append(other(id, n));
      expect(controlIdReused, `${n}`).to.equal(n === 4);
    }
  });

  it('flags a control ID that a sender gives to every message, without reading them all', async () => {
    const store = await open();
    const offers = Array.from({ length: 300 }, (_, n) => store.append(row('1', { text: messageText('1', `^${n}`) })));
    expect((await Promise.all(offers)).filter((one) => !one.controlIdReused)).to.have.length(1);
    const facts = { sendingFacility: 'elsewhere' };
    const others = ['^x', '^y'].map((more) => row('1', { text: messageText('1', more), facts }));
    const flags: boolean[] = [];
    for (const other of others) flags.push((await store.append(other)).controlIdReused);
    expect(flags).to.deep.equal([false, true]);
    const blank = row('1 ', { text: messageText('1 ', '^x') });
    expect((await store.append(blank)).controlIdReused).to.equal(false);
  });

  it('says what is wrong when it cannot be opened', async () => {
    const wrong: [Partial<StoreOptions>, RegExp][] = [
      [{ port: 1 } as never, /No server answers|closed the connection|does not answer/],
      [{ host: 'no-such-host.invalid' } as never, /no host of this name|cannot be looked up/],
      [{ database: 'hl7_not_there' } as never, /no database of this name/],
    ];
    for (const [change, reason] of wrong) {
      const error = await rejection(Store.open({ ...options, ...change } as StoreOptions));
      expect(error.code).to.equal('STORE_OPEN_FAILED');
      expect(error.message).to.match(reason);
    }
  });

  const lock = SCHEMA_LOCKS[database.dialect];
  if (lock !== undefined) {
    it('says so in time when another instance is changing the tables', async () => {
      const { take, taken, hold } = lock;
      const other = database.sql(options, take, hold);
      await until('the lock', async () => Number((await database.sql(options, taken))[0]?.n) > 0);
      const error = await rejection(Store.open({ ...options, statementMs: 2000 } as StoreOptions));
      expect(error.code).to.equal('STORE_OPEN_FAILED');
      expect(error.message).to.include('Another instance is changing its tables');
      await other;
      stores.push(await Store.open(options));
    });
  }
});
