import { expect } from 'chai';
import { exchanges } from '../../nodes/lib/exchange';
import type { Session } from '../../nodes/lib/message-contract';
import { storing } from '../../nodes/lib/util';
import { field, messageParts } from '../support/hl7-text';
import { LogTable, query } from '../support/log-table';
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
      expect(code(await client.send('BHS|^~\\&|A|B\rBTS|1\r'))).to.match(/A[ER]/);
      expect((await client.send('BHS|^~\\&|A|B\rBTS|0\r')).toString()).to.match(/^BHS.*\rBTS\|0\r$/);
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

    it('AE to a header whose fields are displaced, located, and the log has no header values of it', async () => {
      flow
        .listener(['store'], LATE)
        .store([['ack']])
        .ackOut()
        .watch();
      await flow.start();
      const client = await flow.sender();
      const sent = message({ controlId: 'SHIFT1' });
      for (const displaced of [sent.replace('|^~', '||^~'), sent.replace('^~\\&|', '^~\\&')]) {
        const answer = await client.send(displaced);
        expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AE', '']);
        expect(field(answer, 'ERR', 1)).to.match(/^MSH\^1\^2\^102&/);
      }
      const rows = await query<Record<string, unknown>>(
        flow.file,
        'SELECT control_id, message_type, deviations FROM hl7_messages',
      );
      const row = { control_id: null, message_type: null, deviations: 'ENCODING_CHARACTERS_INVALID' };
      expect(rows).to.deep.equal([row, row]);
    });

    it('positively to a header with doubled or without encoding characters, and reads it', async () => {
      flow
        .listener(['store'], LATE)
        .store([['ack']])
        .ackOut()
        .watch();
      await flow.start();
      const client = await flow.sender();
      for (const characters of ['^~\\\\&', '']) {
        const sent = message({ patientId: '4711' }).replace('^~\\&', characters);
        const answer = await client.send(sent);
        expect([code(answer), field(answer, 'MSH', 2)]).to.deep.equal(['AA', '^~\\&']);
      }
      const rows = await query<Record<string, unknown>>(
        flow.file,
        'SELECT message_type, patient_id, deviations FROM hl7_messages',
      );
      const row = { message_type: 'ADT', patient_id: '4711', deviations: 'ENCODING_CHARACTERS_INVALID' };
      expect(rows).to.deep.equal([row, row]);
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

    it('and names listener, sender and control ID in its error', async () => {
      await start();
      const client = await flow.sender();
      await client.send(message({ controlId: 'R7' }) + message());
      const [error] = flow.errors('in');
      expect(error?.message).to.match(
        /^A frame of listener \(port \d+\) from 127\.0\.0\.1 with control ID R7 was refused\. /,
      );
    });

    it('whose end is in doubt, and answers it negatively', async () => {
      await start({ acknowledge: 'receipt' });
      const client = await flow.sender();
      const part = message({ controlId: 'R8' }).trimEnd();
      client.write(`\x0b${part}\x1c\rrest of it`);
      const answer = await client.next();
      expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AE', 'R8']);
      const caught = await flow.message('caught');
      expect(caught.error).to.include({ code: 'BYTES_AFTER_END' });
      expect((caught.raw as Buffer).toString('latin1')).to.equal(`${part}\x1c\rrest of it`);
    });

    it('that is too large, by the control ID of its header, and closes the connection', async () => {
      await start({ maxFrame: '0.01', onFailure: 'AE' });
      const client = await flow.sender();
      client.write(`\x0b${message({ controlId: 'R9' })}${'x'.repeat(200_000)}\x1c\r`);
      const answer = await client.next();
      expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AR', 'R9']);
      await client.closed;
      const caught = await flow.message('caught');
      expect(caught.error).to.include({ code: 'FRAME_TOO_LARGE' });
      expect((caught.raw as Buffer).length).to.be.at.most(16 * 1024);
      expect(flow.errors('in')[0]?.message).to.contain('with control ID R9');
    });
  });

  describe('takes a message whole', () => {
    /** A flow that stores and acknowledges. */
    const storing = async (): Promise<LogTable> => {
      flow
        .listener(['store'], LATE)
        .store([['ack']])
        .ackOut(['out'])
        .watch('out');
      await flow.start();
      return new LogTable(flow.file);
    };
    const PART = 'NTE|1||one';

    for (const [name, data] of [
      ['an end byte', '\x1c'],
      ['a start byte', '\x0b'],
      ['an end with CR', '\x1c\r'],
      ['several of them', '\x1c\x1c\r\x1cx\x0by\x0b\x0b'],
    ] as const) {
      it(`with ${name} in a value, and answers AA`, async () => {
        const table = await storing();
        const client = await flow.sender();
        const sent = `${message({ controlId: 'W1' })}${PART}${data}two\r`;
        client.write(`\x0b${sent}\x1c\r`);
        const answer = await client.next();
        expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AA', 'W1']);
        const [row] = await table.messages();
        expect(row?.raw.toString('latin1')).to.equal(sent);
        expect(row?.deviations).to.match(/_BYTE_IN_DATA/);
      });
    }

    for (const lead of ['\n', '\r\n', ' ', '\0', '\t', '\xef\xbb\xbf', '\r\n\xef\xbb\xbf\n']) {
      it(`with ${JSON.stringify(lead)} before the header, which is passed over`, async () => {
        const table = await storing();
        const client = await flow.sender();
        const sent = message({ controlId: 'W2' });
        client.write(Buffer.from(`\x0b${lead}${sent}\x1c\r`, 'latin1'));
        const answer = await client.next();
        expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AA', 'W2']);
        const [row] = await table.messages();
        expect(row?.raw.toString('latin1')).to.equal(lead + sent);
        expect(row?.text).to.equal(sent);
        expect(row?.control_id).to.equal('W2');
        expect(row?.deviations).to.equal(lead === '\xef\xbb\xbf' ? null : 'FILLER_BEFORE_MESSAGE');
      });
    }

    it('that quotes another one behind a line feed', async () => {
      for (const severalMessages of ['refuse', 'split']) {
        flow
          .listener(['store'], { ...LATE, severalMessages })
          .store([['ack']])
          .ackOut(['out'])
          .watch('out');
        await flow.start();
        const client = await flow.sender();
        const sent = `${message({ controlId: 'W3' })}NTE|1||see:\nMSH|^~\\&|X|Y\nPID|1||999^^^H^MR\rPV1|1|I\r`;
        const answer = await client.send(sent);
        expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AA', 'W3']);
        const rows = await new LogTable(flow.file).messages();
        expect(rows.map((row) => row.raw.toString())).to.deep.equal([sent]);
        expect(rows[0]?.text).to.equal(sent);
        expect(rows[0]?.deviations).to.equal('LF_IN_SEGMENT');
        await flow.end();
        flow = await Flow.create();
      }
    });

    it('whose echoed fields hold bytes of the frame, and answers', async () => {
      const table = await storing();
      const client = await flow.sender();
      client.write('\x0bMSH|^~\\&|APP|FAC\x0bTORY|US|HOME|20260101||ADT^A01|I\x1cD|P|2.5\r\x1c\r');
      const answer = await client.next();
      expect([code(answer), field(answer, 'MSA', 2), field(answer, 'MSH', 6)]).to.deep.equal([
        'AA',
        'I\\X1C\\D',
        'FAC\\X0B\\TORY',
      ]);
      expect(await table.messages()).to.have.length(1);
    });

    it('or marks its row when the rest comes after its answer, and warns once a connection', async () => {
      const table = await storing();
      const client = await flow.sender();
      for (const controlId of ['W4', 'W5']) {
        expect(code(await client.send(`${message({ controlId })}${PART}`))).to.equal('AA');
        client.write('rest of it\r\x1c\r');
        await until('the row is marked', async () =>
          (await table.messages()).some(
            (row) => row.control_id === controlId && row.deviations?.includes('BYTES_AFTER_END'),
          ),
        );
      }
      const warnings = flow.warnings('in').filter((text) => text.includes('BYTES_AFTER_END'));
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(/^listener \(port \d+\), 127\.0\.0\.1: /);
    });

    it('or answers negatively when the rest comes before its answer', async () => {
      flow
        .listener(['store'], LATE)
        .store([['out']])
        .ackOut([])
        .watch('out');
      await flow.start();
      const client = await flow.sender();
      client.write(frame(`${message({ controlId: 'W6' })}${PART}`));
      const msg = await flow.message('out');
      client.write('rest');
      await until('it is seen', () => flow.warnings('in').some((text) => text.includes('BYTES_AFTER_END')));
      flow.give('ack', msg);
      const answer = await client.next();
      expect([code(answer), field(answer, 'MSA', 2)]).to.deep.equal(['AE', 'W6']);
      const table = new LogTable(flow.file);
      await until('the row is marked', async () => (await table.messages())[0]?.deviations === 'BYTES_AFTER_END');
    });
  });

  describe('warns of messages without a start block', () => {
    it('once a connection, and answers none', async () => {
      await start();
      const client = await flow.sender();
      for (let n = 0; n < 20; n++) client.write(`${message()}\x1c\r`);
      client.write(frame(message() + message()));
      await client.next();
      expect(client.answers).to.have.length(1);
      const warnings = flow.warnings('in');
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(/^listener \(port \d+\), 127\.0\.0\.1: .*0B.*\[MESSAGE_WITHOUT_START\]$/);
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
