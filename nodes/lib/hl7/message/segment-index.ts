/** Where the segments of each name stand. */

/** Finds, adds and removes the n-th segment of a name without going over the others of its name. */
export class Places {
  readonly #named = new Map<string, Ranks>();

  count(name: string): number {
    return this.#named.get(name)?.count ?? 0;
  }

  /** @param occurrence from 1 */
  find(name: string, occurrence: number): number | undefined {
    return this.#named.get(name)?.at(occurrence);
  }

  /** Adds a line behind all others of its name. */
  add(name: string, line: number): void {
    const same = this.#named.get(name);
    if (same === undefined) this.#named.set(name, new Ranks(line));
    else same.push(line);
  }

  /** @param occurrence one that is there, from 1 */
  remove(name: string, occurrence: number): void {
    this.#named.get(name)!.remove(occurrence);
  }
}

/** A list whose n-th entry is found and removed in logarithmic time. */
class Ranks {
  count = 1;
  /** In order; those that were removed, too. */
  readonly #entries: number[];
  /**
   * Once one was removed: how many are left, as a binary indexed tree. The node n (from 1) has the count of as many
   * entries up to the n-th as the lowest bit of n says.
   */
  #left: number[] | undefined;

  constructor(first: number) {
    this.#entries = [first];
  }

  at(rank: number): number | undefined {
    return rank > this.count ? undefined : this.#entries[this.#position(rank) - 1];
  }

  push(entry: number): void {
    this.count++;
    this.#entries.push(entry);
    const left = this.#left;
    if (left === undefined) return;
    const n = this.#entries.length;
    let sum = 1;
    for (let below = 1; below < (n & -n); below <<= 1) sum += left[n - below]!;
    left.push(sum);
  }

  remove(rank: number): void {
    const position = this.#position(rank);
    this.count--;
    if (position === this.#entries.length) {
      this.#entries.pop();
      this.#left?.pop();
      return;
    }
    this.#left ??= Array.from({ length: this.#entries.length + 1 }, (_, n) => n & -n);
    for (let n = position; n < this.#left.length; n += n & -n) this.#left[n]!--;
  }

  /** From 1, among those that were removed, too. */
  #position(rank: number): number {
    const left = this.#left;
    if (left === undefined) return rank;
    let before = 0;
    for (let step = 1 << (31 - Math.clz32(left.length)); step > 0; step >>= 1) {
      const next = before + step;
      if (next >= left.length || left[next]! >= rank) continue;
      before = next;
      rank -= left[next]!;
    }
    return before + 1;
  }
}
