import { expect } from 'chai';
import type { Node, NodeStatus } from 'node-red';
import { StatusLine } from '../../../nodes/common/status-line';
import { until } from '../../support/wait';

/** Long enough that it never passes within a test. */
const LONG = 1_000_000;

function line(everyMs: number): { shown: string[]; status: StatusLine } {
  const shown: string[] = [];
  const node = { status: ({ text }: { text: string }) => shown.push(text) } as unknown as Node;
  return { shown, status: new StatusLine(node, everyMs) };
}

const at = (text: string): NodeStatus => ({ fill: 'green', shape: 'dot', text });

describe('a status line', () => {
  it('shows the first word at once, and then the last one later', async () => {
    const { shown, status } = line(20);
    for (const text of ['1', '2', '3', '4']) status.update(() => at(text));
    expect(shown).to.deep.equal(['1']);
    await until('the last word is shown', () => shown.length === 2);
    expect(shown).to.deep.equal(['1', '4']);
  });

  it('holds counters back as long as it is told to', () => {
    const { shown, status } = line(LONG);
    for (const text of ['1', '2', '3']) status.update(() => at(text));
    expect(shown).to.deep.equal(['1']);
    status.close();
  });

  it('shows a change of state at once, in place of what waits', async () => {
    const { shown, status } = line(20);
    status.update(() => at('1'));
    status.update(() => at('2'));
    status.change(at('away'));
    expect(shown).to.deep.equal(['1', 'away']);
    status.update(() => at('3'));
    await until('the next word is shown', () => shown.length === 3);
    expect(shown).to.deep.equal(['1', 'away', '3']);
  });

  it('does not repeat itself', () => {
    const { shown, status } = line(0);
    status.change(at('x'));
    status.change(at('x'));
    status.update(() => at('x'));
    status.change(at('y'));
    status.change(at('x'));
    expect(shown).to.deep.equal(['x', 'y', 'x']);
  });

  it('says nothing more once it is closed', async () => {
    const { shown, status } = line(5);
    const other = line(5);
    status.update(() => at('1'));
    status.update(() => at('2'));
    status.close();
    other.status.update(() => at('1'));
    other.status.update(() => at('2'));
    // Begun later with the same time: when it has spoken, the first would have.
    await until('the other one is shown', () => other.shown.length === 2);
    status.update(() => at('3'));
    status.change(at('4'));
    expect(shown).to.deep.equal(['1']);
  });
});
