import { setTimeout as pause } from 'node:timers/promises';
import { CustomTableBusy, isCustomTableError } from '../custom-table';
import type { Dialect } from '../dialects';
import { closed } from '../store-errors';

const FIRST_PAUSE_MS = 5;
const LAST_PAUSE_MS = 250;

/**
 * The connection that writes. Does one job at a time, which the group committer ensures.
 *
 * The idea: a job leaves nothing behind when it fails, so it can be done again. What an error means decides:
 *
 * | error | what happens |
 * |---|---|
 * | the database is busy | the job is tried again after a pause, for `busyMs` in all |
 * | the connection is lost | the database is opened again and the job done once more, with `repeated`: it may have been committed |
 * | opening fails | the error is thrown; the next open is tried after `reopenMs` at the earliest, by a job or by `Reconnector` |
 * | anything else | the error is thrown |
 */
export class WriterConnection {
  busyRetries = 0;
  #gaveUp = false;
  #lost = false;
  /** The last failure to open again, and when it happened. */
  #refusedAt = Number.NEGATIVE_INFINITY;
  #refusal: unknown;

  /**
   * Times in milliseconds: how long a job may find the database busy, and how often an open is tried again.
   * @param open false when the database is to be opened with the first job
   */
  constructor(
    readonly dialect: Dialect,
    readonly busyMs: number,
    readonly reopenMs: number,
    open = true,
  ) {
    this.#lost = !open;
  }

  /** True from the loss of the connection until there is another one. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Ends all waiting: a job that finds the database busy fails, and a lost connection is not made anew. */
  giveUp(): void {
    this.#gaveUp = true;
  }

  /**
   * Does a job that leaves nothing behind when it fails, but for one that failed for want of a connection: that is
   * repeated once, on a new connection, with `repeated`, since its outcome is unknown. Throws what the last attempt threw.
   */
  async run<T>(job: (dialect: Dialect, repeated: boolean) => Promise<T>): Promise<T> {
    const start = performance.now();
    let wait = FIRST_PAUSE_MS;
    let reopened = false;
    let begun = false;
    for (;;) {
      try {
        if (this.#lost) {
          reopened = true;
          await this.#reopen();
        }
        const repeated = begun;
        begun = true;
        return await job(this.dialect, repeated);
      } catch (error) {
        if (error instanceof CustomTableBusy) {
          // It has waited long enough. A statement that did not end has cost the connection.
          if (this.dialect.needsReopen(error)) this.#lost = true;
          throw error;
        }
        // A wrong custom table is wrong on another connection, too.
        if (!isCustomTableError(error) && this.dialect.needsReopen(error)) this.#lost = true;
        if (this.#lost && !reopened && !this.#gaveUp) continue;
        if (this.dialect.classify(error) !== 'busy' || performance.now() - start > this.busyMs) throw error;
        if (this.#gaveUp) throw closed(this.dialect.location);
        this.busyRetries += 1;
        await pause(wait);
        wait = Math.min(wait * 2, LAST_PAUSE_MS);
      }
    }
  }

  async #reopen(): Promise<void> {
    if (this.#gaveUp) throw closed(this.dialect.location);
    if (performance.now() - this.#refusedAt < this.reopenMs) throw this.#refusal;
    await this.dialect.close();
    try {
      await this.dialect.open();
      this.#lost = false;
    } catch (error) {
      this.#refusedAt = performance.now();
      this.#refusal = error;
      throw error;
    }
  }
}

const FIRST_MS = 1000;
const LAST_MS = 30_000;

/** Reconnects to a lost database with back-off, so that it is available again without waiting for a message. */
export class Reconnector {
  #timer: NodeJS.Timeout | undefined;
  #stopped = true;

  /** @param attempt resolves with true when nothing is left to try. Must not reject */
  constructor(readonly attempt: () => Promise<boolean>) {}

  /** Begins, unless it has begun already. */
  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#schedule(FIRST_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(milliseconds: number): void {
    this.#timer = setTimeout(async () => {
      if (await this.attempt()) this.stop();
      else if (!this.#stopped) this.#schedule(Math.min(milliseconds * 2, LAST_MS));
    }, milliseconds).unref();
  }
}
