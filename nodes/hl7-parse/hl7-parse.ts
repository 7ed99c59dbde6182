import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { type Configuration, configurationOf } from '../common/configuration';
import { asHl7Error, failMessage } from '../common/fail-message';
import { limitedLog } from '../common/node-log';
import { choiceOf, demandedText } from '../common/settings';
import { HL7_PARSE } from '../common/settings-table/others';
import { Hl7Error } from '../lib/errors';
import { buildSteps, isBatchSteps, LIVE_LIMITS, makeLiveSteps, parseSteps, STEPS_LIMITS } from '../lib/hl7';
import { type InboundMessage, splitMessageSteps } from '../lib/message';
import { KeyedQueue, soon } from '../lib/util';

interface Config extends NodeDef {
  property: string;
  direction: string;
  object: string;
  batch: string;
}

type Message = NodeMessageInFlow & Partial<InboundMessage> & { parts?: unknown };
type Send = (msg: Message) => void;

/** @throws VariableMissing */
function settingsOf({ config, lookup }: Configuration<Config>) {
  const choice = <const T extends string>(
    value: unknown,
    { label, choices }: { label: string; choices: readonly [T, ...T[]] },
  ): T => choiceOf(demandedText(value, label, choices[0], lookup), choices);
  return {
    property: demandedText(config.property, HL7_PARSE.property.label, HL7_PARSE.property.default, lookup),
    direction: choice(config.direction, HL7_PARSE.direction),
    live: choice(config.object, HL7_PARSE.object) === 'live',
    refuseBatch: choice(config.batch, HL7_PARSE.batch) === 'refuse',
  };
}

export = (RED: NodeAPI): void => {
  function Hl7Parse(this: Node, config: Config): void {
    RED.nodes.createNode(this, config);
    const log = limitedLog(this);
    let settings: ReturnType<typeof settingsOf>;
    try {
      settings = settingsOf(configurationOf(RED, this, 'hl7-parse', config));
    } catch (wrong) {
      const error = asHl7Error(wrong, 'CONFIG_INVALID', 'The settings of hl7 parse cannot be used.');
      this.error(error);
      this.on('input', (msg: NodeMessageInFlow, _send, done) => failMessage(RED, this, msg, error, done));
      return;
    }
    const { property, direction, live, refuseBatch } = settings;

    const parse = (text: string): Generator<void, unknown> =>
      live ? makeLiveSteps(text, LIVE_LIMITS) : parseSteps(text, STEPS_LIMITS);

    function* convert(value: unknown): Generator<void, unknown> {
      if (typeof value === 'string') return direction === 'text' ? value : yield* parse(value);
      if (Buffer.isBuffer(value) || typeof value !== 'object' || value === null) {
        throw new Hl7Error(
          'PARSE_INPUT',
          `msg.${property} is neither text nor an object of an HL7 message. Set the property that holds one.`,
          { fault: 'content' },
        );
      }
      return direction === 'object' ? value : yield* buildSteps(value);
    }

    function* splits(value: unknown): Generator<void, boolean> {
      if (typeof value !== 'string' || direction === 'text' || !(yield* isBatchSteps(value))) return false;
      if (!refuseBatch) return true;
      throw new Hl7Error('PARSE_BATCH', 'A batch came in, and this node is set to refuse batches.', {
        fault: 'content',
        errors: [{ code: '200', text: 'Batches are not taken here' }],
      });
    }

    const handOn = (msg: Message, value: unknown, send: Send): void => {
      RED.util.setMessageProperty(msg, property, value as never, true);
      send(msg);
    };

    // A function, not a method: `this` is the node.
    const node = this;
    function* split(msg: Message, text: string, send: Send): Generator<void, void> {
      const { messages, warnings } = yield* splitMessageSteps(msg, text);
      for (const warning of warnings) log.report(warning.code, warning.text);
      const { payload: _payload, raw: _raw, ...common } = msg;
      for (const [index, part] of messages.entries()) {
        const own: Message = {
          ...RED.util.cloneMessage(common),
          ...part,
          _msgid: RED.util.generateId(),
          parts: { id: msg._msgid, index, count: messages.length },
        };
        try {
          handOn(own, yield* parse(part.payload), send);
        } catch (thrown) {
          const error = asHl7Error(thrown, 'PARSE_FAILED', 'A message of a batch could not be parsed.');
          failMessage(RED, node, own, error, () => node.error(error, own));
        }
        // The messages of a large batch must not keep those of other senders waiting.
        yield;
      }
    }

    function* handle(msg: Message, send: Send): Generator<void, void> {
      const value: unknown = RED.util.getMessageProperty(msg, property);
      if (yield* splits(value)) yield* split(msg, value as string, send);
      else handOn(msg, yield* convert(value), send);
    }

    // A large message takes pauses; a small one behind it on its connection must not overtake it.
    const keyedQueue = new KeyedQueue();
    this.on('input', (msg: NodeMessageInFlow, send, done) => {
      const fail = (thrown: unknown): void => {
        const error = asHl7Error(thrown, 'PARSE_FAILED', 'The message could not be converted.');
        failMessage(RED, this, msg, error, done);
      };
      try {
        const { mllp } = msg as Message;
        const handled = keyedQueue.run(mllp?.connection ?? '', () => soon(handle(msg as Message, send as Send)));
        if (handled === undefined) done();
        else handled.then(() => done(), fail);
      } catch (thrown) {
        fail(thrown);
      }
    });
  }
  RED.nodes.registerType('hl7-parse', Hl7Parse);
};
