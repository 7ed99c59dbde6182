/** Marks beyond this number are dropped: they say when an answer left, nothing depends on them. */
const MAX_SENT_TIMES = 100_000;
/** Marks that are worth a write of their own before the pause has passed. */
const MANY = 1000;
const PAUSE_MS = 1000;

/** When answers were handed to the network: collected, and written now and then. */
export class SentTimes {
  #marks = new Map<number, Date>();
  #timer: NodeJS.Timeout | undefined;
  #due = false;
  #stopped = false;

  /** @param wake called when there is something to write and no write may be under way. */
  constructor(readonly wake: () => void) {}

  /** True when the marks should be written with the next turn. */
  get due(): boolean {
    return this.#due && this.#marks.size > 0;
  }

  get waiting(): number {
    return this.#marks.size;
  }

  add(answerIds: readonly number[], at: Date): void {
    if (this.#stopped) return;
    for (const id of answerIds) if (this.#marks.size < MAX_SENT_TIMES) this.#marks.set(id, at);
    if (this.#marks.size >= MANY) this.hurry();
    else this.#pause();
  }

  /** When an answer left, while that is not written yet. */
  get(answerId: number): Date | undefined {
    return this.#marks.get(answerId);
  }

  /** Has the marks written with the next turn. */
  hurry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = true;
    if (this.#marks.size > 0) this.wake();
  }

  /** Takes the marks for writing. */
  take(): Map<number, Date> {
    const marks = this.#marks;
    this.#marks = new Map();
    this.#due = false;
    return marks;
  }

  /** Puts marks back that could not be written; they are tried again after a pause. */
  putBack(marks: ReadonlyMap<number, Date>): void {
    if (this.#stopped) return;
    for (const [id, at] of marks)
      if (this.#marks.size < MAX_SENT_TIMES && !this.#marks.has(id)) this.#marks.set(id, at);
    this.#pause();
  }

  /** From now on sent times are dropped: the writer is closing. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #pause(): void {
    this.#timer ??= setTimeout(() => this.hurry(), PAUSE_MS).unref();
  }
}
