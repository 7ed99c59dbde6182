/** Milliseconds in which one thing is said once. */
const EVERY_MS = 60_000;

/**
 * Says the same thing at most once a minute, with the number of times it happened meanwhile: a peer that knocks a thousand
 * times must not fill the log.
 */
export class QuietLog {
  private readonly said = new Map<string, { at: number; held: number }>();

  constructor(
    private readonly say: (text: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** @param what the thing, of which there are few (a reason's code) */
  tell(what: string, text: string): void {
    const before = this.said.get(what);
    const now = this.now();
    if (before !== undefined && now - before.at < EVERY_MS) {
      before.held++;
      return;
    }
    const held = before?.held ?? 0;
    this.said.set(what, { at: now, held: 0 });
    this.say(held > 0 ? `${text} (${held} more of this kind since it was last said)` : text);
  }
}
