/** Our nodes in a Node-RED runtime of this process, with flows made by hand and real sockets and databases. */
import type { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { Node, NodeInitializer, NodeMessageInFlow, NodeStatus } from 'node-red';
import helper from 'node-red-node-test-helper';
import ackOut from '../../nodes/ack-out/ack-out';
import dbStore from '../../nodes/db-store/db-store';
import hl7Database from '../../nodes/hl7-database/hl7-database';
import hl7Parse from '../../nodes/hl7-parse/hl7-parse';
import mllpIn from '../../nodes/mllp-in/mllp-in';
import { example } from '../support/flows';
import { MllpClient } from '../support/mllp-client';
import { type FlowNode, nodeRedFolder } from '../support/node-red';
import { freePort } from '../support/ports';
import { CleanUp, dropFolder, tempFolder } from '../support/temp';
import { until } from '../support/wait';

helper.init(require.resolve(nodeRedFolder()));
// Each flow loads the nodes anew, and each time they listen to Node-RED's events.
(helper as unknown as { _events: EventEmitter })._events.setMaxListeners(0);

const NODE_FOLDERS = join(__dirname, '..', '..', 'nodes');

/** A text of the nodes' own catalogues, as Node-RED gives it to a node that stands in its palette. */
function say(key: string, values: Record<string, unknown> = {}): string {
  const steps = key.split('.');
  let found: unknown = require(join(NODE_FOLDERS, steps[0]!, 'locales', 'en-US', `${steps[0]}.json`));
  for (const step of steps) found = (found as Record<string, unknown> | undefined)?.[step];
  if (typeof found !== 'string') throw new Error(`There is no text ${key}.`);
  return found.replace(/__(\w+?)__/g, (_, name: string) => {
    if (values[name] === undefined) throw new Error(`The text ${key} lacks ${name}.`);
    return String(values[name]);
  });
}

// All our nodes, always: `failure.ts` and the registry join what single nodes do.
const NODES = [ackOut, dbStore, hl7Database, hl7Parse, mllpIn].map(
  (node): NodeInitializer =>
    (RED) => {
      RED._ = say as typeof RED._;
      return (node as NodeInitializer)(RED);
    },
);

export type Message = NodeMessageInFlow & Record<string, unknown>;

/** No answer comes from a time-out, except in a test that is about one. */
export const LATE = { timeout: '3600' };

/** A spy's record of the calls of one method, as the helper puts it on every node. */
interface Spy {
  getCalls(): { thisValue: unknown; args: unknown[] }[];
}

/** Properties of a shipped node, so that a flow sets only what its test is about. */
const shipped = (type: string): FlowNode => example('01').find((node) => node.type === type) as FlowNode;

/** One flow of a test: nodes by their ids, and what came out of them. */
export class Flow {
  readonly nodes: FlowNode[] = [{ id: 'tab', type: 'tab', label: 'test' }];
  readonly port: number;
  /** A folder of this flow's own. */
  readonly folder: string;
  private readonly cleanUp = new CleanUp();
  private readonly received = new Map<string, Message[]>();
  private readonly reported = new Map<string, unknown[]>();

  private constructor(port: number, folder: string) {
    this.port = port;
    this.folder = folder;
    this.cleanUp.add(() => dropFolder(folder));
  }

  static async create(): Promise<Flow> {
    return new Flow(await freePort(), tempFolder('nodes'));
  }

  /** Adds a node. Its id is what the test calls it; one of ours has the properties of the shipped example. */
  add(id: string, type: string, wires: string[][] = [], properties: Record<string, unknown> = {}): this {
    const ours = type.startsWith('hl7-') ? shipped(type) : {};
    // Without a place on the tab it would be taken for a configuration node.
    this.nodes.push({ ...ours, id, type, z: 'tab', x: 100, y: 100, name: '', wires, ...properties });
    return this;
  }

  /** `in` on the flow's port of 127.0.0.1. */
  listener(wires: string[], properties: Record<string, unknown> = {}): this {
    return this.add('in', 'hl7-mllp-in', [wires], { host: '127.0.0.1', port: String(this.port), ...properties });
  }

  /** `db` in the flow's folder, and `store` that writes to it. */
  store(wires: string[][], properties: Record<string, unknown> = {}): this {
    this.nodes.push({ ...shipped('hl7-database'), id: 'db', name: 'log', file: this.file });
    return this.add('store', 'hl7-db-store', wires, { database: 'db', ...properties });
  }

  ackOut(wires: string[] = [], properties: Record<string, unknown> = {}): this {
    return this.add('ack', 'hl7-ack-out', [wires], properties);
  }

  /** A Catch node of the tab (or of the nodes named) that leads to these. */
  catcher(wires: string[], scope: string[] | null = null): this {
    return this.add('catch', 'catch', [wires], { scope, uncaught: false });
  }

  /** Nodes that collect what they get, and `caught`, which gets what fails. */
  watch(...ids: string[]): this {
    return this.catcher(['caught']).collect(...ids, 'caught');
  }

  /** Nodes that collect what they get. */
  collect(...ids: string[]): this {
    for (const id of ids) this.add(id, 'helper');
    return this;
  }

  get file(): string {
    return join(this.folder, 'log.sqlite');
  }

  /** @param credentials by node id, as Node-RED keeps them apart from the flow */
  async start(credentials: Record<string, Record<string, string>> = {}): Promise<this> {
    await helper.load(NODES, this.nodes as never, credentials as never);
    for (const { id, type } of this.nodes) {
      if (type.startsWith('hl7-')) this.record(id);
      if (type !== 'helper') continue;
      const messages: Message[] = [];
      this.received.set(id, messages);
      this.node(id).on('input', (msg, _send, done) => {
        messages.push(msg as Message);
        done();
      });
    }
    return this;
  }

  /** Stops the flow and removes its files; nothing of it is left for the next test. */
  async end(): Promise<void> {
    this.cleanUp.add(() => helper.unload());
    await this.cleanUp.run();
  }

  node(id: string): Node {
    const node = helper.getNode(id) as unknown as Node | null;
    if (node === null) throw new Error(`There is no node ${id}.`);
    return node;
  }

  /** Hands a message to a node. */
  give(id: string, msg: object): void {
    this.node(id).receive({ _msgid: 'given', ...msg } as NodeMessageInFlow);
  }

  /** Hands a message to a node, and waits for the next one at a collecting node. */
  async pass(id: string, msg: object, to: string): Promise<Message> {
    const count = this.got(to).length;
    this.give(id, msg);
    return this.message(to, count + 1);
  }

  /** What a collecting node got so far. */
  got(id: string): Message[] {
    return this.received.get(id) ?? [];
  }

  /** Waits for the nth message (from 1) of a collecting node. */
  async message(id: string, n = 1): Promise<Message> {
    return until(`message ${n} at ${id}`, () => this.got(id)[n - 1]);
  }

  private calls(id: string, method: 'status' | 'error' | 'warn' | 'log'): unknown[] {
    const node = this.node(id);
    // Our nodes put their own in place of the methods of the prototype, which the helper watches.
    const spy = (Object.getPrototypeOf(node) as Record<string, Spy>)[method] as Spy;
    return spy
      .getCalls()
      .filter(({ thisValue }) => thisValue === node)
      .map(({ args }) => args[0]);
  }

  /** Errors that a Catch node gets are not errors of the prototype's method any more: they are kept here. */
  private record(id: string): void {
    const node = helper.getNode(id) as unknown as Node | null;
    if (node === null) return;
    const reported = this.calls(id, 'error');
    this.reported.set(id, reported);
    const error = node.error.bind(node);
    node.error = (thrown: unknown, msg?: NodeMessageInFlow) => {
      reported.push(thrown);
      error(thrown, msg);
    };
  }

  /** Everything that a node reported as an error, in order. */
  errors(id: string): { code?: string; message: string }[] {
    return (this.reported.get(id) ?? this.calls(id, 'error')) as { code?: string; message: string }[];
  }

  logs(id: string): string[] {
    return this.calls(id, 'log') as string[];
  }

  warnings(id: string): string[] {
    return this.calls(id, 'warn') as string[];
  }

  /** Every status of a node: `green dot 1 stored`. */
  statuses(id: string): string[] {
    const all = this.calls(id, 'status') as Exclude<NodeStatus, string>[];
    return all.map(({ fill, shape, text }) => `${fill} ${shape} ${text}`);
  }

  async status(id: string, text: string): Promise<void> {
    await until(`status "${text}" of ${id}, which had ${JSON.stringify(this.statuses(id))}`, () =>
      this.statuses(id).includes(text),
    );
  }

  /** A sender that is connected to the listener, once that listens. */
  async sender(): Promise<MllpClient> {
    await this.status('in', `green dot listening ${this.port}`);
    const client = await MllpClient.connect({ port: this.port });
    this.cleanUp.add(() => client.destroy());
    return client;
  }

  /** Undoes something when the flow ends. */
  after(step: () => unknown): void {
    this.cleanUp.add(step);
  }
}

export { helper };
