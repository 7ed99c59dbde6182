import { expect } from 'chai';
import { remembering } from '../../../nodes/lib/store/dialects/shared/time-text';

describe('store: times as text', () => {
  it('are written once for each millisecond, and correctly for many', () => {
    let written = 0;
    const text = remembering((time) => {
      written += 1;
      return time.toISOString();
    });
    const times = Array.from({ length: 200 }, (_, n) => new Date(Date.UTC(2024, 1, 29, 8, 41, 12, n)));
    for (const time of times) {
      for (let n = 0; n < 3; n++) expect(text(new Date(time))).to.equal(time.toISOString());
    }
    expect(written).to.equal(times.length);
    expect(text(times[0]!)).to.equal(times[0]!.toISOString());
  });
});
