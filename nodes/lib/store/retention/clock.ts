import { setTimeout as wait } from 'node:timers/promises';

/** Time and chance, so that tests need not wait for them. */
export interface Clock {
  now(): Date;
  /** Milliseconds since some moment, whatever is done to the clock on the wall. */
  elapsed(): number;
  pause(milliseconds: number): Promise<void>;
  /** Calls back once, unless what it returns is called before. */
  after(milliseconds: number, call: () => void): () => void;
  /** From 0 to 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  elapsed: () => performance.now(),
  pause: (milliseconds) => wait(milliseconds, undefined, { ref: false }),
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds).unref();
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
