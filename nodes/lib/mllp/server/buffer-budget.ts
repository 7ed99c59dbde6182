/** One connection, as the budget sees it. */
export interface BufferHolder {
  /** Bytes received that are not handed on yet: the unfinished frame and the frames that wait. */
  readonly unfinished: number;
  /** Closes the connection; must give back what it holds (`change` with a negative number) before it returns. */
  closeForBuffer(): void;
}

/** 128 MB. */
export const DEFAULT_BUDGET = 128 * 1024 * 1024;

/**
 * The bytes that all connections of the process hold: unfinished frames, frames that wait for their turn, and frames
 * handed on and not answered yet. When they are too many, the connection with the most unfinished bytes is closed: a
 * sender repeats an unanswered message, and one that collects half frames to exhaust the memory loses them.
 */
export class BufferBudget {
  #limit = DEFAULT_BUDGET;
  #total = 0;
  readonly #allowances = new Map<object, number>();
  readonly #holders = new Set<BufferHolder>();

  /** Bytes: the greatest that an open listener asks for. */
  get limit(): number {
    return this.#limit;
  }

  /** A listener says how many bytes all connections may hold. */
  allow(listener: object, bytes: number): void {
    this.#allowances.set(listener, bytes);
    this.#limit = Math.max(...this.#allowances.values());
  }

  /** The listener is closed; its word counts no more. */
  withdraw(listener: object): void {
    this.#allowances.delete(listener);
    this.#limit = this.#allowances.size === 0 ? DEFAULT_BUDGET : Math.max(...this.#allowances.values());
  }

  /** Bytes held now. */
  get total(): number {
    return this.#total;
  }

  join(holder: BufferHolder): void {
    this.#holders.add(holder);
  }

  leave(holder: BufferHolder): void {
    this.#holders.delete(holder);
  }

  /** Books a difference in bytes; closes the greatest holders while there are too many. */
  change(bytes: number): void {
    this.#total += bytes;
    while (bytes > 0 && this.#total > this.#limit) {
      const greatest = this.#greatest();
      if (!greatest) return;
      this.#holders.delete(greatest);
      greatest.closeForBuffer();
    }
  }

  #greatest(): BufferHolder | undefined {
    let greatest: BufferHolder | undefined;
    let most = 0;
    for (const holder of this.#holders) {
      const unfinished = holder.unfinished;
      if (unfinished > most) {
        most = unfinished;
        greatest = holder;
      }
    }
    return greatest;
  }
}

/** The budget that all listeners of the process share unless they are given another one. */
export const processBudget = new BufferBudget();
