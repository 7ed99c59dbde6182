const FIRST_MS = 1000;
const LAST_MS = 30_000;

/** Tries again and again to reach a database that was lost, with back-off, so that it comes back without a message that asks for it. */
export class Revival {
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
