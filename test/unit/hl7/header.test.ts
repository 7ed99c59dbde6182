import { expect } from 'chai';
import {
  hasControlId,
  headerFacts,
  peekAcknowledged,
  peekBatchHeader,
  peekHeader,
  roleOf,
  topic,
} from '../../../nodes/lib/hl7';

const ADT =
  'MSH|^~\\&|LAB^1.2.3^ISO|WEST^^|EPIC|^9.8.7^ISO|20260102030405+0100||ADT^A01^ADT_A01| A1 |P^T|2.5.1^DEU|17||AL|NE||8859/1~ISO IR87\rPID|1';

describe('header peek', () => {
  it('has each field at its number, as sent', () => {
    const header = peekHeader(ADT)!;
    expect(header.fields.slice(0, 5)).to.deep.equal(['MSH', '|', '^~\\&', 'LAB^1.2.3^ISO', 'WEST^^']);
    expect(header.fields[8]).to.equal('');
    expect(header.fields[10]).to.equal(' A1 ');
    expect(header.fields[18]).to.equal('8859/1~ISO IR87');
    expect(header.fields[19]).to.equal(undefined);
  });

  for (const [name, end] of [
    ['CR', '\r'],
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ] as const) {
    it(`ends the first segment at ${name}`, () => {
      expect(peekHeader(`MSH|^~\\&|A|B${end}PID|1|X`)!.fields).to.deep.equal(['MSH', '|', '^~\\&', 'A', 'B']);
    });
  }

  it('takes a lone header without a line end', () => {
    expect(peekHeader('MSH|^~\\&|A')!.fields[3]).to.equal('A');
    expect(peekHeader('MSH|')!.fields).to.deep.equal(['MSH', '|', '']);
  });

  it('reads a header longer than its first look', () => {
    const long = 'X'.repeat(20_000);
    expect(peekHeader(`MSH|^~\\&|${long}|B\rPID`)!.fields.slice(3)).to.deep.equal([long, 'B']);
  });

  it('does not read on behind the fields that a header has', () => {
    expect(peekHeader(`MSH|^~\\&${'|x'.repeat(1000)}`)!.fields.length).to.be.below(70);
  });

  it('has other delimiters where the message declares them', () => {
    const header = peekHeader('MSH$%*!+$A%B$$$$$$ADT%A01$7\r')!;
    expect(header.delimiters.component).to.equal('%');
    expect(headerFacts(header)).to.include({ sendingApplication: 'A', type: 'ADT', event: 'A01', controlId: '7' });
  });

  for (const text of ['', 'MS', 'MSH', 'PID|1', 'MSHA^~\\&', 'MSH ^~\\&', 'FHS|^~\\&|A', ' MSHA|^~\\&', 'xMSH|^~\\&']) {
    it(`is nothing for ${JSON.stringify(text)}`, () => {
      expect(peekHeader(text)).to.equal(undefined);
    });
  }

  for (const lead of ['\n', '\r\n', ' ', '\0', '\t \x01', '\ufeff', '\r\n\ufeff\ufeff', '\x7f']) {
    it(`passes over ${JSON.stringify(lead)} before the header`, () => {
      expect(peekHeader(`${lead}MSH|^~\\&|A|B\rPID|1\r`)).to.deep.equal(peekHeader('MSH|^~\\&|A|B\rPID|1\r'));
      expect(peekBatchHeader(`${lead}BHS|^~\\&|A\r`)?.name).to.equal('BHS');
      expect(roleOf(`${lead}MSH|^~\\&|A||||||ACK\rMSA|AA|1\r`)).to.equal('response');
    });
  }

  it('has batch headers of their own', () => {
    expect(peekBatchHeader('BHS|^~\\&|A|B|C|D|2026||N|K|B1|R1\rMSH|')).to.deep.include({ name: 'BHS' });
    expect(peekBatchHeader('FHS|^~\\&|A|B|C|D|2026||N|K|F1\rBHS|')!.fields[11]).to.equal('F1');
    expect(peekBatchHeader(ADT)).to.equal(undefined);
    expect(peekBatchHeader('BHS')).to.equal(undefined);
  });
});

