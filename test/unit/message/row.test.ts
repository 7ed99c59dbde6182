import { expect } from 'chai';
import type { Hl7Error } from '../../../nodes/lib/errors';
import { toLive, toObject } from '../../../nodes/lib/hl7';
import { type InboundMessage, rowOf, type Storable } from '../../../nodes/lib/message';
import { inboundOf } from '../../../nodes/lib/message/inbound';

const RECEIVED_AT = new Date('2026-04-01T10:15:00.123Z');

const text = (charset = '', name = 'TEST'): string =>
  `MSH|^~\\&|APP|FAC|US|HOME|20260101||ADT^A01|ID1|P|2.5||||||${charset}\rPID|1||4711||${name}\r`;

function inbound(content: Buffer | string, charset = ''): InboundMessage {
  const connection = { id: 'c1', remoteAddress: '192.0.2.7', remotePort: 40123, localPort: 2575, tls: false as const };
  const frame = { content: Buffer.from(content), deviations: ['DOUBLE_END'], receivedAt: RECEIVED_AT, connection };
  return inboundOf(frame, 'ward', { charset, forceCharset: charset !== '' }).message;
}

const row = (msg: Storable) => rowOf(msg, 'same', []);

function codeOf(msg: Storable): string {
  try {
    row(msg);
  } catch (error) {
    return (error as Hl7Error).code;
  }
  return 'not refused';
}

