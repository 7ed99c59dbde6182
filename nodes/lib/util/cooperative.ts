/** Long work in short steps: written once, as a generator, and done at once or with pauses. */

/** Characters of a message that are worth a look at the clock: some milliseconds of work, where they cost most. */
export const STRETCH = 8_192;
/** Turns of a loop that are worth a look at the clock. */
export const TURNS = 1_024;
/** Milliseconds after which other work gets its turn. */
const STEP_MS = 10;

/** Does all steps without a pause. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Does the steps at once where they take few milliseconds together; else the rest of them with pauses, giving way to the
 * event loop again and again.
 * @returns the result, or a promise of it
 */
export function soon<T>(steps: Generator<void, T>): T | Promise<T> {
  const began = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - began >= STEP_MS) return later(steps);
  }
}

/** As `soon`, always with a promise. */
export async function inSteps<T>(steps: Generator<void, T>): Promise<T> {
  return soon(steps);
}

async function later<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const began = performance.now();
    do {
      const { done, value } = steps.next();
      if (done) return value;
    } while (performance.now() - began < STEP_MS);
  }
}

/**
 * Cuts a text at a separator, as `split` does; yields after every part.
 * @param separator one character
 */
export function* splitInSteps(text: string, separator: string): Generator<void, string[]> {
  if (text.length <= STRETCH) return text.split(separator);
  const pieces: string[] = [];
  let from = 0;
  let pause = STRETCH;
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, from)) {
    pieces.push(text.slice(from, at));
    from = at + 1;
    if (from < pause) continue;
    pause = from + STRETCH;
    yield;
  }
  pieces.push(text.slice(from));
  return pieces;
}
