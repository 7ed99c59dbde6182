import { Hl7Error } from '../errors';
import { inTime } from './dialects';
import { OpenError, type UnavailableReason, unavailableReason } from './open-error';
import type { RetentionResult } from './retention';
import { Store, type StoreOptions } from './store';

/** Whether a database can be used, in words for a node's status. */
export interface DatabaseState {
  available: boolean;
  /** The first attempt to open it is still under way. */
  opening: boolean;
  /** For a log line, in full. */
  text: string;
  /** What is weak about the settings of an open database, a sentence each. */
  warnings: readonly string[];
  /** Why it cannot be used, in a word. */
  why?: UnavailableReason;
}

type Watcher = (state: DatabaseState) => void;

/** Milliseconds between tries to open: the first wait, which doubles, and the longest; and what `close` waits for an open. */
const WAITS = { first: 1000, longest: 30_000, close: 5000 };

/**
 * Opens a store and keeps it open: tries again with back-off, unless that is of no use, and tells each change of state once.
 */
export class StoreManager {
  private current: Promise<Store> | undefined;
  private opened: Store | undefined;
  private retry: NodeJS.Timeout | undefined;
  private delay: number;
  private closed = false;
  private failure: Hl7Error | undefined;
  private state: DatabaseState = { available: false, opening: true, text: 'opening', warnings: [] };
  private readonly watchers = new Set<Watcher>();
  private readonly warningWatchers = new Set<(text: string) => void>();
  private readonly retentionWatchers = new Set<(result: RetentionResult) => void>();

  constructor(
    private readonly options: StoreOptions,
    private readonly waits = WAITS,
    private readonly openStore: (options: StoreOptions) => Promise<Store> = Store.open,
  ) {
    this.delay = waits.first;
  }

  /** Starts to open the store; never throws. */
  open(): void {
    if (this.closed || this.current !== undefined) return;
    this.current = this.openStore(this.options);
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

  /** Tells what is weak about a custom table when it is looked at; returns the function that ends it. */
  watchWarnings(watcher: (text: string) => void): () => void {
    this.warningWatchers.add(watcher);
    return () => this.warningWatchers.delete(watcher);
  }

  /**
   * Flushes what is pending and closes the store. One that is still being opened is waited for no longer than 5 s: it is
   * closed when it is there.
   */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    this.watchers.clear();
    this.retentionWatchers.clear();
    this.warningWatchers.clear();
    if (this.opened !== undefined) await this.opened.close();
    else if (this.current !== undefined) await inTime(closeWhenOpen(this.current), this.waits.close);
  }

  /**
   * Opens a database as a flow would, looks at it and closes it again.
   * @param milliseconds what it may take in all
   * @returns one line for people: version, durability, schema.
   * @throws Hl7Error STORE_OPEN_FAILED, STORE_TIMEOUT and the like.
   */
  static async test(options: StoreOptions, milliseconds = 60_000, openStore = Store.open): Promise<string> {
    const looked = look(openStore(options));
    // What comes too late closes by itself what it opened.
    if (await inTime(ended(looked), milliseconds)) return looked;
    const seconds = Math.round(milliseconds / 1000);
    const check = options.dialect === 'sqlite' ? 'the disk that its file is on' : 'its host and port';
    throw new Hl7Error('STORE_TIMEOUT', `The database did not answer within ${seconds} s: check ${check}.`);
  }

  private isOpen(store: Store): void {
    if (this.closed) return;
    this.opened = store;
    this.failure = undefined;
    this.delay = this.waits.first;
    const { warnings } = store;
    store.on('state', ({ available, text, why }) =>
      this.report({ available, text, opening: false, warnings: store.warnings, why }),
    );
    store.on('warning', (text) => {
      for (const watcher of this.warningWatchers) watcher(text);
    });
    store.on('retention', (result) => {
      for (const watcher of this.retentionWatchers) watcher(result);
    });
    this.report({ available: true, opening: false, text: store.description, warnings });
  }

  private isNot(error: unknown): void {
    this.current = undefined;
    this.failure =
      error instanceof Hl7Error
        ? error
        : new Hl7Error('STORE_OPEN_FAILED', 'The database could not be opened.', { cause: error });
    if (this.closed) return;
    const { message: text } = this.failure;
    this.report({ available: false, opening: false, text, warnings: [], why: unavailableReason(this.failure) });
    if (isFinal(this.failure)) return;
    this.retry = setTimeout(() => this.open(), this.delay);
    this.delay = Math.min(this.delay * 2, this.waits.longest);
  }

  private report(state: DatabaseState): void {
    if (state.text === this.state.text && state.available === this.state.available) return;
    this.state = state;
    for (const watcher of this.watchers) watcher(state);
  }
}

/** Settings and a driver that are wrong stay so until the flow, or Node-RED, is started again. */
function isFinal(failure: Hl7Error): boolean {
  return failure instanceof OpenError ? failure.final : OF_SETTINGS.has(failure.code);
}

const OF_SETTINGS = new Set(['CONFIG_INVALID', 'RETENTION_INVALID', 'IDENTIFIERS_INVALID']);

/** Never rejects. */
async function closeWhenOpen(opening: Promise<Store>): Promise<void> {
  const store = await opening.catch(() => undefined);
  await store?.close();
}

async function look(opening: Promise<Store>): Promise<string> {
  const store = await opening;
  try {
    return (await store.check()).text;
  } finally {
    await store.close();
  }
}

function ended(promise: Promise<unknown>): Promise<void> {
  const end = (): void => undefined;
  return promise.then(end, end);
}
