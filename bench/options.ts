/** Command-line options: `--name value` or `--name` alone. */

export type Options = Record<string, string>;

/**
 * Reads options.
 * @param known their defaults; `''` for one that is off unless it is given.
 * @throws Error for an unknown one.
 */
export function optionsOf(args: string[], known: Options): Options {
  const options = { ...known };
  for (let i = 0; i < args.length; i++) {
    const name = (args[i] as string).replace(/^--/, '');
    if (!(name in known)) {
      throw new Error(
        `There is no option "${args[i]}". Known: ${Object.keys(known)
          .map((k) => `--${k}`)
          .join(' ')}`,
      );
    }
    const next = args[i + 1];
    options[name] = next === undefined || next.startsWith('--') ? 'yes' : (args[++i] as string);
  }
  return options;
}

/** A number among the options. */
export function numberOf(options: Options, name: string): number {
  const value = Number(options[name]);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number.`);
  return value;
}
