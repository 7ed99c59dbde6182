import { expect } from 'chai';
import { type ServerOptions, Store } from '../../../nodes/lib/store';
import { forEachServer, testDatabases } from '../../support/databases';
import { LossyProxy } from '../../support/lossy-proxy';
import { until } from '../../support/wait';
import { rejection, row, rowsOf } from './helper';
import { column, offered, oru, results, rowsOf as rowsInOwn } from './own/helper';

/** Transactions that wait for another one's end. */
const WAITING: Partial<Record<string, string>> = {
  postgres: `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  mysql: `SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'`,
  mariadb: `SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'`,
};

forEachServer('store: a commit that nobody heard of', (database) => {
  let options: ServerOptions;
  let proxy: LossyProxy;
  let store: Store;
  const codes = results({ columns: [column('control_id', 'MSH-10'), column('code', 'OBX-3.1')] });

  const append = (id: string, again: 'same' | 'store' | 'refuse') =>
    store.append(offered(codes, id, oru(id, ['1']), { again }));
  const logged = async () => (await rowsOf(store, 'Message')).map((one) => [one.control_id, one.deliveries]);
  const waits = () => database.sql(options, WAITING[database.dialect]!).then((rows) => rows.length > 0);

  beforeEach(async function () {
    // How to see who waits is known of these.
    if (!(database.dialect in WAITING)) this.skip();
    options = (await database.fresh()) as ServerOptions;
    proxy = await LossyProxy.before(options);
    store = await Store.open(proxy.through);
  });
  afterEach(async () => {
    await store?.close();
    await proxy?.close();
  });

  it('takes place while the batch is repeated: its messages are found, and not taken for repeats', async () => {
    await append('old', 'same');
    proxy.delayCommit();
    const offers = [append('X', 'same'), append('Y', 'store'), append('Z', 'refuse'), append('old', 'store')];
    const all = Promise.all(offers);
    await until('the repeated batch waits for the first', waits);
    proxy.deliver();
    for (const { receipt } of await all) expect(receipt).to.include({ duplicate: false, deliveries: 1 });
    expect(await logged()).to.deep.equal(['old', 'X', 'Y', 'Z', 'old'].map((id) => [id, 1]));
    expect(await database.sql(options, 'SELECT control_id FROM results')).to.have.length(5);
  });

  it('is not done twice: repeats count once, and rows without a message are there once', async () => {
    await append('old', 'same');
    proxy.loseAnswer();
    const alone = store.appendCustomRows(rowsInOwn(codes, oru('alone', ['1', '2'])));
    const all = await Promise.all(['old', 'new', 'old', 'new'].map((id) => append(id, 'same')));
    expect((await alone).own?.rows).to.equal(2);
    expect(proxy.lost).to.equal(true);
    expect(all.map(({ receipt }) => [receipt.duplicate, receipt.deliveries])).to.deep.equal([
      [true, 2],
      [false, 1],
      [true, 3],
      [true, 2],
    ]);
    expect(await logged()).to.deep.equal([
      ['old', 3],
      ['new', 2],
    ]);
    const found = await database.sql(options, 'SELECT control_id FROM results');
    expect(found.map((one) => one.control_id)).to.have.members(['old', 'new', 'alone', 'alone']);
  });
});

for (const database of testDatabases().filter(({ dialect }) => dialect === 'postgres')) {
  describe(`store: a statement that outlives its connection on ${database.title}`, function () {
    this.timeout(60_000);
    before(async function () {
      await database.present(this);
    });
    after(() => database.dispose());

    it('is found by its repeat, which waited for it', async () => {
      const options = (await database.fresh()) as ServerOptions;
      const proxy = await LossyProxy.before(options);
      const store = await Store.open(proxy.through);
      try {
        await store.append(row('before'));
        // The first one goes on when the gate is open.
        await database.sql(
          options,
          'CREATE TABLE gate (open int)',
          'CREATE SEQUENCE turn',
          `CREATE FUNCTION hold() RETURNS trigger AS $$ BEGIN
             IF nextval('turn') = 1 THEN
               WHILE NOT EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.02); END LOOP;
             END IF;
             RETURN NULL;
           END $$ LANGUAGE plpgsql`,
          'CREATE TRIGGER hold AFTER INSERT ON hl7_messages FOR EACH STATEMENT EXECUTE FUNCTION hold()',
        );
        const offers = (['same', 'store', 'refuse'] as const).map((again) => store.append(row(again, { again })));
        const all = Promise.all(offers);
        const held = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
        await until('the first attempt is held', async () => (await database.sql(options, held)).length > 0);
        proxy.cut();
        await until('its repeat waits for it', async () => {
          return (await database.sql(options, WAITING.postgres!)).length > 0;
        });
        await database.sql(options, 'INSERT INTO gate VALUES (1)');
        const stored = await all;
        for (const { receipt } of stored) expect(receipt).to.include({ duplicate: false, deliveries: 1 });
        const found = await rowsOf(store, 'Message');
        expect(found.map((one) => one.control_id)).to.have.members(['before', 'same', 'store', 'refuse']);
        for (const one of found) expect(one.deliveries).to.equal(1);
        const acks = (await rowsOf(store, 'Ack')).map(({ id }) => id);
        expect(acks).to.have.members([acks[0], ...stored.map(({ answers }) => answers[0]?.id)]);
        expect((await rejection(store.append(row('refuse', { again: 'refuse' })))).code).to.equal('STORE_DUPLICATE');
      } finally {
        await store.close();
        await proxy.close();
      }
    });
  });
}
