/** Messages, and bytes of them, that may wait for their stores before nothing more is taken from who waits for no answer. */
const MOST = 500;
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * What waits for the stores of this process. A sender that waits for its answers is slowed down by them; one that gets
 * none would send faster than anything can be stored, and what a full store refuses is not repeated.
 */
export class Pressure {
  private waiting = 0;
  private bytes = 0;
  private held: (() => void)[] = [];

  /** A message waits for its store. */
  enter(bytes: number): void {
    this.waiting += 1;
    this.bytes += bytes;
  }

  /** It waits no more. */
  leave(bytes: number): void {
    this.waiting -= 1;
    this.bytes -= bytes;
    if (this.held.length === 0 || this.high) return;
    const held = this.held;
    this.held = [];
    for (const release of held) release();
  }

  /** Resolves when few messages wait: never at once, so that the message handed on last has gone a step towards its store. */
  async low(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.high) await new Promise<void>((resolve) => this.held.push(resolve));
  }

  private get high(): boolean {
    return this.waiting >= MOST || this.bytes >= MOST_BYTES;
  }
}

/** The one of this process: a listener does not know which stores its messages come to. */
export const storing = new Pressure();
