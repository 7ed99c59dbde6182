import { type CustomRows, nameOf } from '../custom-table';
import type { Dialect } from '../dialects';
import type { StateChange, StoreLimits } from '../types';
import { type Counters, GroupCommitter } from './group-committer';
import { WriterConnection } from './writer-connection';

/**
 * Those who write to one database: one writes the log, and on a server each custom table has a writer with a connection
 * of its own, which writes the log's rows of its messages in the same transaction. So a custom table that is locked or
 * slow holds up its own messages alone. What goes to one table goes the same way, and keeps its order; two tables that
 * are beyond the limit share a writer. SQLite has one writer for the whole file, whatever is written.
 */
export class Writers {
  readonly log: GroupCommitter;
  readonly #others: { dialect: Dialect; collector: GroupCommitter; tables: Set<string> }[] = [];
  readonly #byTable = new Map<string, GroupCommitter>();
  /** Messages on their way to a custom table, by key: others of the same content go the same way, and not into its locks. */
  readonly #underWay = new Map<string, { collector: GroupCommitter; count: number }>();
  readonly #states = new Map<GroupCommitter, StateChange>();
  #told: StateChange = { available: true, text: '' };
  #closing = false;

  /**
   * @param dialect open
   * @param another a further dialect of the same database, not open
   */
  constructor(
    readonly dialect: Dialect,
    readonly limits: Required<StoreLimits>,
    readonly another: () => Dialect,
    readonly onState: (change: StateChange) => void,
    readonly onWarning: (text: string) => void,
  ) {
    this.log = this.#collector(new WriterConnection(dialect, limits.busyMs, limits.reopenMs));
  }

  /** The writer of a message that has rows for a custom table, or none. */
  for(own: CustomRows | undefined, key?: string): GroupCommitter {
    const sameWay = key === undefined ? undefined : this.#underWay.get(key)?.collector;
    if (sameWay !== undefined && own === undefined) return sameWay;
    if (own === undefined || this.dialect.oneWriter || this.#closing) return this.log;
    const name = nameOf(own.table);
    const known = this.#byTable.get(name);
    if (known !== undefined) return known;
    const collector = this.#ofTable(name);
    this.#byTable.set(name, collector);
    return collector;
  }

  /** Has messages of the same key go the same way as one to a custom table, until that is written. */
  async keep<T>(collector: GroupCommitter, key: string, written: Promise<T>): Promise<T> {
    const known = this.#underWay.get(key);
    const one = known?.collector === collector ? known : { collector, count: 0 };
    one.count += 1;
    this.#underWay.set(key, one);
    try {
      return await written;
    } finally {
      one.count -= 1;
      if (one.count === 0 && this.#underWay.get(key) === one) this.#underWay.delete(key);
    }
  }

  get available(): boolean {
    return this.#all.every((collector) => collector.available);
  }

  get counters(): Counters {
    const sum = { stored: 0, duplicates: 0, refused: 0, failed: 0, commits: 0 };
    for (const { counters } of this.#all) {
      for (const name of Object.keys(sum) as (keyof Counters)[]) sum[name] += counters[name];
    }
    return sum;
  }

  get busyRetries(): number {
    return this.#all.reduce((sum, { lane }) => sum + lane.busyRetries, 0);
  }

  get queuedRows(): number {
    return this.#all.reduce((sum, { queue }) => sum + queue.rows, 0);
  }

  get queuedBytes(): number {
    return this.#all.reduce((sum, { queue }) => sum + queue.bytes, 0);
  }

  /** Writes what is queued, and closes every connection. @param jobs as of `GroupCommitter.close` */
  async close(jobs?: Promise<unknown>): Promise<void> {
    this.#closing = true;
    await Promise.all([
      this.log.close(jobs).then(() => this.dialect.close()),
      ...this.#others.map(({ collector, dialect }) => collector.close().then(() => dialect.close())),
    ]);
  }

  get #all(): GroupCommitter[] {
    return [this.log, ...this.#others.map(({ collector }) => collector)];
  }

  #ofTable(name: string): GroupCommitter {
    const { limits } = this;
    if (this.#others.length >= limits.customTableWriters) {
      const least = this.#others.reduce((a, b) => (b.tables.size < a.tables.size ? b : a));
      least.tables.add(name);
      return least.collector;
    }
    const dialect = this.another();
    // It is opened with the first message, and waits no longer for the database than for the table.
    const collector = this.#collector(new WriterConnection(dialect, limits.customTableMs, limits.reopenMs, false));
    this.#others.push({ dialect, collector, tables: new Set([name]) });
    return collector;
  }

  #collector(lane: WriterConnection): GroupCommitter {
    const collector: GroupCommitter = new GroupCommitter(
      lane,
      this.limits,
      (change) => this.#changed(collector, change),
      this.onWarning,
    );
    return collector;
  }

  /** The database is there when all who write to it can. */
  #changed(collector: GroupCommitter, change: StateChange): void {
    this.#states.set(collector, change);
    const now = [...this.#states.values()].find(({ available }) => !available) ?? change;
    if (now.available === this.#told.available && now.why === this.#told.why) return;
    this.#told = now;
    this.onState(now);
  }
}
