import type { Node, NodeAPI, NodeDef, NodeMessageInFlow, NodeStatus } from 'node-red';
import { type Configuration, configurationOf } from '../common/configuration';
import { asHl7Error, failMessage } from '../common/fail-message';
import { limitedLog } from '../common/node-log';
import { choiceOf, demandedText } from '../common/settings';
import { ACK_OUT } from '../common/settings-table/others';
import { StatusLine } from '../common/status-line';
import { Hl7Error } from '../lib/errors';
import { type AckResult, type AnswerRequest, ackResult, exchanges, isPositive, readErrors } from '../lib/exchange';
import { isAnswer } from '../lib/message';
import type { AckCode, AckOverride } from '../lib/message-contract';

interface Config extends NodeDef {
  answer: string;
  text: string;
  onlyStored: boolean;
}

interface Settings {
  answer: (typeof ACK_OUT.answer.choices)[number];
  text: string;
  onlyStored: boolean;
}

interface Message extends NodeMessageInFlow {
  _session?: unknown;
  ack?: AckOverride | AckResult;
  error?: unknown;
  raw?: unknown;
  mllp?: unknown;
}

const CODES: readonly string[] = ['AA', 'AE', 'AR', 'CA', 'CE', 'CR'];

/** True for a message that a Catch node brings back although its answer was sent, or cannot be sent any more. */
function isOver({ error }: Message): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^(ACK|CONNECTION)_/.test(code);
}

/** @throws VariableMissing */
function settingsOf({ config, lookup }: Configuration<Config>, warn: (text: string) => void): Settings {
  const { answer, text, onlyStored } = ACK_OUT;
  let comment = '';
  try {
    comment = demandedText(config.text, text.label, text.default, lookup);
  } catch (error) {
    // A comment that is not there is no reason to refuse a message that is stored.
    warn((error as Error).message);
  }
  return {
    answer: choiceOf(demandedText(config.answer, answer.label, 'auto', lookup), answer.choices),
    text: comment,
    onlyStored: demandedText(config.onlyStored, onlyStored.label, 'true', lookup) !== 'false',
  };
}

/** The answer that the flow asks for: the code by the node's setting or `msg.ack`; text and faults may come from `msg.ack` with any code. */
function requestOf({ answer, text, onlyStored }: Settings, msg: Message): AnswerRequest {
  const set = msg.ack as AckOverride | undefined;
  const code = answer === 'auto' || answer === 'msg' ? set?.code : answer;
  if (code !== undefined && code !== '' && !CODES.includes(code)) {
    throw new Hl7Error('ACK_CODE', 'msg.ack.code is no acknowledgment code. Set it to AA, AE or AR.');
  }
  return {
    code: (code || undefined) as AckCode | undefined,
    text: set?.text === undefined || set.text === null ? text : String(set.text),
    errors: readErrors(set?.errors),
    onlyStored,
    failed: msg.error !== undefined,
  };
}

export = (RED: NodeAPI): void => {
  function AckOut(this: Node, config: Config): void {
    RED.nodes.createNode(this, config);
    const log = limitedLog(this);
    const status = new StatusLine(this);
    const counts = new Map<string, number>();
    let settings: Settings | undefined;
    let wrong: unknown;
    try {
      settings = settingsOf(configurationOf(RED, this, 'hl7-ack-out', config), (text) => this.warn(text));
    } catch (error) {
      wrong = error;
      this.error(error);
    }

    let last = '';
    const shown = (): NodeStatus => {
      const text = [...counts].map(([c, n]) => `${c === '' ? RED._('ack-out.status.none') : c} ${n}`).join(' · ');
      return { fill: last === '' || isPositive(last) ? 'green' : 'yellow', shape: 'dot', text };
    };
    const count = (code: string): void => {
      last = code;
      counts.set(code, (counts.get(code) ?? 0) + 1);
      status.update(shown);
    };

    this.on('input', (msg: Message, send, done) => {
      let exchange: ReturnType<typeof exchanges.of>;
      let request: AnswerRequest;
      const fail = (thrown: unknown): void => {
        const error = asHl7Error(thrown, 'ACK_FAILED', 'The acknowledgment could not be sent.');
        // One more error would only come back again.
        if (/^ACK_(ALREADY_SENT|NO_SESSION)$/.test(error.code) && isOver(msg)) {
          done();
          return;
        }
        if (error.code === 'ACK_NOT_STORED')
          status.change({ fill: 'red', shape: 'ring', text: 'ack-out.status.not-stored' });
        failMessage(RED, this, msg, error, done);
      };
      if (msg._session === undefined && isAnswer(msg)) {
        send(msg);
        done();
        return;
      }
      try {
        exchange = exchanges.of(msg._session);
        if (settings === undefined) throw wrong;
        request = requestOf(settings, msg);
      } catch (error) {
        return fail(error);
      }
      exchange.answer(request).then((sent) => {
        count(sent.code);
        if (sent.unrecorded) log.report(sent.unrecorded.code, sent.unrecorded.message);
        msg.ack = ackResult(sent);
        send(msg);
        done();
      }, fail);
    });

    this.on('close', () => status.close());
  }
  RED.nodes.registerType('hl7-ack-out', AckOut);
};
