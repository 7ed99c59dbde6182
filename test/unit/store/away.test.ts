import { expect } from 'chai';
import { Store, type StoreOptions } from '../../../nodes/lib/store';
import type { StateChange } from '../../../nodes/lib/store/types';
import { type PrivateServer, privateServers } from '../../support/private-server';
import { pause, until, within } from '../../support/wait';
import { rejection, row, rowsOf } from './helper';

const PRODUCERS = 12;
/** Short, so that the tests are: a server that is silent for so long counts as away. */
const TIMES = { statementMs: 1000, connectMs: 1000 };

/** Those who offer messages, and repeat what was not stored. */
class Load {
  readonly stored: string[] = [];
  readonly codes = new Set<string>();
  refused = 0;
  #going = true;
  readonly #producers: Promise<void>[];

  constructor(
    readonly store: Store,
    name: string,
  ) {
    this.#producers = Array.from({ length: PRODUCERS }, (_, n) => this.#produce(`${name}-${n}`));
  }

  async some(count = 60): Promise<void> {
    const goal = this.stored.length + count;
    await until(`${count} more stored`, () => this.stored.length >= goal, 20_000);
  }

  async end(): Promise<void> {
    this.#going = false;
    await within('all producers', Promise.all(this.#producers), 20_000);
  }

  async #produce(name: string): Promise<void> {
    for (let n = 0; this.#going; n++) {
      const id = `${name}-${n}`;
      for (;;) {
        try {
          await this.store.append(row(id));
          this.stored.push(id);
          break;
        } catch (error) {
          this.codes.add((error as { code: string }).code);
          this.refused++;
          await pause(20);
        }
      }
    }
  }
}

for (const server of privateServers()) away(server);

function away(server: PrivateServer): void {
  describe(`store: a database server that goes away, ${server.title}`, function () {
    this.timeout(60_000);
    const stores: Store[] = [];
    let states: StateChange[];
    let round = 0;

    async function open(more: Partial<StoreOptions> = {}): Promise<Store> {
      const store = await Store.open({ ...server.options, ...TIMES, ...more } as StoreOptions);
      states = [];
      store.on('state', (state) => states.push(state));
      stores.push(store);
      return store;
    }

    /** Under load: breaks it, sees that every waiting message is refused, mends it, sees that all goes on. */
    async function outage(go: () => Promise<unknown>, back: () => Promise<unknown>): Promise<void> {
      const store = await open();
      const load = new Load(store, `r${round++}`);
      await load.some();
      await go();
      await until('the state', () => states.length > 0);
      expect(states[0]).to.include({ available: false, code: 'STORE_UNAVAILABLE' });
      expect(states[0]!.text).to.include(store.description.match(/127\.0\.0\.1:\d+\/\w+/)![0]);
      expect(store.statistics().available).to.equal(false);
      const before = load.refused;
      await until('every producer is refused', () => load.refused >= before + PRODUCERS, 20_000);
      await back();
      await load.some();
      await load.end();
      expect(states.map(({ available }) => available)).to.deep.equal([false, true]);
      expect([...load.codes]).to.deep.equal(['STORE_UNAVAILABLE']);
      const prefix = load.stored[0]!.split('-')[0];
      const rows = (await rowsOf(store, 'Message')).filter((one) => String(one.control_id).startsWith(`${prefix}-`));
      expect(rows.map((one) => one.control_id)).to.have.members(load.stored);
      for (const one of rows) expect((one.raw as Buffer).equals(row(String(one.control_id)).raw)).to.equal(true);
      const ids = new Set(rows.map((one) => one.id));
      const acks = (await rowsOf(store, 'Ack')).filter((one) => ids.has(one.message_id));
      expect(acks).to.have.length(rows.length);
      await store.close();
    }

    before(async function () {
      await server.prepare(this);
    });
    afterEach(async () => {
      server.resume();
      await server.start();
      await Promise.all(stores.splice(0).map((store) => store.close()));
    });
    after(() => server.dispose());

    it('is stopped and started again', () =>
      outage(
        () => server.stop(),
        () => server.start(),
      ));

    it('is killed and started again', () =>
      outage(
        () => server.crash(),
        () => server.start(),
      ));

    it('hangs, and comes to itself again', () =>
      outage(
        () => server.halt(),
        async () => server.resume(),
      ));

    it('has another password, and the old one again', () => {
      const { password } = server;
      return outage(
        () => server.changePassword('second'),
        () => server.changePassword(password),
      );
    });

    it('is restarted: the books are balanced all the same', async () => {
      const store = await open();
      const load = new Load(store, 'restart');
      await load.some();
      await server.stop();
      await server.start();
      await load.some();
      await load.end();
      const rows = (await rowsOf(store, 'Message')).filter((one) => String(one.control_id).startsWith('restart-'));
      expect(rows.map((one) => one.control_id)).to.have.members(load.stored);
      expect(states.length % 2).to.equal(0);
    });

    it('comes back without a message that asks for it', async () => {
      const store = await open();
      await server.stop();
      expect((await rejection(store.append(row('nobody')))).code).to.equal('STORE_UNAVAILABLE');
      await server.start();
      await until('the state', () => states.at(-1)?.available, 20_000);
      expect(states.map(({ available }) => available)).to.deep.equal([false, true]);
      expect(store.statistics().available).to.equal(true);
    });

    const closings: [title: string, go: () => Promise<unknown>][] = [
      ['hangs', () => server.halt()],
      ['is stopped', () => server.stop()],
      ['is killed', () => server.crash()],
    ];
    for (const [title, go] of closings) {
      it(`${title}: the store closes all the same, and leaves nobody without an answer`, async () => {
        // As long as they are by default: nobody waits for them here.
        const store = await open({ statementMs: 15_000, connectMs: 3000, retention: { days: 1 } } as never);
        const old = new Date(Date.now() - 10 * 24 * 60 * 60 * 1000);
        await Promise.all(Array.from({ length: 50 }, (_, n) => store.append(row(`${title}${n}`, { receivedAt: old }))));
        await go();
        const offers = Array.from({ length: 200 }, (_, n) => rejection(store.append(row(`${title} late${n}`))));
        const retention = store.runRetention();
        await pause(50);
        await within('the store to close', store.close(), 10_000);
        for (const error of await Promise.all(offers)) {
          expect(error.code).to.be.oneOf(['STORE_CLOSED', 'STORE_UNAVAILABLE']);
        }
        expect((await within('the retention', Promise.resolve(retention), 20_000))!.outcome).to.be.oneOf([
          'stopped',
          'failed',
        ]);
      });
    }

    it('hangs while the store tries to reach it again: that ends with the store, too', async () => {
      const store = await open({ statementMs: 300, connectMs: 15_000, limits: { closeMs: 1500 } } as never);
      await server.halt();
      // The statement has its time, then the connection is made anew.
      const append = rejection(store.append(row('anew')));
      await pause(1000);
      await within('the store to close', store.close(), 10_000);
      expect((await append).code).to.be.oneOf(['STORE_CLOSED', 'STORE_UNAVAILABLE']);
    });

    it('only reads: it is not taken for one that keeps messages', async () => {
      await (await open()).close();
      await server.onlyRead(true);
      try {
        const error = await rejection(open());
        expect(error.code).to.equal('STORE_OPEN_FAILED');
        expect(error.message).to.include('The server is read-only');
      } finally {
        await server.onlyRead(false);
      }
      expect((await (await open()).append(row('again'))).receipt.duplicate).to.equal(false);
    });

    it('hangs when it is opened: it says so in time', async () => {
      await server.halt();
      const error = await within('the refusal', rejection(open()), 10_000);
      expect(error.code).to.equal('STORE_OPEN_FAILED');
      expect(error.message).to.include('does not answer');
    });
  });
}
