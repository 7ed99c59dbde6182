import { expect } from 'chai';
import HL7 from 'hl7-standard';
import type { Transformed } from '../../nodes/lib/hl7/object/types';
import { message } from '../support/messages';
import { until } from '../support/wait';
import { Flow } from './harness';

const TEXT = message({ controlId: 'ID1' });

describe('hl7 parse', () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  /** A parse node between the test and collecting nodes, with a Catch node. */
  const start = (properties: Record<string, unknown> = {}) =>
    flow
      .add('parse', 'hl7-parse', [['out']], properties)
      .watch('out')
      .start();
  const convert = (payload: unknown, more: object = {}) => flow.pass('parse', { payload, ...more }, 'out');

  it('makes an object of text and text of the object, byte for byte', async () => {
    await start();
    const parsed = await convert(TEXT, { topic: 'kept', own: { property: 1 } });
    const payload = parsed.payload as Transformed;
    expect(payload.MSH?.[0]?.data['MSH.10']).to.equal('ID1');
    expect(Object.keys(payload)).to.deep.equal(['MSH', 'EVN', 'PID', 'NK1', 'PV1', 'AL1', 'DG1']);
    expect(parsed).to.include({ topic: 'kept', _msgid: 'given' });
    expect(parsed.own).to.deep.equal({ property: 1 });
    expect((await convert(parsed.payload)).payload).to.equal(TEXT);
  });

  it('puts variables into the name of its property, and fails each message by name when one is missing', async () => {
    const property = 'in.$' + '{HL7_PARSE_UNSET:-text}';
    await start({ property });
    expect((await flow.pass('parse', { in: { text: TEXT } }, 'out')).in).to.have.nested.property('text.MSH');
    await flow.end();
    flow = await Flow.create();
    await start({ property: '$' + '{HL7_PARSE_UNSET}' });
    for (const n of [1, 2]) {
      flow.give('parse', { payload: TEXT });
      const { error } = await flow.message('caught', n);
      expect(error).to.include({ code: 'CONFIG_INVALID' });
      expect((error as Error).message)
        .to.include('The property of the message')
        .and.include('HL7_PARSE_UNSET');
    }
  });

  it('gives an hl7-standard message, if so set, which it also takes', async () => {
    await start({ object: 'live' });
    const live = (await convert(TEXT)).payload as HL7;
    expect(live).to.be.instanceOf(HL7);
    expect(live.get('PID.3.1')).to.equal('100001');
    live.set('PID.3.1', '4711');
    expect((await convert(live)).payload).to.equal(TEXT.replace('100001', '4711'));
  });

  it('takes a message as plain data that is too large to be made live without a pause', async () => {
    const large = TEXT + 'NTE|1||a remark\r'.repeat(10_001);
    flow
      .add('live', 'hl7-parse', [['out']], { object: 'live' })
      .add('plain', 'hl7-parse', [['out']])
      .watch('out');
    await flow.start();
    flow.give('live', { payload: large });
    expect((await flow.message('caught')).error).to.include({ code: 'PARSE_TOO_LARGE' });
    flow.give('plain', { payload: large });
    expect(((await flow.message('out')).payload as Transformed).NTE).to.have.length(10_001);
  });

  it('takes as many segments of a short message as of a long one, and says what to do where there are too many', async () => {
    await start();
    const short = TEXT + 'NTE|1\r'.repeat(25_000);
    expect(short.length).to.be.below(262_144);
    expect(((await convert(short)).payload as Transformed).NTE).to.have.length(25_000);
    flow.give('parse', { payload: TEXT + 'NTE\r'.repeat(200_001) });
    const { error } = await flow.message('caught');
    expect(error).to.include({ code: 'PARSE_TOO_LARGE' });
    expect((error as Error).message).to.match(/leave hl7 parse out/);
  });

  it('converts another property, and leaves the payload alone', async () => {
    await start({ property: 'req.hl7' });
    const parsed = await convert('payload', { req: { hl7: TEXT, other: true } });
    const { hl7, other } = parsed.req as { hl7: Transformed; other: boolean };
    expect(hl7.PID?.[0]?.type).to.equal('PID');
    expect([parsed.payload, other]).to.deep.equal(['payload', true]);
  });

  it('goes in one direction only, if so set', async () => {
    await start({ direction: 'object' });
    const object = (await convert(TEXT)).payload as object;
    expect(object).to.be.an('object');
    expect((await convert(object)).payload).to.equal(object);
  });

  it('goes in the other direction only, if so set', async () => {
    await start({ direction: 'text' });
    const twice = TEXT + TEXT;
    expect((await convert(TEXT)).payload).to.equal(TEXT);
    expect((await convert(twice)).payload).to.equal(twice);
    expect((await convert({ MSH: [{ data: { 'MSH.10': 'ID9' } }] })).payload).to.equal('MSH|^~\\&||||||||ID9\r');
  });

  it('refuses what is neither text nor an object, and tells a Catch node which message it was', async () => {
    await start();
    let count = 0;
    for (const payload of [5, Buffer.from(TEXT), null, undefined, true]) {
      flow.give('parse', { payload, own: ++count });
      const caught = await flow.message('caught', count);
      expect(caught.error).to.include({ code: 'PARSE_INPUT' });
      expect(caught.own).to.equal(count);
      expect(caught.payload).to.deep.equal(payload);
    }
    expect(flow.got('out')).to.deep.equal([]);
  });

  it('tells a Catch node the code of each fault, and keeps the message as it was', async () => {
    await start();
    const cases: [unknown, string][] = [
      ['PID|1\r', 'PARSE_NO_MSH'],
      ['', 'PARSE_NO_MSH'],
      ['MSHAB', 'PARSE_NO_SEPARATOR'],
      [{}, 'BUILD_NO_MSH'],
      [{ MSH: [{ data: {} }], PID: [{ data: { 'PV1.1': 'x' } }] }, 'BUILD_KEY'],
    ];
    for (const [n, [payload, code]] of cases.entries()) {
      flow.give('parse', { payload, _msgid: `m${n}`, raw: Buffer.from('kept') });
      const caught = await flow.message('caught', n + 1);
      expect(caught.error).to.include({ code });
      expect(caught.payload).to.deep.equal(payload);
      expect((caught.raw as Buffer).toString()).to.equal('kept');
      expect(caught._msgid).to.equal(`m${n}`);
      expect((caught.error as { message: string }).message).to.not.contain('PID|1');
    }
  });

  describe('with a batch', () => {
    const parts = ['P1', 'P2', 'P3'].map((controlId) => message({ controlId }));
    const batch = `BHS|^~\\&|A|B\r${parts.join('')}BTS|3\r`;

    it('gives one message for each of its messages, as a Join node expects them', async () => {
      await start();
      flow.give('parse', { payload: batch, _msgid: 'whole', own: { shared: true } });
      const got = [await flow.message('out', 1), await flow.message('out', 2), await flow.message('out', 3)];
      expect(got.map(({ parts: place }) => place)).to.deep.equal(
        [0, 1, 2].map((index) => ({ id: 'whole', index, count: 3 })),
      );
      expect(got.map(({ hl7 }) => (hl7 as { controlId: string }).controlId)).to.deep.equal(['P1', 'P2', 'P3']);
      expect(got.map(({ topic }) => topic)).to.deep.equal(['ADT^A01', 'ADT^A01', 'ADT^A01']);
      const headers = got.map(({ payload }) => (payload as Transformed).MSH?.[0]?.data['MSH.10']);
      expect(headers).to.deep.equal(['P1', 'P2', 'P3']);
      expect(new Set(got.map(({ _msgid }) => _msgid)).size).to.equal(3);
      // A change to one must not show in another.
      for (const one of got) expect(one.own).to.deep.equal({ shared: true });
      expect(got[0]?.own).to.not.equal(got[1]?.own);
    });

    it('gives each its own bytes', async () => {
      await start({ object: 'live' });
      flow.give('parse', { payload: batch, raw: Buffer.from(batch) });
      await flow.message('out', 3);
      expect(flow.got('out').map(({ raw }) => (raw as Buffer).toString())).to.deep.equal(parts);
      expect(flow.got('out')[0]?.payload).to.be.instanceOf(HL7);
    });

    it('splits several messages without an envelope, and warns of a wrong count', async () => {
      await start();
      flow.give('parse', { payload: parts.join('') });
      await flow.message('out', 3);
      expect(flow.warnings('parse')).to.deep.equal([]);
      flow.give('parse', { payload: batch.replace('BTS|3', 'BTS|9') });
      await flow.message('out', 6);
      expect(flow.warnings('parse')).to.have.length(1);
      expect(flow.warnings('parse')[0]).to.contain('BTS-1');
    });

    it('lets the good ones pass when one cannot be parsed', async () => {
      await start();
      // More segment names than a message may have.
      const names = Array.from({ length: 600 }, (_, n) => `Z${(n + 36).toString(36).toUpperCase()}|x\r`);
      const tooMany = `${parts[1]}${names.join('')}`;
      flow.give('parse', { payload: `BHS|^~\\&\r${parts[0]}${tooMany}${parts[2]}BTS|3\r` });
      const caught = await flow.message('caught');
      await flow.message('out', 2);
      expect(caught.error).to.include({ code: 'PARSE_TOO_LARGE' });
      expect(caught.parts).to.include({ index: 1, count: 3 });
      expect((caught.hl7 as { controlId: string }).controlId).to.equal('P2');
      expect(caught.payload).to.equal(tooMany);
    });

    it('gives an acknowledgment in it no session: it is not answered', async () => {
      await start();
      const ack = 'MSH|^~\\&|A|B|C|D|2024||ACK^A01^ACK|K1|P|2.5\rMSA|AA|1\r';
      flow.give('parse', { payload: `BHS|^~\\&\r${ack}BTS|1\r`, _session: { type: 'mllp', id: 'of the batch' } });
      expect((await flow.message('out'))._session).to.equal(undefined);
    });

    it('refuses it, if so set', async () => {
      await start({ batch: 'refuse' });
      flow.give('parse', { payload: batch });
      const caught = await flow.message('caught');
      expect(caught.error).to.include({ code: 'PARSE_BATCH' });
      expect(caught.payload).to.equal(batch);
    });

    it('keeps a message with a trailer behind it whole', async () => {
      await start();
      const payload = `${parts[0]}BTS|1\r`;
      flow.give('parse', { payload, raw: Buffer.from(payload) });
      const msg = await flow.message('out');
      expect((msg.raw as Buffer).toString()).to.equal(payload);
      expect((msg.payload as Transformed).BTS?.[0]?.data).to.deep.equal({ 'BTS.1': '1' });
      expect(msg).to.not.have.any.keys('parts', 'batch');
    });

    it('has nothing to hand on of one that is empty, and refuses one that is empty and not complete', async () => {
      await start();
      flow.give('parse', { payload: 'BHS|^~\\&\rBTS|0\r' });
      flow.give('parse', { payload: 'BHS|^~\\&\rBTS|1\r' });
      expect((await flow.message('caught')).error).to.include({ code: 'BATCH_EMPTY' });
    });
  });

  it('hands the messages of one connection on in the order in which they came, and those of others meanwhile', async () => {
    await start();
    const large = TEXT.replace('ID1', 'LARGE') + 'NTE|1||a^remark&of~many\r'.repeat(40_000);
    const connection = (id: string) => ({ mllp: { connection: id, deviations: [] } });
    flow.give('parse', { payload: large, ...connection('one') });
    flow.give('parse', { payload: TEXT, ...connection('one') });
    flow.give('parse', { payload: 5, ...connection('one') });
    flow.give('parse', { payload: TEXT.replace('ID1', 'OTHER'), ...connection('two') });
    await flow.message('out', 3);
    const ids = flow.got('out').map(({ payload }) => (payload as Transformed).MSH?.[0]?.data['MSH.10']);
    expect(ids).to.deep.equal(['OTHER', 'LARGE', 'ID1']);
    expect((await flow.message('caught')).error).to.include({ code: 'PARSE_INPUT' });
  });

  it('tells Node-RED of each message that it is done with', async () => {
    flow.add('parse', 'hl7-parse', [['out']]).collect('out', 'completed');
    flow.add('complete', 'complete', [['completed']], { scope: ['parse'], uncaught: false });
    await flow.start();
    flow.give('parse', { payload: TEXT });
    flow.give('parse', { payload: 5 });
    flow.give('parse', { payload: TEXT });
    await until('two are complete', () => flow.got('completed').length === 2);
    expect(flow.errors('parse').map(({ code }) => code)).to.deep.equal(['PARSE_INPUT']);
  });
});
