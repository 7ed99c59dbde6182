import type { Node, NodeAPI } from 'node-red';
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

/** A property is to come from an environment variable that says nothing, and no default is meant. */
export class VariableMissing extends Hl7Error {
  constructor(
    label: string,
    readonly variable: string,
  ) {
    super(
      'CONFIG_INVALID',
      `${label} cannot be read: the environment variable ${variable} is missing or empty. Set it, give it a default as in \${${variable}:-default}, or enter the value in the node.`,
    );
  }
}

/**
 * A property that may come from an environment variable, as it is; one with a default of its own does without the variable.
 * @throws VariableMissing
 */
export function demanded<T>(value: T, label: string): T {
  const [, name = '', fallback] = ENV.exec(String(value ?? '').trim()) ?? [];
  if (name !== '' && fallback === undefined && !process.env[name]) throw new VariableMissing(label, name);
  return value;
}

/**
 * A node's properties, with `${NAME}` in place of those that Node-RED found an empty variable for: to a node they look as if
 * nothing had been entered, and would get their defaults.
 */
export function withVariables<T extends object>(RED: NodeAPI, node: Node, config: T): T {
  const id = (node as unknown as { _alias?: string })._alias ?? node.id;
  const named: Partial<T> = {};
  RED.nodes.eachNode((entered) => {
    if (entered.id !== id) return;
    for (const [property, value] of Object.entries(entered) as [keyof T, unknown][]) {
      if (config[property] === '' && variableOf(value) !== undefined) named[property] = value as T[keyof T];
    }
  });
  return { ...config, ...named };
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
