import { expect } from 'chai';
import { FlowGraph, type FlowNode } from '../../../nodes/common/flow-graph';

const tab: FlowNode = { id: 't', type: 'tab' };
const node = (id: string, type: string, ...ports: string[][]): FlowNode => ({ id, type, z: 't', wires: ports });
const parse = node('parse', 'hl7-parse', ['store']);
const path = [
  tab,
  node('in', 'hl7-mllp-in', ['parse']),
  parse,
  node('store', 'hl7-db-store', ['ack']),
  node('ack', 'hl7-ack-out'),
];

describe('what in a flow can answer a message that failed', () => {
  it('nothing, on a single path without a Catch node', () => {
    const graph = new FlowGraph(path);
    expect(graph.answersFailureOf('parse')).to.equal(false);
    expect(graph.answersFailureOf('store')).to.equal(false);
    expect(graph.answersFailureOf('unknown')).to.equal(false);
  });

  it('an ack out behind a Catch node that listens to the whole tab', () => {
    const graph = new FlowGraph([...path, node('catch', 'catch', ['other']), node('other', 'change', ['ack'])]);
    expect(graph.answersFailureOf('parse')).to.equal(true);
  });

  it('whatever settings other nodes have', () => {
    const settings = { out: 'char', in: true, links: 'x', mode: 'return', scope: 1 } as unknown as Partial<FlowNode>;
    const graph = new FlowGraph([...path, { ...node('tcp', 'tcp request', ['ack']), ...settings }]);
    expect(graph.answersFailureOf('parse')).to.equal(false);
    expect(graph.answersFrom('store', 0)).to.equal(true);
  });

  it('not a Catch node that leads to no ack out', () => {
    const graph = new FlowGraph([...path, node('catch', 'catch', ['debug']), node('debug', 'debug')]);
    expect(graph.answersFailureOf('parse')).to.equal(false);
  });

  it('only the Catch node whose scope holds the failed node', () => {
    const graph = new FlowGraph([...path, { ...node('catch', 'catch', ['ack']), scope: ['store'] }]);
    expect(graph.answersFailureOf('store')).to.equal(true);
    expect(graph.answersFailureOf('parse')).to.equal(false);
  });

  it('not a Catch node of another tab, of a disabled tab, or a disabled one', () => {
    const other = { ...node('c1', 'catch', ['ack']), z: 'u' };
    const disabled = { ...node('c2', 'catch', ['ack']), d: true };
    expect(new FlowGraph([...path, other, disabled]).answersFailureOf('parse')).to.equal(false);
    const off = [{ id: 't', type: 'tab', disabled: true }, ...path.slice(1), node('c3', 'catch', ['ack'])];
    expect(new FlowGraph(off).answersFailureOf('parse')).to.equal(false);
  });

  it('a Catch node of the same group, and of a group around it, not of another group', () => {
    const group = (id: string, g?: string): FlowNode => ({ id, type: 'group', z: 't', g });
    const grouped = path.map((n) => (n.id === 'parse' ? { ...n, g: 'inner' } : n));
    const inOuter = { ...node('catch', 'catch', ['ack']), scope: 'group', g: 'outer' };
    expect(
      new FlowGraph([...grouped, group('outer'), group('inner', 'outer'), inOuter]).answersFailureOf('parse'),
    ).to.equal(true);
    expect(new FlowGraph([...grouped, group('outer'), group('inner'), inOuter]).answersFailureOf('parse')).to.equal(
      false,
    );
  });

  it('an ack out on a second wire of the same output, which carries a copy', () => {
    const copied = [
      tab,
      node('in', 'hl7-mllp-in', ['parse', 'store']),
      node('parse', 'hl7-parse', ['debug']),
      ...path.slice(3),
    ];
    const graph = new FlowGraph(copied);
    expect(graph.answersFailureOf('parse')).to.equal(true);
    expect(graph.answersFailureOf('store')).to.equal(false);
  });

  it('not an ack out on another output of a switch: this message went the other way', () => {
    const switched = [
      tab,
      node('in', 'hl7-mllp-in', ['switch']),
      node('switch', 'switch', ['parse'], ['ack2']),
      node('ack2', 'hl7-ack-out'),
      ...path.slice(2),
    ];
    expect(new FlowGraph(switched).answersFailureOf('parse')).to.equal(false);
  });

  it('an ack out behind link nodes', () => {
    const linked = [
      ...path,
      node('catch', 'catch', ['lo']),
      { ...node('lo', 'link out'), links: ['li'] },
      { ...node('li', 'link in', ['ack']), z: 'u' },
    ];
    expect(new FlowGraph(linked).answersFailureOf('parse')).to.equal(true);
  });

  it('an ack out inside a subflow, and a Catch node around a subflow', () => {
    const inside: FlowNode[] = [
      { id: 's', type: 'subflow', in: [{ wires: [{ id: 'sp' }] }] },
      { ...node('sp', 'hl7-parse', ['sa']), z: 's' },
      { ...node('sa', 'hl7-ack-out'), z: 's' },
    ];
    const caught = [...path, ...inside, node('catch', 'catch', ['use']), node('use', 'subflow:s')];
    expect(new FlowGraph(caught).answersFailureOf('parse')).to.equal(true);
    expect(new FlowGraph(caught).answersFailureOf('sp')).to.equal(true);
    const uncaught = [...path, ...inside, node('use', 'subflow:s')];
    expect(new FlowGraph(uncaught).answersFailureOf('sp')).to.equal(false);
  });

  describe('where the flow leaves a subflow or a linked flow', () => {
    const inner = (id: string, type: string, ...ports: string[][]): FlowNode => ({
      ...node(id, type, ...ports),
      z: 's',
    });
    const template = (...out: [id: string, port: number][][]): FlowNode => ({
      id: 's',
      type: 'subflow',
      in: [{ wires: [{ id: 'store' }] }],
      out: out.map((wires) => ({ wires: wires.map(([id, port]) => ({ id, port })) })),
    });
    const outside = (...ports: string[][]): FlowNode[] => [
      tab,
      node('in', 'hl7-mllp-in', ['use']),
      node('use', 'subflow:s', ...ports),
      node('ack', 'hl7-ack-out'),
    ];

    it('an ack out behind the output that a Catch node inside leads to', () => {
      const flow = [...outside(['ack']), inner('store', 'hl7-db-store', []), inner('catch', 'catch', [])];
      const through = template([
        ['store', 0],
        ['catch', 0],
      ]);
      expect(new FlowGraph([...flow, through]).answersFailureOf('store')).to.equal(true);
      expect(new FlowGraph([...flow, template([['store', 0]])]).answersFailureOf('store')).to.equal(false);
    });

    it('an ack out behind the output of a subflow that is the output of a node inside, by its number', () => {
      const flow = [...outside(['debug'], ['spare']), inner('store', 'hl7-db-store', [], [])];
      flow.push(node('spare', 'hl7-db-store', ['ack']), node('debug', 'debug'));
      const graph = new FlowGraph([...flow, template([['store', 0]], [['store', 1]])]);
      expect(graph.answersFrom('store', 1)).to.equal(true);
      expect(graph.answersFrom('store', 0)).to.equal(false);
    });

    it('an ack out around two subflows, one in the other', () => {
      const flow = [...outside(['ack']), { ...node('deep', 'hl7-db-store', [], []), z: 'r' }];
      flow.push({ id: 'r', type: 'subflow', in: [], out: [{ wires: [{ id: 'deep', port: 1 }] }] });
      flow.push(inner('store', 'subflow:r', []), template([['store', 0]]));
      expect(new FlowGraph(flow).answersFrom('deep', 1)).to.equal(true);
    });

    it('not the ack out of another instance: that gets no copy of this message', () => {
      const flow = [...outside(['parse']), parse, node('other', 'subflow:s', ['ack']), inner('store', 'change', [])];
      expect(new FlowGraph([...flow, template([['store', 0]])]).answersFailureOf('parse')).to.equal(false);
      const both = flow.map((n) => (n.id === 'use' ? { ...n, wires: [['parse', 'ack']] } : n));
      expect(new FlowGraph([...both, template([['store', 0]])]).answersFailureOf('parse')).to.equal(true);
    });

    it('an ack out behind the link call that a link out returns to', () => {
      const flow = [
        tab,
        node('in', 'hl7-mllp-in', ['call']),
        { ...node('call', 'link call', ['ack']), links: ['li'] },
        node('ack', 'hl7-ack-out'),
        { ...node('li', 'link in', ['store']), z: 'u' },
        { ...node('store', 'hl7-db-store', [], ['lo']), z: 'u' },
      ];
      const back = { ...node('lo', 'link out'), z: 'u', mode: 'return', links: [] };
      expect(new FlowGraph([...flow, back]).answersFrom('store', 1)).to.equal(true);
      expect(new FlowGraph([...flow, back]).answersFrom('store', 0)).to.equal(false);
      expect(new FlowGraph([...flow, { ...back, mode: 'link' }]).answersFrom('store', 1)).to.equal(false);
    });
  });

  it('is found with a few looks at each wire, however many nodes there are', () => {
    let looks = 0;
    const many = Array.from({ length: 2_000 }, (_, n): FlowNode => {
      const wires = [[`n${n + 1}`, `n${n + 2}`]];
      return Object.defineProperty({ id: `n${n}`, type: 'function', z: 't' }, 'wires', {
        get: () => {
          looks++;
          return wires;
        },
      });
    });
    expect(new FlowGraph([tab, ...many]).answersFailureOf('n1000')).to.equal(false);
    expect(looks).to.be.below(10 * many.length);
  });

  it('does not run in circles', () => {
    const circle = [tab, node('in', 'hl7-mllp-in', ['a']), node('a', 'change', ['b']), node('b', 'change', ['a', 'b'])];
    expect(new FlowGraph(circle).answersFailureOf('a')).to.equal(false);
  });

  it('an ack out on one output port', () => {
    const graph = new FlowGraph([
      ...path,
      node('two', 'hl7-db-store', ['parse'], ['ack']),
      node('none', 'hl7-db-store', ['ack'], []),
    ]);
    expect(graph.answersFrom('two', 1)).to.equal(true);
    expect(graph.answersFrom('none', 1)).to.equal(false);
  });
});
