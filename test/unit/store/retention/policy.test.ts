import { expect } from 'chai';
import { Hl7Error } from '../../../../nodes/lib/errors';
import { policyOf } from '../../../../nodes/lib/store';
import type { RetentionPolicy } from '../../../../nodes/lib/store/types';

describe('store: a retention policy', () => {
  it('is none where everything is kept', () => {
    expect(policyOf(undefined)).to.equal(undefined);
    expect(policyOf({})).to.equal(undefined);
    expect(policyOf({ days: 0, messages: 0, contentDays: 0, contentMessages: 0, everyMinutes: 5 })).to.equal(undefined);
  });

  it('has defaults for what is not said', () => {
    expect(policyOf({ days: 30 })).to.deep.equal({
      contentDays: 0,
      contentMessages: 0,
      days: 30,
      messages: 0,
      everyMinutes: 60,
      batchMessages: 200,
    });
  });

  const wrong: [RetentionPolicy, RegExp][] = [
    [{ days: -1 }, /days that messages are kept .*0 to 36,500/],
    [{ days: Number.NaN }, /days that messages are kept/],
    [{ days: 1e9 }, /days that messages are kept/],
    [{ contentDays: '7' as never }, /days that content is kept/],
    [{ messages: 1.5 }, /whole number/],
    [{ contentMessages: Number.POSITIVE_INFINITY }, /whole number/],
    [{ days: 1, everyMinutes: 0 }, /minutes between two runs .*1 to 10,080/],
    [{ days: 1, batchMessages: 0 }, /one transaction/],
    [{ days: 1, batchMessages: 5000 }, /one transaction .*1 to 1,000/],
  ];
  for (const [policy, text] of wrong) {
    it(`refuses ${Object.entries(policy).join(' ')}`, () => {
      expect(() => policyOf(policy))
        .to.throw(Hl7Error, text)
        .with.property('code', 'RETENTION_INVALID');
    });
  }
});