describe('a line feed in a header', () => {
  const read = (text: string): string[] => {
    const { controlId, processingId, version } = headerFacts(peekHeader(text));
    return [controlId, processingId, version];
  };

  it('is data where segments end with CR', () => {
    expect(read('MSH|^~\\&|P3|B|C|D|2024||ADT^A01|Q\n|T|2.5\rPID|1\r')).to.deep.equal(['Q\n', 'T', '2.5']);
    expect(read('MSH|^~\\&|P3|B|C\n|D|2024||ADT^A01|\nQ|T|2.5\rPID|1\r')).to.deep.equal(['\nQ', 'T', '2.5']);
  });

  it('ends it where nothing else does, or another segment follows', () => {
    expect(read('MSH|^~\\&|P3|B|C|D|2024||ADT^A01|Q|T|2.5\nPID|1\n')).to.deep.equal(['Q', 'T', '2.5']);
    expect(read('MSH|^~\\&|P3|B|C|D|2024||ADT^A01|Q|T|2.5\nPID|1\rPV1|1\r')).to.deep.equal(['Q', 'T', '2.5']);
    expect(read('MSH|^~\\&|P3|B|C|D|2024||ADT^A01|Q|T|2.5\r\nPID|1\r\n')).to.deep.equal(['Q', 'T', '2.5']);
  });
});

describe('header facts', () => {
  it('are plain values', () => {
    expect(headerFacts(peekHeader(ADT))).to.deep.equal({
      type: 'ADT',
      event: 'A01',
      structure: 'ADT_A01',
      version: '2.5.1',
      controlId: ' A1 ',
      processingId: 'P',
      sendingApplication: 'LAB',
      sendingFacility: 'WEST',
      receivingApplication: 'EPIC',
      receivingFacility: '9.8.7',
      time: '20260102030405+0100',
      characterSet: '8859/1~ISO IR87',
      acceptAck: 'AL',
      applicationAck: 'NE',
      sequenceNumber: '17',
    });
  });

  it('are all empty without a header', () => {
    const facts = headerFacts(undefined);
    expect(Object.keys(facts)).to.have.length(15);
    expect(Object.values(facts).join('')).to.equal('');
  });

  it('have escapes resolved, except in the control ID', () => {
    const facts = headerFacts(peekHeader('MSH|^~\\&|A\\T\\B\\F\\\\S\\\\R\\\\E\\\\X41\\|||||||A\\T\\1\r'));
    expect(facts.sendingApplication).to.equal('A&B|^~\\A');
    expect(facts.controlId).to.equal('A\\T\\1');
    const line = headerFacts(peekHeader('MSH|^~\\&|A\\X0D\\B\\T\\C\r'));
    expect(line.sendingApplication).to.equal('A\\X0D\\B&C');
  });

  it('have nothing for a null, and codes without blanks', () => {
    const facts = headerFacts(peekHeader('MSH|^~\\&|""|""^1.2|||||ADT ^ A08|1|P |2.3 |||AL |""'));
    expect(facts).to.include({ sendingApplication: '', sendingFacility: '1.2', type: 'ADT', event: 'A08' });
    expect(facts).to.include({ processingId: 'P', version: '2.3', acceptAck: 'AL', applicationAck: '' });
  });

  it('take a field whole when no other separators are declared', () => {
    const facts = headerFacts(peekHeader('MSH|~|A^B||||||ADT^A01|1||||||||8859/1~X'));
    expect(facts).to.include({ type: 'ADT^A01', event: '', sendingApplication: 'A^B' });
    expect(headerFacts(peekHeader('MSH|^|||||||||||||||8859/1~X')).characterSet).to.equal('');
    expect(headerFacts(peekHeader('MSH|^~\\&||||||||||||||||~ISO IR87\r')).characterSet).to.equal('~ISO IR87');
  });

  it('lead to the topic', () => {
    expect(topic({ type: 'ADT', event: 'A01' })).to.equal('ADT^A01');
    expect(topic({ type: 'ACK', event: '' })).to.equal('ACK');
    expect(topic({ type: '', event: '' })).to.equal('');
  });

  it('know a control ID that can be matched', () => {
    for (const none of ['', '  ', '""', ' "" ']) expect(hasControlId(none), JSON.stringify(none)).to.equal(false);
    expect(hasControlId('0')).to.equal(true);
  });
});

