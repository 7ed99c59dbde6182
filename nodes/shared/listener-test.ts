import type { Node, NodeAPI } from 'node-red';
import { sampleAdmission } from '../lib/message/sample';
import { sendOnce } from '../lib/mllp/send-once';

/** What the test needs to know of an `mllp in` node. */
export interface TestableListener extends Node {
  /** Where it listens; nothing while its settings are not usable, or its port cannot be had. */
  target?: () => { host: string; port: number; tls: boolean } | undefined;
}

/** Milliseconds to wait for an answer: more than a flow gets by default. */
const TIMEOUT_MS = 45_000;

/**
 * The editor's "Send a test message": a message goes to a deployed listener as any sender's would, through the flow
 * behind it, and its answer is told.
 */
export function registerListenerTest(RED: NodeAPI): void {
  RED.httpAdmin?.post(
    '/hl7-logger/listener/test',
    RED.auth.needsPermission('hl7-logger.write'),
    (request, response) => {
      const { id } = (request.body ?? {}) as { id?: unknown };
      const refuse = (message: string): void => {
        response.json({ ok: false, message });
      };
      const node = typeof id === 'string' ? (RED.nodes.getNode(id) as TestableListener | null) : null;
      if (node?.type !== 'hl7-mllp-in') {
        refuse('This listener is not deployed yet. Deploy it first.');
        return;
      }
      const target = node.target?.();
      if (target === undefined) {
        refuse('This listener does not listen now: see its status.');
        return;
      }
      if (target.tls) {
        refuse('This listener speaks TLS: send it a message from a system that does, too.');
        return;
      }
      const host = target.host === '0.0.0.0' || target.host === '::' ? '127.0.0.1' : target.host;
      sendOnce(Buffer.from(sampleAdmission()), { host, port: target.port, timeoutMs: TIMEOUT_MS }).then(
        (answer) => response.json({ ok: true, message: `The answer is ${answeredCode(answer)}.` }),
        (error: Error) => response.json({ ok: false, message: error.message }),
      );
    },
  );
}

/** MSA-1 of an acknowledgment. */
function answeredCode(answer: Buffer): string {
  return /\rMSA.([A-Z]{2})/.exec(answer.toString('latin1'))?.[1] ?? 'not an acknowledgment';
}
