import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DatabaseNode } from '../../nodes/common/database-node';
import { toObject } from '../../nodes/lib/hl7';
import type { Receipt } from '../../nodes/lib/message-contract';
import { field } from '../support/hl7-text';
import { LogTable, WriteLock } from '../support/log-table';
import { encoded, message } from '../support/messages';
import { until } from '../support/wait';
import { Flow, type Message } from './harness';

describe('db store', () => {
  let flow: Flow;
  let table: LogTable;
  beforeEach(async () => {
    flow = await Flow.create();
    table = new LogTable(flow.file);
  });
  afterEach(() => flow.end());

  const receipt = (msg: Message): Receipt => msg.store as Receipt;

  const start = (properties: Record<string, unknown> = {}) =>
    flow
      .store([['stored'], ['failed']], properties)
      .watch('stored', 'failed')
      .start();
  const store = (msg: object) => flow.pass('store', msg, 'stored');

  it('writes the row, and hands the message on with its receipt', async () => {
    await start();
    const text = message({ controlId: 'S1' });
    const msg = await store({ payload: text, own: 'kept' });
    expect(receipt(msg)).to.include({
      id: 1,
      table: 'hl7_messages',
      duplicate: false,
      deliveries: 1,
      spooled: false,
    });
    expect(receipt(msg).storedAt).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(msg).to.include({ own: 'kept', payload: text });
    const [row, ...others] = await table.messages();
    expect(others).to.deep.equal([]);
    expect(row).to.include({ id: 1, control_id: 'S1', message_type: 'ADT', trigger_event: 'A01', text });
    expect(row?.raw.toString()).to.equal(text);
    await flow.status('store', 'green dot 1 stored');
  });

  it('keeps the bytes that came in, whatever became of the payload', async () => {
    await start();
    const raw = encoded({ label: '8859/2', name: Buffer.from([0xa3]) });
    await store({ raw, payload: 'changed' });
    const [row] = await table.messages();
    expect(row?.raw).to.deep.equal(raw);
    expect(row?.text).to.contain('Ł');
  });

  it('stores an object of hl7 parse that has no bytes', async () => {
    await start();
    const text = message();
    await store({ payload: toObject(text) });
    const [row] = await table.messages();
    expect([row?.text, row?.raw.toString()]).to.deep.equal([text, text]);
  });

  it('counts a message that comes again, and gives the first receipt', async () => {
    await start();
    const payload = message();
    const first = receipt(await store({ payload }));
    const again = receipt(await store({ payload }));
    expect(again).to.deep.equal({ ...first, duplicate: true, deliveries: 2 });
    const rows = await table.messages();
    expect(rows.map(({ deliveries }) => deliveries)).to.deep.equal([2]);
  });

  it('stores it again, if so set', async () => {
    await start({ again: 'store' });
    const payload = message();
    const ids = [receipt(await store({ payload })).id, receipt(await store({ payload })).id];
    const rows = await table.messages();
    expect(rows.map(({ id }) => id)).to.deep.equal(ids);
    expect(rows.map(({ deviations }) => deviations?.includes('STORED_AGAIN') ?? false)).to.deep.equal([false, true]);
  });

  it('refuses it, if so set, and tells a Catch node', async () => {
    await start({ again: 'refuse' });
    const payload = message();
    await store({ payload });
    flow.give('store', { payload, own: 'kept' });
    const caught = await flow.message('caught');
    expect(caught.error).to.include({ code: 'STORE_DUPLICATE' });
    expect(caught).to.include({ payload, own: 'kept' });
    expect(caught.store).to.equal(undefined);
    expect(flow.got('stored')).to.have.length(1);
    expect(await table.count()).to.equal(1);
  });

  it('refuses a message with nothing to store', async () => {
    await start();
    flow.give('store', { payload: 5 });
    expect((await flow.message('caught')).error).to.include({ code: 'STORE_NO_MESSAGE' });
    flow.give('store', { payload: {} });
    expect((await flow.message('caught', 2)).error).to.include({ code: 'BUILD_NO_MSH' });
  });

  it('hands on what failed by its second output, if so set, with the error a Catch node would see', async () => {
    await start({ onFailure: 'output' });
    flow.give('store', { payload: 5, own: 'kept' });
    const failed = await flow.message('failed');
    expect(failed).to.include({ payload: 5, own: 'kept' });
    const { code, message: words, source } = failed.error as Record<string, unknown>;
    expect(code).to.equal('STORE_NO_MESSAGE');
    expect(words).to.contain('no HL7 text to store');
    expect(source).to.include({ id: 'store', type: 'hl7-db-store' });
    expect([flow.got('caught'), flow.got('stored')]).to.deep.equal([[], []]);
    await store({ payload: message() });
    expect(flow.got('failed')).to.have.length(1);
  });

  it('says that it has no database', async () => {
    await start({ database: '' });
    await flow.status('store', 'red ring db-store.status.no-database');
    flow.give('store', { payload: message() });
    expect((await flow.message('caught')).error).to.include({ code: 'CONFIG_INVALID' });
  });

  it('says that its database cannot be used, and fails at once', async () => {
    writeFileSync(join(flow.folder, 'blocked'), '');
    flow.store([['stored'], ['failed']]).watch('stored', 'failed');
    const database = flow.nodes.find(({ id }) => id === 'db');
    Object.assign(database ?? {}, { file: join(flow.folder, 'blocked', 'log.sqlite') });
    await flow.start();
    flow.give('store', { payload: message() });
    expect((await flow.message('caught')).error).to.include({ code: 'STORE_OPEN_FAILED' });
    expect(flow.statuses('store')[0]).to.equal('yellow ring db-store.status.opening');
    expect(flow.statuses('store').at(-1)).to.equal('red ring db-store.status.file');
  });

  it('shows how many wait when there are many', async () => {
    await start();
    await store({ payload: message() });
    const lock = await WriteLock.take(flow.file);
    try {
      for (let n = 0; n < 150; n++) flow.give('store', { payload: message() });
      await until('the status tells it', () => flow.statuses('store').at(-1) === 'yellow dot queue 150');
    } finally {
      await lock.release();
    }
    await flow.message('stored', 151);
    await flow.status('store', 'green dot 151 stored');
    expect(await table.count()).to.equal(151);
  });

  describe('behind mllp in', () => {
    it('commits the answer with the message', async () => {
      flow
        .listener(['store'])
        .store([['ack']])
        .ackOut(['out'])
        .collect('out');
      await flow.start();
      const client = await flow.sender();
      const text = message({ controlId: 'S9' });
      const answer = await client.send(text);
      expect(field(answer, 'MSA', 1)).to.equal('AA');
      const [row] = await table.messages();
      expect(row).to.include({ listener: String(flow.port), control_id: 'S9' });
      const acks = await table.acks(row?.id ?? 0);
      expect(acks.map(({ raw }) => raw.toString())).to.deep.equal([answer.toString()]);
      const again = await client.send(text);
      expect(again).to.deep.equal(answer);
      expect((await flow.message('out', 2)).ack).to.include({ code: 'AA', repeated: true });
    });

    it('gives no positive answer for a message when something else was stored under its session', async () => {
      flow
        .listener(['between'], { timeout: '3600' })
        .collect('between')
        .store([['ack']])
        .ackOut();
      await flow.start();
      const client = await flow.sender();
      const text = message();
      const answer = client.send(text);
      const changed = text.replace('ADT', 'ORU');
      flow.give('store', { ...(await flow.message('between')), raw: Buffer.from(changed) });
      expect(field(await answer, 'MSA', 1)).to.equal('AR');
      const [row] = await table.messages();
      expect(row?.raw.toString()).to.equal(changed);
      expect(await table.acks(row?.id ?? 0)).to.deep.equal([]);
    });

    it('answers what was on its way when a deployment stops it', async () => {
      flow
        .listener(['store'], { timeout: '3600' })
        .store([['ack']])
        .ackOut();
      await flow.start();
      const client = await flow.sender();
      await client.send(message());
      const store = await (flow.node('db') as unknown as DatabaseNode).store();
      const lock = await WriteLock.take(flow.file);
      const answer = client.send(message());
      await until('the message waits for its commit', () => store.statistics().busyRetries > 0);
      await flow.node('store').close(false);
      await lock.release();
      expect(field(await answer, 'MSA', 1)).to.equal('AR');
      expect(await table.count()).to.equal(2);
    });

    it('answers negatively at once when nothing else can answer what failed', async () => {
      flow
        .listener(['store'], { timeout: '3600' })
        .store([['ack']], { again: 'refuse' })
        .ackOut();
      await flow.start();
      const client = await flow.sender();
      const text = message();
      expect(field(await client.send(text), 'MSA', 1)).to.equal('AA');
      expect(field(await client.send(text), 'MSA', 1)).to.equal('AR');
    });

    it('answers negatively at once when its second output leads to no ack out', async () => {
      flow.listener(['store'], { timeout: '3600' });
      flow
        .store([['ack'], ['failed']], { database: '', onFailure: 'output' })
        .ackOut()
        .collect('failed');
      await flow.start();
      const client = await flow.sender();
      expect(field(await client.send(message()), 'MSA', 1)).to.equal('AR');
      expect((await flow.message('failed')).error).to.deep.include({ code: 'CONFIG_INVALID' });
    });

    it('leaves the answer to the ack out behind its second output', async () => {
      flow.listener(['store'], { timeout: '3600' });
      flow.store([['ack'], ['no']], { database: '', onFailure: 'output' }).ackOut();
      flow.add('no', 'hl7-ack-out', [['out']], { answer: 'auto', text: 'Not today' }).collect('out');
      await flow.start();
      const client = await flow.sender();
      const answer = await client.send(message());
      expect([field(answer, 'MSA', 1), field(answer, 'MSA', 3)]).to.deep.equal(['AR', 'Not today']);
      expect((await flow.message('out')).ack).to.include({ code: 'AR' });
    });

    it('answers by itself when the listener is set so', async () => {
      flow
        .listener(['store'], { acknowledge: 'stored' })
        .store([['stored']])
        .collect('stored');
      await flow.start();
      const client = await flow.sender();
      expect(field(await client.send(message()), 'MSA', 1)).to.equal('AA');
      expect(receipt(await flow.message('stored')).id).to.equal(1);
    });

    it('refuses at once an unsplit batch that it would have to answer by itself', async () => {
      flow
        .listener(['store'], { acknowledge: 'stored', timeout: '3600' })
        .store([['stored']])
        .collect('stored');
      await flow.start();
      const client = await flow.sender();
      const answer = await client.send(`BHS|^~\\&|A|B\r${message({ controlId: 'B1' })}BTS|1\r`);
      expect(field(answer, 'MSA', 1)).to.equal('AE');
      expect((await flow.message('stored')).store).to.include({ id: 1 });
    });
  });
});
