import type { Node, NodeAPI } from 'node-red';
import { isPositive } from '../lib/hl7';
import { sampleAdmission } from '../lib/message';
import { type ListenerStatistics, sendOnce } from '../lib/mllp';

/** What the editor and an administrator may ask an `mllp in` node. */
export interface ListenerNode extends Node {
  /** Where it listens; nothing while its settings are not usable, or its port cannot be had. */
  target?: () => { host: string; port: number; tls: boolean } | undefined;
  /** Its counters since it was deployed; nothing while its settings are not usable. */
  statistics?: () => ListenerStatistics;
}

/** Milliseconds to wait for an answer: more than a flow gets by default. */
const TIMEOUT_MS = 45_000;

/** The ways for the editor and for administrators to a listener. */
export function registerListenerAdmin(RED: NodeAPI): void {
  const listenerOf = (id: unknown): ListenerNode | undefined => {
    const node = typeof id === 'string' ? (RED.nodes.getNode(id) as ListenerNode | null) : null;
    return node?.type === 'hl7-mllp-in' ? node : undefined;
  };
  registerStatistics(RED, listenerOf);
  registerTest(RED, listenerOf);
}

/** `GET hl7-logger/listener/<node id>/statistics`: frames, bytes, answers, deviations and closes by code. No message content. */
function registerStatistics(RED: NodeAPI, listenerOf: (id: unknown) => ListenerNode | undefined): void {
  RED.httpAdmin?.get(
    '/hl7-logger/listener/:id/statistics',
    RED.auth.needsPermission('hl7-logger.read'),
    (request, response) => {
      const statistics = listenerOf(request.params.id)?.statistics?.();
      if (statistics === undefined)
        response.status(404).json({ message: 'There is no such listener, or it is not deployed.' });
      else response.json(statistics);
    },
  );
}

/**
 * The editor's "Send a test message": a message goes to a deployed listener as any sender's would, through the flow
 * behind it, and returns its answer.
 */
function registerTest(RED: NodeAPI, listenerOf: (id: unknown) => ListenerNode | undefined): void {
  RED.httpAdmin?.post(
    '/hl7-logger/listener/test',
    RED.auth.needsPermission('hl7-logger.write'),
    (request, response) => {
      const { id } = (request.body ?? {}) as { id?: unknown };
      const refuse = (message: string): void => {
        response.json({ ok: false, message });
      };
      const node = listenerOf(id);
      if (node === undefined) {
        refuse('This listener is not deployed yet. Deploy it first.');
        return;
      }
      const target = node.target?.();
      if (target === undefined) {
        refuse('This listener does not listen now: see its status.');
        return;
      }
      if (target.tls) {
        refuse('This listener uses TLS, which the built-in test does not support. Test it from a TLS client.');
        return;
      }
      const host = target.host === '0.0.0.0' || target.host === '::' ? '127.0.0.1' : target.host;
      sendOnce(Buffer.from(sampleAdmission()), { host, port: target.port, timeoutMs: TIMEOUT_MS }).then(
        (answer) => {
          const code = answeredCode(answer);
          response.json({ ok: isPositive(code), message: `The answer is ${code || 'no acknowledgment'}.` });
        },
        (error: Error) => response.json({ ok: false, message: error.message }),
      );
    },
  );
}

/** MSA-1 of an acknowledgment; `''` of anything else. */
function answeredCode(answer: Buffer): string {
  return /\rMSA.([A-Z]{2})/.exec(answer.toString('latin1'))?.[1] ?? '';
}
