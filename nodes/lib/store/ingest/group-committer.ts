import { randomUUID } from 'node:crypto';
import { Hl7Error } from '../../errors';
import { TRACE } from '../../util';
import { type CustomTable, CustomTableBusy, isCustomTableError, NOTES_TOKEN, nameOf } from '../custom-table';
import { OpenError, type UnavailableReason } from '../open-error';
import { closed, full, refused, unavailable, whyUnavailable } from '../store-errors';
import type { StateChange, StoreLimits } from '../types';
import { type Attempt, append, appendBatch, type Outcome, type Work } from './append';
import { type Entry, Queue } from './queue';
import { SentTimes } from './sent-times';
import { Reconnector, type WriterConnection } from './writer-connection';

/** Up to so many rows go out as one batch: a sync of the disk costs more than what halves could do side by side. */
const WHOLE_BATCH_ROWS = 16;
/** Milliseconds that a batch waits for a lock on its custom table, at most. */
const LOCK_MS = 3000;
/** Milliseconds that a part of a batch waits for a lock after the whole has waited in vain: it shows which rows are locked. */
const PART_LOCK_MS = 500;
/** Steps of a time for a lock, milliseconds, so that statements that name it do not all differ. */
const LOCK_STEP_MS = 500;

/** Counters since the start. */
export interface Counters {
  stored: number;
  duplicates: number;
  refused: number;
  failed: number;
  commits: number;
}

/** The custom table that a work writes to. */
function tableOf(work: Work): CustomTable | undefined {
  return work.kind === 'own' ? work.own.table : work.kind === 'message' ? work.record.own?.table : undefined;
}

function isOf({ work }: Entry, name: string): boolean {
  const table = tableOf(work);
  return table !== undefined && nameOf(table) === name;
}

/** The custom tables that works write to. */
function tablesOf(works: readonly Work[]): Set<CustomTable> {
  const tables = new Set<CustomTable>();
  for (const work of works) {
    const table = tableOf(work);
    if (table !== undefined) tables.add(table);
  }
  return tables;
}

/**
 * Group commit without a timer.
 *
 * The idea: what is pending when the previous batch is on disk goes out as the next one, so that one sync of the disk serves
 * all messages that wait. One batch is under way at a time. A batch that fails because of a row is halved until that row is
 * alone; its neighbours are stored. A batch that fails because of the database rejects all its messages, and `Reconnector`
 * starts when the connection is lost. Between two batches the writer does other jobs: sent times, retention, late deviations.
 *
 * A custom table may be locked, or slow. A message waits for its table no longer than `customTableMs` after it was offered:
 * a batch that finds the table busy is divided, so that one locked row does not fail the others, for as long as that
 * time lasts; then what is left of it fails with `STORE_OWN_TABLE_BUSY`. So do messages that have waited as long in the
 * queue, until a batch finds the table free again.
 */
export class GroupCommitter {
  readonly queue: Queue;
  readonly marks: SentTimes;
  readonly counters: Counters = { stored: 0, duplicates: 0, refused: 0, failed: 0, commits: 0 };
  #available = true;
  /** Why it is not, as it was told. */
  #why: UnavailableReason | undefined;
  #running: Promise<void> | undefined;
  #closing = false;
  #closed = false;
  /** Makes the tokens of this collector's batches unlike any other's. */
  readonly #writer = NOTES_TOKEN + randomUUID().slice(0, 23);
  #batches = 0;
  /** Custom tables that were seen to be there. */
  readonly #prepared = new WeakSet<CustomTable>();
  /** Custom tables that the last batch found busy, by name. */
  readonly #busy = new Map<string, CustomTableBusy>();
  /** Rows of a batch for custom tables; fewer after statements that took too long. */
  #ownRows: number;
  readonly #jobs: (() => Promise<void>)[] = [];
  readonly #revival = new Reconnector(() => this.#revive());
  /** Rows of the batch before: their senders may have sent again by now. */
  #lastRows = 0;

