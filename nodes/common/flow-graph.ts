/**
 * Whether a flow can still answer a message after one of its nodes failed. Read from the wires alone, so that a sender
 * is not left waiting for an answer that no node can give.
 */

/** A node of a deployed flow, as the flow file has it. */
export interface FlowNode {
  id: string;
  type: string;
  /** The tab or subflow it stands in. */
  z?: string;
  /** The group it stands in. */
  g?: string;
  /** Disabled in the editor. */
  d?: boolean;
  wires?: string[][];
  /** Link nodes: the ids of their counterparts. */
  links?: string[];
  /** Catch nodes: `'group'`, the ids they listen to, or nothing for all. */
  scope?: string[] | string | null;
  /** Subflow templates: where messages enter. */
  in?: { wires: { id: string }[] }[];
  /** Subflow templates: which ports of which nodes inside are their outputs. */
  out?: { wires: { id: string; port?: number }[] }[];
  /** Link out: `'return'` goes back to the link call that the message came from. */
  mode?: string;
  disabled?: boolean;
}

const ACK_OUT = 'hl7-ack-out';

/** The wires of one deployment, ready to be asked many times. */
export class FlowGraph {
  private readonly nodes = new Map<string, FlowNode>();
  private readonly answers = new Map<string, boolean>();
  private readonly instances = new Map<string, FlowNode[]>();
  /** By node: its ports that are an output of the subflow it stands in. */
  private readonly exits = new Map<string, { port: number; template: string; output: number }[]>();
  private before: Map<string, string[]> | undefined;
  private answering: Set<string> | undefined;

  constructor(nodes: Iterable<FlowNode>) {
    const all = [...nodes];
    const off = new Set(all.filter((n) => n.type === 'tab' && n.disabled).map((n) => n.id));
    for (const node of all) {
      if (!node.d && !(node.z && off.has(node.z))) this.nodes.set(node.id, node);
    }
    for (const node of this.nodes.values()) {
      const template = templateOf(node);
      if (template !== undefined) add(this.instances, template, node);
      // Other nodes have settings of that name.
      if (node.type !== 'subflow') continue;
      for (const [output, { wires }] of (node.out ?? []).entries()) {
        for (const { id, port } of wires) add(this.exits, id, { port: port ?? 0, template: node.id, output });
      }
    }
  }

  /**
   * True when an `ack out` may still get the message after `failed` reported an error for it: behind a Catch node, or
   * on a wire that carried a copy of the message beside the failed node.
   */
  answersFailureOf(failed: string): boolean {
    let known = this.answers.get(failed);
    if (known === undefined) {
      known = this.caught(failed) || this.copied(failed);
      this.answers.set(failed, known);
    }
    return known;
  }

  /** True when an `ack out` can be reached from one output port (0-based) of a node. */
  answersFrom(id: string, port: number): boolean {
    const node = this.nodes.get(id);
    return node !== undefined && this.reaches(this.copies(node, port).flat());
  }

  private caught(failed: string): boolean {
    const node = this.nodes.get(failed);
    if (node === undefined) return false;
    for (const other of this.nodes.values()) {
      if (other.type !== 'catch') continue;
      if (this.covers(other, node) && this.reaches([other.id])) return true;
    }
    // An error that a subflow does not catch goes on to the flow that holds it.
    return (this.instances.get(node.z ?? '') ?? []).some(({ id }) => this.caught(id));
  }

  private covers(catcher: FlowNode, node: FlowNode): boolean {
    if (catcher.z !== node.z) return false;
    if (Array.isArray(catcher.scope)) return catcher.scope.includes(node.id);
    if (catcher.scope === 'group') return catcher.g !== undefined && this.inGroup(node, catcher.g);
    return true;
  }

  private inGroup(node: FlowNode, group: string): boolean {
    let g = node.g;
    for (let depth = 0; g !== undefined && depth < 32; depth++) {
      if (g === group) return true;
      g = this.nodes.get(g)?.g;
    }
    return false;
  }

  // Only wires of one and the same output port surely carry copies; which of several ports a node takes is its own affair.
  private copied(failed: string): boolean {
    const leading = this.leadingTo([failed]);
    const answering = this.leadingTo(this.ackOuts(), failed);
    for (const node of this.nodes.values()) {
      for (const port of this.portsOf(node)) {
        for (const wires of this.copies(node, port)) {
          if (wires.length < 2 || !wires.some((to) => leading.has(to))) continue;
          if (wires.some((to) => answering.has(to))) return true;
        }
      }
    }
    return false;
  }

  private reaches(from: string[]): boolean {
    this.answering ??= this.leadingTo(this.ackOuts());
    return from.some((id) => this.answering!.has(id));
  }

  private ackOuts(): string[] {
    return [...this.nodes.values()].filter(({ type }) => type === ACK_OUT).map(({ id }) => id);
  }

  /** Some nodes, and all from which one of them is reached; backwards, so that each wire is looked at once. */
  private leadingTo(targets: string[], without?: string): Set<string> {
    this.before ??= this.predecessors();
    const found = new Set<string>();
    const queue = [...targets];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (id === without || found.has(id)) continue;
      found.add(id);
      queue.push(...(this.before.get(id) ?? []));
    }
    return found;
  }

  /** Which nodes each node gets messages from. */
  private predecessors(): Map<string, string[]> {
    const before = new Map<string, string[]>();
    for (const node of this.nodes.values()) {
      for (const to of (node.wires ?? []).flat()) add(before, to, node.id);
      for (const { template, output } of this.exits.get(node.id) ?? [])
        add(before, outputOf(template, output), node.id);
      if (node.type === 'link out' && node.mode === 'return') add(before, RETURNED, node.id);
      else if (node.type === 'link out' || node.type === 'link call') {
        for (const to of node.links ?? []) add(before, to, node.id);
      }
      if (node.type === 'link call') for (const to of (node.wires ?? []).flat()) add(before, to, RETURNED);
      const template = templateOf(node);
      if (template === undefined) continue;
      for (const [output, wires] of (node.wires ?? []).entries()) {
        for (const to of wires) add(before, to, outputOf(template, output));
      }
      for (const input of this.nodes.get(template)?.in ?? []) {
        for (const { id } of input.wires) add(before, id, node.id);
      }
    }
    return before;
  }

  private portsOf(node: FlowNode): Set<number> {
    const exits = (this.exits.get(node.id) ?? []).map(({ port }) => port);
    return new Set([...(node.wires ?? []).keys(), ...exits]);
  }

  /** What gets copies of one message from a port. A message leaves a subflow by the instance that it came in by. */
  private copies(node: FlowNode, port: number): string[][] {
    const own = node.wires?.[port] ?? [];
    const exits = (this.exits.get(node.id) ?? []).filter((exit) => exit.port === port);
    const instances = exits.length === 0 ? [] : (this.instances.get(exits[0]!.template) ?? []);
    if (instances.length === 0) return [own];
    return instances.map((instance) => [
      ...own,
      ...exits.flatMap(({ output }) => this.copies(instance, output).flat()),
    ]);
  }
}

/** Stands for the place where all messages come back to that were sent by a link call. */
const RETURNED = ' returned';

/** Stands for an output of a subflow, of whichever instance. */
function outputOf(template: string, output: number): string {
  return ` ${template} ${output}`;
}

function templateOf(node: FlowNode): string | undefined {
  return node.type.startsWith('subflow:') ? node.type.slice('subflow:'.length) : undefined;
}

function add<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
