import { connect } from 'node:net';
import { expect } from 'chai';
import type { AckResult } from '../../nodes/lib/exchange';
import { field, messageParts } from '../support/hl7-text';
import { LogTable } from '../support/log-table';
import { type MessageOptions, message } from '../support/messages';
import { frame, type MllpClient } from '../support/mllp-client';
import { until } from '../support/wait';
import { Flow, LATE } from './harness';

describe('ack out', () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  /** Starts a flow that leads, over a step of the test's own, from the listener to ack out. */
  async function start(properties: Record<string, unknown> = {}, listener: Record<string, unknown> = {}) {
    flow.listener(['step'], { ...LATE, ...listener }).collect('step');
    flow.ackOut(['out'], { onlyStored: false, ...properties }).watch('out');
    await flow.start();
    return flow.sender();
  }

  /** Sends a message, lets the test's step change it on its way, and gives the answer. */
  async function answer(client: MllpClient, changes: object = {}, options: MessageOptions = {}): Promise<Buffer> {
    const count = flow.got('step').length;
    const answered = client.send(message(options));
    answered.catch(() => undefined);
    const msg = await flow.message('step', count + 1);
    flow.give('ack', Object.assign(msg, changes));
    return answered;
  }

  const code = (raw: Buffer): string | undefined => field(raw, 'MSA', 1);

  it('puts variables into its text, and leaves it blank, with a warning, when one is missing', async () => {
    process.env.HL7_ACK_SITE = 'north';
    flow.after(() => delete process.env.HL7_ACK_SITE);
    const text = 'at $' + '{HL7_ACK_SITE}, $' + '{HL7_ACK_UNSET:-ward}';
    const sent = await answer(await start({ text }), {}, { version: '2.5' });
    expect([code(sent), field(sent, 'MSA', 3)]).to.deep.equal(['AA', 'at north, ward']);
    await flow.end();
    flow = await Flow.create();
    const blank = await answer(await start({ text: 'at $' + '{HL7_ACK_UNSET}' }), {}, { version: '2.5' });
    expect([code(blank), field(blank, 'MSA', 3) || '']).to.deep.equal(['AA', '']);
    expect(flow.warnings('ack')).to.have.length(1);
    expect(flow.warnings('ack')[0]).to.include('The text of the acknowledgment').and.include('HL7_ACK_UNSET');
  });

  it('answers positively by itself, and says what it sent', async () => {
    const client = await start();
    const raw = await answer(client, {}, { controlId: 'A1' });
    expect([code(raw), field(raw, 'MSA', 2)]).to.deep.equal(['AA', 'A1']);
    const { ack, payload } = await flow.message('out');
    expect(ack).to.deep.equal({
      code: 'AA',
      controlId: messageParts(raw).controlId,
      raw: [raw],
      repeated: false,
      separate: [],
    });
    expect(payload).to.be.a('string');
    await flow.status('ack', 'green dot AA 1');
  });

  it('always gives the code it is set to', async () => {
    for (const set of ['AA', 'AE', 'AR']) {
      const client = await start({ answer: set, text: 'As set' });
      const raw = await answer(client);
      expect([code(raw), field(raw, 'MSA', 3)]).to.deep.equal([set, 'As set']);
      expect((await flow.message('out')).ack).to.include({ code: set });
      await flow.end();
      flow = await Flow.create();
    }
  });

  it('takes code, text and errors from msg.ack, its text before its own', async () => {
    const client = await start({ answer: 'msg', text: 'own' });
    const errors = [{ location: 'PID^1^3', code: '101', text: 'Patient ID is missing', severity: 'W' }];
    const raw = await answer(client, { ack: { code: 'AE', text: 'No good', errors } });
    expect([code(raw), field(raw, 'MSA', 3)]).to.deep.equal(['AE', 'No good']);
    expect([2, 3, 4, 8].map((n) => field(raw, 'ERR', n))).to.deep.equal([
      'PID^1^3',
      '101^Required field missing^HL70357',
      'W',
      'Patient ID is missing',
    ]);
    expect(code(await answer(client, { ack: {} }))).to.equal('AA');
    const plain = await answer(client, { ack: { code: 'AR' } });
    expect([code(plain), field(plain, 'MSA', 3)]).to.deep.equal(['AR', 'own']);
  });

  it('takes the code of msg.ack when it answers by itself, not when it is set to one', async () => {
    const auto = await start();
    expect(code(await answer(auto, { ack: { code: 'AR' } }))).to.equal('AR');
    await flow.end();
    flow = await Flow.create();
    const set = await start({ answer: 'AE' });
    expect(code(await answer(set, { ack: { code: 'AA', text: 'Words' } }))).to.equal('AE');
  });

  it('sends what a flow puts in msg.ack by mistake as well as it can', async () => {
    const client = await start({ answer: 'msg' });
    const errors = [null, 'x', 5, { location: 5, code: 101, text: 7, severity: 'X' }, {}];
    const raw = await answer(client, { ack: { code: 'AE', text: 42, errors } });
    expect([code(raw), field(raw, 'MSA', 3)]).to.deep.equal(['AE', '42']);
    expect([field(raw, 'ERR', 2), field(raw, 'ERR', 8), field(raw, 'ERR', 4)]).to.deep.equal(['5', '7', 'E']);
    expect(field(raw, 'ERR', 3, 2)).to.match(/^207\^/);
    expect(field(raw, 'ERR', 3, 3)).to.equal(undefined);
    for (const ack of ['text', 5, null, { errors: 'none' }]) {
      expect(code(await answer(client, { ack }))).to.equal('AA');
    }
    expect(code(await answer(client, { ack: { code: 'AE', text: 'a\x0bb\x1cc' } }))).to.equal('AE');
  });

  it('refuses a code that is none; the sender is answered negatively at once', async () => {
    flow.listener(['step'], LATE).collect('step').ackOut([], { onlyStored: false });
    await flow.start();
    const raw = await answer(await flow.sender(), { ack: { code: 'OK' } });
    expect(code(raw)).to.equal('AR');
    expect(flow.errors('ack').map((error) => error.code)).to.deep.equal(['ACK_CODE']);
  });

  it('tells a Catch node the code of each fault', async () => {
    const client = await start();
    const first = client.send(message());
    const msg = await flow.message('step');
    flow.give('ack', { ...msg, ack: { code: 'ok' } });
    expect((await flow.message('caught', 1)).error).to.include({ code: 'ACK_CODE' });
    flow.give('ack', { payload: 'from elsewhere' });
    expect((await flow.message('caught', 2)).error).to.include({ code: 'ACK_NO_SESSION' });
    flow.give('ack', { ...msg, _session: { type: 'tcp', id: 'x' } });
    expect((await flow.message('caught', 3)).error).to.include({ code: 'ACK_NO_SESSION' });
    // The Catch node leads to no ack out: the first fault was answered at once.
    expect(code(await first)).to.equal('AR');
    flow.give('ack', msg);
    const last = await flow.message('caught', 4);
    expect(last.error).to.include({ code: 'ACK_ALREADY_SENT' });
    expect(last).to.include({ payload: msg.payload });
    expect(flow.got('out')).to.deep.equal([]);
  });

  it('answers once; who comes later is told so', async () => {
    const client = await start();
    expect(code(await answer(client))).to.equal('AA');
    flow.give('ack', flow.got('step')[0] as object);
    expect((await flow.message('caught')).error).to.include({ code: 'ACK_ALREADY_SENT' });
    expect(client.answers).to.have.length(1);
  });

  it('answers a message that a Catch node brings negatively', async () => {
    const client = await start();
    expect(code(await answer(client, { error: { message: 'x', source: {} } }))).to.equal('AR');
    expect(code(await answer(client, { error: { message: 'x' }, ack: { code: 'AE' } }))).to.equal('AE');
  });

  it('refuses AA and CA for what is not stored, answers negatively at once, and says so', async () => {
    flow.listener(['ack'], LATE).ackOut(['out']).collect('out');
    await flow.start();
    const client = await flow.sender();
    expect(code(await client.send(message()))).to.equal('AR');
    await flow.status('ack', 'red ring ack-out.status.not-stored');
    expect(flow.errors('ack').map((error) => error.code)).to.deep.equal(['ACK_NOT_STORED']);
    expect(flow.got('out')).to.deep.equal([]);
  });

  it('sends a negative answer for what is not stored', async () => {
    flow.listener(['ack'], LATE).ackOut(['out'], { answer: 'AE' }).collect('out');
    await flow.start();
    expect(code(await (await flow.sender()).send(message()))).to.equal('AE');
    expect((await flow.message('out')).ack).to.include({ code: 'AE' });
  });

  it('lets a Catch node of the whole tab lead back to it', async () => {
    flow.listener(['ack'], LATE).ackOut(['out']).catcher(['ack']).collect('out');
    await flow.start();
    const client = await flow.sender();
    expect(code(await client.send(message()))).to.equal('AR');
    const answered = (await flow.message('out')) as { ack?: AckResult };
    expect(answered.ack?.code).to.equal('AR');
    // One error each, not one more for each round that a message makes.
    flow.give('ack', answered);
    flow.give('ack', { payload: 'from elsewhere' });
    flow.give('ack', { payload: 'last', ack: { code: 'OK' }, error: { message: 'x', code: 'PARSE_NO_MSH' } });
    await until('all were told', () => flow.errors('ack').length >= 3);
    expect(code(await client.send(message()))).to.equal('AR');
    expect(flow.errors('ack').map((error) => error.code)).to.deep.equal([
      'ACK_NOT_STORED',
      'ACK_NO_SESSION',
      'ACK_NO_SESSION',
      'ACK_NOT_STORED',
    ]);
    await flow.status('ack', 'yellow dot AR 2');
  });

  it('counts what it sent, by code', async () => {
    const client = await start();
    for (const set of ['AA', 'AE', 'AA', 'CA']) await answer(client, { ack: { code: set } });
    await flow.status('ack', 'green dot AA 2 · AE 1 · CA 1');
  });

  it('says when a sender wants no answer', async () => {
    const client = await start();
    client.write(frame(message({ acceptAck: 'NE', applicationAck: 'NE' })));
    flow.give('ack', await flow.message('step'));
    expect((await flow.message('out')).ack).to.deep.include({ code: '', raw: [] });
    await flow.status('ack', 'green dot no answer 1');
    expect(client.answers).to.deep.equal([]);
  });

  it('gives a flow the acknowledgment that must go out on another connection', async () => {
    const client = await start({}, { applicationAck: 'separate' });
    const raw = await answer(client, {}, { acceptAck: 'AL', applicationAck: 'AL' });
    expect(code(raw)).to.equal('CA');
    const { ack } = (await flow.message('out')) as { ack?: AckResult };
    expect(ack?.separate.map((one) => code(one))).to.deep.equal(['AA']);
  });

  it('hands on an acknowledgment that came in, to which nobody waits for an answer', async () => {
    flow.listener(['ack'], LATE).ackOut(['out']).catcher(['caught']).collect('out', 'caught');
    await flow.start();
    const client = await flow.sender();
    client.write(frame('MSH|^~\\&|A|B|C|D|2024||RSP^K22|7|P|2.5\rMSA|AA|1\r'));
    const msg = await flow.message('out');
    expect(msg).to.not.have.property('ack');
    expect([flow.got('caught'), client.answers]).to.deep.equal([[], []]);
  });

  it('says that the sender is gone', async () => {
    const client = await start();
    client.destroy();
    const socket = connect({ host: '127.0.0.1', port: flow.port });
    socket.on('error', () => undefined);
    flow.after(() => socket.destroy());
    socket.write(frame(message()));
    const msg = await flow.message('step');
    socket.resetAndDestroy();
    await until('the listener has seen it', () => flow.warnings('in').some((text) => text.includes('PEER_RESET')));
    flow.give('ack', msg);
    expect((await flow.message('caught')).error).to.include({ code: 'CONNECTION_CLOSED' });
  });

  it('leaves a negative answer for a stored message in the log, as sent', async () => {
    flow
      .listener(['store'], LATE)
      .store([['ack']])
      .ackOut(['out'], { answer: 'AE', text: 'Not for us' })
      .collect('out');
    await flow.start();
    const raw = await (await flow.sender()).send(message({ controlId: 'N1' }));
    await flow.message('out');
    const table = new LogTable(flow.file);
    const [row] = await table.byControlId('N1');
    const acks = await table.acks(row?.id ?? 0);
    expect(acks.map((ack) => [ack.code, ack.raw.toString()])).to.deep.equal([['AE', raw.toString()]]);
  });
});
