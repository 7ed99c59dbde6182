import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { Hl7Error } from './lib/errors';
import { isBatch } from './lib/hl7/batch';
import { toLive } from './lib/hl7/live';
import { type Transformed, toObject } from './lib/hl7/object';
import { toText } from './lib/hl7/object-text';
import { splitMessage } from './lib/message/batch';
import type { InboundMessage } from './lib/message/inbound';
import { asHl7Error, failMessage } from './shared/failure';
import { choiceOf, textOf } from './shared/settings';

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

    const parse = (text: string): unknown => (live ? toLive(text) : toObject(text));

    const convert = (value: unknown): unknown => {
      if (typeof value === 'string') return direction === 'text' ? value : parse(value);
      if (Buffer.isBuffer(value) || typeof value !== 'object' || value === null) {
        throw new Hl7Error(
          'PARSE_INPUT',
          `msg.${property} is neither text nor an object of an HL7 message. Set the property that holds one.`,
          { fault: 'content' },
        );
      }
      return direction === 'object' ? value : toText(value as Transformed);
    };

    const splits = (value: unknown): boolean => {
      if (typeof value !== 'string' || direction === 'text' || !isBatch(value)) return false;
      if (!refuseBatch) return true;
      throw new Hl7Error('PARSE_BATCH', 'A batch came in, and this node is set to refuse batches.', {
        fault: 'content',
        errors: [{ code: '200', text: 'Batches are not taken here' }],
      });
    };

    const split = (msg: Message, text: string, send: (msg: Message) => void): void => {
      const { messages, warnings } = splitMessage(msg, text);
      for (const warning of warnings) this.warn(warning.text);
      const { payload: _payload, raw: _raw, ...common } = msg;
      messages.forEach((part, index) => {
        const own: Message = {
          ...RED.util.cloneMessage(common),
          ...part,
          _msgid: RED.util.generateId(),
          parts: { id: msg._msgid, index, count: messages.length },
        };
        try {
          RED.util.setMessageProperty(own, property, parse(part.payload), true);
        } catch (thrown) {
          const error = asHl7Error(thrown, 'PARSE_FAILED', 'A message of a batch could not be parsed.');
          return failMessage(RED, this, own, error, () => this.error(error, own));
        }
        send(own);
      });
    };

    this.on('input', (msg: NodeMessageInFlow, send, done) => {
      try {
        const value: unknown = RED.util.getMessageProperty(msg, property);
        if (splits(value)) {
          split(msg as Message, value as string, (part) => send(part as NodeMessageInFlow));
        } else {
          RED.util.setMessageProperty(msg, property, convert(value) as never, true);
          send(msg);
        }
      } catch (thrown) {
        const error = asHl7Error(thrown, 'PARSE_FAILED', 'The message could not be converted.');
        return failMessage(RED, this, msg, error, done);
      }
      done();
    });
  }
  RED.nodes.registerType('hl7-parse', Hl7Parse);
};
