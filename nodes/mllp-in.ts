import type { NodeAPI, NodeDef, NodeMessageInFlow, NodeStatus } from 'node-red';
import type { Hl7Error } from './lib/errors';
import type { Exchange } from './lib/exchange/exchange';
import { storing } from './lib/exchange/pressure';
import { exchanges, unanswered } from './lib/exchange/registry';
import { CHARSET_KEYS } from './lib/hl7/charset-names';
import { acceptOnReceipt } from './lib/message/batch';
import { type InboundMessage, inboundOf, refusedFrame } from './lib/message/inbound';
import { type Closing, type InboundFrame, MllpListener, type Peer } from './lib/mllp';
import { asHl7Error, failMessage } from './shared/failure';
import { type ListenerNode, registerListenerAdmin } from './shared/listener-admin';
import { type ListenerConfig, listenerSettings, type TlsNode } from './shared/listener-settings';
import { QuietLog } from './shared/quiet-log';
import { StatusLine } from './shared/status';

/** Milliseconds that a message which was on its way during a deployment still has to be answered. */
const AFTER_DEPLOY_MS = 5000;

type Message = NodeMessageInFlow & InboundMessage;

export = (RED: NodeAPI): void => {
  /** One listener of the event for all nodes: each with its own would be taken for a leak from the eleventh on. */
  const running = new Set<string>();

  function MllpIn(this: ListenerNode, config: ListenerConfig & NodeDef): void {
    RED.nodes.createNode(this, config);
    const status = new StatusLine(this);
    const log = new QuietLog((text) => this.warn(text));

    let settings: ReturnType<typeof listenerSettings>;
    let listener: MllpListener;
    try {
      const tlsNode = config.tls ? (RED.nodes.getNode(config.tls) as unknown as TlsNode | null) : undefined;
      settings = listenerSettings(config, tlsNode);
      listener = new MllpListener(settings.listener);
    } catch (thrown) {
      const error = asHl7Error(thrown, 'CONFIG_INVALID', 'The settings of the listener are not usable.');
      status.change({ fill: 'red', shape: 'ring', text: 'mllp-in.status.settings' });
      this.error(error);
      return;
    }
    const { acknowledge, policy, timeoutMs, text } = settings;
    const { host = '', port, tls } = settings.listener;
    this.statistics = () => listener.statistics();
    this.target = () =>
      listener.port === undefined ? undefined : { host, port: listener.port, tls: tls !== undefined };
    const where = `listener ${config.name ? `"${config.name}" ` : ''}(port ${port})`;

    const listening = (): NodeStatus => {
      const text = [`listening ${listener.port}`, listener.statistics().connections || []].flat().join(' · ');
      return { fill: 'green', shape: 'dot', text };
    };

    const closed = (peer: Peer, closing: Closing | undefined): void => {
      if (closing !== undefined)
        log.tell(closing.code, `${where}, ${peer.remoteAddress}: ${closing.text} [${closing.code}]`);
    };

    const timedOut = (exchange: Exchange, msg: Message): void => {
      const error = unanswered(where, timeoutMs);
      exchange.fail(error);
      exchange.answer({ failed: true }).catch((failed: Error) => {
        log.tell('ACK_TIMEOUT', failed.message);
        exchange.abandon();
      });
      this.error(error, msg);
    };

    const reply = async (frame: InboundFrame, answers: Buffer[], then: 'keep' | 'close'): Promise<void> => {
      try {
        await frame.reply.settle(answers, then);
      } catch (error) {
        // Nothing can be told to it here; on a closed connection the sender does not wait for an answer.
        if (!frame.reply.settled) await frame.reply.settle(undefined, 'close');
        throw error;
      }
    };

    const handOn = (frame: InboundFrame, msg: Message): void => {
      if (frame.refused === undefined) {
        this.send(msg);
        return;
      }
      const error = refusedFrame(frame.refused, frame.refusedReason, where);
      failMessage(RED, this, msg, error, () => this.error(error, msg));
    };

    const receive = (frame: InboundFrame): void => {
      const { message, part, kind, deviations } = inboundOf(frame, config.name || String(port), text);
      listener.note(deviations);
      const msg: Message = { ...message, _msgid: RED.util.generateId() };
      // An acknowledgment is never acknowledged: that would have no end.
      if (kind === 'acknowledgment' || acknowledge === 'never') {
        handOn(frame, msg);
        storing
          .low()
          .then(() => frame.reply.settle(undefined))
          .catch(() => undefined);
        return;
      }
      const exchange = exchanges.open(
        {
          owner: this.id,
          where,
          ...part,
          policy,
          batch: kind === 'batch',
          whenStored: acknowledge === 'stored',
          send: (answers, then) => reply(frame, answers, then),
          onError: (error) => log.tell(error.code, error.message),
        },
        timeoutMs,
        (late) => timedOut(late, { ...message, _msgid: msg._msgid, _session: { type: 'mllp', id: late.id } }),
      );
      msg._session = { type: 'mllp', id: exchange.id };
      if (acknowledge === 'receipt' && frame.refused === undefined) {
        acceptOnReceipt(exchange, msg, kind === 'batch').catch((error: Hl7Error) =>
          failMessage(RED, this, msg, error, () => log.tell(error.code, error.message)),
        );
      }
      handOn(frame, msg);
    };

    listener.on('listening', () => status.change(listening()));
    listener.on('change', () => {
      if (listener.port !== undefined) status.update(listening);
    });
    listener.on('bindError', (error, retryIn) => {
      const taken = (error.cause as { code?: string } | undefined)?.code === 'EADDRINUSE';
      status.change({ fill: 'red', shape: 'ring', text: taken ? `port ${port} in use` : `${error.code}` });
      log.tell(error.code, `${error.message} Retrying in ${Math.ceil(retryIn / 1000)} s.`);
    });
    listener.on('disconnect', closed);
    listener.on('rejected', closed);
    listener.on('failure', (error) => log.tell(error.code, error.message));
    listener.on('frame', receive);
    status.change({ fill: 'yellow', shape: 'ring', text: `starting ${port}` });
    listener.open();

    running.add(this.id);
    this.on('close', (done: () => void) => {
      running.delete(this.id);
      status.close();
      // Before the exchanges are given up: each of them makes room for the next frame that waits.
      const closing = listener.close();
      exchanges.abandon(this.id);
      closing.then(done, done);
    });
  }
  RED.nodes.registerType('hl7-mllp-in', MllpIn, {
    settings: { hl7MllpInCharsets: { value: CHARSET_KEYS, exportable: true } },
  });
  RED.events.on('flows:started', () => {
    for (const id of running) exchanges.shorten(id, AFTER_DEPLOY_MS);
  });
  registerListenerAdmin(RED);
};
