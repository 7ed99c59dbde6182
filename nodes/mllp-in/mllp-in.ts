import type { NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { configurationOf } from '../common/configuration';
import { failMessage } from '../common/fail-message';
import { limitedLog } from '../common/node-log';
import { StatusLine } from '../common/status-line';
import { traceToLog } from '../common/trace-log';
import type { Hl7Error } from '../lib/errors';
import { type Exchange, exchanges, LateFault, unanswered } from '../lib/exchange';
import { CHARSET_KEYS, MLLP_LABELS } from '../lib/hl7';
import { acceptingOnReceipt, type Inbound, type InboundMessage, receiveSteps, refusedFrame } from '../lib/message';
import { DEVIATIONS, giveUp, type InboundFrame, MllpListener, type Refusal, sendAnswers } from '../lib/mllp';
import { KeyedQueue, soon, storing, TRACE } from '../lib/util';
import { type ListenerNode, registerListenerAdmin } from './admin';
import { type ListenerConfig, listenerSettings, type TlsNode } from './settings';
import { reportListener, reportUnusable } from './status';

/** Milliseconds that a message which was on its way during a deployment still has to be answered. */
const AFTER_DEPLOY_MS = 5000;

type Message = NodeMessageInFlow & InboundMessage;

export = (RED: NodeAPI): void => {
  traceToLog(RED);
  /** One listener of the event for all nodes: each with its own would be taken for a leak from the eleventh on. */
  const running = new Set<string>();

  function MllpIn(this: ListenerNode, given: ListenerConfig & NodeDef): void {
    RED.nodes.createNode(this, given);
    const status = new StatusLine(this);
    const log = limitedLog(this);

    let settings: ReturnType<typeof listenerSettings>;
    let listener: MllpListener;
    try {
      const { config, lookup } = configurationOf(RED, this, 'hl7-mllp-in', given);
      const tlsNode = config.tls ? (RED.nodes.getNode(config.tls) as unknown as TlsNode | null) : undefined;
      settings = listenerSettings(config, tlsNode, lookup);
      listener = new MllpListener(settings.listener);
    } catch (thrown) {
      reportUnusable(RED, this, status, thrown);
      return;
    }
    const { name, acknowledge, policy, timeoutMs, text } = settings;
    const { host = '', port, tls } = settings.listener;
    this.statistics = () => listener.statistics();
    this.target = () =>
      listener.port === undefined ? undefined : { host, port: listener.port, tls: tls !== undefined };
    const where = `listener ${name ? `"${name}" ` : ''}(port ${port})`;

    const timedOut = (exchange: Exchange, msg: Message, error: Hl7Error): void => {
      exchange.fail(error);
      exchange.answer({ failed: true }).catch((failed: Error) => {
        log.report('ACK_TIMEOUT', failed.message);
        exchange.abandon();
      });
      this.error(error, msg);
    };

    const refusal = (code: Refusal, remoteAddress: string, controlId: string): Hl7Error => {
      const { meaning, advice } = DEVIATIONS[code];
      return refusedFrame(code, meaning, { where, remoteAddress, controlId, advice });
    };

    /** What is seen of a frame later. Holds nothing of the frame, since its connection keeps it until the next one. */
    const lateFault = (seen: InboundFrame['late'], remoteAddress: string, controlId: string): LateFault => {
      const late = new LateFault();
      seen.onCode((code) => late.add(refusal(code, remoteAddress, controlId)));
      return late;
    };

    const handOn = (frame: InboundFrame, msg: Message, kind: Inbound['kind'], controlId: string): void => {
      if (TRACE['message handed on'].on) {
        const { charset, deviations, size } = msg.mllp;
        TRACE['message handed on'].report({
          connection: frame.connection.id,
          session: msg._session?.id,
          node: this.id,
          controlId: msg.hl7.controlId,
          type: msg.topic,
          kind,
          bytes: size,
          charset,
          deviations,
        });
      }
      if (frame.refused === undefined) {
        this.send(msg);
        return;
      }
      const error = refusal(frame.refused, frame.connection.remoteAddress, controlId);
      failMessage(RED, this, msg, error, () => this.error(error, msg));
    };

    let closed = false;

    function* taking(node: ListenerNode, frame: InboundFrame): Generator<void, void> {
      const { message, part, kind, deviations } = yield* receiveSteps(frame, name || String(port), text);
      if (closed) return giveUp(frame.reply);
      listener.note(deviations);
      const msg: Message = { ...message, _msgid: RED.util.generateId() };
      const { controlId } = part.facts;
      const late = lateFault(frame.late, frame.connection.remoteAddress, controlId);
      // An acknowledgment is never acknowledged: that would have no end.
      if (kind === 'acknowledgment' || acknowledge === 'never') {
        handOn(frame, msg, kind, controlId);
        storing
          .low()
          .then(() => frame.reply.settle(undefined))
          .catch(() => undefined);
        return;
      }
      const exchange = exchanges.open(
        {
          owner: node.id,
          where,
          ...part,
          policy,
          batch: kind === 'batch',
          whenStored: acknowledge === 'stored',
          late,
          send: (answers, then) => sendAnswers(frame.reply, answers, then),
          onError: (error) => log.report(error.code, error.message),
        },
        timeoutMs,
        (late, ms, deployed) => {
          const again = { ...message, _msgid: msg._msgid, _session: { type: 'mllp' as const, id: late.id } };
          timedOut(late, again, unanswered(where, ms, deployed));
        },
      );
      msg._session = { type: 'mllp', id: exchange.id };
      if (acknowledge === 'receipt' && frame.refused === undefined) {
        const accept = yield* acceptingOnReceipt(exchange, msg, kind === 'batch');
        if (closed) return;
        accept().catch((error: Hl7Error) =>
          failMessage(RED, node, msg, error, () => log.report(error.code, error.message)),
        );
      }
      handOn(frame, msg, kind, controlId);
    }

    const keyedQueue = new KeyedQueue();
    listener.on('frame', (frame) => {
      keyedQueue
        .run(frame.connection.id, () => soon(taking(this, frame)))
        ?.catch(() => {
          log.report('HANDLER_FAILED', `A frame of ${where} could not be handed on; its connection is closed.`);
          giveUp(frame.reply);
        });
    });
    reportListener(RED, listener, { where, port }, status, log);
    listener.open();

    running.add(this.id);
    this.on('close', (done: () => void) => {
      closed = true;
      running.delete(this.id);
      status.close();
      // Before the exchanges are given up: each of them makes room for the next frame that waits.
      const closing = listener.close();
      exchanges.abandon(this.id);
      closing.then(done, done);
    });
  }
  RED.nodes.registerType('hl7-mllp-in', MllpIn, {
    settings: {
      hl7MllpInCharsets: { value: CHARSET_KEYS, exportable: true },
      hl7MllpInCharsetLabels: { value: MLLP_LABELS, exportable: true },
    },
  });
  RED.events.on('flows:started', () => {
    for (const id of running) exchanges.shorten(id, AFTER_DEPLOY_MS);
  });
  registerListenerAdmin(RED);
};