describe('a message that is itself an answer', () => {
  const header = (type: string): string => `MSH|^~\\&|A|B|C|D|2026||${type}|1|P|2.5`;
  const yes: Record<string, string> = {
    'type ACK': `${header('ACK^A01')}\rPID|1`,
    'type MCF': header('MCF'),
    'type in lower case': header('ack'),
    'MSA second': `${header('RSP^K22')}\rMSA|AA|1\r`,
    'MSA second, LF': `${header('ORR^O02')}\nMSA|AA|1`,
    'MSA second, CRLF': `${header('ORR^O02')}\r\nMSA|AA|1`,
    'MSA after SFT and UAC': `${header('ORL^O22')}\rSFT|x\rSFT|y\rUAC|z\rMSA|AA|1`,
  };
  const no: Record<string, string> = {
    'an ADT': `${header('ADT^A01')}\rEVN|A01\rMSA|AA|1`,
    'a header alone': header('ADT^A01'),
    'another separator': `${header('ADT^A01')}\rMSA^AA`,
    'a longer name': `${header('ADT^A01')}\rMSAX|AA`,
    'no header': 'MSA|AA|1',
    'a message that is no response, with an MSA': `${header('ORU^R01')}\rMSA|AA|1\rPID|1`,
    'a response type without MSA': header('RSP^K22'),
    'many SFT': `${header('ADT^A01')}${'\rSFT|x'.repeat(40)}\rMSA|AA|1`,
  };
  for (const [name, text] of Object.entries(yes))
    it(`is so: ${name}`, () => expect(roleOf(text)).to.not.equal('message'));
  for (const [name, text] of Object.entries(no)) it(`is not: ${name}`, () => expect(roleOf(text)).to.equal('message'));

  it('tells an accept acknowledgment from a response', () => {
    const roles = (type: string, msa: string) => roleOf(`${header(type)}\r${msa}\r`);
    expect(roles('ACK^A01', 'MSA|CA|1')).to.equal('acknowledgment');
    expect(roles('RSP^K22', 'MSA| ce^x |1')).to.equal('acknowledgment');
    expect(roles('ACK^A01', 'MSA|AA|1')).to.equal('response');
    expect(roles('ACK^A01', 'MSA|AA|""')).to.equal('acknowledgment');
    expect(roles('', 'MSA|AA|1')).to.equal('response');
    expect(roles('ORU^R01', 'MSA|CA|1')).to.equal('message');
    expect(roleOf('no header')).to.equal('message');
  });

  it('reads no more of an MSA than it must', () => {
    const text = `${header('ACK')}\rMSA|AA|${'1'.repeat(100_000)}\r`;
    expect(peekAcknowledged(text)?.controlId.length).to.be.below(2000);
    expect(peekAcknowledged(`${header('ACK')}\rMSA|AA|A1|text\r`)).to.deep.equal({ code: 'AA', controlId: 'A1' });
    expect(peekAcknowledged(header('ACK'))).to.equal(undefined);
  });

  it('takes a header that was peeked before', () => {
    expect(roleOf('MSH|', peekHeader(header('ACK')))).to.not.equal('message');
  });
});
