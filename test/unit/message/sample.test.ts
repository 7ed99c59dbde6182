import { expect } from 'chai';
import { toObject } from '../../../nodes/lib/hl7';
import { sampleAdmission } from '../../../nodes/lib/message';
import { field, messageParts } from '../../support/hl7-text';

describe('the sample message', () => {
  const text = sampleAdmission(new Date('2026-04-01T10:15:00.123Z'));

  it('is an admission that parses, with every segment ended', () => {
    expect(Object.keys(toObject(text))).to.deep.equal(['MSH', 'EVN', 'PID', 'PV1']);
    expect(text.endsWith('\r')).to.equal(true);
    expect(field(text, 'MSH', 9)).to.equal('ADT^A01^ADT_A01');
    expect(field(text, 'MSH', 7)).to.equal('20260401101500');
    expect(field(text, 'PID', 3)).to.equal('100001^^^HOSPITAL^MR');
    expect(field(text, 'PV1', 19)).to.equal('V100001^^^HOSPITAL^VN');
  });

  it('has a control ID that tells it apart, new each time', () => {
    const ids = [1, 2, 3].map(() => messageParts(sampleAdmission()).controlId);
    for (const id of ids) expect(id).to.match(/^TEST[A-Z0-9]{1,16}$/);
    expect(new Set(ids).size).to.equal(3);
  });
});
