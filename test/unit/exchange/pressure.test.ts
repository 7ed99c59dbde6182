import { expect } from 'chai';
import { Pressure } from '../../../nodes/lib/util/backpressure';

describe('pressure of what waits for the stores', () => {
  const state = (low: Promise<void>): { low: boolean } => {
    const seen = { low: false };
    void low.then(() => {
      seen.low = true;
    });
    return seen;
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  it('is low while few messages wait, but not in the same turn', async () => {
    const pressure = new Pressure();
    pressure.enter(2000);
    const seen = state(pressure.low());
    await Promise.resolve();
    expect(seen.low).to.equal(false);
    await turn();
    expect(seen.low).to.equal(true);
  });

  for (const [what, count, bytes] of [
    ['many messages', 500, 10],
    ['many bytes', 4, 4 * 1024 * 1024],
  ] as const) {
    it(`holds everybody while ${what} wait, until one of them does not`, async () => {
      const pressure = new Pressure();
      for (let n = 0; n < count; n++) pressure.enter(bytes);
      const seen = [state(pressure.low()), state(pressure.low())];
      await turn();
      expect(seen.map(({ low }) => low)).to.deep.equal([false, false]);
      pressure.leave(bytes);
      await turn();
      expect(seen.map(({ low }) => low)).to.deep.equal([true, true]);
    });
  }
});
