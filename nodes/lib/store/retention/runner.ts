import { randomUUID } from 'node:crypto';
import type { Hl7Error } from '../../errors';
import type { Dialect, Maintenance } from '../dialects';
import type { GroupCommitter } from '../ingest';
import { retentionFailed } from '../store-errors';
import { LeaseLost } from './lease';
import type { Policy } from './policy';
import { type Clock, type Cursor, type RunCounts, run, Stopped, systemClock } from './run';

/** What became of a run. */
export interface RetentionResult extends RunCounts {
  /**
   * `done`: all that was due. `elsewhere`: another instance on the same database was at it. `stopped`: the store was
   * closed. `failed`: see `error`; what was due is left to the next run.
   */
  outcome: 'done' | 'elsewhere' | 'stopped' | 'failed';
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Milliseconds it took. */
  took: number;
  /** One line for people. */
  text: string;
  error?: { code: string; message: string };
}

/** The store, as the runner sees it. */
export interface RetentionHost {
  open(): Promise<Maintenance>;
  /** True while messages wait to be written. */
  busy(): boolean;
  failed(cause: unknown): Hl7Error;
  /** Told after each run. Must not throw. */
  told(result: RetentionResult): void;
}

const MINUTE_MS = 60_000;
/** The first run comes at a random moment within so many minutes, or within the interval where that is shorter. */
const FIRST_MINUTES = 10;
/** Part of the interval by which each pause may be longer, so that instances started together do not stay together. */
const JITTER = 0.1;
/** Milliseconds a run has to end by itself when the store closes; then its connection is cut. */
const STOP_MS = 1000;

/** Runs the retention on its schedule; one run at a time. */
export class RetentionRunner {
  #last: RetentionResult | undefined;
  #running: Promise<RetentionResult> | undefined;
  #maintenance: Maintenance | undefined;
  #cancel: () => void = () => undefined;
  #stopped = false;
  readonly #memory: Cursor = {};
  /** Fits the column. */
  readonly #holder = randomUUID();

  constructor(
    readonly policy: Policy,
    readonly host: RetentionHost,
    readonly clock: Clock = systemClock,
  ) {}

  /** Of the last run that ended. */
  get last(): RetentionResult | undefined {
    return this.#last;
  }

  start(): void {
    const { everyMinutes } = this.policy;
    this.#schedule(this.clock.random() * Math.min(everyMinutes, FIRST_MINUTES));
  }

  /** A run now, or the one that is under way. Never rejects. */
  run(): Promise<RetentionResult> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Ends the schedule, and a run after its transaction. Never throws. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    if (this.#running === undefined) return;
    const cancel = this.clock.after(STOP_MS, () => this.#maintenance?.abort());
    // A connection that is being made cannot be cut: it is released when it is open.
    await Promise.race([this.#running, this.clock.pause(2 * STOP_MS)]);
    cancel();
  }

  #schedule(minutes: number): void {
    if (this.#stopped) return;
    this.#cancel = this.clock.after(minutes * MINUTE_MS, () => {
      void this.run().then(() => this.#schedule(this.policy.everyMinutes * (1 + JITTER * this.clock.random())));
    });
  }

  async #run(): Promise<RetentionResult> {
    const { clock, host, policy } = this;
    const startedAt = clock.now().toISOString();
    const start = clock.elapsed();
    const tally: RunCounts = { contentsDropped: 0, messagesDeleted: 0 };
    let outcome: RetentionResult['outcome'];
    let error: Hl7Error | undefined;
    try {
      const maintenance = await host.open();
      this.#maintenance = maintenance;
      try {
        const options = {
          policy,
          maintenance,
          clock,
          holder: this.#holder,
          memory: this.#memory,
          busy: () => host.busy(),
          stopped: () => this.#stopped,
        };
        outcome = (await run(options, tally)) ? 'done' : 'elsewhere';
      } finally {
        this.#maintenance = undefined;
        await maintenance.close();
      }
    } catch (cause) {
      if (cause instanceof LeaseLost) outcome = 'elsewhere';
      else if (cause instanceof Stopped || this.#stopped) outcome = 'stopped';
      else {
        outcome = 'failed';
        error = host.failed(cause);
      }
    }
    const took = Math.round(clock.elapsed() - start);
    const result: RetentionResult = { outcome, startedAt, took, ...tally, text: textOf(outcome, tally, took, error) };
    if (error !== undefined) result.error = { code: error.code, message: error.message };
    this.#last = result;
    host.told(result);
    return result;
  }
}

function textOf(
  outcome: RetentionResult['outcome'],
  tally: RunCounts,
  took: number,
  error: Hl7Error | undefined,
): string {
  const count = (n: number, one: string): string => `${n.toLocaleString('en-US')} ${one}${n === 1 ? '' : 's'}`;
  const { messagesDeleted, contentsDropped } = tally;
  const work = `${count(messagesDeleted, 'message')} deleted, content of ${contentsDropped.toLocaleString('en-US')} dropped`;
  switch (outcome) {
    case 'done':
      return `${work} in ${count(Math.round(took / 1000), 'second')}.`;
    case 'elsewhere':
      return messagesDeleted + contentsDropped === 0
        ? 'Another instance does it.'
        : `${work}; another instance goes on.`;
    case 'stopped':
      return `${work}; stopped.`;
    case 'failed':
      return `${work}. ${error?.message ?? ''}`;
  }
}

/** A store as the retention's runner sees it. `told` may throw. @param busy true while messages wait to be written */
export function retentionHost(
  dialect: Dialect,
  collector: GroupCommitter,
  told: (result: RetentionResult) => void,
  busy = () => collector.queue.rows > 0,
): RetentionHost {
  return {
    open: async () => {
      const maintenance = await dialect.maintain();
      return dialect.oneWriter ? inWriterConnection(maintenance, collector) : maintenance;
    },
    busy,
    failed: (cause) => retentionFailed(dialect.location, cause),
    told: (result) => {
      try {
        told(result);
      } catch {
        // A listener that throws must not end the schedule.
      }
    },
  };
}

/** Its transactions stand between two batches. */
function inWriterConnection(maintenance: Maintenance, collector: GroupCommitter): Maintenance {
  return {
    sql: maintenance.sql,
    table: (name) => maintenance.table(name),
    read: (sql) => maintenance.read(sql),
    transaction: (steps) => collector.between(() => maintenance.transaction(steps)),
    classify: (error) => maintenance.classify(error),
    abort: () => maintenance.abort(),
    close: () => maintenance.close(),
  };
}
