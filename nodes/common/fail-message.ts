import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { type ErrorCode, Hl7Error } from '../lib/errors';
import { exchanges } from '../lib/exchange';
import { TRACE } from '../lib/util';
import { FlowGraph, type FlowNode } from './flow-graph';
import { limitedLog } from './node-log';

const graphs = new WeakMap<NodeAPI, { graph?: FlowGraph }>();

/** The wires of the running flows, read once a deployment. */
function graphOf(RED: NodeAPI): FlowGraph {
  let known = graphs.get(RED);
  if (known === undefined) {
    const fresh: { graph?: FlowGraph } = {};
    RED.events.on('flows:started', () => {
      fresh.graph = undefined;
    });
    graphs.set(RED, fresh);
    known = fresh;
  }
  if (known.graph === undefined) {
    const nodes: FlowNode[] = [];
    RED.nodes.eachNode((node) => nodes.push(node as unknown as FlowNode));
    known.graph = new FlowGraph(nodes);
  }
  return known.graph;
}

/** A node's id in the flow file. Inside a subflow its own is made anew for each instance; the wires know the template's. */
export function idInFlow(node: object): string {
  const { id, _alias } = node as { id: string; _alias?: string };
  return _alias ?? id;
}

/** Anything thrown, as an error with a stable code; an unforeseen one keeps its own text out of the acknowledgment. */
export function asHl7Error(thrown: unknown, code: ErrorCode, message: string): Hl7Error {
  return thrown instanceof Hl7Error ? thrown : new Hl7Error(code, message, { cause: thrown });
}

/** True when something in the flow can still answer a message that failed in a node. */
function isAnswered(RED: NodeAPI, id: string, port: number | undefined): boolean {
  try {
    const graph = graphOf(RED);
    return graph.answersFailureOf(id) || (port !== undefined && graph.answersFrom(id, port));
  } catch {
    // A flow file may hold anything; its sender is answered at once then.
    return false;
  }
}

/**
 * Reports that a message failed in one of our nodes: Catch nodes get it whole, and its sender gets the negative answer
 * at once when nothing in the flow could give one.
 * @param port the output (0-based) that the failed message leaves by, when the node hands it on itself.
 */
export function failMessage(
  RED: NodeAPI,
  node: Node,
  msg: NodeMessageInFlow,
  error: Hl7Error,
  done: (error?: Error) => void,
  port?: number,
): void {
  const { id } = ((msg as { _session?: { id?: unknown } })._session ?? {}) as { id?: unknown };
  const exchange = typeof id === 'string' ? exchanges.find(id) : undefined;
  exchange?.fail(error);
  if (TRACE['message failed'].on) {
    const session = typeof id === 'string' ? id : undefined;
    TRACE['message failed'].report({ session, node: node.id, code: error.code, fault: error.fault });
  }
  if (port === undefined) done(error);
  if (exchange === undefined || exchange.settled) return;
  if (isAnswered(RED, idInFlow(node), port)) return;
  exchange.answer({ failed: true }).catch((failed: unknown) => {
    // The sender will repeat what it got no answer to; nothing else can be done about it here.
    const { code, message } = asHl7Error(failed, 'ACK_FAILED', 'The negative acknowledgment could not be sent.');
    limitedLog(node).report(code, message);
  });
}
