import type { Node, NodeAPI } from 'node-red';
import { type ErrorCode, Hl7Error } from '../lib/errors';
import { environmentVariable } from '../lib/util';
import { idInFlow } from './fail-message';
import { type NumberSetting, numberIn, rangeOf } from './settings-table/setting';
import { hasReference, type Lookup, substitute, wholeReference } from './variables';

/** The variables of the process alone. */
export const processVariable: Lookup = environmentVariable;

/**
 * A property's text with the values of its variables, or the default when the property is empty, or a variable without a
 * default of its own is missing or empty.
 */
export function textOf(value: unknown, fallback: string, lookup: Lookup = processVariable): string {
  const { text, missing } = substitute(value === undefined || value === null ? '' : String(value).trim(), lookup);
  return missing !== undefined || text.trim() === '' ? fallback : text.trim();
}

/** The environment variable that a property's text consists of; `undefined` when there is more in it, or none. */
export function variableOf(value: unknown): string | undefined {
  return wholeReference(String(value ?? ''))?.name;
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
 * A property that may name environment variables, as it is; those with a default of their own may be missing.
 * @throws VariableMissing
 */
export function demanded<T>(value: T, label: string, lookup: Lookup = processVariable): T {
  const { missing } = typeof value === 'string' ? substitute(value, lookup) : { missing: undefined };
  if (missing !== undefined) throw new VariableMissing(label, missing);
  return value;
}

/** A property's text, or its default; never the default because a variable is missing. @throws VariableMissing */
export function demandedText(
  value: unknown,
  label: string,
  fallback: string,
  lookup: Lookup = processVariable,
): string {
  return textOf(demanded(value, label, lookup), fallback, lookup);
}

/**
 * True for what a variable of Node-RED can hold. Node-RED looks for them in plain objects, where it finds `constructor` and
 * the like, too.
 */
function isSetting(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'function' && value !== Object.prototype;
}

/** The variables that a node sees: of its group, its flow and its settings, and of the process. */
export function variablesOf(RED: NodeAPI, node: Node): Lookup {
  return (name) => {
    const value: unknown = RED.util.getSetting(node, name);
    return isSetting(value) ? value : undefined;
  };
}

/**
 * A node's properties with the texts that name variables as they were entered. Node-RED puts the value in place of a
 * property that consists of one reference without a default, and an empty one would look as if nothing had been entered;
 * the variables in a property are looked up when it is read.
 */
export function withVariables<T extends object>(RED: NodeAPI, node: Node, config: T): T {
  let entered: unknown;
  RED.nodes.eachNode((one) => {
    if (one.id === idInFlow(node)) entered = one;
  });
  return asEntered(config, entered) as T;
}

/** A node's credentials, in the same way. */
export function credentialsWithVariables<T extends object>(RED: NodeAPI, node: Node<T>): Partial<T> {
  return asEntered(node.credentials ?? {}, RED.nodes.getCredentials(idInFlow(node))) as Partial<T>;
}

function asEntered(seen: unknown, entered: unknown): unknown {
  if (typeof entered === 'string' && hasReference(entered)) return entered;
  if (!(seen instanceof Object)) return seen;
  const at = (name: string): unknown =>
    entered instanceof Object && Object.hasOwn(entered, name) ? (entered as Record<string, unknown>)[name] : undefined;
  if (Array.isArray(seen)) return seen.map((one, n) => asEntered(one, at(String(n))));
  return Object.fromEntries(Object.entries(seen).map(([name, one]) => [name, asEntered(one, at(name))]));
}

/**
 * A property's number: decimal digits, with a point where it may have a fraction.
 * @param code of the error
 * @throws Hl7Error CONFIG_INVALID, naming the property and its range; VariableMissing
 */
export function numberOf(
  value: unknown,
  setting: NumberSetting,
  lookup: Lookup = processVariable,
  code: ErrorCode = 'CONFIG_INVALID',
): number | undefined {
  const text = demandedText(value, setting.label, '', lookup);
  if (text === '') return setting.default;
  const number = numberIn(setting, text);
  if (number !== undefined) return number;
  const { min, max } = rangeOf(setting);
  const form = setting.whole ? 'in digits only' : 'in digits, with a point before a fraction and without the unit';
  throw new Hl7Error(
    code,
    `${setting.label} must be a ${setting.whole ? 'whole ' : ''}number from ${min} to ${max}, ${form}. Open the node and change it.`,
  );
}

/** One of a property's choices; anything else is the first. */
export function choiceOf<const T extends string>(value: unknown, choices: readonly [T, ...T[]]): T {
  return choices.find((choice) => choice === value) ?? choices[0];
}

/** Entries of a list that people write with commas, blanks or line ends between them. */
export function listOf(value: unknown, lookup: Lookup = processVariable): string[] {
  return textOf(value, '', lookup)
    .split(/[\s,;]+/)
    .filter((entry) => entry !== '');
}
