import { expect } from 'chai';
import { WriteCoalescer } from '../../../nodes/lib/mllp/server/socket-writer';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the answers of one turn', () => {
  it('are written together, in the order in which they were given', async () => {
    const outbox = new WriteCoalescer();
    const written: number[] = [];
    for (const n of [1, 2]) outbox.add(() => written.push(n));
    await Promise.resolve();
    outbox.add(() => written.push(3));
    expect(written).to.deep.equal([]);
    await turn();
    expect(written).to.deep.equal([1, 2, 3]);
    outbox.add(() => written.push(4));
    await turn();
    expect(written).to.deep.equal([1, 2, 3, 4]);
  });

  it('are written once, when somebody cannot wait', async () => {
    const outbox = new WriteCoalescer();
    const written: number[] = [];
    outbox.add(() => {
      written.push(1);
      outbox.add(() => written.push(2));
    });
    outbox.flush();
    expect(written).to.deep.equal([1]);
    await turn();
    await turn();
    expect(written).to.deep.equal([1, 2]);
  });

  it('are written though one of them throws', async () => {
    const outbox = new WriteCoalescer();
    const written: number[] = [];
    outbox.add(() => {
      throw new Error('thrown');
    });
    outbox.add(() => written.push(2));
    expect(() => outbox.flush()).to.throw('thrown');
    await turn();
    expect(written).to.deep.equal([2]);
  });
});