describe('the log row of a message', () => {
  it('has the bytes, the text and the origin of a message of mllp in', () => {
    const answers = [{ kind: 'application' as const, code: 'AA', controlId: 'A1', raw: Buffer.from('x') }];
    const found = rowOf(inbound(text()), 'refuse', answers);
    expect(found).to.deep.equal({
      raw: Buffer.from(text()),
      text: text(),
      hl7: inbound(text()).hl7,
      listener: 'ward',
      remoteAddress: '192.0.2.7',
      remotePort: 40123,
      receivedAt: RECEIVED_AT,
      charset: 'us-ascii',
      deviations: ['DOUBLE_END'],
      again: 'refuse',
      answers,
      replayOf: undefined,
    });
  });

  it('keeps the bytes as received, whatever the flow made of the payload', () => {
    const content = text().replaceAll('\r', '\r\n');
    for (const payload of [toObject(text()), 'something else', undefined, Buffer.from('other')]) {
      const found = row({ ...inbound(content), payload });
      expect(found.raw.toString()).to.equal(content);
      expect(found.text).to.equal(text());
    }
  });

  it('is decoded as mllp in decoded it', () => {
    const bytes = Buffer.concat([Buffer.from(text('8859/1').slice(0, -5)), Buffer.from([0xa3, 0x0d])]);
    const forced = row(inbound(bytes, 'iso-8859-2'));
    expect(forced).to.include({ charset: 'iso-8859-2' });
    expect(forced.text).to.contain('Ł');
    const fallback = row(inbound(Buffer.from(text('UNICODE UTF-8', 'MÜLLER'), 'latin1')));
    expect(fallback).to.include({ charset: 'iso-8859-1' });
    expect(fallback.text).to.contain('MÜLLER');
    expect(fallback.deviations).to.deep.equal(['DOUBLE_END', 'CHARSET_FALLBACK', 'CHARSET_DOUBTFUL']);
  });

  it('is not of what a flow writes into the message later, nor into its facts', () => {
    const message = inbound(text());
    message.raw.fill(0x2a);
    Object.assign(message.hl7, { controlId: 'OTHER' });
    Object.assign(message.mllp, { listener: 'other', charset: 'utf-16', receivedAt: 'never', deviations: undefined });
    const untouched = inbound(text());
    expect(row(message)).to.deep.equal(row(untouched));
    expect(row({ ...message, hl7: undefined, mllp: undefined })).to.deep.equal(row(untouched));
    const own = Buffer.from(text());
    const copied = row({ raw: own, mllp: { listener: 7, remotePort: '1', receivedAt: 'never' } as never });
    own.fill(0x2a);
    expect(copied.raw.toString()).to.equal(text());
    expect(copied).to.include({ listener: '', remoteAddress: '', remotePort: null, charset: 'us-ascii' });
    expect(copied.receivedAt.getTime()).to.be.greaterThan(0);
  });

  it('names the message that it replays', () => {
    expect(row({ ...inbound(text()), replayOf: 12 }).replayOf).to.equal(12);
  });

  it('is made of text that came another way, with the header read again', () => {
    const before = Date.now();
    const found = row({ payload: text('', 'MÜLLER').replaceAll('\r', '\n') });
    expect(found).to.include({ listener: '', remoteAddress: '', remotePort: null, charset: 'utf-8' });
    expect(found.text).to.equal(text('', 'MÜLLER'));
    expect(found.raw.toString()).to.equal(text('', 'MÜLLER').replaceAll('\r', '\n'));
    expect(found.hl7).to.include({ type: 'ADT', controlId: 'ID1' });
    expect(found.receivedAt.getTime()).to.be.at.least(before);
    expect(found.deviations).to.deep.equal([]);
  });

  it('has the bytes that the text has in the set it names', () => {
    for (const [label, charset, bytes] of [
      ['8859/1', 'iso-8859-1', Buffer.from([0xdc])],
      ['8859/9', 'iso-8859-9', Buffer.from([0xdc])],
      ['UNICODE UTF-8', 'utf-8', Buffer.from('Ü')],
    ] as const) {
      const found = row({ payload: text(label, 'Ü') });
      expect(found.text).to.equal(text(label, 'Ü'));
      expect(found.charset).to.equal(charset);
      expect(found.raw).to.deep.equal(
        Buffer.concat([Buffer.from(text(label, '').slice(0, -1)), bytes, Buffer.from('\r')]),
      );
    }
  });

  it('is UTF-8 where the set it names is unknown or cannot write it', () => {
    for (const label of ['8859/1', 'ASCII', 'MARTIAN', 'CNS 11643-1992']) {
      const found = row({ payload: text(label, '日本 Ü') });
      expect(found).to.include({ charset: 'utf-8', text: text(label, '日本 Ü') });
      expect(found.raw.toString()).to.equal(text(label, '日本 Ü'));
    }
  });

  it('keeps the origin of a message whose bytes the flow took away', () => {
    const { raw, ...rest } = inbound(Buffer.from(text('8859/1', 'MÜLLER'), 'latin1'));
    const found = row(rest);
    expect(found).to.include({ listener: 'ward', text: text('8859/1', 'MÜLLER') });
    expect(found.raw).to.deep.equal(raw);
  });

  it('is made of bytes that came another way', () => {
    const found = row({ payload: Buffer.from(text('8859/1', 'MÜLLER'), 'latin1') });
    expect(found).to.include({ charset: 'iso-8859-1', text: text('8859/1', 'MÜLLER') });
    expect(found.raw).to.deep.equal(Buffer.from(text('8859/1', 'MÜLLER'), 'latin1'));
  });

  it('is made of an object of hl7 parse', () => {
    for (const payload of [toObject(text()), toLive(text())]) {
      const found = row({ payload });
      expect(found.text).to.equal(text());
      expect(found.raw.toString()).to.equal(text());
      expect(found.hl7.controlId).to.equal('ID1');
    }
  });

  it('cannot be made of a text that no bytes stand for', () => {
    for (const half of ['\ud83d', '\ude00'])
      expect(codeOf({ payload: `${text()}ZZZ|${half}` })).to.equal('STORE_TEXT_INVALID');
    expect(row({ payload: `${text()}ZZZ|\ud83d\ude00` }).text).to.contain('\u{1f600}');
  });

  it('cannot be made of nothing', () => {
    for (const payload of [undefined, null, '', 5, true]) expect(codeOf({ payload })).to.equal('STORE_NO_MESSAGE');
    expect(codeOf({ payload: '', raw: 'text, no bytes' })).to.equal('STORE_NO_MESSAGE');
    expect(codeOf({ payload: {} })).to.equal('BUILD_NO_MSH');
  });

  it('cannot be made of what is no message, unless a listener received it', () => {
    const others = ['{"a":1}', 'hello', 'PID|1||4711', '  ', '\r\n', 'MSH', 'MSHX|1', `BHS|^~\\&|A\r${text()}BTS|1\r`];
    others.push('MSH||^~\\&|APP', '\u0000');
    for (const other of others) {
      for (const msg of [{ payload: other }, { payload: Buffer.from(other) }, { raw: Buffer.from(other) }]) {
        expect(codeOf({ ...msg, hl7: inbound(text()).hl7 }), other).to.equal('STORE_NO_MESSAGE');
      }
      const { raw: _raw, ...received } = inbound(text());
      expect(codeOf({ ...received, payload: other }), other).to.equal('STORE_NO_MESSAGE');
      expect(row(inbound(other)).raw.toString()).to.equal(other);
    }
    for (const msg of [{ payload: Buffer.alloc(0) }, { raw: Buffer.alloc(0), payload: text() }]) {
      expect(codeOf(msg)).to.equal('STORE_NO_MESSAGE');
    }
  });

  it('is refused as content, located, without a word of what it holds', () => {
    const refusal = (payload: string): Hl7Error => {
      try {
        row({ payload });
      } catch (error) {
        return error as Hl7Error;
      }
      throw new Error('not refused');
    };
    expect(refusal('{"name":"SECRET"}')).to.deep.include({ fault: 'content' });
    expect(refusal('{"name":"SECRET"}').errors).to.deep.equal([
      { location: 'MSH^1', code: '100', text: 'The text does not begin with MSH' },
    ]);
    expect(refusal('{"name":"SECRET"}').message).to.not.contain('SECRET');
    expect(refusal('MSH||^~\\&|SECRET').errors[0]).to.include({ location: 'MSH^1^2', code: '102' });
    expect(refusal('BHS|^~\\&|A\rBTS|0\r').message).to.contain('split it with hl7 parse');
  });

  it('says what is odd about a text that came another way, and of which batch it is', () => {
    expect(row({ payload: text() }).deviations).to.deep.equal([]);
    expect(row({ payload: `${text()}  NTE|1\r` }).deviations).to.deep.equal(['INVALID_SEGMENT']);
    const envelope = ['FHS|^~\\&|A', 'BHS|^~\\&|A', 'BTS|2'];
    const found = row({
      payload: `${text()}BTS|1\r`,
      batch: { envelope, deviations: ['BATCH_ENVELOPE', 'BATCH_COUNT'] },
    });
    expect(found.deviations).to.deep.equal(['BATCH_ENVELOPE', 'BATCH_COUNT', 'ENVELOPE_IN_MESSAGE']);
    expect(found.envelope).to.deep.equal(envelope.slice(0, 2));
    for (const own of ['a text', 5, { envelope: 'x', deviations: [5] }, null]) {
      const other = row({ payload: text(), batch: own as never });
      expect([other.deviations, other.envelope ?? []]).to.deep.equal([[], []]);
    }
  });
});
