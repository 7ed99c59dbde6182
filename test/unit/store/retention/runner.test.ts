import { expect } from 'chai';
import { Hl7Error } from '../../../../nodes/lib/errors';
import { policyOf, type RetentionResult } from '../../../../nodes/lib/store';
import type { Maintenance } from '../../../../nodes/lib/store/dialects/contract';
import { retentionSql } from '../../../../nodes/lib/store/dialects/sqlite/retention-sql';
import type { Clock } from '../../../../nodes/lib/store/retention/run';
import { type RetentionHost, RetentionRunner } from '../../../../nodes/lib/store/retention/runner';

/** A clock whose timers go off when a test says so. */
class TestClock implements Clock {
  readonly timers: { minutes: number; call: () => void }[] = [];
  chance = 0.5;
  now = (): Date => new Date('2024-03-01T00:00:00Z');
  elapsed = (): number => 0;
  pause = async (): Promise<void> => undefined;
  random = (): number => this.chance;
  after(milliseconds: number, call: () => void): () => void {
    const timer = { minutes: milliseconds / 60_000, call };
    this.timers.push(timer);
    return () => {
      this.timers.splice(this.timers.indexOf(timer), 1);
    };
  }
}

/** A database in which another instance has the lease. */
const elsewhere: Maintenance = {
  sql: retentionSql,
  table: (name) => name,
  read: async () => [],
  transaction: (steps) => steps(async () => [{ holder: 'another' }]),
  classify: () => 'unavailable',
  abort: () => undefined,
  close: async () => undefined,
};

describe('store: the schedule of the retention', () => {
  let clock: TestClock;
  let told: RetentionResult[];

  function runnerOf(open: RetentionHost['open'], everyMinutes = 60): RetentionRunner {
    clock = new TestClock();
    told = [];
    const host: RetentionHost = {
      open,
      busy: () => false,
      failed: (cause) => new Hl7Error('RETENTION_FAILED', 'It stopped.', { cause }),
      told: (result) => told.push(result),
    };
    return new RetentionRunner(policyOf({ days: 1, everyMinutes })!, host, clock);
  }

  async function goOff(runner: RetentionRunner): Promise<void> {
    clock.timers.shift()!.call();
    await runner.run();
    await new Promise((resolve) => setImmediate(resolve));
  }

  it('begins within ten minutes, or within its interval, and goes on with some minutes more or less', async () => {
    const runner = runnerOf(async () => elsewhere);
    runner.start();
    expect(clock.timers.map(({ minutes }) => minutes)).to.deep.equal([5]);
    clock.chance = 1;
    await goOff(runner);
    expect(clock.timers).to.have.length(1);
    expect(clock.timers[0]!.minutes).to.be.closeTo(66, 1e-6);
    clock.chance = 0;
    await goOff(runner);
    expect(clock.timers.map(({ minutes }) => minutes)).to.deep.equal([60]);
    expect(told.map(({ outcome }) => outcome)).to.deep.equal(['elsewhere', 'elsewhere']);
    const often = runnerOf(async () => elsewhere, 2);
    often.start();
    expect(clock.timers.map(({ minutes }) => minutes)).to.deep.equal([1]);
  });

  it('tells of a run that failed, and runs again', async () => {
    let attempts = 0;
    const runner = runnerOf(async () => {
      attempts++;
      throw new Error('gone');
    });
    runner.start();
    await goOff(runner);
    expect(runner.last).to.deep.equal({
      outcome: 'failed',
      startedAt: '2024-03-01T00:00:00.000Z',
      took: 0,
      contentsDropped: 0,
      messagesDeleted: 0,
      text: '0 messages deleted, content of 0 dropped. It stopped.',
      error: { code: 'RETENTION_FAILED', message: 'It stopped.' },
    });
    expect(told).to.deep.equal([runner.last]);
    await goOff(runner);
    expect(attempts).to.equal(2);
  });

  it('runs once at a time, however often it is asked', async () => {
    let attempts = 0;
    const runner = runnerOf(async () => {
      attempts++;
      return elsewhere;
    });
    const results = await Promise.all([runner.run(), runner.run()]);
    expect(attempts).to.equal(1);
    expect(results[0]).to.equal(results[1]);
    expect(results[0]!.text).to.equal('Another instance does it.');
  });

  it('has no timer once it is stopped, and lets go of its connection', async () => {
    let closed = 0;
    const runner = runnerOf(async () => ({ ...elsewhere, close: async () => void closed++ }));
    runner.start();
    await runner.stop();
    expect(clock.timers).to.deep.equal([]);
    const running = runnerOf(async () => ({ ...elsewhere, close: async () => void closed++ }));
    running.start();
    clock.timers.shift()!.call();
    await running.stop();
    await running.run();
    expect(closed).to.be.greaterThan(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.timers).to.deep.equal([]);
  });
});
