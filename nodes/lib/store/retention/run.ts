import { setTimeout as wait } from 'node:timers/promises';
import { ACKS, CUSTOM_ROWS, IDENTIFIERS, MESSAGES } from '../columns';
import type { Maintenance } from '../dialects';
import { BatchSizer } from './batch-sizer';
import { type Due, dueMessages, type Limit, oldestOfNewest, type Place } from './due-messages';
import { Lease } from './lease';
import type { Policy } from './policy';

const ATTEMPTS = 20;
const RETRY_MS = 100;

/**
 * The same way to the database, which does again what met the locks of others.
 * @param pause waits so many milliseconds; what it throws ends the matter
 */
export function retryOnLock(maintenance: Maintenance, pause: (milliseconds: number) => Promise<void>): Maintenance {
  async function again<T>(attempt: () => Promise<T>): Promise<T> {
    for (let n = 1; ; n++) {
      try {
        return await attempt();
      } catch (error) {
        if (n === ATTEMPTS || maintenance.classify(error) !== 'busy') throw error;
        await pause(RETRY_MS);
      }
    }
  }
  return {
    sql: maintenance.sql,
    table: (name) => maintenance.table(name),
    read: (sql) => again(() => maintenance.read(sql)),
    transaction: (steps) => again(() => maintenance.transaction(steps)),
    classify: (error) => maintenance.classify(error),
    abort: () => maintenance.abort(),
    close: () => maintenance.close(),
  };
}

/** Time and chance, so that tests need not wait for them. */
export interface Clock {
  now(): Date;
  /** Milliseconds since some moment, whatever is done to the clock on the wall. */
  elapsed(): number;
  pause(milliseconds: number): Promise<void>;
  /** Calls back once, unless what it returns is called before. */
  after(milliseconds: number, call: () => void): () => void;
  /** From 0 to 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  elapsed: () => performance.now(),
  pause: (milliseconds) => wait(milliseconds, undefined, { ref: false }),
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds).unref();
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** What a run has done so far; filled in while it goes on. */
export interface RunCounts {
  contentsDropped: number;
  messagesDeleted: number;
}

/**
 * Where the sweeps for content have come to, so that not every run looks at all rows that have none any more. What is
 * stored late, with an old time, is found by the look at everything once a day.
 */
export interface Cursor {
  fromStart?: Date;
  age?: Place;
  count?: Place;
}

interface RunOptions {
  policy: Policy;
  maintenance: Maintenance;
  clock: Clock;
  /** Unlike any other instance's. */
  holder: string;
  memory: Cursor;
  /** True while messages wait to be written. */
  busy(): boolean;
  stopped(): boolean;
}

/** Ended before it was through: the store is being closed. */
export class Stopped extends Error {}

/**
 * Deletes and drops what is due by the policy, in small transactions.
 * @returns false when another instance is at it. Throws the driver's error, `LeaseLost` or `Stopped`
 */
export async function run(options: RunOptions, tally: RunCounts): Promise<boolean> {
  const pause = async (milliseconds: number): Promise<void> => {
    if (options.stopped()) throw new Stopped();
    await options.clock.pause(milliseconds);
    if (options.stopped()) throw new Stopped();
  };
  const maintenance = retryOnLock(options.maintenance, pause);
  const lease = new Lease(maintenance, options.holder);
  const time = await lease.take();
  if (time === undefined) return false;
  try {
    await new Run({ ...options, maintenance }, lease, tally, pause).all(time);
  } finally {
    await new Lease(options.maintenance, options.holder).release();
  }
  return true;
}

class Run {
  readonly #pace: BatchSizer;

  constructor(
    readonly options: RunOptions,
    readonly lease: Lease,
    readonly tally: RunCounts,
    readonly pause: (milliseconds: number) => Promise<void>,
  ) {
    this.#pace = new BatchSizer(options.policy.batchMessages);
  }

  async all(databaseTime: Date): Promise<void> {
    const { policy, clock, memory } = this.options;
    // A clock that runs ahead, here or there, must not delete what is young.
    const now = new Date(Math.min(databaseTime.getTime(), clock.now().getTime()));
    const before = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
    if (policy.days > 0) await this.#delete({ before: before(policy.days) });
    if (policy.messages > 0) {
      const below = await oldestOfNewest(this.options.maintenance, policy.messages);
      if (below !== undefined) await this.#delete({ below });
    }
    if (memory.fromStart === undefined || now.getTime() - memory.fromStart.getTime() >= DAY_MS) {
      Object.assign(memory, { fromStart: now, age: undefined, count: undefined });
    }
    if (policy.contentDays > 0) {
      memory.age = await this.#dropContent({ before: before(policy.contentDays) }, memory.age);
    }
    if (policy.contentMessages > 0) {
      const below = await oldestOfNewest(this.options.maintenance, policy.contentMessages);
      if (below !== undefined) memory.count = await this.#dropContent({ below }, memory.count);
    }
  }

  async #delete(limit: Limit): Promise<void> {
    const { table } = this.options.maintenance;
    const found = dueMessages(this.options.maintenance, limit, false);
    for (let due = await found.next(); due !== undefined; due = await found.next()) {
      await this.#inBatches(
        due,
        (ids) => [
          `DELETE FROM ${table(ACKS)} WHERE message_id IN (${ids})`,
          `DELETE FROM ${table(IDENTIFIERS)} WHERE message_id IN (${ids})`,
          `DELETE FROM ${table(CUSTOM_ROWS)} WHERE message_id IN (${ids})`,
          `DELETE FROM ${table(MESSAGES)} WHERE id IN (${ids})`,
        ],
        (count) => {
          this.tally.messagesDeleted += count;
        },
      );
    }
  }

  /** @returns where it has come to */
  async #dropContent(limit: Limit, after: Place | undefined): Promise<Place | undefined> {
    const { table, sql } = this.options.maintenance;
    const found = dueMessages(this.options.maintenance, limit, true, after);
    for (let due = await found.next(); due !== undefined; due = await found.next()) {
      await this.#inBatches(
        due,
        (ids) => [
          `UPDATE ${table(MESSAGES)} SET ${sql.column('raw')} = NULL, text = NULL, content_dropped_at = ${sql.now} WHERE id IN (${ids})`,
        ],
        (count) => {
          this.tally.contentsDropped += count;
        },
      );
    }
    return found.place;
  }

  async #inBatches(
    due: readonly Due[],
    statements: (ids: string) => string[],
    done: (count: number) => void,
  ): Promise<void> {
    this.#goOn();
    for (let at = 0; at < due.length; ) {
      const some = this.#pace.take(due, at);
      const ids = some.map(({ id }) => id).sort((a, b) => a - b);
      const milliseconds = await this.#commit(statements(ids.join(', ')));
      at += some.length;
      done(some.length);
      await this.pause(this.#pace.took(milliseconds, this.options.busy()));
    }
  }

  /** @returns the milliseconds that the transaction itself took */
  async #commit(statements: readonly string[]): Promise<number> {
    const { maintenance, clock } = this.options;
    let start: number | undefined;
    await maintenance.transaction(async (run) => {
      // It met the locks of others: less of it meets fewer.
      if (start !== undefined) this.#pace.shrink();
      start = clock.elapsed();
      await this.lease.prolong(run);
      for (const statement of statements) await run(statement);
    });
    return clock.elapsed() - (start ?? 0);
  }

  #goOn(): void {
    if (this.options.stopped()) throw new Stopped();
  }
}
