import type { Node, NodeAPI } from 'node-red';
import { Hl7Error } from '../lib/errors';
import {
  type Cell,
  Extraction,
  nameOf,
  type OwnColumn,
  type OwnRows,
  type OwnTable,
  ownTable,
  type RowContext,
  type TableSettings,
} from '../lib/store/own';

interface Expression {
  evaluate(input: unknown, bindings: Record<string, unknown>): Promise<unknown>;
  _legacyMode?: boolean;
}

type Message = Record<string, unknown>;

/** An own table in a flow: rows from messages, with properties and expressions as Node-RED reads them. */
export class OwnTableSource {
  readonly table: OwnTable;
  readonly #expressions: { column: OwnColumn; expression: Expression }[];

  /** @throws Hl7Error CONFIG_INVALID */
  constructor(
    readonly RED: NodeAPI,
    readonly node: Node | undefined,
    settings: TableSettings,
  ) {
    this.table = ownTable(settings);
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
  rows(msg: object, text: string): OwnRows | Promise<OwnRows> {
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

  #evaluated({ contexts }: Extraction, msg: object): Promise<unknown[][]> {
    return Promise.all(
      contexts.map((context) =>
        Promise.all(
          this.#expressions.map(({ column, expression }) => this.#evaluate(column, expression, context, msg)),
        ),
      ),
    );
  }

  async #evaluate(column: OwnColumn, expression: Expression, row: RowContext, msg: object): Promise<unknown> {
    const bindings = {
      hl7: (path: string) => row.get(path),
      segment: row.segment,
      occurrence: row.occurrence,
      ...(this.node !== undefined && contextOf(this.node)),
    };
    try {
      return await expression.evaluate(expression._legacyMode ? { msg } : msg, bindings);
    } catch (cause) {
      // The expression's own words may quote a value.
      const { code } = cause as { code?: unknown };
      const why = `the column ${column.name} has an expression that fails (${typeof code === 'string' ? code : 'no code'})`;
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

function checkProperty(RED: NodeAPI, column: OwnColumn): void {
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

function prepared(RED: NodeAPI, node: Node | undefined, column: OwnColumn): Expression {
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

/** Context stores of several kinds answer by a callback, which expressions wait for. */
function contextOf(node: Node): Record<string, unknown> {
  const reader = (scope: 'flow' | 'global') => (key: string, store?: string) =>
    new Promise((resolve, reject) => {
      node
        .context()
        [scope].get(key, store, (error: Error | null, value: unknown) => (error ? reject(error) : resolve(value)));
    });
  return { flowContext: reader('flow'), globalContext: reader('global') };
}