  constructor(
    readonly lane: WriterConnection,
    readonly limits: Required<StoreLimits>,
    readonly onState: (change: StateChange) => void,
    readonly onWarning: (text: string) => void = () => undefined,
  ) {
    this.queue = new Queue(limits.queueRows, limits.queueBytes);
    this.#ownRows = limits.batchRows;
    this.marks = new SentTimes(() => this.#start());
  }

  /** False from the batch that could not be written to the next one that could. */
  get available(): boolean {
    return this.#available;
  }

  /** True when a message of so many bytes would be taken. Throws `STORE_CLOSED` or `STORE_QUEUE_FULL` when not. */
  admit(bytes: number): void {
    if (this.#closing) throw closed(this.lane.dialect.location);
    if (this.queue.hasRoom(bytes)) return;
    this.counters.failed += 1;
    throw full(this.lane.dialect.location, this.queue.rows);
  }

  /** Resolves after the commit. The caller has asked `admit`. */
  add<T extends Exclude<Outcome, Error>>(work: Work): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.queue.push({ work, at: performance.now(), resolve: resolve as Entry['resolve'], reject });
      this.#start();
    });
  }

  /**
   * Does another job on the writer connection, between two batches. It must leave nothing behind when it fails, and may be
   * done again then. Rejects with `STORE_CLOSED`, or what the job threw.
   */
  between<T>(job: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closed(this.lane.dialect.location));
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push(() => this.lane.run(job).then(resolve, reject));
      this.#start();
    });
  }

  /**
   * Writes what is queued, for as long as the limits allow; what is left then is rejected.
   * @param jobs resolves when there are no more jobs for the writer connection
   */
  async close(jobs?: Promise<unknown>): Promise<void> {
    this.#closing = true;
    this.#revival.stop();
    this.marks.hurry();
    const deadline = setTimeout(() => {
      this.lane.giveUp();
      this.lane.dialect.abort();
      this.#rejectAll(closed(this.lane.dialect.location));
    }, this.limits.closeMs);
    await jobs;
    await this.#running;
    this.#closed = true;
    clearTimeout(deadline);
    this.marks.stop();
    // A connection that is made from now on would not be closed.
    this.lane.giveUp();
  }

  #start(): void {
    if (!this.#closed) this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // What else arrives in this turn of the event loop belongs to the same burst.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.rows > 0 || this.marks.due || this.#jobs.length > 0) {
      await this.#jobs.shift()?.();
      if (this.marks.due) await this.#writeMarks();
      const batch = this.queue.take(this.#batchRows(), this.limits.batchBytes);
      this.#lastRows = batch.length;
      const rest = this.#busy.size === 0 ? batch : this.#inTime(batch);
      if (rest.length > 0) await this.#write(rest);
    }
    this.#running = undefined;
  }

  /**
   * Half of those who are known to send, so that one half's messages are received, parsed and answered while the other
   * half's are written; few senders share one batch.
   */
  #batchRows(): number {
    const half = Math.ceil((this.queue.rows + this.#lastRows) / 2);
    return Math.min(this.limits.batchRows, this.#ownRows, Math.max(half, WHOLE_BATCH_ROWS));
  }

  /** @param part true for a part of a batch that found a custom table busy */
  async #write(batch: Entry[], stepByStep = false, part = false): Promise<void> {
    const works = batch.map((entry) => entry.work);
    const whole =
      !stepByStep &&
      batch.length <= this.lane.dialect.batchAtOnce &&
      works.every((work) => work.kind === 'message' && work.record.own === undefined && work.record.pass === undefined);
    const token = `${this.#writer}-${(++this.#batches).toString(36)}`;
    const own = this.#ownTime(batch, part);
    let outcomes: (Outcome | undefined)[];
    try {
      if (!whole) for (const table of tablesOf(works)) await this.#prepare(table);
      outcomes = await this.lane.run((dialect, repeated) =>
        whole
          ? appendBatch(dialect, works, new Date(), token)
          : append(dialect, works, new Date(), { token, repeated, own }),
      );
    } catch (error) {
      await this.#fail(batch, error, stepByStep);
      return;
    }
    this.counters.commits += 1;
    if (TRACE['batch committed'].on) {
      const ids = outcomes.flatMap((one) => (one !== undefined && 'receipt' in one ? (one.receipt.id ?? []) : []));
      const messages = works.filter(({ kind }) => kind === 'message').length;
      TRACE['batch committed'].report({ location: this.lane.dialect.location, batch: token, messages, ids });
    }
    this.#isThere();
    if (!whole) this.#tablesAreFree(works);
    const rest: Entry[] = [];
    for (const [at, entry] of batch.entries()) {
      const outcome = outcomes[at];
      if (outcome === undefined) rest.push(entry);
      else this.#settle(entry, outcome);
    }
    if (rest.length > 0) await this.#write(rest, true);
  }

  /** The batch is not there. Halves it until the row is alone that the database refuses for what it holds. */
  async #fail(batch: Entry[], error: unknown, stepByStep: boolean): Promise<void> {
    const { dialect } = this.lane;
    if (error instanceof CustomTableBusy) return this.#failBusy(batch, error, stepByStep);
    const classify = dialect.classify(error);
    const ofTable = isCustomTableError(error);
    const ofRow = classify === 'data' || classify === 'statement' || ofTable;
    if (ofRow && batch.length > 1) {
      const half = batch.length >> 1;
      await this.#write(batch.slice(0, half), stepByStep);
      await this.#write(batch.slice(half), stepByStep);
      return;
    }
    if (ofTable) {
      // It is looked at again before the next message.
      for (const table of tablesOf(batch.map((entry) => entry.work))) this.#prepared.delete(table);
      this.counters.failed += 1;
      batch[0]!.reject(error);
      return;
    }
    if (classify === 'data') {
      this.counters.refused += 1;
      const tables = [...tablesOf([batch[0]!.work])].map(nameOf);
      batch[0]!.reject(refused(dialect.location, error, tables, dialect.refusal(error)));
      return;
    }
    const failure = unavailable(dialect, error);
    this.#isAway(failure, whyUnavailable(dialect, error));
    if (this.lane.lost && !this.#closing) this.#revival.start();
    this.counters.failed += batch.length;
    for (const entry of batch) entry.reject(failure);
  }

  /** A custom table was not available in time. The rest of the batch goes on; what writes to the table is divided, while its time lasts. */
  async #failBusy(batch: Entry[], error: CustomTableBusy, stepByStep: boolean): Promise<void> {
    const name = nameOf(error.table);
    this.#busy.set(name, error);
    if (error.waited === 'time') this.#ownRows = Math.max(1, Math.min(this.#ownRows, batch.length) >> 2);
    const held: Entry[] = [];
    const others: Entry[] = [];
    for (const entry of batch) (isOf(entry, name) ? held : others).push(entry);
    if (others.length > 0) await this.#write(others, stepByStep);
    if (error.whole || batch.length === 1) {
      this.counters.failed += held.length;
      for (const entry of held) entry.reject(error);
      return;
    }
    const half = Math.max(1, held.length >> 1);
    for (const part of [held.slice(0, half), held.slice(half)]) {
      const rest = this.#inTime(part);
      if (rest.length > 0) await this.#write(rest, stepByStep, true);
    }
  }

  /** Fails what has waited too long for a busy table. @returns the others */
  #inTime(batch: Entry[]): Entry[] {
    const since = performance.now() - this.limits.customTableMs;
    return batch.filter((entry) => {
      if (entry.at > since) return true;
      const table = tableOf(entry.work);
      const error = table && this.#busy.get(nameOf(table));
      if (error === undefined) return true;
      this.counters.failed += 1;
      entry.reject(error);
      return false;
    });
  }

  /** How long a batch waits for its custom tables: what is left of the time of its oldest message, but not next to nothing. */
  #ownTime(batch: readonly Entry[], part: boolean): Attempt['own'] {
    const { customTableMs } = this.limits;
    const now = performance.now();
    const oldest = batch.reduce((least, { at }) => Math.min(least, at), now);
    const rest = Math.max(oldest + customTableMs - now, customTableMs / 4);
    const whole = Math.min(LOCK_MS, Math.max(1, Math.floor(rest / 2 / LOCK_STEP_MS)) * LOCK_STEP_MS);
    return { lockMs: part ? PART_LOCK_MS : whole, until: now + rest };
  }

  #tablesAreFree(works: readonly Work[]): void {
    const tables = tablesOf(works);
    if (tables.size === 0) return;
    for (const table of tables) this.#busy.delete(nameOf(table));
    this.#ownRows = Math.min(this.#ownRows * 2, this.limits.batchRows);
  }

  async #prepare(table: CustomTable): Promise<void> {
    if (this.#prepared.has(table)) return;
    const lockMs = Math.min(LOCK_MS, this.limits.customTableMs / 2);
    const weak = await this.lane.run((dialect) => dialect.prepareCustomTable(table, lockMs));
    this.#prepared.add(table);
    if (weak !== undefined) this.#say(() => this.onWarning(weak));
  }

  #settle(entry: Entry, outcome: Outcome): void {
    if (outcome instanceof Hl7Error) {
      this.counters.refused += 1;
      entry.reject(outcome);
      return;
    }
    if ('receipt' in outcome) this.counters[outcome.receipt.duplicate ? 'duplicates' : 'stored'] += 1;
    entry.resolve(outcome);
  }

  async #writeMarks(): Promise<void> {
    const marks = this.marks.take();
    try {
      await this.lane.run((dialect) => dialect.recordSentTimes(marks));
    } catch {
      // They are tried again with the next ones; the statistics tell how many wait.
      this.marks.putBack(marks);
    }
  }

  #rejectAll(error: Hl7Error): void {
    for (;;) {
      const rest = this.queue.take(this.queue.maxRows, Number.POSITIVE_INFINITY);
      if (rest.length === 0) return;
      this.counters.failed += rest.length;
      for (const entry of rest) entry.reject(error);
    }
  }

  #isThere(): void {
    this.#revival.stop();
    this.#change({ available: true, text: `Messages go to ${this.lane.dialect.location}.` });
  }

  /** Opens a lost database again. Of one that is open but takes nothing, only the next batch can tell. */
  async #revive(): Promise<boolean> {
    if (!this.lane.lost || this.#closing) return true;
    try {
      await this.between(async () => undefined);
    } catch (error) {
      // It may be another reason by now: the server is there again, and has another password.
      if (error instanceof OpenError && !this.#closing) this.#isAway(unavailable(this.lane.dialect, error), error.why);
      return false;
    }
    this.#isThere();
    return true;
  }

  #isAway({ message: text, code }: Hl7Error, why: UnavailableReason): void {
    this.#change({ available: false, text, code, why });
  }

  #change(change: StateChange): void {
    if (change.available === this.#available && change.why === this.#why) return;
    this.#available = change.available;
    this.#why = change.why;
    this.#say(() => this.onState(change));
  }

  #say(something: () => void): void {
    try {
      something();
    } catch {
      // A listener that throws must not keep the batch's senders from their answers.
    }
  }
}
