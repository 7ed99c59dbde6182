/** One timer that is set, set again and cleared. A time of 0 never rings. */
export class Timer {
  #timer: NodeJS.Timeout | undefined;
  readonly #ms: number;
  readonly #ring: () => void;

  /** @param ms milliseconds */
  constructor(ms: number, ring: () => void) {
    this.#ms = ms;
    this.#ring = ring;
  }

  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  /** Sets it for the full time from now, also when it is set already. */
  set(): void {
    this.clear();
    if (this.#ms === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#ring();
    }, this.#ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
