import type { Refusal } from '../framing/decoder';

/** What becomes known of a frame after it was handed on. */
export class LateDeviations {
  readonly #codes: Refusal[] = [];
  #hear: ((code: Refusal) => void) | undefined;

  /** Adds a code, once. */
  add(code: Refusal): void {
    if (this.#codes.includes(code)) return;
    this.#codes.push(code);
    this.#hear?.(code);
  }

  /** Calls `hear` with each code, those of before included. There is one receiver, which must not throw. */
  onCode(hear: (code: Refusal) => void): void {
    this.#hear = hear;
    for (const code of this.#codes) hear(code);
  }
}
