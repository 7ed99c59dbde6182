import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { Store, type StoreOptions } from '../../../nodes/lib/store';
import { forEachDatabase } from '../../support/databases';
import { answer, messageText, rejection, row, rowsOf } from './helper';

forEachDatabase('store: ingest', (database) => {
  let store: Store;
  let options: StoreOptions;

  beforeEach(async () => {
    options = await database.fresh();
    store = await Store.open(options);
  });
  afterEach(() => store.close());

  it('writes every column of a message', async () => {
    const offered = row('C1', { deviations: ['LF_SEGMENTS'], replayOf: 17 });
    const { receipt, controlIdReused } = await store.append(offered);
    expect(receipt).to.include({ table: 'hl7_messages', duplicate: false, deliveries: 1, spooled: false });
    expect(controlIdReused).to.equal(false);
    const [found] = await rowsOf(store, 'Message');
    expect(found).to.deep.equal({
      id: receipt.id,
      received_at: offered.receivedAt,
      stored_at: new Date(receipt.storedAt),
      listener: 'mllp in',
      remote_address: '127.0.0.1',
      remote_port: 50_000,
      message_type: 'ADT',
      trigger_event: 'A01',
      structure: 'ADT_A01',
      version: '2.5',
      control_id: 'C1',
      processing_id: 'P',
      sending_application: 'SENDER',
      sending_facility: 'HOSPITAL',
      receiving_application: 'LOGGER',
      receiving_facility: 'ARCHIVE',
      message_time: '20240229101112.5+0130',
      message_time_utc: new Date('2024-02-29T08:41:12.500Z'),
      character_set: 'UNICODE UTF-8',
      decoded_as: 'utf-8',
      patient_id: '4711',
      patient_id_authority: 'HOSP',
      visit_number: null,
      order_number: null,
      size: offered.raw.length,
      raw: offered.raw,
      text: offered.text,
      content_dropped_at: null,
      deviations: 'LF_SEGMENTS',
      dedupe_key: `24022910111200000C1${createHash('sha256').update(offered.raw).digest('hex')}`,
      deliveries: 1,
      replay_of: 17,
      batch_token: found?.batch_token,
    });
    expect(found?.batch_token).to.match(/^2\.[0-9a-f-]{23}-1$/);
  });

  it('stores a message without any header fact, with nothing but its bytes', async () => {
    const empty = Object.fromEntries(Object.keys(row('x').hl7).map((key) => [key, '']));
    const bare = row('', {
      text: 'junk',
      facts: empty,
      remotePort: null,
      listener: '',
      remoteAddress: '',
      answers: [],
    });
    const { receipt } = await store.append(bare);
    const [found] = await rowsOf(store, 'Message');
    expect(found).to.include({
      id: receipt.id,
      control_id: null,
      message_type: null,
      listener: null,
      remote_port: null,
    });
    expect(found).to.include({ text: 'junk', deviations: null, patient_id: null, message_time_utc: null });
  });

  it('keeps all byte values, NUL and nothing at all exactly as received', async () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, n) => n & 255));
    await store.append(row('bytes', { raw: bytes, text: bytes.toString('latin1') }));
    await store.append(row('empty', { raw: Buffer.alloc(0), text: '' }));
    const [full, none] = await rowsOf(store, 'Message');
    expect((full!.raw as Buffer).equals(bytes)).to.equal(true);
    const text = bytes.toString('latin1');
    expect(full!.text).to.equal(database.takesNul ? text : text.replaceAll('\0', '\u2400'));
    expect(full!.deviations).to.equal(database.takesNul ? null : 'NUL_REPLACED');
    expect((none!.raw as Buffer).length).to.equal(0);
    expect(none).to.include({ size: 0, text: '' });
  });

  for (const megabytes of [6, 16]) {
    it(`keeps a message of ${megabytes} MB among small ones, or refuses it alone and names the database's limit`, async () => {
      const text = messageText('big', `|${'0123456789abcdef'.repeat(megabytes * 64 * 1024)}`);
      const [small, big, last] = [row('s1'), row('big', { text }), row('s2')].map((one) => store.append(one));
      if (text.length > database.maxMessage) {
        const error = await rejection(big!);
        expect(error).to.include({ code: 'STORE_MESSAGE_TOO_LARGE', fault: 'content' });
        expect(error.message).to.include(`${megabytes}.0 MiB`).and.not.include('0123456789abcdef');
      } else {
        const { receipt } = await big!;
        const stored = (await rowsOf(store, 'Message')).find(({ id }) => id === receipt.id)!;
        expect(stored.size).to.equal(text.length);
        expect((stored.raw as Buffer).equals(Buffer.from(text))).to.equal(true);
        expect(stored.text === text).to.equal(true);
      }
      await Promise.all([small, last]);
      expect(await rowsOf(store, 'Ack')).to.have.length(text.length > database.maxMessage ? 2 : 3);
    });
  }

  it('writes many messages with few commits, those of one connection in the order of their arrival', async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `M${n}`);
    const stored = await Promise.all(ids.map((id) => store.append(row(id))));
    expect(store.statistics()).to.include({ stored: 200, commits: 4, queuedRows: 0, queuedBytes: 0, available: true });
    const found = await rowsOf(store, 'Message');
    expect(found.map((one) => one.control_id)).to.deep.equal(ids);
    expect(found.map((one) => one.id)).to.deep.equal(stored.map((one) => one.receipt.id));
    const acks = await rowsOf(store, 'Ack');
    expect(acks.map((one) => one.message_id)).to.deep.equal(found.map((one) => one.id));
    expect(acks.map((one) => one.control_id)).to.deep.equal(ids.map((id) => `A${id}`));
    expect(acks.map((one) => one.id)).to.deep.equal(stored.map((one) => one.answers[0]!.id));
  });

  it('writes those of several connections in the order of their keys where several writers share a log', async () => {
    const ids = Array.from({ length: 16 }, (_, n) => `M${n}`).reverse();
    await Promise.all(ids.map((id, n) => store.append(row(id, { remotePort: 50_000 + n }))));
    const found = await rowsOf(store, 'Message');
    expect(store.statistics()).to.include({ stored: 16, commits: 1 });
    const keys = found.map((one) => one.dedupe_key as string);
    if (database.dialect === 'sqlite') expect(found.map((one) => one.control_id)).to.deep.equal(ids);
    else expect(keys).to.deep.equal([...keys].sort());
  });

  it('goes on with several batches in turn, each with every number of rows', async () => {
    let expected = 0;
    for (const rows of [1, 2, 3, 5, 31, 33, 64]) {
      const offers = Array.from({ length: rows }, (_, n) => store.append(row(`R${rows}-${n}`)));
      expected += (await Promise.all(offers)).length;
    }
    expect(await rowsOf(store, 'Message')).to.have.length(expected);
    expect(store.statistics()).to.include({ stored: expected });
    // A burst goes out in halves, never in batches of less than 16 while more wait.
    expect(store.statistics().commits).to.be.within(7, 16);
  });

  it('turns away what is more than it can hold, by rows and by bytes, and takes a big one alone', async () => {
    await store.close();
    const limits = { queueRows: 3, queueBytes: 1000 };
    store = await Store.open({ ...options, limits });
    const small = ['a', 'b', 'c', 'd'].map((id) => row(id, { raw: Buffer.from(id), text: '' }));
    const offers = small.map((one) => store.append(one));
    const late = await rejection(offers[3]!);
    expect(late.code).to.equal('STORE_QUEUE_FULL');
    expect(late.fault).to.equal('system');
    expect(await Promise.all(offers.slice(0, 3))).to.have.length(3);
    const big = store.append(row('e', { raw: Buffer.alloc(5000), text: '' }));
    expect((await rejection(store.append(row('f')))).code).to.equal('STORE_QUEUE_FULL');
    expect((await big).receipt.duplicate).to.equal(false);
    expect(store.statistics()).to.include({ failed: 2, stored: 4 });
  });

  it('flags values it had to cut or to leave out, and stores the message', async () => {
    const text = `MSH|^~\\&|S\rPID|1||${'9'.repeat(251)}^^^A^MR~12\r`;
    const facts = {
      type: 'X'.repeat(21),
      sendingFacility: `${'f'.repeat(249)}\u{1f600}`,
      event: 'A\0B',
      version: '2.5\ud83d',
    };
    const deviations = Array.from({ length: 100 }, (_, n) => `DEVIATION_${n}`);
    await store.append(row('cut', { text, facts }));
    await store.append(row('codes', { facts: { controlId: '\0' }, deviations }));
    const [cut, codes] = await rowsOf(store, 'Message');
    expect(cut).to.include({
      message_type: 'X'.repeat(20),
      sending_facility: 'f'.repeat(249),
      trigger_event: 'AB',
      version: '2.5\ufffd',
    });
    expect(cut).to.include({ deviations: 'IDENTIFIER_LEFT_OUT,VALUE_CUT', patient_id: '12' });
    expect(String(codes!.deviations)).to.match(/^DEVIATION_0,DEVIATION_1,.*DEVIATION_\d+,VALUE_CUT$/);
    expect(String(codes!.deviations).length).to.be.within(400, 469);
    expect(codes!.control_id).to.equal(null);
  });

  it('keeps every kind of character in texts and header values, also among messages that have none of them', async () => {
    const hostile = `\u05d0\u202e \u{1f600}\u{10ffff} \ue000\ue020\uf8ff "\\n\\u0041\\\\" \t\x01\x1a\x1f\x7f\u2028 \ufeff`;
    const texts = [
      'plain',
      `${hostile}\r${hostile}`,
      '\u{1f600}'.repeat(3),
      `\u00e4${'\u20ac\u{1f4a9}'.repeat(100_000)}\\`,
      'x',
    ];
    const offers = texts.map((text, n) =>
      store.append(row(n === 1 ? hostile : `${n}`, { text, answers: [answer('AA', n === 1 ? hostile : 'a')] })),
    );
    await Promise.all(offers);
    const found = await rowsOf(store, 'Message');
    for (const [n, text] of texts.entries()) {
      expect(found[n]!.text === text, `text ${n}`).to.equal(true);
      expect((found[n]!.raw as Buffer).equals(Buffer.from(text)), `bytes ${n}`).to.equal(true);
    }
    expect(found[1]!.control_id).to.equal(hostile);
    expect((await rowsOf(store, 'Ack'))[1]!.control_id).to.equal(hostile);
  });

  it('keeps what a quote or an SQL text would break', async () => {
    const hostile = `'"; DROP TABLE hl7_messages; --`;
    await store.append(row(hostile, { listener: hostile, answers: [answer("A'", hostile)] }));
    const [found] = await rowsOf(store, 'Message');
    expect(found).to.include({ control_id: hostile, listener: hostile });
    const [ack] = await rowsOf(store, 'Ack');
    expect(ack).to.include({ control_id: hostile, code: "A'" });
  });
});
