/** Milliseconds in which one thing is logged one by one, and between two summaries of what was not. */
const EVERY_MS = 60_000;
/** Different things that are counted apart; all further ones are counted as one. */
const MOST_KINDS = 100;
const FURTHER = 'OTHER';

interface Entry {
  /** When it was logged the first time, by `now`. */
  first: number;
  last: number;
  total: number;
  /** Occurrences since the last summary that were not logged. */
  held: number;
}

interface QuietLogOptions {
  /** The clock, in milliseconds. */
  now?: () => number;
  /** How often one thing is logged before its further occurrences are counted only; default 1. */
  burst?: number;
}

/**
 * Logs what a peer or an outage may cause a thousand times a second: the first occurrence at once, further ones once a
 * minute as one line with their counts, and a line when there were none for a minute. A thing that comes again after that
 * is logged at once again.
 */
export class RateLimitedLog {
  private readonly entries = new Map<string, Entry>();
  private readonly now: () => number;
  private readonly burst: number;
  private timer: NodeJS.Timeout | undefined;
  private since = 0;
  private latest = '';
  private closed = false;

  /** @param say writes a line */
  constructor(
    private readonly say: (text: string) => void,
    { now = Date.now, burst = 1 }: QuietLogOptions = {},
  ) {
    this.now = now;
    this.burst = burst;
  }

  /**
   * Logs an occurrence, or counts it.
   * @param what the thing, of which there are few (the code of an error)
   * @param first writes the occurrence in another way than as a text
   */
  report(what: string, text: string, first: () => void = () => this.say(text)): void {
    const now = this.now();
    const kind = this.entries.has(what) || this.entries.size < MOST_KINDS ? what : FURTHER;
    const entry = this.entries.get(kind) ?? { first: now, last: now, total: 0, held: 0 };
    this.entries.set(kind, entry);
    entry.last = now;
    entry.total++;
    if (entry.total <= this.burst) {
      this.start(now);
      first();
      return;
    }
    entry.held++;
    this.latest = text;
  }

  /** Writes what was counted since the last summary, and what has ended. The timer calls it once a minute. */
  summarize(): void {
    const now = this.now();
    const held = [...this.entries].filter(([, entry]) => entry.held > 0);
    if (held.length > 0) {
      const count = held.reduce((sum, [, entry]) => sum + entry.held, 0);
      const counts = held.map(([what, entry]) => `${what} ${format(entry.held)}`).join(', ');
      const seconds = Math.max(1, Math.round((now - this.since) / 1000));
      this.say(`${format(count)} more in the last ${seconds} s: ${counts}. The last one: ${this.latest}`);
    }
    this.since = now;
    for (const [what, entry] of this.entries) {
      entry.held = 0;
      if (now - entry.last < EVERY_MS) continue;
      this.entries.delete(what);
      if (entry.total > this.burst) this.say(`${what}: none for a minute, after ${format(entry.total)} in all.`);
    }
    if (this.entries.size === 0) this.stop();
  }

  /** Writes what was counted, and ends the timer. Of what comes later only the first of its kind is logged. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.summarize();
    this.stop();
  }

  private start(now: number): void {
    if (this.timer !== undefined || this.closed) return;
    this.since = now;
    this.timer = setInterval(() => this.summarize(), EVERY_MS).unref();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

function format(count: number): string {
  return count.toLocaleString('en-US');
}
