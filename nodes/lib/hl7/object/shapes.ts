type Maker<T> = (values: readonly T[]) => Record<string, T>;

/** Objects of one form are made the slow way so often before a function is made for them. */
const OFTEN = 8;
/** Properties of an object up to which that is worth it. */
const MOST_PROPERTIES = 64;
/** Functions kept at most: a hostile sender's inventions must not stay in memory. Real traffic has some hundreds. */
const MOST_MAKERS = 4_000;

let made = 0;
/** Off where the process forbids to make functions (`--disallow-code-generation-from-strings`). */
let allowed = true;

/** Counts how often all shapes were dropped. */
export function forgotShapes(): void {
  made = 0;
}

/**
 * Makes objects whose properties have the names of a list, in its order. To set one property after the other costs ten
 * times as much as an object literal, so forms that come often get a function with their literal in it.
 */
export class Shapes<T> {
  readonly #seen: number[] = [];
  readonly #makers: (Maker<T> | undefined)[] = [];

  /**
   * @param names the property names from `names[1]` on, as `KeyTable` has them: letters, digits and dots
   * @param values the first is that of `names[1]`
   * @param count how many of both
   */
  make(names: readonly string[], values: readonly T[], count: number): Record<string, T> {
    const maker = this.#makers[count];
    if (maker !== undefined) return maker(values);
    const object: Record<string, T> = {};
    for (let n = 0; n < count; n++) object[names[n + 1]!] = values[n]!;
    const seen = (this.#seen[count] ?? 0) + 1;
    this.#seen[count] = seen;
    if (seen === OFTEN && count <= MOST_PROPERTIES && made < MOST_MAKERS && allowed) this.#learn(names, count);
    return object;
  }

  #learn(names: readonly string[], count: number): void {
    const properties = Array.from({ length: count }, (_, n) => `${JSON.stringify(names[n + 1])}: v[${n}]`);
    try {
      this.#makers[count] = new Function('v', `return { ${properties.join(', ')} };`) as Maker<T>;
      made++;
    } catch {
      allowed = false;
    }
  }
}
