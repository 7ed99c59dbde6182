import { expect } from 'chai';
import { type Answer, Delivery, type StoreRecord } from '../../../nodes/lib/exchange';
import type { RecordedAnswer } from '../../../nodes/lib/exchange/answer';

const answer = (code: string): Answer => ({ kind: 'application', code, controlId: `C${code}`, raw: Buffer.from(code) });
const AT = new Date('2026-01-01T00:00:00Z');

/** A row in a log: what it holds, and what was noted as sent. */
function row(place: string, id: number, held: Answer[], duplicate = false) {
  const state = { codes: held.map(({ code }) => code), sent: [] as number[], writes: 0, fails: false };
  let next = id * 100;
  const numbered = (answers: Answer[]): RecordedAnswer[] =>
    answers.map((one) => ({ ...one, id: next++, sentAt: null }));
  const record: StoreRecord = {
    receipt: { id, table: 'hl7_messages', storedAt: '', duplicate, deliveries: 1, spooled: false },
    place,
    row: { key: `key ${id}`, duplicate },
    answers: numbered(held),
    record: async (answers) => {
      state.writes++;
      if (state.fails) throw new Error('away');
      state.codes = answers.map(({ code }) => code);
      return numbered(answers);
    },
    sent: (ids) => state.sent.push(...ids),
  };
  return { record, state };
}

describe('a delivery', () => {
  it('writes the answer that leaves to every row that holds another, and marks each', async () => {
    const delivery = new Delivery();
    const [same, other] = [row('a', 1, [answer('AA')]), row('b', 2, [])];
    await delivery.wrote(same.record);
    await delivery.wrote(other.record);
    delivery.decide([answer('AA')]);
    await delivery.record();
    expect([same.state.writes, other.state.writes, other.state.codes]).to.deep.equal([0, 1, ['AA']]);
    await delivery.gone(AT);
    expect([same.state.sent, other.state.sent]).to.deep.equal([[100], [200]]);
    expect(delivery.record()).to.equal(undefined);
  });

  it('corrects a row that comes when the answer is decided, or has left', async () => {
    const delivery = new Delivery();
    delivery.decide([answer('AR')]);
    const [early, late, same] = [row('a', 1, [answer('AA')]), row('b', 2, [answer('AA')]), row('c', 3, [answer('AR')])];
    await delivery.wrote(early.record);
    expect([early.state.codes, early.state.sent]).to.deep.equal([['AR'], []]);
    await delivery.gone(AT);
    expect(early.state.sent).to.deep.equal([101]);
    await delivery.wrote(late.record);
    await delivery.wrote(same.record);
    expect([late.state.codes, late.state.sent]).to.deep.equal([['AR'], [201]]);
    expect([same.state.writes, same.state.sent]).to.deep.equal([0, [300]]);
  });

  it('leaves a row as it is while nothing is decided', async () => {
    const delivery = new Delivery();
    const { record, state } = row('a', 1, [answer('AA')]);
    await delivery.wrote(record);
    expect([delivery.answers, state.writes, state.sent]).to.deep.equal([undefined, 0, []]);
  });

  it('empties the rows when no answer leaves', async () => {
    const delivery = new Delivery();
    const { record, state } = row('a', 1, [answer('AA')]);
    await delivery.wrote(record);
    delivery.decide([]);
    await delivery.record();
    await delivery.gone(AT);
    expect([state.codes, state.sent]).to.deep.equal([[], []]);
  });

  it('tries every row before it tells that one could not be written', async () => {
    const delivery = new Delivery();
    const [bad, good] = [row('a', 1, []), row('b', 2, [])];
    bad.state.fails = true;
    await delivery.wrote(bad.record);
    await delivery.wrote(good.record);
    delivery.decide([answer('AA')]);
    const failed = await delivery.record()?.catch((error: Error) => error.message);
    expect([failed, good.state.codes]).to.deep.equal(['away', ['AA']]);
  });

  it('knows the last row in the log of each database, and keeps those before', async () => {
    const delivery = new Delivery();
    const [first, again] = [row('a', 1, [answer('AA')], true), row('a', 2, [answer('AA')])];
    expect(delivery.rowIn('a')).to.equal(undefined);
    await delivery.wrote(first.record);
    await delivery.wrote(again.record);
    expect(delivery.rowIn('a')).to.deep.equal({ key: 'key 2', duplicate: false });
    expect(delivery.rowIn('b')).to.equal(undefined);
    delivery.decide([answer('AE')]);
    await delivery.record();
    expect([first.state.codes, again.state.codes]).to.deep.equal([['AE'], ['AE']]);
  });

  it('knows the row as soon as an offer to its database has ended', async () => {
    const delivery = new Delivery();
    const { record } = row('a', 1, []);
    delivery.offered('a', Promise.reject(new Error('away')));
    await delivery.underWay('a');
    expect([delivery.underWay('a'), delivery.rowIn('a')]).to.deep.equal([undefined, undefined]);
    delivery.offered('a', Promise.resolve(record));
    expect(delivery.underWay('b')).to.equal(undefined);
    await delivery.underWay('a');
    expect(delivery.underWay('a')).to.equal(undefined);
    expect(delivery.rowIn('a')?.key).to.equal('key 1');
    // Told of it again, it does not forget what it has written there.
    delivery.decide([answer('AA')]);
    await delivery.record();
    await delivery.wrote(record);
    expect(delivery.rows.map(({ answers }) => answers.map(({ code }) => code))).to.deep.equal([['AA']]);
  });
});
