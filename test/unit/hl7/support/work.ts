/** Elements and characters that are gone over by what splits, joins, moves and searches. */
export function workOf(run: () => void): number {
  let work = 0;
  const restore: (() => void)[] = [];
  const count = (
    owner: object,
    method: string,
    cost: (self: ArrayLike<unknown>, result: unknown, by: unknown[]) => number,
  ) => {
    const original = Reflect.get(owner, method) as (...by: unknown[]) => unknown;
    restore.push(() => Reflect.set(owner, method, original));
    Reflect.set(owner, method, function (this: ArrayLike<unknown>, ...by: unknown[]) {
      const result = Reflect.apply(original, this, by);
      work += cost(this, result, by);
      return result;
    });
  };
  for (const method of ['split', 'replace', 'replaceAll', 'includes'])
    count(String.prototype, method, ({ length }) => length);
  for (const method of ['join', 'map', 'filter', 'splice', 'slice', 'concat']) {
    count(Array.prototype, method, ({ length }) => length);
  }
  count(
    String.prototype,
    'indexOf',
    ({ length }, found, [, from]) => (found === -1 ? length : Number(found)) - Number(from ?? 0),
  );
  try {
    run();
  } finally {
    for (const one of restore) one();
  }
  return work;
}
