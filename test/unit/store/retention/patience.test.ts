import { expect } from 'chai';
import { databaseKind } from '../../../../nodes/lib/store';
import type { Maintenance } from '../../../../nodes/lib/store/dialects/contract';
import { BatchSizer } from '../../../../nodes/lib/store/retention/batch-sizer';
import { retryOnLock } from '../../../../nodes/lib/store/retention/run';

describe('store: the retention beside others', () => {
  const locked = new Error('locked');
  let failures: Error[];
  let pauses: number;

  /** A database that fails as often as there are failures left. */
  const database: Maintenance = {
    sql: databaseKind('postgres')!.retentionSql,
    table: (name) => name,
    read: async (sql) => {
      const failure = failures.shift();
      if (failure) throw failure;
      return [{ sql }];
    },
    transaction: async (steps) => {
      const result = await steps(database.read);
      return result;
    },
    classify: (error) => (error === locked ? 'busy' : 'unavailable'),
    abort: () => undefined,
    close: async () => undefined,
  };
  const waiting = retryOnLock(database, async () => void pauses++);

  beforeEach(() => {
    failures = [];
    pauses = 0;
  });

  it('does again what met the locks of others', async () => {
    failures = [locked, locked];
    expect(await waiting.read('SELECT 1')).to.deep.equal([{ sql: 'SELECT 1' }]);
    failures = [locked];
    expect(await waiting.transaction((run) => run('SELECT 2'))).to.deep.equal([{ sql: 'SELECT 2' }]);
    expect(pauses).to.equal(3);
  });

  it('does not do again what failed for another reason, and gives up some time', async () => {
    const gone = new Error('gone');
    failures = [gone, locked];
    expect(await waiting.read('SELECT 1').catch((error: unknown) => error)).to.equal(gone);
    failures = Array.from({ length: 100 }, () => locked);
    expect(await waiting.read('SELECT 1').catch((error: unknown) => error)).to.equal(locked);
    expect(pauses).to.be.within(1, 99);
  });

  it('takes more at a time while that is quick, less when it is slow, and pauses longer while messages wait', () => {
    const pace = new BatchSizer(200);
    const due = Array.from({ length: 500 }, () => ({ bytes: 10 }));
    const first = pace.take(due, 0).length;
    expect(pace.took(2, false)).to.be.lessThan(pace.took(2, true));
    expect(pace.take(due, 0).length).to.be.greaterThan(first);
    for (let n = 0; n < 10; n++) pace.took(1, false);
    expect(pace.take(due, 0)).to.have.length(200);
    expect(pace.take(due, 450)).to.have.length(50);
    for (let n = 0; n < 10; n++) pace.took(500, false);
    expect(pace.take(due, 0)).to.have.length(25);
    expect(pace.took(60_000, true)).to.equal(1000);
  });

  it('takes no more bytes at a time than a few messages of the largest kind, and one of any size', () => {
    const pace = new BatchSizer(200);
    const due = [{ bytes: 5e6 }, { bytes: 5e6 }, { bytes: 9e9 }, { bytes: 0 }];
    expect(pace.take(due, 0)).to.have.length(1);
    expect(pace.take(due, 2)).to.deep.equal([due[2]]);
    expect(pace.take(due, 3)).to.deep.equal([due[3]]);
  });
});
