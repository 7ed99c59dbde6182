import { ERROR_CODES, type ErrorCode, type Fault } from './codes';

/** One fault of a message, as an acknowledgment reports it (ERR; HL7 v2.9 section 2.14.5). Never holds a field's value. */
export interface ErrorDetail {
  /** ERL: `segment^occurrence^field^repetition^component^sub-component`, the parts that are known, e.g. `MSH^1^10`. */
  location?: string;
  /** Table 0357, e.g. `101`. */
  code: string;
  /** For people; our own words only. */
  text?: string;
  /** Table 0516: error (default), warning, information. */
  severity?: 'E' | 'W' | 'I';
}

interface ErrorDetails {
  fault?: Fault;
  errors?: ErrorDetail[];
  /** Kept as its facts alone: a driver's own text and statement quote values, and Node-RED hands a cause on to flows. */
  cause?: unknown;
}

/**
 * An error with a stable code, for people who read a log or wire a Catch node. Its text says what happened, to which
 * listener or table, and what to do; it never holds patient data, and neither does its cause.
 * @example
 * const { Hl7Error, toObject } = require('@hl7-logger/node-red');
 * let error;
 * try {
 *   toObject('no message');
 * } catch (thrown) {
 *   error = thrown;
 * }
 * error instanceof Hl7Error; // => true
 * error.code; // => 'PARSE_NO_MSH'
 * error.fault; // => 'content'
 */
export class Hl7Error extends Error {
  readonly code: ErrorCode;
  readonly fault: Fault;
  readonly errors: ErrorDetail[];

  /** @param details `fault`: when it is another than the code's usual one */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: factsOf(details.cause) });
    this.name = 'Hl7Error';
    this.code = code;
    this.fault = details.fault ?? ERROR_CODES[code]?.fault ?? 'system';
    this.errors = details.errors ?? [];
  }
}

/** What a driver, Node.js and JSONata say in numbers and short words. */
const FACTS = ['code', 'number', 'errno', 'sqlState', 'class', 'fatal', 'syscall', 'position'] as const;
const WORD = /^[\w$#.:-]{1,60}$/;
const FRAME = /^ {4}at .+$/gm;

/** An error of others as its name, codes and place in the code, those of the errors inside of it included; nothing that it says. */
function factsOf(cause: unknown): Error {
  if (cause instanceof Hl7Error) return cause;
  const facts: Record<string, unknown> = {};
  // JSONata's are no instances of Error.
  const objectOf = (one: unknown) => (one instanceof Object ? (one as Record<string, unknown>) : undefined);
  const outer = objectOf(cause);
  let at = outer;
  for (let depth = 0; at !== undefined && depth < 10; depth++) {
    for (const name of FACTS) {
      const value = at[name];
      const told = typeof value === 'string' ? WORD.test(value) : /^(number|boolean)$/.test(typeof value);
      if (told) facts[name] ??= value;
    }
    at = objectOf(at.original ?? at.parent ?? at.cause ?? (Array.isArray(at.errors) ? at.errors[0] : undefined));
  }
  const text = (property: string): string => String(outer?.[property] ?? '');
  const [name, message, stack] = [text('name'), text('message'), text('stack')];
  const place = stack.slice(Math.max(stack.indexOf(message), 0) + message.length).match(FRAME) ?? [];
  const error = Object.assign(new Error(), facts);
  error.name = WORD.test(name) ? name : 'Error';
  error.stack = [error.name, ...place].join('\n');
  return error;
}
