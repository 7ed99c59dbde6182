/** Long work in short steps: written once, as a generator, and done at once or with pauses. */

/** Characters of a message that are worth a look at the clock; some milliseconds of work. */
export const STRETCH = 131_072;
/** Milliseconds after which other work gets its turn. */
const STEP_MS = 10;

/** Does all steps without a pause. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Does the steps, giving way to the event loop whenever they have taken some milliseconds. */
export async function inSteps<T>(steps: Generator<void, T>): Promise<T> {
  let began = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - began < STEP_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}
