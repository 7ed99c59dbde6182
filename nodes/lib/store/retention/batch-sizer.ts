const LEAST_MESSAGES = 25;
const FIRST_MESSAGES = 50;
/** What one transaction may drop, in bytes of raw and text; a larger message goes alone. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Milliseconds: a transaction that takes less may be larger, one that takes longer must be smaller. */
const SHORT_MS = 12;
const LONG_MS = 40;
const PAUSE_MS = { least: 5, most: 1000 };

/**
 * How much one transaction takes out, and how long is paused after it: little enough that a message which meets it waits
 * some hundredths of a second, and most of the time left to the messages when they queue.
 */
export class BatchSizer {
  #messages: number;

  constructor(readonly most: number) {
    this.#messages = Math.min(FIRST_MESSAGES, most);
  }

  /** The first of those that are due, as many as the next transaction takes. */
  take<T extends { bytes: number }>(due: readonly T[], from: number): T[] {
    let to = from;
    let bytes = 0;
    while (to < due.length && to - from < this.#messages) {
      bytes += due[to]!.bytes;
      if (to > from && bytes > MOST_BYTES) break;
      to++;
    }
    return due.slice(from, to);
  }

  /** Notes how long a transaction took. @returns the milliseconds to pause after it */
  took(milliseconds: number, busy: boolean): number {
    if (milliseconds > LONG_MS) this.shrink();
    else if (milliseconds < SHORT_MS) this.#messages = Math.min(this.#messages * 2, this.most);
    const pause = milliseconds * (busy ? 3 : 1);
    return Math.min(Math.max(pause, PAUSE_MS.least), PAUSE_MS.most);
  }

  shrink(): void {
    this.#messages = Math.max(this.#messages >> 1, Math.min(LEAST_MESSAGES, this.most));
  }
}
