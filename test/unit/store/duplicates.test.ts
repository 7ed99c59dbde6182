import { expect } from 'chai';
import { Store } from '../../../nodes/lib/store';
import { forEachDatabase } from '../../support/databases';
import { answer, messageText, rejection, row, rowsOf } from './helper';

forEachDatabase('store: the same message again', (database) => {
  let store: Store;

  beforeEach(async () => {
    store = await Store.open(await database.fresh());
  });
  afterEach(() => store.close());

  it('is counted, and gets the answers of its first delivery, from any listener', async () => {
    const first = await store.append(row('1', { answers: [answer('CA', 'c1', 'accept'), answer('AA', 'a1')] }));
    const again = await store.append(row('1', { listener: 'another', answers: [answer('AA', 'other')] }));
    expect(again.receipt).to.deep.equal({ ...first.receipt, duplicate: true, deliveries: 2 });
    expect(again.answers).to.deep.equal(first.answers);
    expect(again.answers.map((one) => one.controlId)).to.deep.equal(['c1', 'a1']);
    expect((await store.append(row('1'))).receipt.deliveries).to.equal(3);
    expect(await rowsOf(store, 'Message')).to.have.length(1);
    expect(await rowsOf(store, 'Ack')).to.have.length(2);
    expect(await rowsOf(store, 'Identifier')).to.have.length(1);
    expect(store.statistics()).to.include({ stored: 1, duplicates: 2 });
  });

  it('is seen inside one batch too', async () => {
    const offers = ['a', 'b', 'a', 'a'].map((id) => store.append(row(id)));
    const [a, b, second, third] = await Promise.all(offers);
    expect(store.statistics().commits, 'the new ones, then the repeats').to.equal(2);
    expect([a!, b!, second!, third!].map((one) => one.receipt.deliveries)).to.deep.equal([1, 1, 2, 3]);
    expect([second!, third!].map((one) => one.receipt.duplicate)).to.deep.equal([true, true]);
    expect(second!.answers).to.deep.equal(a!.answers);
    expect((await rowsOf(store, 'Message')).map((one) => one.deliveries)).to.deep.equal([3, 1]);
  });

  it('is seen by a store that was opened later', async () => {
    const options = await database.fresh();
    const before = await Store.open(options);
    const first = await before.append(row('1'));
    await before.close();
    const after = await Store.open(options);
    const again = await after.append(row('1'));
    expect(again.answers).to.deep.equal(first.answers);
    expect(again.receipt.duplicate).to.equal(true);
    await after.close();
  });

  it('is stored as a row of its own when asked for, and flagged', async () => {
    const offers = [row('1'), row('1', { again: 'store' }), row('1', { again: 'store' })].map((one) =>
      store.append(one),
    );
    const stored = await Promise.all(offers);
    stored.push(await store.append(row('1', { again: 'store', deviations: ['X'], answers: [answer('AA', 'own')] })));
    expect(new Set(stored.map((one) => one.receipt.id)).size).to.equal(4);
    expect(stored.map((one) => one.receipt.duplicate)).to.deep.equal([false, false, false, false]);
    expect(stored[3]!.answers.map((one) => one.controlId)).to.deep.equal(['own']);
    const found = await rowsOf(store, 'Message');
    expect(found.map((one) => one.deviations)).to.deep.equal([null, 'STORED_AGAIN', 'STORED_AGAIN', 'X,STORED_AGAIN']);
    expect(found.map((one) => one.deliveries)).to.deep.equal([1, 1, 1, 1]);
    expect(await rowsOf(store, 'Identifier')).to.have.length(4);
    expect((await store.append(row('1'))).receipt).to.include({ id: stored[0]!.receipt.id, deliveries: 2 });
  });

  it('is stored without a flag when it is the first', async () => {
    await store.append(row('1', { again: 'store' }));
    expect((await rowsOf(store, 'Message'))[0]!.deviations).to.equal(null);
  });

  it('is refused when asked for, without touching the first', async () => {
    const offers = [row('1', { again: 'refuse' }), row('1', { again: 'refuse' }), row('2')].map((one) =>
      store.append(one),
    );
    const late = await rejection(offers[1]!);
    expect(late).to.include({ code: 'STORE_DUPLICATE', fault: 'refused' });
    expect(late.errors[0]!.code).to.equal('205');
    await Promise.all([offers[0], offers[2]]);
    expect((await rejection(store.append(row('1', { again: 'refuse' })))).code).to.equal('STORE_DUPLICATE');
    expect((await rowsOf(store, 'Message')).map((one) => one.deliveries)).to.deep.equal([1, 1]);
    expect(store.statistics()).to.include({ stored: 2, refused: 2 });
  });
});

forEachDatabase('store: the same control ID for other content', (database) => {
  let store: Store;
  const other = (id: string, n: number) => row(id, { text: messageText(id, `^${n}`) });

  beforeEach(async () => {
    store = await Store.open(await database.fresh());
  });
  afterEach(() => store.close());

  it('is stored and flagged, also inside one batch', async () => {
    expect((await store.append(other('1', 1))).controlIdReused).to.equal(false);
    expect((await store.append(other('1', 2))).controlIdReused).to.equal(true);
    const batch = await Promise.all(
      [other('2', 1), other('2', 2), other('1', 3), other('3', 1)].map((one) => store.append(one)),
    );
    expect(batch.map((one) => one.controlIdReused)).to.deep.equal([false, true, true, false]);
    const both = await Promise.all([other('1', 4), other('1', 5)].map((one) => store.append(one)));
    expect(both.map((one) => one.controlIdReused)).to.deep.equal([true, true]);
    const flags = (await rowsOf(store, 'Message')).map((one) => one.deviations);
    const flag = 'CONTROL_ID_REUSED';
    expect(flags).to.deep.equal([null, flag, null, flag, flag, null, flag, flag]);
  });

  it('stands beside other deviations, and is told again with a repeat', async () => {
    await store.append(other('1', 1));
    const second = row('1', { text: messageText('1', '^2'), deviations: ['LF_SEGMENTS'] });
    await store.append(second);
    expect((await rowsOf(store, 'Message'))[1]!.deviations).to.equal('LF_SEGMENTS,CONTROL_ID_REUSED');
    expect(await store.append(second)).to.deep.include({ controlIdReused: true });
    expect((await store.append(other('1', 1))).controlIdReused).to.equal(false);
  });

  it('is nothing unusual from another sender, for a repeat stored again, or without a control ID', async () => {
    const facts = { sendingFacility: '' };
    const bare = row('1', { text: 'a', facts });
    expect((await store.append(row('1'))).controlIdReused).to.equal(false);
    expect((await store.append(bare)).controlIdReused).to.equal(false);
    expect((await store.append({ ...bare, again: 'store' })).controlIdReused).to.equal(false);
    expect((await store.append(row('1', { text: 'b', facts }))).controlIdReused).to.equal(true);
    const unnamed = ['c', 'd', 'e'].map((text) => row('', { text }));
    const stored = await Promise.all(unnamed.map((one) => store.append(one)));
    stored.push(await store.append(row('', { text: 'f' })));
    expect(stored.map((one) => one.controlIdReused)).to.deep.equal([false, false, false, false]);
  });
});
