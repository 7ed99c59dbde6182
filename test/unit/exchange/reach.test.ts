import { expect } from 'chai';
import { FlowGraph, type FlowNode } from '../../../nodes/lib/exchange/reach';

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
