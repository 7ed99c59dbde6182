/**
 * A table that is asked by texts from outside: codes of a driver, names in a flow, what a message holds. It has no
 * prototype, so that `constructor`, `toString` and `__proto__` are as unknown as any other name.
 */
export function lookup<T extends object>(entries: T): Readonly<T> {
  return Object.freeze(Object.assign(Object.create(null) as T, entries));
}

/** An environment variable; undefined where there is none. `process.env.constructor` is none. */
export function environmentVariable(name: string): string | undefined {
  const value: unknown = process.env[name];
  return typeof value === 'string' ? value : undefined;
}
