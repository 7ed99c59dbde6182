import { expect } from 'chai';
import fc from 'fast-check';
import { Hl7Error } from '../../../nodes/lib/errors';
import { buildAck, headerFacts, newControlId, peekHeader, roleOf } from '../../../nodes/lib/hl7';
import type { AckAnswer } from '../../../nodes/lib/hl7/ack/build';

const ANSWER: AckAnswer = { code: 'AA', controlId: 'X1', time: new Date('2026-01-02T03:04:05Z'), offset: 0 };
const NEGATIVE: AckAnswer = { ...ANSWER, code: 'AE', errors: [{ location: 'MSH^1^10', code: '101' }] };

/** The answer to a header, as lines. */
function answer(header: string, more: Partial<AckAnswer> = {}): string[] {
  const text = buildAck(peekHeader(header), { ...ANSWER, ...more });
  expect(text.endsWith('\r')).to.equal(true);
  return text.slice(0, -1).split('\r');
}

describe('acknowledgment', () => {
  it('has the sender’s own delimiters', () => {
    const lines = answer('MSH$%*!=$A%1*2$B$C$D$2026$$ADT%A01$ID!T!9$P$2.5', {
      code: 'AE',
      errors: [{ location: 'PID^1^3', code: '101', text: 'a$b%c|d^e' }],
    });
    expect(lines).to.deep.equal([
      'MSH$%*!=$C$D$A%1*2$B$20260102030405+0000$$ACK%A01%ACK$X1$P$2.5',
      'MSA$AE$ID!T!9$a!F!b!S!c|d^e',
      'ERR$$PID%1%3$101%Required field missing%HL70357$E$$$$a!F!b!S!c|d^e',
    ]);
  });

  it('has no line end in MSH-2, wherever the sender has one', () => {
    expect(answer('MSH|^~\\\n|A|B|C|D|2026||ADT^A01|7|P|2.5\rPID|1\r')[0]).to.match(/^MSH\|\^~\\\|C\|D\|A\|B\|/);
  });

  it('drops the truncation character before 2.7, and what comes behind it', () => {
    const encoding = (version: string): string => answer(`MSH|^~\\&#@|A||||||ADT|1|P|${version}`)[0]!.split('|')[1]!;
    expect(encoding('2.6')).to.equal('^~\\&');
    expect(encoding('2.7')).to.equal('^~\\&#');
  });

  it('keeps fewer separators as declared, and blanks the others in its texts', () => {
    const lines = answer('MSH|^~|A|B|||2026||ADT^A01|1|P|2.3', { code: 'AE', text: 'a|b\\c&d\r\ne' });
    expect(lines[0]).to.match(/^MSH\|\^~\|\|\|A\|B\|/);
    expect(lines[1]).to.equal('MSA|AE|1|a b\\c&d e');
  });

  it('has standard encoding characters for a sender that declares none', () => {
    expect(answer('MSH||A^B||||||ADT^A01|1|P|2.5', { identity: { application: 'X^Y' } })[0]).to.match(
      /^MSH\|\^~\\&\|X\^Y\|/,
    );
    const lines = answer('MSH^^A^^^^^^ADT^1^P^2.5', { code: 'AE', errors: [{ location: 'PID^1', code: '101' }] });
    expect(lines[0]).to.match(/^MSH\^\|~\\&\^\^\^A\^/);
    expect(lines[2]).to.equal('ERR^^PID|1^101|Required field missing|HL70357^E');
  });

  it('names itself when it has an identity, parts and all', () => {
    const lines = answer('MSH|^~\\&|A|B|C|D|||ADT|1|P|2.5', {
      identity: { application: 'LOG&1^1.2^ISO', facility: '' },
    });
    expect(lines[0]).to.equal('MSH|^~\\&|LOG\\T\\1^1.2^ISO|D|A|B|20260102030405+0000||ACK|X1|P|2.5');
    expect(answer('MSH|^~\\&|A|B|C|D|||ADT|1|P|2.5', { identity: { facility: 'HQ' } })[0]).to.contain('|C|HQ|A|B|');
  });

  it('has the third component of MSH-9 by version, or as set', () => {
    const type = (version: string, structure?: boolean): string =>
      answer(`MSH|^~\\&|||||||ADT^A08^ADT_A01|1|P|${version}`, { structure })[0]!.split('|')[8]!;
    expect([type('2.1'), type('2.3'), type('2.3.1'), type('2.9')]).to.deep.equal([
      'ACK',
      'ACK^A08',
      'ACK^A08^ACK',
      'ACK^A08^ACK',
    ]);
    expect([type('2.1', true), type('2.5', false)]).to.deep.equal(['ACK^A08^ACK', 'ACK^A08']);
    expect(answer('MSH|^~\\&|||||||ADT|1|P|2.5')[0]).to.contain('||ACK|X1|');
  });

  it('is readable for senders without version or processing id', () => {
    expect(answer('MSH|^~\\&|||||||ADT^A01|1')[0]).to.equal(
      'MSH|^~\\&|||||20260102030405+0000||ACK^A01^ACK|X1|P|2.3.1',
    );
    expect(answer('MSH|^~\\&|||||||ADT^A01|1|D|{v}')[0]).to.contain('||ACK^A01^ACK|X1|D|{v}');
  });

  it('behaves as the nearest version of one that does not exist', () => {
    const msa3 = (version: string): string =>
      answer(`MSH|^~\\&|||||||ADT|1|P|${version}`, { code: 'AE', text: 'T' }).slice(1).join(' ');
    const err = 'ERR|||207^Application internal error^HL70357|E||||T';
    expect(msa3('2.6.1')).to.equal('MSA|AE|1|T');
    expect(msa3('1.0')).to.equal('MSA|AE|1|T');
    expect(msa3('2.999')).to.equal(`MSA|AE|1 ${err}`);
    expect(msa3('3')).to.equal(`MSA|AE|1 ${err}`);
  });

  it('has a text with a positive code too', () => {
    const lines = (version: string): string[] =>
      answer(`MSH|^~\\&|||||||ADT|1|P|${version}`, { text: 'Hello' }).slice(1);
    expect(lines('2.5')).to.deep.equal(['MSA|AA|1|Hello']);
    expect(lines('2.8')).to.deep.equal(['MSA|AA|1', 'ERR|||0^Message accepted^HL70357|I||||Hello']);
  });

  it('cuts MSA-3 to its 80 characters', () => {
    const text = answer('MSH|^~\\&|||||||ADT|1|P|2.5', { code: 'AE', text: '😀|'.repeat(60) })[1]!.split('|')[3]!;
    expect(text).to.equal('😀\\F\\'.repeat(40));
  });

  it('asks for nothing in an enhanced application acknowledgment, and leaves an accept acknowledgment bare', () => {
    const sixteen = (header: string, more: Partial<AckAnswer> = {}): string =>
      answer(`MSH|^~\\&|||||||ADT|1|P|${header}`, more)[0]!.split('|').slice(12).join('|');
    expect(sixteen('2.5|||AL|AL')).to.equal('|||NE');
    expect(sixteen('2.5||||""')).to.equal('');
    expect(sixteen('2.9|||AL|AL')).to.equal('||NE|NE');
    expect(sixteen('2.5|||AL|AL', { code: 'CA' })).to.equal('');
    expect(sixteen('2.1|||AL|AL')).to.equal('');
    expect(sixteen('2.5|||AL|AL', { enhanced: false })).to.equal('');
    expect(sixteen('2.5', { enhanced: true })).to.equal('|||NE');
  });

  it('writes MSH-18 from 2.3, and the scheme of the switching with it', () => {
    const charset = (version: string, more: Partial<AckAnswer>): string =>
      answer(`MSH|^~\\&|||||||ADT|1|P|${version}||||||~ISO IR87||ISO 2022-1994`, more)[0]!
        .split('|')
        .slice(17)
        .join('|');
    expect(charset('2.2', { charset: '8859/1' })).to.equal('');
    expect(charset('2.3', { charset: '8859/1' })).to.equal('8859/1');
    expect(charset('2.5', { charset: '~ISO IR87' })).to.equal('~ISO IR87||ISO 2022-1994');
    expect(charset('2.3', { charset: '~ISO IR87' })).to.equal('ISO IR87');
    expect(charset('2.3', { charset: '8859/1~ISO IR87' })).to.equal('8859/1');
    expect(charset('2.5', { charset: 'UTF-8\r|x' })).to.equal('UTF-8x');
    expect(charset('2.5', {})).to.equal('');
  });

  it('echoes the expected sequence number', () => {
    const header = 'MSH|^~\\&|||||||ADT|1|P|2.5';
    expect(answer(header, { code: 'CE', expectedSequence: -1 })[1]).to.equal('MSA|CE|1||-1');
    expect(answer(header, { code: 'CA', expectedSequence: '0' })[1]).to.equal('MSA|CA|1||0');
  });

  it('answers a message without a usable header, negatively', () => {
    const text = buildAck(undefined, { ...NEGATIVE, identity: { application: 'LOG', facility: 'HQ' } });
    expect(text).to.equal(
      'MSH|^~\\&|LOG|HQ|||20260102030405+0000||ACK|X1|P|2.3.1\r' +
        'MSA|AE||Required field missing\r' +
        'ERR|MSH^1^10^101&Required field missing&HL70357\r',
    );
    expect(roleOf(text)).to.not.equal('message');
  });

  it('answers the shortest headers, negatively', () => {
    for (const header of ['MSH|', 'MSH|^~\\&', 'MSH|^~\\&|A|B|C|D|2026||ADT^A01||P|2.5', 'MSH|^~\\&|||||||| |P|2.5']) {
      const text = buildAck(peekHeader(header), NEGATIVE);
      expect(headerFacts(peekHeader(text)), header).to.include({ type: 'ACK', controlId: 'X1' });
      expect(text.split('\r')[1], header).to.match(/^MSA\|AE\| ?\|Required field missing$/);
    }
  });

  it('is never positive without a control ID', () => {
    for (const request of [undefined, peekHeader('MSH|^~\\&|A'), peekHeader('MSH|^~\\&|||||||ADT|""|P')]) {
      for (const code of ['AA', 'CA'] as const) {
        expect(() => buildAck(request, { ...ANSWER, code }))
          .to.throw(Hl7Error)
          .with.property('code', 'ACK_NEEDS_CONTROL_ID');
      }
      expect(() => buildAck(request, NEGATIVE)).to.not.throw();
    }
  });

  it('can be read again, with the same control ID, for any header with any delimiters', () => {
    const separator = fc.constantFrom(...'|^~\\&#$%*!=@/:;<=>?[]_{}é€'.split(''));
    const content = fc.string({ unit: fc.constantFrom(...'AZ09 |^~\\&#$%*!=@é€山"\t'.split('')), maxLength: 12 });
    const header = fc.record({
      field: separator,
      encoding: fc.array(fc.oneof(separator, fc.constantFrom('A', '0', ' ')), { maxLength: 6 }),
      fields: fc.array(content, { maxLength: 22 }),
      version: fc.constantFrom('2.1', '2.3', '2.3.1', '2.4', '2.5', '2.7', '2.9', '', '2.7.9', 'x'),
    });
    fc.assert(
      fc.property(
        header,
        content,
        fc.constantFrom('AE', 'AA', 'CR', 'CA'),
        ({ field, encoding, fields, version }, text, code) => {
          const sent = fields.map((value) => value.replaceAll(field, ''));
          if (sent.length > 9) sent[9] = version;
          const characters = encoding.filter((character) => character !== field).join('');
          const request = peekHeader(`MSH${field}${[characters, ...sent].join(field)}\rPID${field}1\r`);
          // A header whose fields are displaced is no header.
          fc.pre(request !== undefined);
          const controlId = request.fields[10] ?? '';
          const negative = code === 'AE' || code === 'CR' || controlId.trim() === '' || controlId.trim() === '""';
          const errors = negative ? [{ location: 'PID^1^3', code: '101', text }, { code: text }] : [];
          const ack = buildAck(request, {
            ...ANSWER,
            code: negative ? 'AE' : (code as 'AA'),
            text,
            errors,
            charset: 'UTF-8',
          });

          const segments = ack.split('\r');
          const read = peekHeader(ack)!;
          expect(read.delimiters.field).to.equal(field);
          expect(headerFacts(read)).to.include({ type: 'ACK', controlId: 'X1' });
          expect(roleOf(ack)).to.not.equal('message');
          expect(segments[1]!.split(field).slice(0, 3)).to.deep.equal(['MSA', negative ? 'AE' : code, controlId]);
          expect(read.fields[5] ?? '').to.equal(request.fields[3] ?? '');
          expect(read.fields[3] ?? '').to.equal(request.fields[5] ?? '');
          expect(segments.slice(2, -1).every((segment) => segment.startsWith(`ERR${field}`))).to.equal(true);
          if (request.delimiters.component !== '')
            expect(read.delimiters.component).to.equal(request.delimiters.component);
        },
      ),
      { numRuns: 3000, seed: 11 },
    );
  });
});

describe('an acknowledgment of fields that hold bytes of a frame', () => {
  const answer = (text: string): string =>
    buildAck(peekHeader(text), { code: 'AA', controlId: 'X1', time: new Date() });

  it('has them as escapes, or as blanks where the sender has no escape character', () => {
    const ack = answer('MSH|^~\\&|A\x0b|B\x1c|C|D|||ADT^A01|1\x1c\x0b2|P|2.5\r');
    expect(ack).to.match(/^[^\x0b\x1c]*$/);
    expect(ack).to.contain('|A\\X0B\\|B\\X1C\\|').and.to.contain('MSA|AA|1\\X1C\\\\X0B\\2\r');
    expect(answer('MSH|^~|A\x0b|B|C|D|||ADT^A01|1\x1c2|P|2.5\r')).to.contain('MSA|AA|1 2\r');
  });
});

describe('control IDs of our own', () => {
  it('are 20 characters, and never the same', () => {
    const ids = new Set(Array.from({ length: 50_000 }, newControlId));
    expect(ids.size).to.equal(50_000);
    for (const id of ids) if (!/^[0-9A-Z]{20}$/.test(id)) expect.fail(id);
  });
});
