import { expect } from 'chai';
import { Hl7Error } from '../../../nodes/lib/errors';
import { type Exchange, exchanges } from '../../../nodes/lib/exchange';
import { MAX_MESSAGES } from '../../../nodes/lib/hl7/syntax/batch';
import { acceptingOnReceipt, type InboundMessage, splitMessageSteps } from '../../../nodes/lib/message';
import { inboundOf } from '../../../nodes/lib/message/inbound';
import { atOnce, inSteps } from '../../../nodes/lib/util';
import { field, messageParts } from '../../support/hl7-text';

const one = (controlId: string, charset = '', name = 'TEST'): string =>
  `MSH|^~\\&|APP|FAC|US|HOME|20260101||ADT^A01|${controlId}|P|2.5||||||${charset}\rPID|1||4711||${name}\r`;

const BATCH = `FHS|^~\\&|FA|FF|||||||F77\rBHS|^~\\&|BA|BF|RA|RF|||||B77\r`;

function batch(...messages: string[]): string {
  return `${BATCH}${messages.join('')}BTS|${messages.length}\rFTS|1\r`;
}

interface Opened {
  message: InboundMessage;
  exchange: Exchange;
  frames: Buffer[];
}

/** A message that came in and waits for its answer. */
function open(content: Buffer | string, identity?: { application: string; facility: string }): Opened {
  const connection = { id: 'c1', remoteAddress: '192.0.2.7', remotePort: 40123, localPort: 2575, tls: false as const };
  const frame = { content: Buffer.from(content), deviations: [], receivedAt: new Date(), connection };
  const { message, part, kind } = inboundOf(frame, 'ward', { charset: '', forceCharset: false });
  const frames: Buffer[] = [];
  const exchange = exchanges.open(
    {
      owner: 'batch-test',
      where: 'listener (port 2575)',
      ...part,
      policy: { mode: 'msh', applicationAck: 'same', failure: 'AR', identity },
      batch: kind === 'batch',
      send: async (answers) => void frames.push(...answers),
    },
    0,
    () => undefined,
  );
  message._session = { type: 'mllp', id: exchange.id };
  return { message, exchange, frames };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Hl7Error).code;
  }
  return 'not refused';
}

