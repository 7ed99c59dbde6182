import type { Hl7Error } from '../errors';
import type { StoreRecord } from './answer';

/** Rows that get a deviation; of a batch those stored last, since its end is what is in doubt. */
const MOST_RECORDS = 4;

/**
 * What becomes known of a frame after its message went into a flow, shared by all exchanges of that frame. With a fault
 * none of them is answered positively any more, and the rows that hold it say so.
 */
export class LateFault {
  #error: Hl7Error | undefined;
  readonly #records: StoreRecord[] = [];

  /** The first fault; undefined as long as there is none. */
  get error(): Hl7Error | undefined {
    return this.#error;
  }

  /** Adds a fault, whose code is the deviation that its rows get. */
  add(error: Hl7Error): void {
    this.#error ??= error;
    for (const record of this.#records) record.addDeviation?.(error.code);
  }

  /** A store has committed a message of the frame. */
  stored(record: StoreRecord): void {
    if (this.#error) record.addDeviation?.(this.#error.code);
    this.#records.push(record);
    if (this.#records.length > MOST_RECORDS) this.#records.shift();
  }
}
