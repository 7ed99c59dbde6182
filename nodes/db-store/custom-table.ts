import type { Node, NodeAPI } from 'node-red';
import { Hl7Error } from '../lib/errors';
import {
  type Cell,
  type CustomColumn,
  type CustomRows,
  type CustomTable,
  customTable,
  ExpressionResult,
  Extraction,
  nameOf,
  type RowContext,
  type TableSettings,
} from '../lib/store';

interface Expression {
  evaluate(input: unknown, bindings: Record<string, unknown>): Promise<unknown>;
  _legacyMode?: boolean;
}

type Message = Record<string, unknown>;

/** What JSONata says of an expression that fails whatever the message holds: an unknown function, too deep a recursion. */
const NEVER: ReadonlySet<string> = new Set(['T1005', 'T1006', 'T1007', 'T1008', 'U1001', 'U1002']);

const hasText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** An custom table in a flow: rows from messages, with properties and expressions as Node-RED reads them. */
export class CustomTableSource {
  readonly table: CustomTable;
  readonly #expressions: { column: CustomColumn; expression: Expression }[];

  /** @throws Hl7Error CONFIG_INVALID */
  constructor(
    readonly RED: NodeAPI,
    readonly node: Node | undefined,
    settings: TableSettings,
  ) {
    this.table = customTable(settings);
    for (const column of this.table.columns) if (column.kind === 'property') checkProperty(RED, column);
    this.#expressions = this.table.columns
      .filter(({ kind }) => kind === 'expression')
      .map((column) => ({ column, expression: prepared(RED, node, column) }));
  }

  /**
   * The rows that a message makes; at once where no expression has to be waited for.
   * @param text of the message
   * @throws Hl7Error STORE_VALUE_REFUSED, or that of a text that is no message; fault content
   */
  rows(msg: object, text: string): CustomRows | Promise<CustomRows> {
    const extraction = new Extraction(this.table, text);
    const property = this.#propertyOf(msg);
    if (this.#expressions.length === 0) return extraction.rows(property);
    return this.#evaluated(extraction, msg).then((values) => extraction.rows(property, values));
  }

  /** The rows as `rows` makes them, each value with what is to be said of it. */
  async cells(msg: object, text: string): Promise<Cell[][]> {
    const extraction = new Extraction(this.table, text);
    return extraction.cells(this.#propertyOf(msg), await this.#evaluated(extraction, msg));
  }

  #evaluated({ contexts }: Extraction, msg: object): Promise<ExpressionResult[][]> {
    return Promise.all(
      contexts.map((context) =>
        Promise.all(
          this.#expressions.map(({ column, expression }) => this.#evaluate(column, expression, context, msg)),
        ),
      ),
    );
  }

  /**
   * The result of an expression for a row. One that fails on a value of the message is a result, too; one that can never
   * succeed, such as one that calls an unknown function, refuses the message.
   */
  async #evaluate(
    column: CustomColumn,
    expression: Expression,
    row: RowContext,
    msg: object,
  ): Promise<ExpressionResult> {
    const read: unknown[] = [];
    let leftOut = false;
    let ours: unknown;
    const reading = <T>(what: () => T): T => {
      try {
        return what();
      } catch (error) {
        // Not of a value: the path cannot be read.
        ours = error;
        throw error;
      }
    };
    const bindings = {
      hl7: (path: string) =>
        reading(() => {
          const values = row.all(path);
          if (values.some((value) => hasText(value) && value !== values[0])) leftOut = true;
          read.push(values[0]);
          return values[0];
        }),
      hl7all: (path: string) =>
        reading(() => {
          const values = row.all(path).filter(hasText);
          read.push(...(values.length === 0 ? [undefined] : values));
          return values;
        }),
      segment: row.segment,
      occurrence: row.occurrence,
      repetition: row.repetition,
      ...(this.node !== undefined && contextOf(this.node, (error) => (ours = error))),
    };
    try {
      return new ExpressionResult(await expression.evaluate(expression._legacyMode ? { msg } : msg, bindings), leftOut);
    } catch (cause) {
      const { code: its, value } = (cause ?? {}) as { code?: unknown; value?: unknown };
      const code = typeof its === 'string' ? its : 'no code';
      if (cause !== ours && !NEVER.has(code)) {
        const failedOn = value === undefined ? read : [value];
        // An expression that fails for want of a value has none.
        if (failedOn.length > 0 && !failedOn.some((one) => one !== undefined && one !== null && one !== '')) {
          return new ExpressionResult(failedOn.every((one) => one === null) ? null : undefined, leftOut);
        }
        return new ExpressionResult(undefined, leftOut, { code, cause });
      }
      // The expression's own words may quote a value.
      const why = `the column ${column.name} has an expression that fails (${code})`;
      const text = `A message was not written to the table ${nameOf(this.table)}: ${why}.`;
      const errors = [{ code: '207', text: `${column.name.slice(0, 40)} cannot be computed`, severity: 'E' as const }];
      throw new Hl7Error('STORE_VALUE_REFUSED', text, { fault: 'content', errors, cause });
    }
  }

  #propertyOf(msg: object): (name: string) => unknown {
    return (name) => {
      try {
        return ownPropertyOf(this.RED, msg as Message, name);
      } catch {
        // A part of the way to it is not there.
        return undefined;
      }
    };
  }
}

/** What stands at a property's place in a message; undefined for what every object has, such as `constructor`. */
function ownPropertyOf(RED: NodeAPI, msg: Message, name: string): unknown {
  const value: unknown = RED.util.getMessageProperty(msg, name);
  if (typeof value === 'function') return undefined;
  let at: unknown = msg;
  for (const part of RED.util.normalisePropertyExpression(name, msg) as unknown as (string | number)[]) {
    if (part in Object.prototype && !(at instanceof Object && Object.hasOwn(at, part))) return undefined;
    at = (at as Record<string | number, unknown> | undefined)?.[part];
  }
  return value;
}

function checkProperty(RED: NodeAPI, column: CustomColumn): void {
  try {
    RED.util.normalisePropertyExpression(column.source);
  } catch (cause) {
    throw new Hl7Error(
      'CONFIG_INVALID',
      `The column ${column.name} names no property of a message: write it like mllp.remoteAddress. Open the db store node and change it.`,
      { cause },
    );
  }
}

function prepared(RED: NodeAPI, node: Node | undefined, column: CustomColumn): Expression {
  try {
    return RED.util.prepareJSONataExpression(column.source, node as Node) as unknown as Expression;
  } catch (cause) {
    throw new Hl7Error(
      'CONFIG_INVALID',
      `The expression of the column ${column.name} cannot be read. Open the db store node and correct it.`,
      { cause },
    );
  }
}

/**
 * Context stores of several kinds answer by a callback, which expressions wait for.
 * @param failed takes what a store fails with, which a message's value does not cause
 */
function contextOf(node: Node, failed: (error: Error) => void): Record<string, unknown> {
  const reader = (scope: 'flow' | 'global') => (key: string, store?: string) =>
    new Promise((resolve, reject) => {
      node.context()[scope].get(key, store, (error: Error | null, value: unknown) => {
        if (!error) return resolve(value);
        failed(error);
        reject(error);
      });
    });
  return { flowContext: reader('flow'), globalContext: reader('global') };
}
