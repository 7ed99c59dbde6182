import { expect } from 'chai';
import type { Session } from '../../nodes/lib/contract';
import { storing } from '../../nodes/lib/exchange/pressure';
import { exchanges } from '../../nodes/lib/exchange/registry';
import { field, messageParts } from '../support/hl7-text';
import { LogTable } from '../support/log-table';
import { message } from '../support/messages';
import { frame } from '../support/mllp-client';
import { onSlowClock } from '../support/slow-clock';
import { until } from '../support/wait';
import { Flow, LATE } from './harness';

const code = (raw: Buffer): string | undefined => field(raw, 'MSA', 1);

describe('mllp in and its answers', () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  /** A listener that leads to a collecting node, with a Catch node. */
  const start = (properties: Record<string, unknown> = {}) =>
    flow
      .listener(['out'], { ...LATE, ...properties })
      .watch('out')
      .start();

  describe('acknowledges', () => {
    it('when the flow does', async () => {
      flow
        .listener(['out'], { ...LATE, acknowledge: 'flow' })
        .collect('out')
        .ackOut([], { onlyStored: false });
      await flow.start();
      const client = await flow.sender();
      const answer = client.send(message());
      const msg = await flow.message('out');
      expect(client.answers).to.deep.equal([]);
      flow.give('ack', msg);
      expect(code(await answer)).to.equal('AA');
    });

    it('in the order of arrival, whatever the flow takes first', async () => {
      flow
        .listener(['out'], { ...LATE, window: '3' })
        .collect('out')
        .ackOut([], { onlyStored: false });
      await flow.start();
      const client = await flow.sender();
      const ids = ['O1', 'O2', 'O3'];
      client.write(Buffer.concat(ids.map((controlId) => frame(message({ controlId })))));
      await flow.message('out', 3);
      for (const n of [2, 0, 1]) flow.give('ack', flow.got('out')[n] as object);
      const answers = [await client.next(), await client.next(), await client.next()];
      expect(answers.map((raw) => messageParts(raw).acknowledges)).to.deep.equal(ids);
    });

    it('on receipt, before the flow has seen the message', async () => {
      await start({ acknowledge: 'receipt' });
      const client = await flow.sender();
      expect(code(await client.send(message()))).to.equal('AA');
      await flow.message('out');
      const batch = `BHS|^~\\&|A|B\r${message({ controlId: 'B1' })}${message({ controlId: 'B2' })}BTS|2\r`;
      const answer = await client.send(batch);
      expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AA', 'B1']);
      expect([field(answer, 'MSA', 1, 2), field(answer, 'MSA', 2, 2)]).to.deep.equal(['AA', 'B2']);
      expect((await flow.message('out', 2)).payload).to.equal(batch);
    });

    it('each message of a batch once on receipt, also when the flow splits the batch', async () => {
      flow
        .listener(['parse'], { ...LATE, acknowledge: 'receipt' })
        .add('parse', 'hl7-parse', [['out']])
        .watch('out');
      await flow.start();
      const client = await flow.sender();
      const ids = Array.from({ length: 200 }, (_, n) => `B${n}`);
      const batch = `BHS|^~\\&|A|B\r${ids.map((controlId) => message({ controlId })).join('')}BTS|200\r`;
      await onSlowClock(async () => {
        const answer = await client.send(batch);
        expect(ids.map((_, n) => field(answer, 'MSA', 2, n + 1))).to.deep.equal(ids);
        await flow.message('out', ids.length);
      });
      // Only who splits a batch that nobody answered yet gives each message a session of its own.
      expect(new Set(flow.got('out').map(({ _session }) => (_session as Session).id)).size).to.equal(1);
      expect(flow.got('caught')).to.deep.equal([]);
      expect(exchanges.size).to.equal(0);
    });

    it('negatively on receipt what can have no positive answer', async () => {
      await start({ acknowledge: 'receipt' });
      const client = await flow.sender();
      expect(code(await client.send(message({ controlId: '' })))).to.equal('AE');
      expect(code(await client.send('BHS|^~\\&|A|B\rBTS|0\r'))).to.match(/A[ER]/);
      await until('it is told', () => flow.warnings('in').some((text) => text.includes('holds no message')));
    });

    it('never', async () => {
      await start({ acknowledge: 'never' });
      const client = await flow.sender();
      client.write(frame(message()));
      client.write(frame(message()));
      const msg = await flow.message('out', 2);
      expect(msg).to.not.have.property('_session');
      await client.end();
      expect(client.answers).to.deep.equal([]);
    });

    it('never, and takes no more while many messages wait for their stores', async () => {
      await start({ acknowledge: 'never' });
      for (let n = 0; n < 500; n++) storing.enter(1000);
      const client = await flow.sender();
      for (let n = 0; n < 5; n++) client.write(frame(message()));
      await flow.message('out');
      const other = await flow.sender();
      other.write(frame(message()));
      await flow.message('out', 2);
      expect(flow.got('out')).to.have.length(2);
      for (let n = 0; n < 500; n++) storing.leave(1000);
      await flow.message('out', 6);
      await client.end();
      expect(client.answers).to.deep.equal([]);
    });

    it('no acknowledgment, which would have no end', async () => {
      await start({ acknowledge: 'receipt' });
      const client = await flow.sender();
      client.write(frame('MSH|^~\\&|A|B|C|D|20260101||ACK^A01|X1|P|2.5\rMSA|AA|Y1\r'));
      const msg = await flow.message('out');
      expect(msg).to.not.have.property('_session');
      expect(code(await client.send(message()))).to.equal('AA');
      expect(client.answers).to.have.length(1);
    });
  });

  describe('when the time to answer runs out', () => {
    it('answers as set, and gives the message to Catch nodes', async () => {
      flow.listener(['out'], { timeout: '0.1', name: 'ward' }).catcher(['caught', 'ack']).collect('out', 'caught');
      flow.ackOut();
      await flow.start();
      const client = await flow.sender();
      const text = message({ controlId: 'T1' });
      const answer = await client.send(text);
      expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AR', 'T1']);
      expect(field(answer, 'ERR', 3)).to.match(/^207\^/);
      const caught = await flow.message('caught');
      expect(caught.error).to.include({ code: 'ACK_TIMEOUT' });
      expect((caught.error as { message: string }).message).to.contain(`listener "ward" (port ${flow.port})`);
      const first = flow.got('out')[0];
      expect(caught).to.include({ payload: text, _msgid: first?._msgid });
      expect(caught._session).to.deep.equal(first?._session);
      // The ack out behind the Catch node has nothing to do any more; one that comes late by itself is told so.
      flow.give('ack', first as object);
      await until('the late one is told', () => flow.errors('ack').length > 0);
      expect(flow.errors('ack').map((error) => error.code)).to.deep.equal(['ACK_ALREADY_SENT']);
    });

    it('closes the connection, if so set', async () => {
      await start({ timeout: '0.1', onFailure: 'close' });
      const client = await flow.sender();
      client.write(frame(message()));
      await client.closed;
      expect(client.answers).to.deep.equal([]);
      expect((await flow.message('caught')).error).to.include({ code: 'ACK_TIMEOUT' });
    });
  });

  describe('refuses a frame', () => {
    it('with several messages, answers negatively and tells a Catch node', async () => {
      await start();
      const client = await flow.sender();
      const both = message({ controlId: 'R1' }) + message({ controlId: 'R2' });
      const answer = await client.send(both);
      expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AE', 'R1']);
      const caught = await flow.message('caught');
      expect(caught.error).to.include({ code: 'SEVERAL_MESSAGES' });
      expect((caught.raw as Buffer).toString()).to.equal(both);
      expect(flow.got('out')).to.deep.equal([]);
    });

    it('in which another one begins, and names the one that the sender waits for', async () => {
      await start();
      const client = await flow.sender();
      client.write(`\x0b${message({ controlId: 'R3' }).slice(0, 200)}\x0b${message({ controlId: 'R4' })}\x1c\r`);
      const answer = await client.next();
      expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AE', 'R4']);
      expect((await flow.message('caught')).error).to.include({ code: 'START_INSIDE_FRAME' });
    });

    it('and leaves the answer to an ack out behind a Catch node', async () => {
      flow
        .listener(['out'], LATE)
        .catcher(['ack'])
        .ackOut(['answered'], { text: 'One by one' })
        .collect('out', 'answered');
      await flow.start();
      const client = await flow.sender();
      const answer = await client.send(message() + message());
      expect([code(answer), field(answer, 'MSA', 3)]).to.deep.equal(['AE', 'One by one']);
      expect((await flow.message('answered')).error).to.include({ code: 'SEVERAL_MESSAGES' });
    });

    it('also when it answers on receipt, or never', async () => {
      for (const acknowledge of ['receipt', 'never']) {
        await start({ acknowledge });
        const client = await flow.sender();
        client.write(frame(message() + message()));
        expect((await flow.message('caught')).error).to.include({ code: 'SEVERAL_MESSAGES' });
        if (acknowledge === 'receipt') expect(code(await client.next())).to.equal('AE');
        await client.end();
        expect(client.answers).to.have.length(acknowledge === 'receipt' ? 1 : 0);
        expect(flow.got('out')).to.deep.equal([]);
        await flow.end();
        flow = await Flow.create();
      }
    });

    it('takes its parts instead, if so set', async () => {
      await start({ acknowledge: 'receipt', severalMessages: 'split' });
      const client = await flow.sender();
      client.write(frame(message({ controlId: 'R5' }) + message({ controlId: 'R6' })));
      const answers = [await client.next(), await client.next()];
      expect(answers.map((raw) => messageParts(raw).acknowledges)).to.deep.equal(['R5', 'R6']);
    });

    it('closes the connection when the answer cannot be framed', async () => {
      await start();
      const client = await flow.sender();
      client.write('\x0bMSH|^~\\&|APP|FAC\x0bTORY|US|HOME|20260101||ADT^A01|ID\x1c\r');
      await client.closed;
      expect(client.answers).to.deep.equal([]);
      expect((await flow.message('caught')).error).to.include({ code: 'START_INSIDE_FRAME' });
      expect(flow.warnings('in').join()).to.contain('0B or 1C');
    });
  });

  describe('with a batch', () => {
    const batch = `BHS|^~\\&|A|B\r${['B1', 'B2'].map((controlId) => message({ controlId })).join('')}BTS|2\r`;

    it('answers it in one frame when each of its messages is stored', async () => {
      flow
        .listener(['parse'], LATE)
        .add('parse', 'hl7-parse', [['store']])
        .store([['ack']])
        .ackOut(['out'])
        .collect('out');
      await flow.start();
      const client = await flow.sender();
      const answer = await client.send(batch);
      const names = messageParts(answer).segments.map(([name]) => name);
      expect(names).to.deep.equal(['BHS', 'MSH', 'MSA', 'MSH', 'MSA', 'BTS']);
      expect([1, 2].map((n) => field(answer, 'MSA', 2, n))).to.deep.equal(['B1', 'B2']);
      expect([1, 2].map((n) => field(answer, 'MSA', 1, n))).to.deep.equal(['AA', 'AA']);
      const table = new LogTable(flow.file);
      expect((await table.messages()).map(({ control_id }) => control_id)).to.deep.equal(['B1', 'B2']);
      await flow.message('out', 2);
    });

    it('answers it by the time-out for the message that the flow forgets', async () => {
      flow
        .listener(['parse'], { timeout: '0.3' })
        .add('parse', 'hl7-parse', [['out']])
        .collect('out');
      flow.ackOut([], { onlyStored: false });
      await flow.start();
      const client = await flow.sender();
      const answered = client.send(batch);
      await flow.message('out', 2);
      flow.give('ack', flow.got('out')[0] as object);
      const answer = await answered;
      expect([1, 2].map((n) => field(answer, 'MSA', 1, n))).to.deep.equal(['AA', 'AR']);
    });

    it('answers what cannot be parsed by itself', async () => {
      flow.listener(['parse'], LATE).add('parse', 'hl7-parse', [['ack']], { batch: 'refuse' });
      flow.ackOut([], { onlyStored: false });
      await flow.start();
      const client = await flow.sender();
      const answer = await client.send(batch);
      expect(code(answer)).to.equal('AE');
      // A batch says no version, so its answer is as old as can be.
      expect(field(answer, 'ERR', 1)).to.match(/^\^\^\^200&/);
    });

    it('cannot be answered as one message', async () => {
      flow.listener(['ack'], LATE).ackOut([], { onlyStored: false });
      await flow.start();
      const client = await flow.sender();
      expect(code(await client.send(batch))).to.equal('AE');
      expect(flow.errors('ack').map((error) => error.code)).to.deep.equal(['ACK_BATCH']);
    });
  });
});
