import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { Hl7Error } from './lib/errors';
import { isBatch } from './lib/hl7/batch';
import { LIVE_LIMITS, STEPS_LIMITS } from './lib/hl7/limits';
import { toLive } from './lib/hl7/live';
import { type Transformed, toObject, toObjectInSteps } from './lib/hl7/object';
import { toTextInSteps } from './lib/hl7/object-text';
import { splitMessageInSteps } from './lib/message/batch';
import type { InboundMessage } from './lib/message/inbound';
import { asHl7Error, failMessage } from './shared/failure';
import { choiceOf, textOf } from './shared/settings';

/** Characters beyond which a message is parsed in steps. What is shorter is cheap, whatever its shape: see `STEPS_LIMITS`. */
const LARGE = 262_144;

interface Config extends NodeDef {
  property: string;
  direction: string;
  object: string;
  batch: string;
}

type Message = NodeMessageInFlow & Partial<InboundMessage> & { parts?: unknown };

export = (RED: NodeAPI): void => {
  function Hl7Parse(this: Node, config: Config): void {
    RED.nodes.createNode(this, config);
    const property = textOf(config.property, 'payload');
    const direction = choiceOf(config.direction, ['auto', 'object', 'text']);
    const live = config.object === 'live';
    const refuseBatch = config.batch === 'refuse';

    const parse = (text: string): unknown => {
      if (live) return toLive(text, LIVE_LIMITS);
      return text.length > LARGE ? toObjectInSteps(text) : toObject(text, STEPS_LIMITS);
    };

    const convert = (value: unknown): unknown => {
      if (typeof value === 'string') return direction === 'text' ? value : parse(value);
      if (Buffer.isBuffer(value) || typeof value !== 'object' || value === null) {
        throw new Hl7Error(
          'PARSE_INPUT',
          `msg.${property} is neither text nor an object of an HL7 message. Set the property that holds one.`,
          { fault: 'content' },
        );
      }
      return direction === 'object' ? value : toTextInSteps(value as Transformed);
    };

    const splits = (value: unknown): boolean => {
      if (typeof value !== 'string' || direction === 'text' || !isBatch(value)) return false;
      if (!refuseBatch) return true;
      throw new Hl7Error('PARSE_BATCH', 'A batch came in, and this node is set to refuse batches.', {
        fault: 'content',
        errors: [{ code: '200', text: 'Batches are not taken here' }],
      });
    };

    const split = async (msg: Message, text: string, send: (msg: Message) => void): Promise<void> => {
      const { messages, warnings } = await splitMessageInSteps(msg, text);
      for (const warning of warnings) this.warn(warning.text);
      const { payload: _payload, raw: _raw, ...common } = msg;
      for (const [index, part] of messages.entries()) {
        const own: Message = {
          ...RED.util.cloneMessage(common),
          ...part,
          _msgid: RED.util.generateId(),
          parts: { id: msg._msgid, index, count: messages.length },
        };
        try {
          RED.util.setMessageProperty(own, property, (await parse(part.payload)) as never, true);
        } catch (thrown) {
          const error = asHl7Error(thrown, 'PARSE_FAILED', 'A message of a batch could not be parsed.');
          failMessage(RED, this, own, error, () => this.error(error, own));
          continue;
        }
        send(own);
        // The messages of a large batch must not keep those of other senders waiting.
        if (index % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
      }
    };

    this.on('input', (msg: NodeMessageInFlow, send, done) => {
      const fail = (thrown: unknown): void => {
        const error = asHl7Error(thrown, 'PARSE_FAILED', 'The message could not be converted.');
        failMessage(RED, this, msg, error, done);
      };
      const pass = (value: unknown): void => {
        RED.util.setMessageProperty(msg, property, value as never, true);
        send(msg);
        done();
      };
      try {
        const value: unknown = RED.util.getMessageProperty(msg, property);
        if (splits(value)) {
          split(msg as Message, value as string, (part) => send(part as NodeMessageInFlow)).then(() => done(), fail);
          return;
        }
        const converted = convert(value);
        if (converted instanceof Promise) converted.then(pass).catch(fail);
        else pass(converted);
      } catch (thrown) {
        fail(thrown);
      }
    });
  }
  RED.nodes.registerType('hl7-parse', Hl7Parse);
};
