import { expect } from 'chai';
import { buildAck, encodeText } from '../../../nodes/lib/hl7';
import { CHARSETS, canonicalCharset } from '../../../nodes/lib/hl7/charset/decode-message';
import type { TextSettings } from '../../../nodes/lib/message';
import { inboundOf, type Received, readPartSteps, textOf } from '../../../nodes/lib/message/inbound';
import { atOnce } from '../../../nodes/lib/util';
import { message as generated } from '../../support/messages';

const PLAIN: TextSettings = { charset: '', forceCharset: false };

function received(content: Buffer | string, changes: Partial<Received> = {}): Received {
  return {
    content: Buffer.from(content),
    deviations: [],
    receivedAt: new Date('2026-04-01T10:15:00.123Z'),
    connection: { id: 'c1', remoteAddress: '192.0.2.7', remotePort: 40123, localPort: 2575, tls: false },
    ...changes,
  };
}

const header = (charset = '', type = 'ADT^A01^ADT_A01'): string =>
  `MSH|^~\\&|APP|FAC|US|HOME|20260101||${type}|ID1|P|2.5||||||${charset}\r`;

/** A message whose PID-5 has these bytes. */
const named = (charset: string, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${header(charset)}PID|1||4711||`), name, Buffer.from('\r')]);

const nameOf = (payload: string): string => /\rPID\|1\|\|4711\|\|([^\r]*)/.exec(payload)?.[1] ?? '';

const take = (content: Buffer | string, settings: Partial<TextSettings> = {}, changes: Partial<Received> = {}) =>
  inboundOf(received(content, changes), 'ward', { ...PLAIN, ...settings });

describe('the message of a frame', () => {
  it('has text, topic, header facts, origin and the bytes as they came', () => {
    const content = `${header()}PID|1\r`;
    const { message, kind } = take(content, {}, { deviations: ['DOUBLE_END'] });
    expect(kind).to.equal('message');
    expect(message.payload).to.equal(content);
    expect(message.topic).to.equal('ADT^A01');
    expect(message.hl7).to.include({ type: 'ADT', event: 'A01', structure: 'ADT_A01', controlId: 'ID1' });
    expect(message.raw.toString()).to.equal(content);
    expect(message.mllp).to.deep.equal({
      listener: 'ward',
      connection: 'c1',
      remoteAddress: '192.0.2.7',
      remotePort: 40123,
      localPort: 2575,
      tls: false,
      receivedAt: '2026-04-01T10:15:00.123Z',
      size: content.length,
      charset: 'us-ascii',
      charsetFallback: false,
      deviations: ['DOUBLE_END'],
    });
  });

  it('has header facts of its own: what a flow does to them does not change the answer', () => {
    const { message, part } = take(`${header()}PID|1\r`);
    message.hl7.controlId = 'other';
    delete (message.hl7 as Partial<typeof message.hl7>).applicationAck;
    expect(part.facts).to.include({ controlId: 'ID1', applicationAck: '' });
  });

  it('is plain data, which a clone carries whole', () => {
    const { message } = take(header());
    const { raw, ...rest } = message;
    expect(structuredClone(rest)).to.deep.equal(rest);
    expect(Buffer.isBuffer(raw)).to.equal(true);
  });

  it('is decoded by what MSH-18 says', () => {
    const { message } = take(named('8859/2', Buffer.from([0xa3, 0x55])));
    expect(nameOf(message.payload)).to.equal('ŁU');
    expect(message.mllp).to.include({ charset: 'iso-8859-2', charsetFallback: false });
    expect(message.mllp).to.not.have.property('charsetForced');
  });

  it('is taken as UTF-8 where nothing is said and the bytes are that', () => {
    const { message } = take(named('', Buffer.from('MÜLLER')), { charset: 'iso-8859-2' });
    expect(nameOf(message.payload)).to.equal('MÜLLER');
    expect(message.mllp.charset).to.equal('utf-8');
  });

  it('is taken in the set of the listener where nothing is said', () => {
    const bytes = Buffer.from([0xa3, 0x55]);
    const { message } = take(named('', bytes), { charset: '8859/2' });
    expect(nameOf(message.payload)).to.equal('ŁU');
    expect(message.mllp).to.include({ charset: 'iso-8859-2', charsetFallback: false });
    // What is said wins over it.
    expect(nameOf(take(named('8859/1', bytes), { charset: '8859/2' }).message.payload)).to.equal('£U');
  });

  it('is taken in the set of the listener whatever is said, if so set', () => {
    const content = named('8859/1', Buffer.from([0xa3, 0x55]));
    const { message } = take(content, { charset: 'iso-8859-2', forceCharset: true });
    expect(nameOf(message.payload)).to.equal('ŁU');
    expect(message.mllp).to.include({ charset: 'iso-8859-2', charsetForced: true });
    expect(message.mllp.deviations).to.deep.equal([]);
    expect(message.raw).to.deep.equal(content);
  });

  it('is taken as Latin-1, and says so, where the bytes are not what they should be', () => {
    const content = named('UNICODE UTF-8', Buffer.from('MÜLLER', 'latin1'));
    const { message } = take(content, {}, { deviations: ['SEGMENTS_END_LF'] });
    expect(nameOf(message.payload)).to.equal('MÜLLER');
    expect(message.mllp).to.include({ charset: 'iso-8859-1', charsetFallback: true });
    expect(message.mllp.deviations).to.deep.equal(['SEGMENTS_END_LF', 'CHARSET_FALLBACK', 'CHARSET_DOUBTFUL']);
    expect(message.raw).to.deep.equal(content);
  });

  it('has only the bytes that are none taken as windows-1252, and says so', () => {
    const content = named('UNICODE UTF-8', Buffer.concat([Buffer.from('Łódź 東 5 '), Buffer.from([0x80])]));
    const { message } = take(content);
    expect(nameOf(message.payload)).to.equal('Łódź 東 5 €');
    expect(message.mllp).to.include({ charset: 'utf-8', charsetFallback: true });
    expect(message.mllp.deviations).to.deep.equal(['CHARSET_FALLBACK']);
    expect(message.raw).to.deep.equal(content);
    expect(textOf(message.raw, message.mllp).text).to.equal(message.payload);
    const windows = take(named('', Buffer.from([0x80, 0x20, 0x96]))).message;
    expect(nameOf(windows.payload)).to.equal('€ –');
    expect(windows.mllp).to.include({ charset: 'windows-1252', charsetFallback: true });
    expect(windows.mllp.deviations).to.deep.equal(['CHARSET_FALLBACK']);
  });

  it('says when MSH-18 names a set and the bytes are UTF-8; which of the two is believed is set', () => {
    for (const { name, label } of CHARSETS.filter(({ name: one }) => /^(iso-8859|windows|koi8|ibm)/.test(one))) {
      const content = named(label, Buffer.from('MÜLLER'));
      const trusted = take(content).message;
      expect(trusted.mllp.deviations, label).to.include('CHARSET_DOUBTFUL');
      expect(trusted.mllp, label).to.not.have.property('utf8Preferred');
      expect(nameOf(trusted.payload), label).to.not.equal('MÜLLER');
      expect(trusted.mllp.charset.replace('windows-1252', 'iso-8859-1'), label).to.equal(
        name.replace('windows-1252', 'iso-8859-1'),
      );
      const { message, part } = take(content, { preferUtf8: true });
      expect(nameOf(message.payload), label).to.equal('MÜLLER');
      expect(message.mllp, label).to.include({ charset: 'utf-8', charsetFallback: false, utf8Preferred: true });
      expect(message.mllp.deviations, label).to.deep.equal(['CHARSET_DOUBTFUL']);
      expect(part, label).to.include({ charset: 'utf-8', charsetLabel: 'UNICODE UTF-8' });
      const ascii = take(named(label, Buffer.from('MULLER')), { preferUtf8: true }).message.mllp;
      expect([ascii.charset, ascii.deviations], label).to.deep.equal([name, []]);
    }
    const real = take(named('8859/1', Buffer.from('MÜLLER', 'latin1')), { preferUtf8: true }).message;
    expect([nameOf(real.payload), real.mllp.deviations]).to.deep.equal(['MÜLLER', []]);
    const ascii = take(named('ASCII', Buffer.from('MÜLLER'))).message;
    expect([nameOf(ascii.payload), ascii.mllp.deviations]).to.deep.equal(['MÜLLER', ['CHARSET_DOUBTFUL']]);
    const insists = take(named('', Buffer.from('MÜLLER')), { charset: '8859/2', forceCharset: true, preferUtf8: true });
    expect(insists.message.mllp).to.include({ charset: 'iso-8859-2' });
    expect(insists.message.mllp.deviations).to.deep.equal(['CHARSET_FALLBACK', 'CHARSET_DOUBTFUL']);
  });

  it('is read as UTF-8 where it cannot be in the set of MSH-18, and is noted where it can be in both', () => {
    const never = take(named('KS X 1001', Buffer.from('Łódź'))).message;
    expect([nameOf(never.payload), never.mllp.deviations]).to.deep.equal(['Łódź', ['CHARSET_DOUBTFUL']]);
    const both = named('GB18030', Buffer.from('中文'));
    expect(take(both).message.mllp).to.deep.include({ charset: 'gb18030', deviations: ['CHARSET_DOUBTFUL'] });
    expect(nameOf(take(both, { preferUtf8: true }).message.payload)).to.equal('中文');
    const chinese = take(named('GB18030', encodeText('中文王', 'gb18030').bytes), { preferUtf8: true }).message;
    expect([nameOf(chinese.payload), chinese.mllp.deviations]).to.deep.equal(['中文王', []]);
  });

  it('is answered with the sender’s own bytes where its header holds some that are none', () => {
    for (const [charset, controlId, other] of [
      ['UNICODE UTF-8', 'Ł\xfc1', 'Łódź'],
      ['BIG-5', '\xff1', '功能許'],
      ['8859/2', '\x8a\x9c', 'Ł'],
      ['8859/11', '\xdb', 'ก'],
      ['', '\x80\xfc', 'Ł'],
    ] as const) {
      const set = canonicalCharset(charset) ?? 'utf-8';
      const own = Buffer.concat(
        Array.from(controlId, (one) => (one > '\xff' ? encodeText(one, set).bytes : Buffer.from(one, 'latin1'))),
      );
      const [before, after] = header(charset).split('ID1') as [string, string];
      const content = Buffer.concat([
        Buffer.from(before),
        own,
        Buffer.from(`${after}PID|1||`),
        encodeText(other, set).bytes,
        Buffer.from('\r'),
      ]);
      const { part } = take(content);
      const text = buildAck(part.header, {
        code: 'AA',
        controlId: 'A1',
        time: new Date(),
        charset: part.charsetLabel,
      });
      const { bytes, lossy } = encodeText(text, part.charset);
      expect(lossy, charset).to.equal(false);
      const msa = bytes.subarray(bytes.indexOf('\rMSA|AA|') + 8);
      expect(msa.subarray(0, own.length + 1).toString('hex'), charset).to.equal(`${own.toString('hex')}0d`);
    }
  });

  it('says when MSH-18 names a set that is not known', () => {
    const { message } = take(named('MARTIAN', Buffer.from('MÜLLER')));
    expect(nameOf(message.payload)).to.equal('MÜLLER');
    expect(message.mllp.deviations).to.deep.equal(['CHARSET_UNKNOWN']);
    const latin = take(named('MARTIAN', Buffer.from([0xdc])));
    expect(latin.message.mllp.deviations).to.deep.equal(['CHARSET_FALLBACK', 'CHARSET_UNKNOWN']);
  });

  it('says when MSH-15 or MSH-16 asks for what the standard does not know, and keeps it', () => {
    const asking = (acceptAck: string, applicationAck: string) => take(generated({ acceptAck, applicationAck }));
    const { message, deviations } = asking('ALWAYS', 'YES');
    expect(message.mllp.deviations).to.deep.equal(['ACCEPT_ACK_UNKNOWN', 'APPLICATION_ACK_UNKNOWN']);
    expect(message.hl7).to.include({ acceptAck: 'ALWAYS', applicationAck: 'YES' });
    expect(deviations).to.deep.equal(message.mllp.deviations);
    expect(asking('AL', 'X').deviations).to.deep.equal(['APPLICATION_ACK_UNKNOWN']);
    for (const known of ['', 'al', 'NE', '""']) expect(asking(known, known).deviations, known).to.deep.equal([]);
    const part = atOnce(
      readPartSteps(take('BHS|^~\\&\r').message, Buffer.from(generated({ acceptAck: 'ALWAYS' }))),
    ).message;
    expect(part.mllp?.deviations).to.deep.equal(['ACCEPT_ACK_UNKNOWN']);
  });

  it('says when a line is no segment, or one of a batch’s envelope', () => {
    const codes = (content: string) => take(content).message.mllp.deviations;
    expect(codes(`${header()}PID|1\rOBX|1|TX|||a\rb|c\r`)).to.deep.equal(['INVALID_SEGMENT']);
    expect(codes(`${header()}  PID|1\r`)).to.deep.equal(['INVALID_SEGMENT']);
    expect(codes(`${header()}pid|1\rBTS|1\r`)).to.deep.equal(['INVALID_SEGMENT', 'ENVELOPE_IN_MESSAGE']);
    expect(codes(`${header()}PID|1\r`.replaceAll('\r', '\r\n'))).to.deep.equal([]);
    expect(codes(`BHS|^~\\&|A\r${header()}  PID|1\rBTS|1\r`)).to.deep.equal([]);
    expect(codes('hello\rworld')).to.deep.equal([]);
  });

  it('says when MSH-2 is not what it should be, and reads no header whose fields are displaced', () => {
    const doubled = take(header().replace('\\', '\\\\'));
    expect(doubled.message.mllp.deviations).to.deep.equal(['ENCODING_CHARACTERS_INVALID']);
    expect(doubled.message.hl7).to.include({ controlId: 'ID1', type: 'ADT' });
    expect(doubled.part.fault).to.equal(undefined);
    const displaced = take(header().replace('|^~', '||^~'));
    expect(displaced.message.mllp.deviations).to.deep.equal(['ENCODING_CHARACTERS_INVALID']);
    expect([displaced.kind, displaced.message.hl7.controlId, displaced.message.topic]).to.deep.equal([
      'message',
      '',
      '',
    ]);
    expect(displaced.part.fault).to.include({ location: 'MSH^1^2', code: '102' });
    expect(take('hello').part.fault).to.equal(undefined);
  });

  it('has its segments ended by CR in the text, and as they came in the bytes', () => {
    for (const end of ['\n', '\r\n']) {
      const content = `${header()}PID|1\rPV1|1\r`.replaceAll('\r', end);
      const { message } = take(content);
      expect(message.payload).to.equal(`${header()}PID|1\rPV1|1\r`);
      expect(message.raw.toString()).to.equal(content);
      expect(message.mllp.size).to.equal(content.length);
    }
  });

  it('loses a byte order mark in the text only', () => {
    const content = `\ufeff${header()}PID|1\r`;
    const { message } = take(content);
    expect(message.payload).to.equal(`${header()}PID|1\r`);
    expect(message.raw.toString()).to.equal(content);
    expect(message.hl7.controlId).to.equal('ID1');
  });

  it('may be junk: no facts, no topic, the text as it came', () => {
    const { message, part, kind } = take('hello');
    expect([kind, message.payload, message.topic]).to.deep.equal(['message', 'hello', '']);
    expect(Object.values(message.hl7).every((value) => value === '')).to.equal(true);
    expect(part.header).to.equal(undefined);
  });

  it('is a batch when it begins with FHS or BHS', () => {
    for (const envelope of ['FHS|^~\\&|A\rBHS|^~\\&|A\r', 'BHS|^~\\&|A\r']) {
      expect(take(`${envelope}${header()}BTS|1\r`).kind).to.equal('batch');
    }
    expect(take('BHSX nonsense').kind).to.equal('message');
  });

  it('is an acknowledgment when it is one', () => {
    expect(take(`${header('', 'ACK^A01')}MSA|AA|X\r`).kind).to.equal('acknowledgment');
    expect(take(`${header('', 'RSP^K22')}MSA|AA|X\r`).kind).to.equal('acknowledgment');
    expect(take(`${header()}PID|1\r`).kind).to.equal('message');
  });

  it('is answered in the set and with the label of the sender', () => {
    expect(take(named('8859/2', Buffer.from([0xa3]))).part).to.include({
      charset: 'iso-8859-2',
      charsetLabel: '8859/2',
    });
    expect(take(header()).part).to.include({ charset: 'us-ascii', charsetLabel: '' });
  });

  it('is answered by the header of the part that the sender waits for', () => {
    const last = header().replace('ID1', 'ID2');
    const { message, part } = take(`${header()}PID\x0b${last}`, {}, { answerTo: Buffer.from(last) });
    expect(message.hl7.controlId).to.equal('ID1');
    expect(part.facts.controlId).to.equal('ID2');
    expect(part.header?.fields[10]).to.equal('ID2');
  });

  it('is no acknowledgment when the part that the sender waits for is none', () => {
    const begun = `${header('', 'ACK')}MSA|AA|X`;
    const { kind } = take(`${begun}\x0b${header()}`, {}, { answerTo: Buffer.from(header()) });
    expect(kind).to.equal('message');
  });
});

describe('a message of a batch', () => {
  const bytes = named('', Buffer.from('MÜLLER', 'latin1'));

  it('has its own bytes, size and header facts, and the origin of the whole', () => {
    const whole = take(`BHS|^~\\&\r${header()}BTS|1\r`).message;
    const { message, part } = atOnce(readPartSteps(whole, Buffer.from(header())));
    expect(message.payload).to.equal(header());
    expect(message.raw?.toString()).to.equal(header());
    expect(message.mllp).to.deep.equal({ ...whole.mllp, size: header().length });
    expect([message.topic, message.hl7.controlId, part.facts.controlId]).to.deep.equal(['ADT^A01', 'ID1', 'ID1']);
    expect(message).to.not.have.property('_session');
  });

  it('says of its own bytes whether they are what they should be', () => {
    const whole = take(Buffer.concat([Buffer.from('BHS|^~\\&\r'), bytes])).message;
    expect(whole.mllp.deviations).to.deep.equal(['CHARSET_FALLBACK']);
    const good = atOnce(readPartSteps(whole, named('UNICODE UTF-8', Buffer.from('MÜLLER')))).message;
    expect(good.mllp).to.include({ charset: 'utf-8', charsetFallback: false });
    expect(good.mllp?.deviations).to.deep.equal([]);
    const bad = atOnce(readPartSteps(whole, named('UNICODE UTF-8', Buffer.from('MÜLLER', 'latin1')))).message;
    expect(bad.mllp).to.include({ charset: 'iso-8859-1', charsetFallback: true });
    expect(bad.mllp?.deviations).to.deep.equal(['CHARSET_FALLBACK', 'CHARSET_DOUBTFUL']);
  });

  it('keeps to the set that the listener forces', () => {
    const forced = { charset: 'iso-8859-2', forceCharset: true };
    const whole = take(named('8859/1', Buffer.from([0xa3])), forced).message;
    const { message } = atOnce(readPartSteps(whole, named('8859/1', Buffer.from([0xa3]))));
    expect(nameOf(message.payload)).to.equal('Ł');
  });

  it('is read as the listener reads: as UTF-8, where that is preferred', () => {
    const content = named('8859/1', Buffer.from('Müller'));
    for (const preferUtf8 of [false, true]) {
      const whole = take(Buffer.concat([Buffer.from('BHS|^~\\&\r'), content]), { preferUtf8 }).message;
      const { message } = atOnce(readPartSteps(whole, content));
      expect(nameOf(message.payload)).to.equal(nameOf(whole.payload));
      expect(nameOf(message.payload) === 'Müller').to.equal(preferUtf8);
      expect(message.mllp?.deviations).to.deep.equal(['CHARSET_DOUBTFUL']);
    }
  });

  it('may have come as text, without bytes and origin', () => {
    const { message, part } = atOnce(readPartSteps({}, `${header('8859/1')}PID|1||4711||MÜLLER\n`));
    expect(nameOf(message.payload)).to.equal('MÜLLER');
    expect(message).to.have.all.keys('payload', 'topic', 'hl7');
    expect(part.charset).to.equal('utf-8');
  });
});
