import type { Node, NodeMessage } from 'node-red';
import { RateLimitedLog } from './rate-limited-log';

/** The part of a flow of Node-RED that leads errors to Catch nodes; it is not in Node-RED's types. */
interface ErrorRouter {
  handleError?(node: Node, error: unknown, msg: object): boolean;
}

const logs = new WeakMap<Node, RateLimitedLog>();

/**
 * The log of a node that messages pass through, which limits `node.error` (and so `done(error)`) and `node.warn`: every
 * error goes to Catch nodes with its message, and what no Catch node takes is logged once for each code, and then once a
 * minute with counts. Without it a flow without a Catch node writes a line for each message of an outage.
 */
export function limitedLog(node: Node): RateLimitedLog {
  const known = logs.get(node);
  if (known !== undefined) return known;
  const error = node.error.bind(node);
  const warn = node.warn.bind(node);
  const log = new RateLimitedLog(warn);
  logs.set(node, log);
  node.warn = (text: unknown) => log.report(kindOf(text), textOf(text), () => warn(text));
  node.error = (thrown: unknown, msg?: NodeMessage) => {
    const { _flow: flow } = node as { _flow?: ErrorRouter };
    const hasMessage = typeof msg === 'object' && msg !== null;
    if (hasMessage && typeof flow?.handleError !== 'function') {
      // Another Node-RED than those we know: Catch nodes matter more than the length of the log.
      error(thrown, msg);
      return;
    }
    if (hasMessage && flow?.handleError?.(node, thrown || '', msg)) return;
    log.report(kindOf(thrown), textOf(thrown), () => error(thrown));
  };
  node.on('close', () => log.close());
  return log;
}

/** The code of an error, or the text of a warning, of which a node has few. */
function kindOf(thrown: unknown): string {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' && code !== '' ? code : textOf(thrown);
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
