import { Hl7Error } from '../errors';
import type { RetentionResult } from './retention';
import { Store, type StoreOptions } from './store';

/** Whether a database can be used, in words for a node's status. */
export interface DatabaseState {
  available: boolean;
  /** The first attempt to open it is still under way. */
  opening: boolean;
  /** For a log line, in full. */
  text: string;
}

type Watcher = (state: DatabaseState) => void;

/** Milliseconds between tries to open: the first wait, which doubles, and the longest. */
const RETRY = { first: 1000, longest: 30_000 };

/** Opens a store and keeps it open: tries again with back-off, tells each change of state once. */
export class Keeper {
  private current: Promise<Store> | undefined;
  private opened: Store | undefined;
  private retry: NodeJS.Timeout | undefined;
  private delay: number;
  private closed = false;
  private failure: Hl7Error | undefined;
  private state: DatabaseState = { available: false, opening: true, text: 'opening' };
  private readonly watchers = new Set<Watcher>();
  private readonly retentionWatchers = new Set<(result: RetentionResult) => void>();

  constructor(
    private readonly options: StoreOptions,
    private readonly waits = RETRY,
  ) {
    this.delay = waits.first;
  }

  /** Starts to open the store; never throws. */
  open(): void {
    if (this.closed || this.current !== undefined) return;
    this.current = Store.open(this.options);
    this.current.then(
      (store) => this.isOpen(store),
      (error: unknown) => this.isNot(error),
    );
  }

  /**
   * The open store; waits for the first attempt.
   * @throws Hl7Error with the reason why the database cannot be used now.
   */
  async store(): Promise<Store> {
    if (this.opened !== undefined) return this.opened;
    if (this.failure !== undefined) throw this.failure;
    if (this.closed || this.current === undefined) {
      throw new Hl7Error('STORE_UNAVAILABLE', 'The database is closed: the flow is being stopped.');
    }
    return this.current;
  }

  /** Tells the state now and at each change; returns the function that ends it. */
  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    watcher(this.state);
    return () => this.watchers.delete(watcher);
  }

  /** What became of the last run of the retention, if there was one. */
  get retention(): RetentionResult | undefined {
    return this.opened?.retention;
  }

  /** Tells of each run of the retention when it has ended; returns the function that ends it. */
  watchRetention(watcher: (result: RetentionResult) => void): () => void {
    this.retentionWatchers.add(watcher);
    return () => this.retentionWatchers.delete(watcher);
  }

  /** Flushes what is pending and closes the store. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    this.watchers.clear();
    this.retentionWatchers.clear();
    const store = this.opened ?? (await this.current?.catch(() => undefined));
    await store?.close();
  }

  /**
   * Opens a database, looks at it and closes it again.
   * @returns one line for people: version, durability, schema.
   * @throws Hl7Error STORE_OPEN_FAILED and the like.
   */
  static async test(options: StoreOptions): Promise<string> {
    const store = await Store.open(options);
    try {
      return (await store.check()).text;
    } finally {
      await store.close();
    }
  }

  private isOpen(store: Store): void {
    if (this.closed) return;
    this.opened = store;
    this.failure = undefined;
    this.delay = this.waits.first;
    store.on('state', ({ available, text }) => this.tell({ available, text, opening: false }));
    store.on('retention', (result) => {
      for (const watcher of this.retentionWatchers) watcher(result);
    });
    this.tell({ available: true, opening: false, text: store.description });
  }

  private isNot(error: unknown): void {
    this.current = undefined;
    this.failure =
      error instanceof Hl7Error
        ? error
        : new Hl7Error('STORE_OPEN_FAILED', 'The database could not be opened.', { cause: error });
    if (this.closed) return;
    this.tell({ available: false, opening: false, text: this.failure.message });
    this.retry = setTimeout(() => this.open(), this.delay);
    this.delay = Math.min(this.delay * 2, this.waits.longest);
  }

  private tell(state: DatabaseState): void {
    if (state.text === this.state.text && state.available === this.state.available) return;
    this.state = state;
    for (const watcher of this.watchers) watcher(state);
  }
}
