import { expect } from 'chai';
import {
  databaseKind,
  dialectFor,
  policyOf,
  type RetentionResult,
  Store,
  type StoreOptions,
} from '../../../../nodes/lib/store';
import { type Clock, systemClock } from '../../../../nodes/lib/store/retention/run';
import { RetentionRunner } from '../../../../nodes/lib/store/retention/runner';
import type { RetentionPolicy } from '../../../../nodes/lib/store/types';
import { forEachDatabase } from '../../../support/databases';
import { until } from '../../../support/wait';
import { answer, rejection, row, rowsOf } from '../helper';

const DAY_MS = 24 * 60 * 60 * 1000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);

forEachDatabase('store: retention', (database) => {
  let options: StoreOptions;
  const stores: Store[] = [];

  async function open(retention?: RetentionPolicy): Promise<Store> {
    const store = await Store.open({ ...options, retention });
    stores.push(store);
    return store;
  }

  /** Stores messages that came so many days ago, in this order. */
  async function fill(store: Store, days: readonly number[], prefix = 'D'): Promise<void> {
    await Promise.all(days.map((age, n) => store.append(row(`${prefix}${n}`, { receivedAt: daysAgo(age) }))));
  }

  async function kept(store: Store): Promise<string[]> {
    return (await rowsOf(store, 'Message')).map((one) => String(one.control_id));
  }

  async function withContent(store: Store): Promise<string[]> {
    return (await rowsOf(store, 'Message')).filter((one) => one.raw !== null).map((one) => String(one.control_id));
  }

  const lease = (holder: string, milliseconds: number): Promise<unknown> =>
    database.sql(
      options,
      `UPDATE hl7_leases SET holder = '${holder}', held_until = ${databaseKind(database.dialect)!.retentionSql.later(milliseconds)}`,
    );

  const brief = (result: RetentionResult | undefined): unknown => {
    const { outcome, messagesDeleted, contentsDropped } = result!;
    return { outcome, messagesDeleted, contentsDropped };
  };

  beforeEach(async () => {
    options = await database.fresh();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });

  it('keeps everything where nothing is said', async () => {
    const store = await open();
    await fill(store, [4000]);
    expect(await store.runRetention()).to.equal(undefined);
    expect(store.retention).to.equal(undefined);
    expect(await kept(store)).to.deep.equal(['D0']);
    const error = await rejection(Store.open({ ...options, retention: { days: -1 } }));
    expect(error.code).to.equal('RETENTION_INVALID');
  });

  it('deletes what is older than its days, with its answers and identifiers, and nothing that is younger', async () => {
    const store = await open({ days: 10 });
    const hour = 1 / 24;
    await fill(store, [10 + hour, 9.9, 300, 10 - hour, 10 + hour / 60, 0]);
    const told: RetentionResult[] = [];
    store.on('retention', (result) => told.push(result));
    const result = await store.runRetention();
    expect(brief(result)).to.deep.equal({ outcome: 'done', messagesDeleted: 3, contentsDropped: 0 });
    expect(result!.text).to.match(/^3 messages deleted, content of 0 dropped in \d+ seconds?\.$/);
    expect(told).to.deep.equal([result]);
    expect(store.retention).to.equal(result);
    expect(await kept(store)).to.have.members(['D1', 'D3', 'D5']);
    const ids = (await rowsOf(store, 'Message')).map((one) => one.id);
    expect((await rowsOf(store, 'Ack')).map((one) => one.message_id)).to.have.members(ids);
    expect((await rowsOf(store, 'Identifier')).map((one) => one.message_id)).to.have.members(ids);
    expect(brief(await store.runRetention())).to.include({ messagesDeleted: 0 });
  });

  it('drops the content first and keeps the row, which is still the same message with the same answer', async () => {
    const store = await open({ contentDays: 7, days: 30 });
    await fill(store, [40, 20, 1]);
    const before = (await rowsOf(store, 'Message')).find((one) => one.control_id === 'D1')!;
    expect(brief(await store.runRetention())).to.deep.equal({
      outcome: 'done',
      messagesDeleted: 1,
      contentsDropped: 1,
    });
    const [old, young] = await rowsOf(store, 'Message');
    const at = old!.content_dropped_at;
    expect(old).to.deep.equal({ ...before, raw: null, text: null, content_dropped_at: at });
    expect(at).to.be.instanceOf(Date);
    expect(Math.abs((at as Date).getTime() - Date.now())).to.be.lessThan(3_600_000);
    expect(young).to.include({ control_id: 'D2', content_dropped_at: null });
    expect((young!.raw as Buffer).length).to.equal(young!.size);
    const again = await store.append(row('D1', { answers: [answer('AA', 'another')] }));
    expect(again.receipt).to.include({ id: old!.id, duplicate: true, deliveries: 2 });
    expect(again.answers.map(({ raw }) => raw.toString())).to.deep.equal([answer('AA', 'AD1').raw.toString()]);
    expect(await rowsOf(store, 'Message')).to.have.length(2);
  });

  it('keeps exactly the newest of a number, by rows and not by ids', async () => {
    const store = await open({ messages: 7, contentMessages: 4 });
    await fill(
      store,
      Array.from({ length: 30 }, () => 1),
    );
    // Repeats and deleted rows make gaps in the numbers.
    await Promise.all([5, 20, 29].map((n) => store.append(row(`D${n}`))));
    const before = await rowsOf(store, 'Message');
    const gone = before.filter((_, n) => n % 3 === 1).map((one) => one.id);
    await database.sql(options, `DELETE FROM hl7_messages WHERE id IN (${gone.join(', ')})`);
    const left = before.filter((_, n) => n % 3 !== 1).map((one) => String(one.control_id));
    expect(left).to.have.length(20);
    expect(brief(await store.runRetention())).to.deep.equal({
      outcome: 'done',
      messagesDeleted: 13,
      contentsDropped: 3,
    });
    expect(await kept(store)).to.deep.equal(left.slice(-7));
    expect(await withContent(store)).to.deep.equal(left.slice(-4));
    await fill(store, [1, 1], 'N');
    expect(brief(await store.runRetention())).to.deep.equal({
      outcome: 'done',
      messagesDeleted: 2,
      contentsDropped: 2,
    });
    expect(await kept(store)).to.deep.equal([...left.slice(-5), 'N0', 'N1']);
    expect(await withContent(store)).to.deep.equal([...left.slice(-2), 'N0', 'N1']);
  });

  it('leaves a number alone that is not reached', async () => {
    const store = await open({ messages: 3, contentMessages: 3 });
    expect(brief(await store.runRetention())).to.include({ messagesDeleted: 0, contentsDropped: 0 });
    await fill(store, [900, 900, 900]);
    expect(brief(await store.runRetention())).to.include({ messagesDeleted: 0, contentsDropped: 0 });
    expect(await withContent(store)).to.have.length(3);
  });

  it('works beside live traffic: no offer fails, all that is new is there, all that is due is gone', async () => {
    const store = await open({ days: 30, contentDays: 10 });
    await fill(store, [...Array(700).fill(50), ...Array(400).fill(20)]);
    const failures: unknown[] = [];
    const stored: string[] = [];
    let going = true;
    const produce = async (name: number): Promise<void> => {
      for (let n = 0; going; n++) {
        const id = `L${name}-${n}`;
        try {
          // Some of it repeats what is being deleted at this moment.
          if (n % 10 === 9) await store.append(row(`D${(n * 7 + name) % 1100}`, { receivedAt: new Date() }));
          const { receipt } = await store.append(row(id, { receivedAt: new Date() }));
          store.recordSentTimes([receipt.id], new Date());
          stored.push(id);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    const producers = Array.from({ length: 16 }, (_, name) => produce(name));
    const result = await store.runRetention();
    going = false;
    await Promise.all(producers);
    expect(failures).to.deep.equal([]);
    expect(result!.outcome, result!.text).to.equal('done');
    expect(result!.messagesDeleted).to.equal(700);
    expect(result!.contentsDropped).to.equal(400);
    const rows = await rowsOf(store, 'Message');
    expect(rows.map((one) => one.control_id)).to.include.members(stored);
    const due = rows.filter((one) => (one.received_at as Date) < daysAgo(30));
    expect(due).to.deep.equal([]);
    expect(rows.filter((one) => (one.raw === null) !== (one.received_at as Date) < daysAgo(10))).to.deep.equal([]);
    const ids = new Set(rows.map((one) => one.id));
    expect((await rowsOf(store, 'Ack')).filter((one) => !ids.has(one.message_id))).to.deep.equal([]);
    expect((await rowsOf(store, 'Identifier')).filter((one) => !ids.has(one.message_id))).to.deep.equal([]);
  });

  it('is done by one of several instances at a time', async () => {
    const policy = { days: 10, batchMessages: 10 };
    const [one, two] = [await open(policy), await open(policy)];
    await fill(one, Array(600).fill(20));
    const results = await Promise.all([one.runRetention(), two.runRetention()]);
    expect(results.map((result) => result!.outcome).sort()).to.deep.equal(['done', 'elsewhere']);
    expect(results.reduce((sum, result) => sum + result!.messagesDeleted, 0)).to.equal(600);
    for (const store of [one, two]) {
      expect(brief(await store.runRetention())).to.include({ outcome: 'done', messagesDeleted: 0 });
    }
  });

  it('takes over from an instance that was killed, once its lease has run out', async () => {
    const store = await open({ days: 10 });
    await fill(store, [20]);
    await store.runRetention();
    await fill(store, [20, 20], 'E');
    await lease('killed', 30_000);
    expect(brief(await store.runRetention())).to.deep.equal({
      outcome: 'elsewhere',
      messagesDeleted: 0,
      contentsDropped: 0,
    });
    await lease('killed', -10);
    expect(brief(await store.runRetention())).to.include({ outcome: 'done', messagesDeleted: 2 });
    const [found] = await database.sql(options, 'SELECT name, holder, held_until FROM hl7_leases');
    expect(found).to.deep.equal({ name: 'retention', holder: null, held_until: null });
  });

  it('touches nothing any more once another instance has taken over', async () => {
    const store = await open({ days: 10, batchMessages: 5 });
    await fill(store, Array(1000).fill(20));
    const run = store.runRetention();
    await until('some are deleted', async () => Number(await database.log(options).count()) < 1000);
    await lease('another', 60_000);
    const result = await run;
    expect(result!.outcome).to.equal('elsewhere');
    const left = await kept(store);
    expect(left.length)
      .to.equal(1000 - result!.messagesDeleted)
      .and.be.greaterThan(0);
    const [found] = await database.sql(options, 'SELECT holder FROM hl7_leases');
    expect(found!.holder).to.equal('another');
  });

  it('ends a run that is under way when the store is closed', async () => {
    const store = await open({ days: 10, batchMessages: 5 });
    await fill(store, Array(1000).fill(20));
    const run = store.runRetention();
    await until('some are deleted', async () => Number(await database.log(options).count()) < 1000);
    await store.close();
    const result = await run;
    expect(result!.outcome).to.equal('stopped');
    expect(await database.log(options).count()).to.equal(1000 - result!.messagesDeleted);
    // The lease was given back: the next instance need not wait for it to run out.
    const next = await open({ days: 10 });
    expect(brief(await next.runRetention())).to.include({ outcome: 'done' });
    expect(await kept(next)).to.deep.equal([]);
  });

  it('follows a policy that was changed', async () => {
    const first = await open({ contentDays: 30 });
    await fill(first, [40, 20, 5, 0]);
    await first.runRetention();
    expect(await withContent(first)).to.deep.equal(['D1', 'D2', 'D3']);
    await first.close();
    const second = await open({ contentDays: 3, days: 10, messages: 1 });
    expect(brief(await second.runRetention())).to.deep.equal({
      outcome: 'done',
      messagesDeleted: 3,
      contentsDropped: 0,
    });
    expect(await withContent(second)).to.deep.equal(['D3']);
  });

  const renamed = (from: string, to: string): string =>
    database.dialect === 'mssql'
      ? `EXEC sp_rename '${from}', '${to}', 'OBJECT'`
      : `ALTER TABLE ${from} RENAME TO ${to}`;

  it('says that it failed and why, and goes on when it can', async () => {
    const store = await open({ days: 10 });
    await fill(store, [20]);
    await database.sql(options, renamed('hl7_leases', 'elsewhere'));
    const failed = await store.runRetention();
    expect(failed).to.include({ outcome: 'failed', messagesDeleted: 0 });
    expect(failed!.error!.code).to.equal('RETENTION_FAILED');
    expect((await store.append(row('beside'))).receipt.duplicate).to.equal(false);
    await database.sql(options, renamed('elsewhere', 'hl7_leases'));
    expect(brief(await store.runRetention())).to.include({ outcome: 'done' });
  });

  describe('with a clock of its own', () => {
    async function runnerAt(policy: RetentionPolicy, now: () => Date) {
      const dialect = dialectFor(options);
      await dialect.open();
      let reads = 0;
      const clock: Clock = { ...systemClock, now };
      const host = {
        open: async () => {
          const maintenance = await dialect.maintain();
          const read = maintenance.read;
          return Object.assign(maintenance, {
            read: (sql: string) => {
              reads++;
              return read(sql);
            },
          });
        },
        busy: () => false,
        failed: (cause: unknown) => {
          throw cause;
        },
        told: () => undefined,
      };
      const runner = new RetentionRunner(policyOf(policy)!, host, clock);
      return { runner, close: () => dialect.close(), reads: () => reads };
    }

    it('deletes nothing young when its clock runs ahead of the database', async () => {
      const store = await open();
      await fill(store, [20, 9]);
      const ahead = new Date(Date.now() + 5000 * DAY_MS);
      const { runner, close } = await runnerAt({ days: 10 }, () => ahead);
      expect(brief(await runner.run())).to.include({ messagesDeleted: 1 });
      await close();
      expect(await kept(store)).to.deep.equal(['D1']);
    });

    it('does not look again at what has no content any more, but for once a day', async () => {
      const store = await open();
      await fill(store, Array(1300).fill(100));
      let time = daysAgo(50);
      const { runner, close, reads } = await runnerAt({ contentDays: 10 }, () => time);
      expect(brief(await runner.run())).to.include({ contentsDropped: 1300 });
      const first = reads();
      await fill(store, [70, 45, 2], 'N');
      expect(brief(await runner.run())).to.include({ contentsDropped: 1 });
      expect(reads() - first).to.equal(1);
      await fill(store, [200], 'late');
      expect(brief(await runner.run())).to.include({ contentsDropped: 0 });
      time = daysAgo(48);
      expect(brief(await runner.run())).to.include({ contentsDropped: 1 });
      await close();
      expect(await withContent(store)).to.deep.equal(['N1', 'N2']);
    });
  });
});
