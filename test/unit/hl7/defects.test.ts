/** The faults of hl7-standard 1.0.4: what the bare library does, and that ours does right. */

import { expect } from 'chai';
import HL7 from 'hl7-standard';
import { Hl7Message, isBatch, splitBatch, toLive, toObject, toText } from '../../../nodes/lib/hl7';
import { LiveMessage } from '../../../nodes/lib/hl7/object/live/live-message';
import { bare, bareRoundTrip } from './support/library';
import { refused } from './support/refused';

const H = 'MSH|^~\\&|A|B\r';

/** Text to object to text, and by a live message. */
function roundTrip(text: string): string {
  const built = toText(toObject(text));
  expect(toLive(text).build()).to.equal(built);
  return built;
}

describe('the faults of hl7-standard are not ours', () => {
  it('1 a sub-component becomes a repetition', () => {
    const text = `${H}NTE|1||R&D\r`;
    expect(bareRoundTrip(text)).to.contain('R~D');
    expect(roundTrip(text)).to.equal(text);
    expect(toObject(text).NTE![0]!.data['NTE.3']).to.deep.equal({ 'NTE.3.1': ['R', 'D'] });
  });

  it('2 the repetition index picks the sub-component', () => {
    const text = `${H}PID|1||a&b\r`;
    expect(bare(text).get('PID.3.1', 0, 0, 1)).to.equal('a');
    expect(toLive(text).get('PID.3.1', 0, 0, 1)).to.equal('b');
    expect(toLive(text).get('PID.3.1', 0, 1, 0)).to.equal(null);
  });

  it('3 a message with its own field separator is nothing', () => {
    const text = 'MSH$%~\\&$A%B$\rPID$1\r';
    expect(bare(text).transformed).to.deep.equal({});
    expect(bareRoundTrip(text)).to.equal('');
    expect(roundTrip(text)).to.equal(text);
    expect(toLive(text).get('MSH.3.2')).to.equal('B');
  });

  it('4 own encoding characters never split and are replaced', () => {
    const text = 'MSH|@~\\&|A@B\rPID|1@2\r';
    expect(bare(text).get('PID.1')).to.equal('1@2');
    expect(bare(text).get('MSH.2')).to.equal('^~\\&');
    expect(roundTrip(text)).to.equal(text);
    expect(toLive(text).get('PID.1.2')).to.equal('2');
    expect(toLive(text).get('MSH.2')).to.equal('@~\\&');
  });

  it('5 the truncation character is lost', () => {
    const text = 'MSH|^~\\&#|A\r';
    expect(bareRoundTrip(text)).not.to.contain('#');
    expect(roundTrip(text)).to.equal(text);
  });

  it('6 more lone line feeds than segment ends put the message into MSH', () => {
    const text = `${H}PID|1\rNTE|1||a\nb\nc\nd\ne\r`;
    expect(bare(text).getSegment('PID')).to.equal(null);
    expect(roundTrip(text)).to.equal(text);
    expect(toLive(text).get('PID.1')).to.equal('1');
  });

  it('7 as many line feeds as segment ends let a segment swallow the next', () => {
    const text = 'MSH|^~\\&|A\rPID|1\nPV1|1\rPV2|1\n';
    expect(bare(text).getSegment('PV1')).to.equal(null);
    expect(roundTrip(text)).to.equal(text.replaceAll('\n', '\r'));
    expect(toLive(text).get('PV1.1')).to.equal('1');
  });

  it('8 a segment without a bar and a continuation line are dropped', () => {
    const text = `${H}ORC\rOBX|1\rcontinued\r`;
    expect(bareRoundTrip(text)).not.to.match(/ORC|continued/);
    expect(roundTrip(text)).to.equal(text);
    expect(toObject(text).ORC).to.deep.equal([{ type: 'ORC', index: 1, data: {} }]);
  });

  it('9 a longer name becomes another segment', () => {
    const text = `${H}PIDX|1\r`;
    expect(bare(text).getSegment('PID')).not.to.equal(null);
    expect(toLive(text).getSegment('PID')).to.equal(null);
    expect(roundTrip(text)).to.equal(text);
  });

  it('10 every segment grows by a separator', () => {
    const text = `${H}PID|1\r`;
    expect(bareRoundTrip(text)).to.equal('MSH|^~\\&|A|B|\rPID|1|');
    expect(roundTrip(text)).to.equal(text);
  });

  it('11 a batch is built in another order', () => {
    const text = 'BHS|^~\\&\rMSH|^~\\&|1\rBTS|1\rBHS|^~\\&\rMSH|^~\\&|2\rBTS|1\r';
    const library = new HL7(text, { lineEndings: '\r' });
    library.transform();
    expect(library.build().match(/BHS|MSH|BTS/g)).to.deep.equal(['BHS', 'BHS', 'MSH', 'MSH', 'BTS', 'BTS']);
    refused('PARSE_SEVERAL_MESSAGES', () => toLive(text));
    expect(splitBatch(text).messages.map((one) => one.text)).to.deep.equal(['MSH|^~\\&|1\r', 'MSH|^~\\&|2\r']);
  });

  it('12 createSegmentBefore puts the segment behind', () => {
    const text = `${H}PID|1\rPV1|1\rPV2|1\r`;
    const order = (message: HL7): string[] => {
      message.createSegmentBefore('ZZZ', message.getSegment('PV1'));
      return message.build().match(/[A-Z][A-Z0-9]{2}(?=\||\r|$)/g)!;
    };
    expect(order(bare(text)).indexOf('ZZZ')).not.to.equal(2);
    expect(order(toLive(text))).to.deep.equal(['MSH', 'PID', 'ZZZ', 'PV1', 'PV2']);
    const message = toLive(text);
    message.createSegmentBefore('ZZZ', message.getSegment('PV1')!);
    expect(message.getSegments().map(({ type }) => type)).to.deep.equal(['MSH', 'PID', 'ZZZ', 'PV1', 'PV2']);
  });

  it('13 writing a second component loses the first', () => {
    const text = `${H}PID|1||||Doe\r`;
    const written = (message: HL7): unknown => {
      message.set('PID.5.2', 'John');
      return message.get('PID.5');
    };
    expect(written(bare(text))).to.deep.equal({ 'PID.5.1': '', 'PID.5.2': 'John' });
    expect(written(toLive(text))).to.deep.equal({ 'PID.5.1': 'Doe', 'PID.5.2': 'John' });
  });

  it('14 separators in a value inject fields and segments', () => {
    const text = `${H}PID|1||||Doe^Jane\r`;
    const written = (message: HL7): string => {
      message.set('PID.5.1', 'O|N^E\rZZZ|x');
      return message.build();
    };
    expect(written(bare(text)).split('\r')).to.have.length(3);
    expect(written(toLive(text))).to.equal(`${H}PID|1||||O\\F\\N\\S\\E\\X0D\\ZZZ\\F\\x^Jane\r`);
    expect(Hl7Message.parse(written(toLive(text))).get('PID-5.1')).to.equal('O|N^E\rZZZ|x');
  });

  it('15 undefined becomes a text', () => {
    const text = `${H}PID|1||x\r`;
    const library = bare(text);
    library.set('PID.3', undefined);
    expect(library.build()).to.contain('undefined');
    refused('BUILD_VALUE', () => toLive(text).set('PID.3', undefined));
    const root = toObject(text);
    root.PID![0]!.data['PID.3'] = undefined as unknown as string;
    expect(toText(root)).to.equal(`${H}PID|1||\r`);
  });

  it('16 transforming twice doubles every segment', () => {
    const library = bare(H);
    library.transform(null, true);
    expect(library.getSegments('MSH')).to.have.length(2);
    const message = toLive(H);
    message.transform();
    expect(message.getSegments('MSH')).to.have.length(1);
    expect(message.build()).to.equal(H);
  });

  it('17 thousands of distinct segment names block the process', () => {
    let text = H;
    for (let n = 0; n < 8_000; n++) {
      text += `${String.fromCharCode(65 + (n % 26))}${n.toString(36).toUpperCase().padStart(3, '0').slice(-2)}|1\r`;
    }
    expect(new Set(text.match(/(?<=\r)[^|\r]+/g)!).size).to.be.above(1_000);
    refused('PARSE_TOO_LARGE', () => toObject(text));
  });

  it('18 null breaks the build', () => {
    const text = `${H}PID|1||x\r`;
    const library = bare(text);
    library.set('PID.3', null);
    expect(() => library.build()).to.throw(TypeError);
    const message = toLive(text);
    message.set('PID.3', message.get('PID.99'));
    expect(message.build()).to.equal(`${H}PID|1||\r`);
  });

  it('19 reading beyond the end throws', () => {
    const text = `${H}PID|1||a~b\r`;
    expect(() => bare(text).get('MSH.3', 1)).to.throw(TypeError);
    expect(() => bare(text).get('PID.3.1', 0, 5)).to.throw(TypeError);
    const library = bare(text);
    library.deleteSegments(library.getSegments('PID'));
    expect(() => library.get('PID.1')).to.throw(TypeError);
    const message = toLive(text);
    expect(message.get('MSH.3', 1)).to.equal(null);
    expect(message.get('PID.3.1', 0, 5)).to.equal(null);
    message.deleteSegments(message.getSegments('PID'));
    expect(message.get('PID.1')).to.equal(null);
  });

  it('20 a batch without a last segment end throws past its callback', () => {
    const text = 'BHS|^~\\&\rMSH|^~\\&|A\rBTS|1';
    const library = new HL7(text);
    expect(() => library.transform(() => {})).to.throw();
    const seen: unknown[] = [];
    new LiveMessage(text).transform((error) => seen.push((error as { code?: string }).code));
    expect(seen).to.deep.equal(['PARSE_SEVERAL_MESSAGES']);
    expect(splitBatch(text)).to.deep.include({ warnings: [], stray: [] });
  });

  it('21 no segment end, a start block, a mark or bytes are refused with misleading words', () => {
    expect(() => bare('MSH|^~\\&|A')).to.throw('line endings');
    expect(roundTrip('MSH|^~\\&|A')).to.equal('MSH|^~\\&|A');
    for (const text of [`\x0b${H}`, `\ufeff${H}`, Buffer.from(H) as unknown as string]) {
      expect(() => bare(text)).to.throw('Expected raw data to be HL7');
    }
    expect(refused('PARSE_NO_MSH', () => toObject(`\x0b${H}`)).message).to.contain('start block');
    expect(refused('PARSE_NO_MSH', () => toObject(`\ufeff${H}`)).message).to.contain('byte order mark');
    expect(refused('PARSE_NOT_TEXT', () => toObject(Buffer.from(H) as unknown as string)).message).to.contain('decode');
  });

  it('22 one lower-case segment name refuses the whole message', () => {
    const text = `${H}pid|1\rPV1|1\r`;
    expect(() => bare(text)).to.throw('invalid EOL characters');
    expect(roundTrip(text)).to.equal(text);
    expect(toObject(text)['?']![0]!.data).to.deep.equal({ '?.1': 'pid|1' });
  });

  it('23 the argument "batch" turns batches off', () => {
    const text = 'BHS|^~\\&\rMSH|^~\\&|A\rBTS|1\r';
    const library = new HL7(text);
    library.transform(null, true);
    expect(library.isBatch()).to.equal(false);
    for (const batch of [true, false, undefined]) {
      refused('PARSE_SEVERAL_MESSAGES', () => new LiveMessage(text).transform(null, batch));
    }
  });

  it('24 two messages become one', () => {
    const text = 'MSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\rPID|2\r';
    expect(bare(text).get('MSH.3')).to.equal('A');
    expect(bare(text).getSegments('MSH')).to.have.length(2);
    refused('PARSE_SEVERAL_MESSAGES', () => toObject(text));
    refused('PARSE_SEVERAL_MESSAGES', () => toLive(text));
    expect(isBatch(text)).to.equal(true);
    expect(splitBatch(text).messages).to.have.length(2);
  });

  it('25 the options for separators have each other’s names', () => {
    const text = `${H}PID|1||a~b&c\r`;
    const library = new HL7(text, { subComponents: '&', repeatingFields: '~', lineEndings: '\r' });
    library.transform(null, true);
    expect(library.get('PID.3', 0, 0)).to.deep.equal({ 'PID.3.1': ['a', 'b'] });
    const message = new LiveMessage(text, { subComponents: '&', repeatingFields: '~', lineEndings: '\n' });
    message.transform();
    expect(message.get('PID.3')).to.deep.equal({ 'PID.3.1': 'a' });
    expect(message.get('PID.3.1', 0, 1, 1)).to.equal('c');
    expect(message.build()).to.equal(text);
  });

  it('26 a value is text, object, list or null, and MSH.1 is null', () => {
    const text = `${H}PID|1||a~b|c^d\r`;
    expect(bare(text).get('MSH.1')).to.equal(null);
    expect(toLive(text).get('MSH.1')).to.equal('|');
    expect(
      ['PID-1', 'PID-3', 'PID-4', 'PID-4.1', 'MSH-1'].map((path) => typeof Hl7Message.parse(text).get(path)),
    ).to.deep.equal(Array(5).fill('string'));
  });

  it('27 escapes are not decoded', () => {
    const text = `${H}PID|1||a\\T\\b\r`;
    expect(bare(text).get('PID.3')).to.equal('a\\T\\b');
    expect(Hl7Message.parse(text).get('PID-3')).to.equal('a&b');
    expect(Hl7Message.parse(text).set('PID-3', 'c|d').get('PID-3')).to.equal('c|d');
    expect(roundTrip(text)).to.equal(text);
  });

  it('28 segments end with CRLF, the last one not at all', () => {
    const text = `${H}PID|1\r`;
    const library = new HL7(text);
    library.transform(null, true);
    expect(library.build().match(/\r?\n|\r/g)).to.deep.equal(['\r\n']);
    expect(library.build().endsWith('\n')).to.equal(false);
    const message = new LiveMessage(text);
    message.transform();
    expect(message.build()).to.equal(text);
  });
});
