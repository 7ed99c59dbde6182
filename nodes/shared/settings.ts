import { Hl7Error } from '../lib/errors';

const ENV = /^\$\{(\w+)(?::-(.*))?\}$/;

export interface NumberRange {
  /** The property's label, for the error. */
  label: string;
  default: number;
  min: number;
  max: number;
  /** Only whole numbers. */
  whole?: boolean;
}

/**
 * A property's text. Node-RED replaces `${NAME}` before a node sees it, and leaves it as it is when there is no such
 * variable: then, as when the property is empty, the default holds. `${NAME:-text}` brings its own default along.
 */
export function textOf(value: unknown, fallback: string): string {
  const text = value === undefined || value === null ? '' : String(value).trim();
  const env = ENV.exec(text);
  if (env === null) return text === '' ? fallback : text;
  return process.env[env[1] ?? ''] || env[2] || fallback;
}

/** The environment variable that a property's text names; `undefined` when it is a text of its own. */
export function variableOf(value: unknown): string | undefined {
  return ENV.exec(String(value ?? '').trim())?.[1];
}

/**
 * A property's number.
 * @throws Hl7Error CONFIG_INVALID, naming the property and its range.
 */
export function numberOf(value: unknown, range: NumberRange): number {
  const text = textOf(value, String(range.default));
  const number = Number(text);
  if (!Number.isFinite(number) || number < range.min || number > range.max || (range.whole && number % 1 !== 0)) {
    throw new Hl7Error(
      'CONFIG_INVALID',
      `${range.label} must be a ${range.whole ? 'whole ' : ''}number from ${range.min} to ${range.max}. Open the node and change it.`,
    );
  }
  return number;
}

/** One of a property's choices; anything else is the first. */
export function choiceOf<const T extends string>(value: unknown, choices: readonly [T, ...T[]]): T {
  return choices.find((choice) => choice === value) ?? choices[0];
}

/** Entries of a list that people write with commas, blanks or line ends between them. */
export function listOf(value: unknown): string[] {
  return textOf(value, '')
    .split(/[\s,;]+/)
    .filter((entry) => entry !== '');
}