describe('the messages of a batch', () => {
  afterEach(() => exchanges.abandon('batch-test'));

  it('have their own text, bytes, facts and session, in their order', () => {
    const { message } = open(batch(one('P1'), one('P2')));
    const { messages, warnings } = atOnce(splitMessageSteps(message, message.payload));
    expect(warnings).to.deep.equal([]);
    expect(messages.map(({ payload }) => payload)).to.deep.equal([one('P1'), one('P2')]);
    expect(messages.map(({ raw }) => raw?.toString())).to.deep.equal([one('P1'), one('P2')]);
    expect(messages.map(({ hl7 }) => hl7.controlId)).to.deep.equal(['P1', 'P2']);
    expect(messages.map(({ topic }) => topic)).to.deep.equal(['ADT^A01', 'ADT^A01']);
    expect(messages.map(({ mllp }) => mllp?.size)).to.deep.equal([one('P1').length, one('P2').length]);
    const ids = messages.map(({ _session }) => _session?.id ?? '');
    expect(new Set([...ids, message._session?.id]).size).to.equal(3);
    expect(ids.map((id) => exchanges.find(id)?.owner)).to.deep.equal(['batch-test', 'batch-test']);
  });

  it('are decoded each by its own MSH-18, and their bytes are those that came', () => {
    const bytes = [
      Buffer.from(one('P1', 'UNICODE UTF-8', 'MÜLLER')),
      Buffer.from(one('P2', '8859/1', 'MÜLLER'), 'latin1'),
      Buffer.concat([Buffer.from(one('P3', '8859/2').slice(0, -1)), Buffer.from([0xa3, 0x0d])]),
    ];
    const { message } = open(Buffer.concat([Buffer.from(BATCH), ...bytes, Buffer.from('BTS|3\r')]));
    const { messages } = atOnce(splitMessageSteps(message, message.payload));
    expect(messages.map(({ raw }) => raw)).to.deep.equal(bytes);
    expect(messages.map(({ mllp }) => mllp?.charset)).to.deep.equal(['utf-8', 'iso-8859-1', 'iso-8859-2']);
    expect(messages.map(({ payload }) => /TESTŁ|MÜLLER/.exec(payload)?.[0])).to.deep.equal([
      'MÜLLER',
      'MÜLLER',
      'TESTŁ',
    ]);
  });

  it('have their segments ended by CR, whatever the batch has', () => {
    const content = batch(one('P1'), one('P2')).replaceAll('\r', '\r\n');
    const { message } = open(content);
    const { messages } = atOnce(splitMessageSteps(message, message.payload));
    expect(messages.map(({ payload }) => payload)).to.deep.equal([one('P1'), one('P2')]);
    expect(messages.map(({ raw }) => raw?.toString())).to.deep.equal([
      one('P1').replaceAll('\r', '\r\n'),
      one('P2').replaceAll('\r', '\r\n'),
    ]);
  });

  it('are all there when a count is wrong, with a warning that holds no data', () => {
    const { message } = open(`${BATCH}${one('P1')}${one('P2')}BTS|5\rFTS|1\r`);
    const { messages, warnings } = atOnce(splitMessageSteps(message, message.payload));
    expect(messages).to.have.length(2);
    expect(warnings.map(({ code }) => code)).to.deep.equal(['BATCH_COUNT']);
    expect(warnings[0]?.text).to.not.match(/P1|4711/);
  });

  it('are answered by one batch of acknowledgments, in the envelope of theirs', async () => {
    const { message, frames } = open(batch(one('P1'), one('P2')));
    const { messages } = atOnce(splitMessageSteps(message, message.payload));
    const [a, b] = messages.map(({ _session }) => exchanges.of(_session));
    await Promise.all([b?.answer({ code: 'AE', text: 'not for us' }), a?.answer({})]);
    expect(frames).to.have.length(1);
    const answer = frames[0] as Buffer;
    const names = messageParts(answer).segments.map(([name]) => name);
    expect(names).to.deep.equal(['FHS', 'BHS', 'MSH', 'MSA', 'MSH', 'MSA', 'BTS', 'FTS']);
    expect([field(answer, 'MSA', 1), field(answer, 'MSA', 2)]).to.deep.equal(['AA', 'P1']);
    expect([field(answer, 'MSA', 1, 2), field(answer, 'MSA', 2, 2)]).to.deep.equal(['AE', 'P2']);
    const lines = answer.toString().split('\r');
    expect(lines[0]?.split('|').slice(4, 6)).to.deep.equal(['FA', 'FF']);
    expect(lines[0]?.split('|')[11]).to.equal('F77');
    expect(lines[1]?.split('|').slice(2, 6)).to.deep.equal(['RA', 'RF', 'BA', 'BF']);
    expect(lines[1]?.split('|')[11]).to.equal('B77');
    expect(lines.slice(-3)).to.deep.equal(['BTS|2', 'FTS|1', '']);
  });

  it('are answered batch by batch when a file holds several', async () => {
    const text = `FHS|^~\\&|FA|FF|||||||F1\rBHS|^~\\&|BA|||||||B9|B1\r${one('P1')}BTS|1\rBHS|^~\\&|BB||||||||B2\rBTS|0\rBHS|^~\\&|BC||||||||B3\r${one('P2')}${one('P3')}BTS|2\rFTS|3\r`;
    const { message, frames } = open(text);
    const { messages } = atOnce(splitMessageSteps(message, message.payload));
    await Promise.all(messages.map(({ _session }) => exchanges.of(_session).answer({})));
    const lines = frames[0]!
      .toString()
      .split('\r')
      .map((line) => line.split('|'));
    expect(lines.filter(([name]) => name === 'BHS').map((fields) => fields[11])).to.deep.equal(['B1', 'B2', 'B3']);
    expect(
      lines.filter(([name]) => /^(BTS|FTS|MSA)$/.test(name ?? '')).map((fields) => fields.join('|')),
    ).to.deep.equal(['MSA|AA|P1', 'BTS|1', 'BTS|0', 'MSA|AA|P2', 'MSA|AA|P3', 'BTS|2', 'FTS|3']);
  });

  it('are not answered when they are acknowledgments themselves', async () => {
    const ack = (id: string): string => `MSH|^~\\&|A|B|C|D|2024||ACK^A01^ACK|${id}|P|2.5\rMSA|AA|1\r`;
    const mixed = open(batch(ack('K1'), one('P1')));
    const parts = atOnce(splitMessageSteps(mixed.message, mixed.message.payload)).messages;
    expect(parts[0]).to.have.property('_session', undefined);
    await exchanges.of(parts[1]?._session).answer({});
    expect(mixed.frames[0]?.toString())
      .to.match(/MSA\|AA\|P1\rBTS\|1\r/)
      .and.to.not.contain('K1');
    const only = open(batch(ack('K1'), ack('K2')));
    expect(atOnce(splitMessageSteps(only.message, only.message.payload)).messages).to.have.length(2);
    expect([only.exchange.settled, only.frames]).to.deep.equal([true, []]);
  });

  it('are answered in our own name where the listener has one', async () => {
    const { message, frames } = open(batch(one('P1')), { application: 'LOG', facility: 'HOME' });
    const { messages } = atOnce(splitMessageSteps(message, message.payload));
    await exchanges.of(messages[0]?._session).answer({});
    for (const name of ['FHS', 'BHS', 'MSH']) {
      const line = frames[0]!
        .toString()
        .split('\r')
        .find((segment) => segment.startsWith(name));
      expect(line?.split('|').slice(2, 4), name).to.deep.equal(['LOG', 'HOME']);
    }
  });

  it('have the text that the flow has made of them, and the bytes that came in', () => {
    const { message } = open(batch(one('P1', '', 'OLD'), one('P2', '8859/1', 'KEPT')));
    const { messages } = atOnce(splitMessageSteps(message, message.payload.replace('OLD', 'NEW')));
    expect(messages.map(({ payload }) => payload)).to.deep.equal([one('P1', '', 'NEW'), one('P2', '8859/1', 'KEPT')]);
    expect(messages.map(({ raw }) => raw?.toString())).to.deep.equal([
      one('P1', '', 'OLD'),
      one('P2', '8859/1', 'KEPT'),
    ]);
    const other = atOnce(splitMessageSteps(message, batch(one('Q1'), one('Q2')))).messages;
    expect(other.map(({ payload, raw }) => [payload, raw])).to.deep.equal([
      [one('Q1'), undefined],
      [one('Q2'), undefined],
    ]);
  });

  it('are not taken out of a batch of too many', () => {
    const split = (text: string): number => atOnce(splitMessageSteps(open(text).message, text)).messages.length;
    expect(codeOf(() => split(`BHS|^~\\&\r${'MSH|\r'.repeat(MAX_MESSAGES + 1)}`))).to.equal('BATCH_TOO_LARGE');
    const each = 'BHS|^~\\&\rMSH|^~\\&\rBTS|1\r';
    expect(split(`FHS|^~\\&\r${each.repeat(MAX_MESSAGES)}FTS|${MAX_MESSAGES}\r`)).to.equal(MAX_MESSAGES);
    const envelopes = `FHS|^~\\&\r${'BHS|^~\\&\rBTS|0\r'.repeat(MAX_MESSAGES)}${each}FTS|\r`;
    expect(codeOf(() => split(envelopes))).to.equal('BATCH_TOO_LARGE');
  });

  it('are answered without an envelope when they came without one', async () => {
    const { message, frames } = open(one('P1') + one('P2'));
    for (const part of atOnce(splitMessageSteps(message, message.payload)).messages) {
      void exchanges.of(part._session).answer({});
    }
    await Promise.resolve();
    const names = messageParts(frames[0] ?? '').segments.map(([name]) => name);
    expect(names).to.deep.equal(['MSH', 'MSA', 'MSH', 'MSA']);
  });

  it('are answered in the bytes of their own sets', async () => {
    const { message, frames } = open(
      Buffer.concat([
        Buffer.from('BHS|^~\\&\r'),
        Buffer.from(one('P1', 'UNICODE UTF-8', 'Ü')),
        Buffer.from(one('P2', '8859/1', 'Ü'), 'latin1'),
      ]),
    );
    const { messages } = atOnce(splitMessageSteps(message, message.payload));
    await Promise.all(messages.map(({ _session }) => exchanges.of(_session).answer({ code: 'AE', text: 'größer' })));
    expect(frames[0]?.includes(Buffer.from('|AE|P1|größer'))).to.equal(true);
    expect(frames[0]?.includes(Buffer.from('|AE|P2|größer', 'latin1'))).to.equal(true);
  });

  it('are split without a session where nobody waits for an answer', async () => {
    const { message, exchange } = open(batch(one('P1')));
    await exchange.answer({ failed: true });
    const { messages } = atOnce(splitMessageSteps(message, message.payload));
    expect(messages[0]).to.not.have.property('_session');
  });

  it('are cut out of the text where no bytes are known', () => {
    const { messages } = atOnce(splitMessageSteps({}, batch(one('P1', '8859/1', 'MÜLLER'), one('P2'))));
    expect(messages.map(({ payload }) => payload)).to.deep.equal([one('P1', '8859/1', 'MÜLLER'), one('P2')]);
    for (const part of messages) expect(part).to.have.all.keys('payload', 'topic', 'hl7', 'batch');
    for (const part of atOnce(splitMessageSteps({}, one('P1') + one('P2'))).messages) {
      expect(part).to.have.all.keys('payload', 'topic', 'hl7');
    }
  });

  it('are cut out of the text where the bytes are others', () => {
    const { message } = open(one('P0'));
    const { messages } = atOnce(splitMessageSteps(message, batch(one('P1'), one('P2'))));
    expect(messages.map(({ payload }) => payload)).to.deep.equal([one('P1'), one('P2')]);
    expect(messages.map(({ raw }) => raw)).to.deep.equal([undefined, undefined]);
    expect(messages[0]?.mllp?.listener).to.equal('ward');
  });

  it('are not taken out of a batch with segments that belong to none of them', async () => {
    const { message, exchange } = open(`${BATCH}${one('P1')}BTS|1\rNTE|1||lost\rFTS|1\r`);
    expect(codeOf(() => atOnce(splitMessageSteps(message, message.payload)))).to.equal('BATCH_STRAY');
    const error = await inSteps(splitMessageSteps(message, message.payload)).catch((failed: Hl7Error) => failed);
    expect(error).to.include({ code: 'BATCH_STRAY', fault: 'content' });
    expect(exchange.settled).to.equal(false);
  });

  it('are the same when they are taken in steps', async () => {
    const many = Array.from({ length: 500 }, (_, n) => one(`P${n}`));
    const { message } = open(batch(...many));
    const { messages } = await inSteps(splitMessageSteps(message, message.payload));
    expect(messages.map(({ payload }) => payload)).to.deep.equal(many);
  });

  it('may be none at all: the answer is a batch without acknowledgments', async () => {
    const empties: Record<string, string[]> = {
      [`${BATCH}BTS|0\rFTS|1\r`]: ['FHS', 'BHS', 'BTS|0', 'FTS|1'],
      [`${BATCH}BTS\rFTS\r`]: ['FHS', 'BHS', 'BTS|0', 'FTS|1'],
      'BHS|^~\\&|BA||||||||B1\rBTS|0\r': ['BHS', 'BTS|0'],
      'FHS|^~\\&|FA||||||||F1\rFTS|0\r': ['FHS', 'FTS|0'],
      [`${BATCH}BTS|0\rBHS|^~\\&|B\rBTS|0\rFTS|2\r`]: ['FHS', 'BHS', 'BTS|0', 'BHS', 'BTS|0', 'FTS|2'],
      // More came than the count says, which loses nothing.
      [`${BATCH}BTS|0\rFTS|0\r`]: ['FHS', 'BHS', 'BTS|0', 'FTS|1'],
    };
    for (const [text, expected] of Object.entries(empties)) {
      const { message, exchange, frames } = open(text);
      expect(atOnce(splitMessageSteps(message, message.payload)).messages, text).to.deep.equal([]);
      await Promise.resolve();
      expect([exchange.settled, frames.length], text).to.deep.equal([true, 1]);
      const lines = frames[0]!.toString().trimEnd().split('\r');
      expect(lines.map((line) => (line.includes('HS|') ? line.slice(0, 3) : line))).to.deep.equal(expected);
      const [sent, answer] = [text, lines[0]!].map((line) => line.split('\r')[0]!.split('|'));
      expect(answer?.[11]).to.equal(sent?.[10]);
    }
  });

  it('must be there where the batch is not complete', () => {
    for (const text of [
      `${BATCH}BTS|2\rFTS|1\r`,
      `${BATCH}BTS|x\rFTS|1\r`,
      `${BATCH}BTS|0\rFTS|2\r`,
      `${BATCH}BTS|0\r`,
      `${BATCH}FTS|1\r`,
      'FHS|^~\\&|FA\r',
      'BHS|^~\\&|FA\r',
      'BHSX\rBTS|0\r',
      'BTS|0\r',
    ]) {
      const { message, exchange } = open(text);
      expect(
        codeOf(() => atOnce(splitMessageSteps(message, message.payload))),
        text,
      ).to.equal('BATCH_EMPTY');
      expect(exchange.settled).to.equal(false);
    }
  });

  it('know their batch, and have it named in their deviations', () => {
    const bhs = (id: string, name: string) => `BHS|^~\\&|BA||||||${name}|note|${id}`;
    const fhs = 'FHS|^~\\&|FA||||||results.hl7||F1';
    const text = [
      `${fhs}\r${bhs('B1', 'first')}\r${one('P1')}${one('P2')}BTS|2|all\r`,
      `${bhs('B2', '')}\r${one('P3')}BTS|7\r${one('P4')}BTS|1\rFTS|9|end\r`,
    ].join('');
    const { message } = open(text);
    const { messages } = atOnce(splitMessageSteps(message, message.payload));
    const file = { fileId: 'F1', fileName: 'results.hl7' };
    expect(messages.map(({ batch }) => batch)).to.deep.equal([
      {
        ...file,
        batchId: 'B1',
        batchName: 'first',
        position: 1,
        count: 2,
        envelope: [fhs, bhs('B1', 'first'), 'BTS|2|all', 'FTS|9|end'],
        deviations: ['BATCH_ENVELOPE', 'BATCH_FILE_COUNT'],
      },
      {
        ...file,
        batchId: 'B1',
        batchName: 'first',
        position: 2,
        count: 2,
        envelope: [fhs, bhs('B1', 'first'), 'BTS|2|all', 'FTS|9|end'],
        deviations: ['BATCH_ENVELOPE', 'BATCH_FILE_COUNT'],
      },
      {
        ...file,
        batchId: 'B2',
        batchName: '',
        position: 1,
        count: 1,
        envelope: [fhs, bhs('B2', ''), 'BTS|7', 'FTS|9|end'],
        deviations: ['BATCH_ENVELOPE', 'BATCH_FILE_COUNT', 'BATCH_COUNT'],
      },
      {
        ...file,
        batchId: '',
        batchName: '',
        position: 1,
        count: 1,
        envelope: [fhs, 'BTS|1', 'FTS|9|end'],
        deviations: ['BATCH_ENVELOPE', 'BATCH_FILE_COUNT', 'BATCH_NO_HEADER'],
      },
    ]);
    expect(messages.map(({ mllp }) => mllp?.deviations)).to.deep.equal(messages.map(({ batch }) => batch?.deviations));
    const cutShort = open(`BHS|^~\\&|BA||||||||B1\r${one('P1')}`).message;
    const [only] = atOnce(splitMessageSteps(cutShort, cutShort.payload)).messages;
    expect(only?.mllp?.deviations).to.deep.equal(['BATCH_ENVELOPE', 'BATCH_NO_TRAILER']);
  });

  it('are named to be of no batch where they only follow each other', () => {
    const { message } = open(one('P1') + one('P2'));
    for (const { batch, mllp } of atOnce(splitMessageSteps(message, message.payload)).messages) {
      expect([batch, mllp?.deviations]).to.deep.equal([undefined, []]);
    }
  });
});

describe('answering on receipt', () => {
  it('answers a message, and every message of a batch', async () => {
    const single = open(one('P1'));
    await (await inSteps(acceptingOnReceipt(single.exchange, single.message, false)))();
    expect(field(single.frames[0] ?? '', 'MSA', 2)).to.equal('P1');
    const several = open(batch(one('P1'), one('P2')));
    await (await inSteps(acceptingOnReceipt(several.exchange, several.message, true)))();
    const answer = several.frames[0] ?? '';
    expect([field(answer, 'MSA', 2), field(answer, 'MSA', 2, 2)]).to.deep.equal(['P1', 'P2']);
    expect([field(answer, 'MSA', 1), field(answer, 'MSA', 1, 2)]).to.deep.equal(['AA', 'AA']);
  });

  it('leaves an empty batch to be answered otherwise', async () => {
    const { message, exchange, frames } = open(`${BATCH}BTS|0\r`);
    const accept = await inSteps(acceptingOnReceipt(exchange, message, true));
    const error = await accept().catch((failed: Hl7Error) => failed);
    expect(error).to.be.instanceOf(Hl7Error);
    expect(exchange.settled).to.equal(false);
    await exchange.answer({ failed: true });
    expect(frames).to.have.length(1);
  });
});
