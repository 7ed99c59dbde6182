import { expect } from 'chai';
import { KeyedQueue } from '../../../nodes/lib/util';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('work in turn', () => {
  it('is done at once while nothing takes a pause', () => {
    const done: number[] = [];
    const keyedQueue = new KeyedQueue();
    for (const n of [1, 2]) expect(keyedQueue.run('a', () => void done.push(n))).to.equal(undefined);
    expect(done).to.deep.equal([1, 2]);
  });

  it('waits for what came before it on its own line, and for no other', async () => {
    const done: string[] = [];
    const keyedQueue = new KeyedQueue();
    let go = (): void => undefined;
    const first = keyedQueue.run('a', async () => {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      done.push('a1');
    });
    const second = keyedQueue.run('a', () => void done.push('a2'));
    const third = keyedQueue.run('a', async () => {
      await turn();
      done.push('a3');
    });
    const fourth = keyedQueue.run('a', () => void done.push('a4'));
    keyedQueue.run('b', () => void done.push('b1'));
    await turn();
    expect(done).to.deep.equal(['b1']);
    go();
    await Promise.all([first, second, third, fourth]);
    expect(done).to.deep.equal(['b1', 'a1', 'a2', 'a3', 'a4']);
    await turn();
    expect(keyedQueue.run('a', () => undefined)).to.equal(undefined);
  });

  it('goes on when some of it fails', async () => {
    const keyedQueue = new KeyedQueue();
    const failing = keyedQueue.run('a', async () => {
      await turn();
      throw new Error('first');
    });
    let done = false;
    const next = keyedQueue.run('a', () => {
      done = true;
    });
    const why = await failing?.catch(({ message }: Error) => message);
    expect(why).to.equal('first');
    await next;
    expect(done).to.equal(true);
    const thrown = (): never => {
      throw new Error('at once');
    };
    expect(() => keyedQueue.run('b', thrown)).to.throw('at once');
  });
});
