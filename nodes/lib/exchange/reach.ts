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
  disabled?: boolean;
}

const ACK_OUT = 'hl7-ack-out';

/** The wires of one deployment, ready to be asked many times. */
export class FlowGraph {
  private readonly nodes = new Map<string, FlowNode>();
  private readonly answers = new Map<string, boolean>();

  constructor(nodes: Iterable<FlowNode>) {
    const all = [...nodes];
    const off = new Set(all.filter((n) => n.type === 'tab' && n.disabled).map((n) => n.id));
    for (const node of all) {
      if (!node.d && !(node.z && off.has(node.z))) this.nodes.set(node.id, node);
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
    return this.reaches(node?.wires?.[port] ?? [], undefined);
  }

  private caught(failed: string): boolean {
    const node = this.nodes.get(failed);
    if (node === undefined) return false;
    for (const other of this.nodes.values()) {
      if (other.type !== 'catch') continue;
      if (this.covers(other, node) && this.reaches([other.id], undefined)) return true;
    }
    // An error that a subflow does not catch goes on to the flow that holds it.
    for (const instance of this.nodes.values()) {
      if (node.z && instance.type === `subflow:${node.z}` && this.caught(instance.id)) return true;
    }
    return false;
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
    for (const node of this.nodes.values()) {
      for (const port of node.wires ?? []) {
        if (port.length < 2) continue;
        const led = port.filter((to) => to === failed || this.leadsTo(to, failed));
        if (led.length === 0) continue;
        if (port.some((to) => to !== failed && this.reaches([to], failed))) return true;
      }
    }
    return false;
  }

  private leadsTo(from: string, target: string): boolean {
    return this.walk([from], undefined, (node) => node.id === target);
  }

  private reaches(from: string[], without: string | undefined): boolean {
    return this.walk(from, without, (node) => node.type === ACK_OUT);
  }

  private walk(from: string[], without: string | undefined, found: (node: FlowNode) => boolean): boolean {
    const seen = new Set<string>(without === undefined ? [] : [without]);
    const queue = [...from];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const node = this.nodes.get(id);
      if (node === undefined) continue;
      if (found(node)) return true;
      queue.push(...this.next(node));
    }
    return false;
  }

  private next(node: FlowNode): string[] {
    const next = (node.wires ?? []).flat();
    if (node.type === 'link out' || node.type === 'link call') next.push(...(node.links ?? []));
    if (node.type.startsWith('subflow:')) {
      const template = this.nodes.get(node.type.slice('subflow:'.length));
      for (const input of template?.in ?? []) next.push(...input.wires.map((wire) => wire.id));
    }
    return next;
  }
}
