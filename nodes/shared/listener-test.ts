import type { NodeAPI } from 'node-red';
import { sampleAdmission } from '../lib/message/sample';
import { sendOnce } from '../lib/mllp/send-once';
import type { ListenerConfig } from './listener-settings';
import { numberOf, textOf } from './settings';

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
      let config: ListenerConfig | undefined;
      RED.nodes.eachNode((node) => {
        if (node.id === id && node.type === 'hl7-mllp-in') config = node as unknown as ListenerConfig;
      });
      if (config === undefined) {
        response.json({ ok: false, message: 'This listener is not deployed yet. Deploy it first.' });
        return;
      }
      if (config.tls) {
        response.json({
          ok: false,
          message: 'This listener speaks TLS: send it a message from a system that does, too.',
        });
        return;
      }
      const host = textOf(config.host, '127.0.0.1');
      const port = numberOf(config.port, { label: 'The port', default: 2575, min: 1, max: 65535 });
      const target = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
      sendOnce(Buffer.from(sampleAdmission()), { host: target, port, timeoutMs: 45_000 }).then(
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
