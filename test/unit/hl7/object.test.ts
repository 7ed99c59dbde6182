import { expect } from 'chai';
import { toObject } from '../../../nodes/lib/hl7';
import { TEXT_FACTS } from '../../../nodes/lib/hl7/object/types';
import { refused } from './support/refused';

const H = 'MSH|^~\\&|A';

function fieldOf(wire: string): unknown {
  return toObject(`${H}\rPID|${wire}\r`).PID![0]!.data['PID.1'];
}

describe('text to object', () => {
  it('keeps the shape of hl7-standard, with MSH.1 and the true MSH.2', () => {
    const root = toObject('MSH|^~\\&#|A^B|\rPID|1||x~y^z|a&b^c\rPID|2\rORC\r');
    expect({ ...root, [TEXT_FACTS]: undefined }).to.deep.equal({
      MSH: [
        {
          type: 'MSH',
          index: 0,
          data: { 'MSH.1': '|', 'MSH.2': '^~\\&#', 'MSH.3': { 'MSH.3.1': 'A', 'MSH.3.2': 'B' }, 'MSH.4': '' },
        },
      ],
      PID: [
        {
          type: 'PID',
          index: 1,
          data: {
            'PID.1': '1',
            'PID.2': '',
            'PID.3': [{ 'PID.3.1': 'x' }, { 'PID.3.1': 'y', 'PID.3.2': 'z' }],
            'PID.4': { 'PID.4.1': ['a', 'b'], 'PID.4.2': 'c' },
          },
        },
        { type: 'PID', index: 2, data: { 'PID.1': '2' } },
      ],
      ORC: [{ type: 'ORC', index: 3, data: {} }],
      [TEXT_FACTS]: undefined,
    });
    expect(root[TEXT_FACTS]).to.deep.equal({ end: '\r' });
  });

  const fields: [wire: string, value: unknown][] = [
    ['', ''],
    ['""', '""'],
    ['a', 'a'],
    ['a\\T\\b', 'a\\T\\b'],
    ['^', { 'PID.1.1': '', 'PID.1.2': '' }],
    ['&', { 'PID.1.1': ['', ''] }],
    ['~', [{ 'PID.1.1': '' }, { 'PID.1.1': '' }]],
    ['a&b', { 'PID.1.1': ['a', 'b'] }],
    ['a^b&&', { 'PID.1.1': 'a', 'PID.1.2': ['b', '', ''] }],
    [
      '&^~^&',
      [
        { 'PID.1.1': ['', ''], 'PID.1.2': '' },
        { 'PID.1.1': '', 'PID.1.2': ['', ''] },
      ],
    ],
  ];
  for (const [wire, value] of fields) {
    it(`field ${JSON.stringify(wire)}`, () => {
      expect(fieldOf(wire)).to.deep.equal(value);
    });
    it(`long field ${JSON.stringify(wire)}`, () => {
      const pad = 'x'.repeat(300);
      const expected = JSON.parse(JSON.stringify(fieldOf(`pad${wire}`)).replace('pad', pad));
      expect(fieldOf(pad + wire)).to.deep.equal(expected);
    });
  }

  it('finds the field behind a long one, and the line end', () => {
    const pad = 'x'.repeat(300);
    const root = toObject(`${H}\rPID|${pad}|2\rPV1|${pad}\rPV2|1\r`);
    expect(root.PID![0]!.data).to.deep.equal({ 'PID.1': pad, 'PID.2': '2' });
    expect(root.PV1![0]!.data).to.deep.equal({ 'PV1.1': pad });
    expect(root.PV2![0]!.data).to.deep.equal({ 'PV2.1': '1' });
  });

  it('keeps lines that are no segment', () => {
    const root = toObject(`${H}\r\rpid|1\rPIDX|1\rfree text\rMSH\rPI\rPID;1\rZ01|1\r`);
    expect(root['?']!.map(({ index, data }) => [index, data['?.1']])).to.deep.equal([
      [1, ''],
      [2, 'pid|1'],
      [3, 'PIDX|1'],
      [4, 'free text'],
      [5, 'MSH'],
      [6, 'PI'],
      [7, 'PID;1'],
    ]);
    expect(root.Z01![0]!.index).to.equal(8);
  });

  it('goes by the delimiters of the message', () => {
    const root = toObject('MSH*%$!?*a%b|c*\rPID*1$2?3\r');
    expect(root.MSH![0]!.data['MSH.3']).to.deep.equal({ 'MSH.3.1': 'a', 'MSH.3.2': 'b|c' });
    expect(root.PID![0]!.data['PID.1']).to.deep.equal([{ 'PID.1.1': '1' }, { 'PID.1.1': ['2', '3'] }]);
    expect(toObject('MSH|#|a^b~c&d').MSH![0]!.data['MSH.3']).to.equal('a^b~c&d');
    const pad = 'x'.repeat(300);
    expect(toObject(`MSH|#|${pad}^~&`).MSH![0]!.data['MSH.3']).to.equal(`${pad}^~&`);
    expect(toObject(`MSH|\\~^|${pad}~a&b`).MSH![0]!.data['MSH.3']).to.deep.equal([
      { 'MSH.3.1': pad },
      { 'MSH.3.1': 'a&b' },
    ]);
  });

  it('takes a field separator that is the component separator of others', () => {
    expect(toObject('MSH^~|\\&^a~b^c|d').MSH![0]!.data).to.deep.equal({
      'MSH.1': '^',
      'MSH.2': '~|\\&',
      'MSH.3': { 'MSH.3.1': 'a', 'MSH.3.2': 'b' },
      'MSH.4': [{ 'MSH.4.1': 'c' }, { 'MSH.4.1': 'd' }],
    });
    // MSH-2 is empty here, and what should be in it stands in MSH-3.
    refused('PARSE_ENCODING_CHARACTERS', () => toObject('MSH^^~\\&^a~b\r'));
  });

  it('knows a header that stops early', () => {
    expect(toObject('MSH|').MSH![0]!.data).to.deep.equal({ 'MSH.1': '|', 'MSH.2': '' });
    expect(toObject('MSH|^~\\&').MSH![0]!.data).to.deep.equal({ 'MSH.1': '|', 'MSH.2': '^~\\&' });
    expect(toObject('MSH|^~\\&\rPID|1').PID![0]!.data).to.deep.equal({ 'PID.1': '1' });
  });

  it('remembers what closes the text and which values hold a line feed', () => {
    expect(toObject(`${H}`)[TEXT_FACTS]).to.deep.equal({ end: '' });
    expect(toObject(`${H}\r\n\r\n`)[TEXT_FACTS]).to.deep.equal({ end: '\r\r' });
    expect(toObject(`${H}\rNTE|1||a\nb^c\r`)[TEXT_FACTS]).to.deep.equal({ end: '\r', lineFeeds: ['a\nb'] });
  });

  describe('refusals', () => {
    const cases: [name: string, text: unknown, code: string, location: string, table0357: string][] = [
      ['bytes', Buffer.from(H), 'PARSE_NOT_TEXT', 'MSH^1', '100'],
      ['no text', 42, 'PARSE_NOT_TEXT', 'MSH^1', '100'],
      ['nothing', '', 'PARSE_NO_MSH', 'MSH^1', '100'],
      ['another segment first', 'PID|1', 'PARSE_NO_MSH', 'MSH^1', '100'],
      ['a byte order mark', `\ufeff${H}`, 'PARSE_NO_MSH', 'MSH^1', '100'],
      ['a start block', `\x0b${H}`, 'PARSE_NO_MSH', 'MSH^1', '100'],
      ['a blank line first', `\r${H}`, 'PARSE_NO_MSH', 'MSH^1', '100'],
      ['a letter as separator', 'MSHA^~\\&', 'PARSE_NO_SEPARATOR', 'MSH^1^1', '102'],
      ['MSH alone', 'MSH', 'PARSE_NO_SEPARATOR', 'MSH^1^1', '102'],
      ['a batch', `BHS|^~\\&\r${H}`, 'PARSE_SEVERAL_MESSAGES', 'MSH^2', '100'],
      ['a file', `FHS|^~\\&\r${H}`, 'PARSE_SEVERAL_MESSAGES', 'MSH^2', '100'],
      ['a second message', `${H}\rPID|1\r${H}\r`, 'PARSE_SEVERAL_MESSAGES', 'MSH^2', '100'],
      ['a second message with other delimiters', `${H}\rPID|1\rMSH#^~\\&#\r`, 'PARSE_SEVERAL_MESSAGES', 'MSH^2', '100'],
    ];
    for (const [name, text, code, location, table0357] of cases) {
      it(name, () => {
        const error = refused(code, () => toObject(text as string));
        expect(error.fault).to.equal('content');
        expect(error.errors.map((one) => [one.location, one.code])).to.deep.equal([[location, table0357]]);
        expect(error.errors[0]!.text).to.be.a('string').and.not.equal('');
      });
    }

    it('say how the text begins', () => {
      expect(refused('PARSE_NO_MSH', () => toObject('\ufeffMSH|')).message).to.contain('byte order mark');
      expect(refused('PARSE_NO_MSH', () => toObject('\x0bMSH|')).message).to.contain('start block');
      expect(refused('PARSE_NO_MSH', () => toObject('\nMSH|')).message).to.contain('white space');
      expect(refused('PARSE_NO_MSH', () => toObject('')).message).to.contain('empty');
      expect(refused('PARSE_NO_MSH', () => toObject('Doe^John')).message).not.to.contain('Doe');
    });
  });
});
