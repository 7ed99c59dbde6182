import { expect } from 'chai';
import { Store, type StoreOptions } from '../../../nodes/lib/store';
import { forEachDatabase } from '../../support/databases';
import { pause, until } from '../../support/wait';
import { answer, rejection, row, rowsOf } from './helper';

forEachDatabase('store: answers', (database) => {
  let store: Store;
  let options: StoreOptions;

  beforeEach(async () => {
    options = await database.fresh();
    store = await Store.open(options);
  });
  afterEach(() => store.close());

  it('are on disk with their message, byte for byte', async () => {
    const raw = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    const { answers, receipt } = await store.append(
      row('1', { answers: [{ kind: 'accept', code: 'CA', controlId: '', raw }] }),
    );
    const [found] = await rowsOf(store, 'Ack');
    expect(found).to.deep.equal({
      id: answers[0]!.id,
      message_id: receipt.id,
      kind: 'accept',
      code: 'CA',
      control_id: '',
      raw,
      answered_at: answers[0]!.answeredAt,
      sent_at: null,
    });
    expect((await store.append(row('1'))).answers).to.deep.equal(answers);
  });

  it('may be none', async () => {
    expect((await store.append(row('1', { answers: [] }))).answers).to.deep.equal([]);
    expect((await store.append(row('1'))).answers).to.deep.equal([]);
    expect(await rowsOf(store, 'Ack')).to.deep.equal([]);
  });

  it('are replaced as a whole, and a repeat gets the new ones', async () => {
    const { receipt } = await store.append(row('1'));
    const other = await store.append(row('2'));
    const replaced = await store.recordAnswers(receipt.id, [answer('CA', 'c', 'accept'), answer('AE', 'e')]);
    expect(replaced.map((one) => one.code)).to.deep.equal(['CA', 'AE']);
    expect((await store.append(row('1'))).answers).to.deep.equal(replaced);
    expect((await store.append(row('2'))).answers).to.deep.equal(other.answers);
    expect(await store.recordAnswers(receipt.id, [])).to.deep.equal([]);
    expect((await store.append(row('1'))).answers).to.deep.equal([]);
    expect(await rowsOf(store, 'Ack')).to.have.length(1);
  });

  it('are replaced by the last of several replacements in one batch, together with messages', async () => {
    const { receipt } = await store.append(row('1'));
    const commits = store.statistics().commits;
    const [one, stored, two] = await Promise.all([
      store.recordAnswers(receipt.id, [answer('AE', 'first')]),
      store.append(row('2')),
      store.recordAnswers(receipt.id, [answer('AR', 'last')]),
    ]);
    expect(store.statistics().commits).to.equal(commits + 1);
    expect(one).to.deep.equal(two);
    const found = await rowsOf(store, 'Ack');
    expect(found.map((each) => [each.message_id, each.code])).to.have.deep.members([
      [receipt.id, 'AR'],
      [stored.receipt.id, 'AA'],
    ]);
    expect(new Set(found.map((each) => each.id))).to.deep.equal(new Set([two[0]!.id, stored.answers[0]!.id]));
  });

  it('of no message are refused alone', async () => {
    const good = store.append(row('1'));
    const error = await rejection(store.recordAnswers(999, [answer('AA', 'x')]));
    expect(error).to.include({ code: 'STORE_ROW_REFUSED', fault: 'content' });
    expect((await good).receipt.id).to.be.a('number');
    expect(await rowsOf(store, 'Ack')).to.have.length(1);
  });

  it('are marked as sent before the store closes, and a repeat knows it at once', async () => {
    const first = await store.append(row('1'));
    const second = await store.append(row('2'));
    const at = new Date('2024-03-01T01:02:03.004Z');
    store.recordSentTimes([first.answers[0]!.id, 123_456], at);
    expect(store.statistics().sentTimesWaiting).to.equal(2);
    expect((await store.append(row('1'))).answers[0]!.sentAt).to.deep.equal(at);
    await store.close();
    store = await Store.open(options);
    const sent = (await rowsOf(store, 'Ack')).map((one) => one.sent_at);
    expect(sent).to.deep.equal([at, null]);
    expect((await store.append(row('1'))).answers[0]!.sentAt).to.deep.equal(at);
    expect((await store.append(row('2'))).answers).to.deep.equal(second.answers);
  });

  it('are marked without any further message', async () => {
    const { answers } = await store.append(row('1'));
    const at = new Date('2024-03-01T01:02:03.004Z');
    store.recordSentTimes([answers[0]!.id], at);
    while (store.statistics().sentTimesWaiting > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await store.append(row('1'))).answers[0]!.sentAt).to.deep.equal(at);
    expect((await rowsOf(store, 'Ack'))[0]!.sent_at).to.deep.equal(at);
  });

  it('are marked at once when they are many', async () => {
    const ids = Array.from({ length: 999 }, (_, n) => 10_000 + n);
    const { answers } = await store.append(row('1'));
    const at = new Date('2024-03-01T01:02:03.004Z');
    store.recordSentTimes([...ids, answers[0]!.id], at);
    await store.append(row('2'));
    expect(store.statistics().sentTimesWaiting).to.equal(0);
    expect((await rowsOf(store, 'Ack')).map((one) => one.sent_at)).to.deep.equal([at, null]);
  });

  it('that leave after the store is closed open no connection again', async () => {
    const { answers } = await store.append(row('1'));
    await store.close();
    await until('the connections are gone', async () => (await database.disconnect(options)) === 0);
    // So many are written at once.
    const ids = Array.from({ length: 1000 }, (_, n) => answers[0]!.id + n);
    store.recordSentTimes(ids, new Date());
    expect(store.statistics().sentTimesWaiting).to.equal(0);
    await pause(300);
    expect(await database.disconnect(options)).to.equal(0);
  });

  it('and deviations that become known later are added once, before the store closes', async () => {
    const plain = await store.append(row('1'));
    const other = await store.append(row('2', { deviations: ['DOUBLE_END'] }));
    const untouched = await store.append(row('3'));
    store.addDeviation(plain.receipt.id, 'BYTES_AFTER_END');
    store.addDeviation(other.receipt.id, 'BYTES_AFTER_END');
    await until(
      'both are written',
      async () =>
        (await rowsOf(store, 'Message')).filter((one) => String(one.deviations).includes('BYTES')).length === 2,
    );
    store.addDeviation(other.receipt.id, 'BYTES_AFTER_END');
    store.addDeviation(999_999, 'BYTES_AFTER_END');
    await store.close();
    store.addDeviation(untouched.receipt.id, 'BYTES_AFTER_END');
    store = await Store.open(options);
    const found = (await rowsOf(store, 'Message')).sort((a, b) => Number(a.id) - Number(b.id));
    expect(found.map((one) => one.deviations || null)).to.deep.equal([
      'BYTES_AFTER_END',
      'DOUBLE_END,BYTES_AFTER_END',
      null,
    ]);
    // The message is as it was.
    expect(found.map((one) => one.deliveries)).to.deep.equal([1, 1, 1]);
    expect(() => store.addDeviation(1, "x' OR")).to.throw('no deviation');
  });
});
