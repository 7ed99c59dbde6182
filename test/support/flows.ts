/** Flows for tests, in the shape of a flow file, and what their Status and Catch nodes write to the log. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlowNode, NodeRed } from './node-red';
import { root } from './require';

type Properties = Record<string, unknown>;

/** A shipped example by its number. */
export function example(number: string): FlowNode[] {
  const folder = join(root, 'examples');
  const file = readdirSync(folder).find((name) => name.startsWith(`${number} - `));
  if (file === undefined) throw new Error(`There is no example ${number}.`);
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as FlowNode[];
}

/** Every property of a shipped node, so that a test sets only what it is about. */
function shipped(type: string): FlowNode {
  return example('01').find((node) => node.type === type) as FlowNode;
}

/** A flow file in the making. Nodes are added from the end of a wire to its start; each call gives the new node's id. */
export class FlowFile {
  readonly nodes: FlowNode[] = [];
  private count = 0;

  newId(): string {
    this.count++;
    return `f1${this.count.toString(16).padStart(14, '0')}`;
  }

  add(node: Omit<FlowNode, 'id'> & { type: string }): string {
    const id = this.newId();
    this.nodes.push({ ...node, id });
    return id;
  }

  /** A database whose file lies in the Node-RED user folder, unless the path is absolute. */
  database(file = 'hl7-log.sqlite'): string {
    return this.add({ ...shipped('hl7-database'), name: file, file });
  }

  tab(label: string, database: string): Tab {
    return new Tab(this, label, database);
  }

  node(id: string): FlowNode {
    const found = this.nodes.find((node) => node.id === id);
    if (found === undefined) throw new Error(`There is no node ${id}.`);
    return found;
  }
}

/** One tab. Each status and, where asked for, each caught error of its nodes becomes a line of the log. */
export class Tab {
  readonly id: string;

  constructor(
    private readonly file: FlowFile,
    private readonly label: string,
    private readonly database: string,
  ) {
    this.id = file.add({ type: 'tab', label, disabled: false, info: '', env: [] });
    const line = `'STATUS ${label} ' + msg.status.source.type + ' ' + msg.status.fill + ' ' + msg.status.shape + ' ' + msg.status.text`;
    const log = this.func(`node.log(${line});`, []);
    this.add({ type: 'status', name: '', scope: null, wires: [[log]] });
  }

  add(node: Omit<FlowNode, 'id'> & { type: string }): string {
    return this.file.add({ ...node, z: this.id });
  }

  mllpIn(port: number, wires: string[], properties: Properties = {}): string {
    const node = { ...shipped('hl7-mllp-in'), name: this.label, host: '127.0.0.1', port: String(port) };
    return this.add({ ...node, wires: [wires], ...properties });
  }

  parse(wires: string[], properties: Properties = {}): string {
    return this.add({ ...shipped('hl7-parse'), wires: [wires], ...properties });
  }

  store(wires: string[], properties: Properties = {}): string {
    return this.add({ ...shipped('hl7-db-store'), database: this.database, wires: [wires], ...properties });
  }

  ackOut(wires: string[] = [], properties: Properties = {}): string {
    return this.add({ ...shipped('hl7-ack-out'), wires: [wires], ...properties });
  }

  func(code: string, wires: string[]): string {
    const node = { type: 'function', name: '', func: code, outputs: 1, timeout: '', noerr: 0 };
    return this.add({ ...node, initialize: '', finalize: '', libs: [], wires: [wires] });
  }

  /** A Catch node that logs `CAUGHT label code` and hands the message on. */
  catcher(wires: string[] = [], scope: string[] | null = null): string {
    const log = this.func(`node.log('CAUGHT ${this.label} ' + (msg.error.code || '-'));\nreturn msg;`, wires);
    return this.add({ type: 'catch', name: '', scope, uncaught: false, wires: [[log]] });
  }

  /** Waits for a status of this tab's nodes: `status(nodeRed, 'hl7-mllp-in', 'red ring')`. */
  async status(nodeRed: NodeRed, type: string, text: string, from = 0): Promise<void> {
    await nodeRed.logged(new RegExp(`STATUS ${this.label} ${type} ${text}`), 20_000, from);
  }

  async caught(nodeRed: NodeRed, code: string, from = 0): Promise<void> {
    await nodeRed.logged(new RegExp(`CAUGHT ${this.label} ${code}`), 20_000, from);
  }
}
