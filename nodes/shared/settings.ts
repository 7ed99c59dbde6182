import type { Node, NodeAPI } from 'node-red';
import { Hl7Error } from '../lib/errors';
import { environmentVariable } from '../lib/lookup';
import { idInFlow } from './failure';

/** `$(NAME)` is the form that Node-RED had first, and still takes. */
const REFERENCE = /^\$(?:\{([\w.$-]+)(?::-(.*))?\}|\(([\w.$-]+)\))$/;

interface Reference {
  name: string;
  /** Undefined where the text brings no default along. */
  fallback: string | undefined;
}

/** Which environment variable a property's text stands for; `undefined` when it is a text of its own. */
function referenceOf(value: unknown): Reference | undefined {
  const [, braced, fallback, bracketed] = REFERENCE.exec(String(value ?? '').trim()) ?? [];
  const name = braced ?? bracketed;
  return name === undefined ? undefined : { name, fallback };
}

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
  const reference = referenceOf(text);
  if (reference === undefined) return text === '' ? fallback : text;
  return environmentVariable(reference.name) || reference.fallback || fallback;
}

/** The environment variable that a property's text names; `undefined` when it is a text of its own. */
export function variableOf(value: unknown): string | undefined {
  return referenceOf(value)?.name;
}

/** A property is to come from an environment variable that says nothing, and no default is meant. */
export class VariableMissing extends Hl7Error {
  constructor(
    label: string,
    readonly variable: string,
    rest = `is missing or empty. Set it, give it a default as in \${${variable}:-default}, or enter the value in the node.`,
  ) {
    super('CONFIG_INVALID', `${label} cannot be read: the environment variable ${variable} ${rest}`);
  }
}

/**
 * A property that may come from an environment variable, as it is; one with a default of its own does without the variable.
 * @throws VariableMissing
 */
export function demanded<T>(value: T, label: string): T {
  const reference = referenceOf(value);
  if (reference !== undefined && reference.fallback === undefined && !environmentVariable(reference.name)) {
    throw new VariableMissing(label, reference.name);
  }
  return value;
}

/** A property's text, or its default; never the default because a variable is missing. @throws VariableMissing */
export function demandedText(value: unknown, label: string, fallback: string): string {
  return textOf(demanded(value, label), fallback);
}

/**
 * True for what a variable of Node-RED can hold. Node-RED looks for them in plain objects, where it finds `constructor` and
 * the like, too.
 */
export function isSetting(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'function' && value !== Object.prototype;
}

/** A property with the value of its environment variable, where that has one; else as it is. */
export function looked<T>(value: T, variable: (name: string) => unknown): T {
  const reference = typeof value === 'string' ? referenceOf(value) : undefined;
  const found = reference === undefined ? undefined : variable(reference.name);
  return found === '' || !isSetting(found) ? value : (found as T);
}

/**
 * A node's properties, with `${NAME}` in place of those that Node-RED found an empty variable for: to a node they look as if
 * nothing had been entered, and would get their defaults. The variables of those that bring a default along, which Node-RED
 * leaves alone, are looked up where it looks: in the group, the flow and its settings, too.
 */
export function withVariables<T extends object>(RED: NodeAPI, node: Node, config: T): T {
  let entered: unknown;
  RED.nodes.eachNode((one) => {
    if (one.id === idInFlow(node)) entered = one;
  });
  return settled(config, entered, (name) => RED.util.getSetting(node, name)) as T;
}

/** A node's credentials, in the same way. */
export function credentialsWithVariables<T extends object>(RED: NodeAPI, node: Node<T>): Partial<T> {
  const entered = RED.nodes.getCredentials(idInFlow(node));
  return settled(node.credentials ?? {}, entered, (name) => RED.util.getSetting(node, name)) as Partial<T>;
}

function settled(seen: unknown, entered: unknown, variable: (name: string) => unknown): unknown {
  if (typeof seen === 'string') {
    return looked(seen === '' && referenceOf(entered) !== undefined ? entered : seen, variable);
  }
  if (!(seen instanceof Object)) return seen;
  const at = (name: string): unknown =>
    entered instanceof Object && Object.hasOwn(entered, name) ? (entered as Record<string, unknown>)[name] : undefined;
  if (Array.isArray(seen)) return seen.map((one, n) => settled(one, at(String(n)), variable));
  return Object.fromEntries(Object.entries(seen).map(([name, one]) => [name, settled(one, at(name), variable)]));
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
