import { expect } from 'chai';
import { toObject, toText } from '../../../nodes/lib/hl7';
import { TEXT_FACTS, type Transformed } from '../../../nodes/lib/hl7/object/types';
import { refused } from './support/refused';

const H = 'MSH|^~\\&|A';
type Loose = Record<string, unknown>;

/** The PID line of a message whose PID has this data. */
function pid(data: Loose, header = 'MSH|^~\\&|A'): string {
  const root = toObject(`${header}\r`) as unknown as Loose;
  root.PID = [{ type: 'PID', index: 1, data }];
  return toText(root).split('\r')[1]!;
}

describe('object to text', () => {
  const texts = [
    H,
    `${H}\r`,
    `${H}\r\r\r`,
    'MSH|',
    'MSH||R|',
    'MSH|^~\\&#|A',
    'MSH|^~\\&',
    'MSH^~|\\&^A~B\rPID^1|2\r',
    'MSH*%$!?*a%b\rPID*1$2?3*|\r',
    `${H}\rORC\rORC|\rPID|1||\rPID|||\r`,
    `${H}\r\rpid|1\rfree text\rMSH\rPIDX|1\rPID|1\r`,
    `${H}\rPID|^|&|~|^&~&^|a&b|""|\\F\\|\\\r`,
    `${H}\rNTE|1||line\nline\rPID|1\r`,
    `${H}\rline\nline\rPID|1\r`,
    'MSH|^~\\&\nx|A\rPID|1\r',
    `${H}\rOBX|1\rNTE|1\rOBX|2\rNTE|2\r`,
  ];
  for (const text of texts) {
    it(`gives ${JSON.stringify(text)} back`, () => {
      expect(toText(toObject(text))).to.equal(text);
    });
  }

  it('ends the last segment when the symbol was lost', () => {
    expect(toText(JSON.parse(JSON.stringify(toObject(`${H}\rPID|1`))))).to.equal(`${H}\rPID|1\r`);
    const odd = toObject(H);
    odd[TEXT_FACTS] = { end: 'ZZZ|1', lineFeeds: [1] as unknown as string[] };
    expect(toText(odd)).to.equal(`${H}\r`);
    odd[TEXT_FACTS] = 7 as never;
    expect(toText(odd)).to.equal(`${H}\r`);
  });

  describe('values that a flow wrote', () => {
    const cases: [name: string, data: Loose, line: string][] = [
      ['a number', { 'PID.1': 7 }, 'PID|7'],
      ['a big number', { 'PID.1': 12345678901234567890n }, 'PID|12345678901234567890'],
      ['undefined and null', { 'PID.1': undefined, 'PID.2': null, 'PID.3': 'x' }, 'PID|||x'],
      ['nothing in a component', { 'PID.1': { 'PID.1.1': null, 'PID.1.2': undefined, 'PID.1.3': 1 } }, 'PID|^^1'],
      ['a separator in a field', { 'PID.1': 'a|b^c~d&e' }, 'PID|a\\F\\b\\S\\c\\R\\d\\T\\e'],
      ['a separator in a component', { 'PID.1': { 'PID.1.1': 'a^b', 'PID.1.2': 'c' } }, 'PID|a\\S\\b^c'],
      ['a separator in a sub-component', { 'PID.1': { 'PID.1.1': ['a&b', 'c'] } }, 'PID|a\\T\\b&c'],
      ['a separator in a repetition', { 'PID.1': [{ 'PID.1.1': 'a~b' }] }, 'PID|a\\R\\b'],
      ['a segment end', { 'PID.1': 'x\rZZZ|1' }, 'PID|x\\X0D\\ZZZ\\F\\1'],
      ['a line feed', { 'PID.1': 'x\nZZZ|1\n' }, 'PID|x\\X0A\\ZZZ\\F\\1\\X0A\\'],
      ['escapes that are there', { 'PID.1': 'a\\T\\b' }, 'PID|a\\T\\b'],
      ['escapes beside a separator', { 'PID.1': 'a\\T\\b|' }, 'PID|a\\T\\b\\F\\'],
      ['repetitions as texts', { 'PID.1': ['80', '81', 82, null] }, 'PID|80~81~82~'],
      [
        'empty lists and objects',
        { 'PID.1': [], 'PID.2': {}, 'PID.3': [{}, {}], 'PID.4': { 'PID.4.1': [] } },
        'PID|||~|',
      ],
      ['gaps', { 'PID.2': 'b', 'PID.5': 'e' }, 'PID||b|||e'],
      ['fields out of order', { 'PID.3': 'c', 'PID.1': 'a' }, 'PID|a||c'],
      ['components out of order', { 'PID.1': { 'PID.1.3': 'c', 'PID.1.1': 'a' } }, 'PID|a^^c'],
      [
        'components beside the fields',
        { 'PID.1.1': 'a', 'PID.2.2': 'b', 'PID.2.1': ['x', 'y'], 'PID.3': { 'PID.3.1': 'c' } },
        'PID|a|x&y^b|c',
      ],
      ['no field at all', {}, 'PID'],
    ];
    for (const [name, data, line] of cases) {
      it(name, () => {
        expect(pid(data)).to.equal(line);
      });
    }

    it('are escaped by the delimiters of the message', () => {
      expect(pid({ 'PID.1': 'a*b|c' }, 'MSH*%$!?*A')).to.equal('PID*a!F!b|c');
      expect(pid({ 'PID.1': -1.5 }, 'MSH|.-\\+|A')).to.equal('PID|\\R\\1\\S\\5');
      expect(refused('ENCODE_NO_ESCAPE', () => pid({ 'PID.5': 1.5 }, 'MSH|.|A')).message).to.contain('PID[1]-5');
    });
  });

  describe('refusals name the place and never the value', () => {
    const cases: [name: string, data: Loose, code: string][] = [
      ['true', { 'PID.5': true }, 'BUILD_VALUE'],
      ['a Date', { 'PID.5': new Date(0) }, 'BUILD_VALUE'],
      ['no finite number', { 'PID.5': Number.NaN }, 'BUILD_VALUE'],
      ['a function', { 'PID.5': () => 'secret' }, 'BUILD_VALUE'],
      ['bytes', { 'PID.5': Buffer.from('secret') }, 'BUILD_VALUE'],
      ['a list in a list', { 'PID.5': [['secret']] }, 'BUILD_VALUE'],
      ['an object in a component', { 'PID.5': { 'PID.5.1': { secret: 1 } } }, 'BUILD_VALUE'],
      ['a list in a sub-component', { 'PID.5': { 'PID.5.1': ['a', ['secret']] } }, 'BUILD_VALUE'],
      ['a component of another field', { 'PID.5': { 'PID.6.1': 'secret' } }, 'BUILD_KEY'],
      ['a prototype', { 'PID.5': JSON.parse('{"__proto__":"secret"}') }, 'BUILD_KEY'],
    ];
    for (const [name, data, code] of cases) {
      it(name, () => {
        const error = refused(code, () => pid(data));
        expect(error.message).to.contain('PID[1]-5').and.not.to.contain('secret');
        expect(error.errors[0]!.location).to.equal('PID^1^5');
      });
    }

    const keys: [name: string, data: Loose][] = [
      ['another segment', { 'PV1.1': 'secret' }],
      ['field 0', { 'PID.0': 'secret' }],
      ['a leading zero', { 'PID.01': 'secret' }],
      ['a huge number', { 'PID.999999999': 'secret' }],
      ['no number', { name: 'secret' }],
      ['constructor', { constructor: 'secret' }],
      ['__proto__', JSON.parse('{"__proto__":"secret"}')],
      ['a sub-component', { 'PID.1.1.1': 'secret' }],
      ['a field twice', { 'PID.1': 'secret', 'PID.1.1': 'secret' }],
      ['component 0', { 'PID.1': { 'PID.1.0': 'secret' } }],
    ];
    for (const [name, data] of keys) {
      it(`the key of ${name}`, () => {
        expect(refused('BUILD_KEY', () => pid(data)).message).not.to.contain('secret');
      });
    }

    it('a separator that the message does not declare', () => {
      refused('BUILD_VALUE', () => pid({ 'PID.1': ['a', 'b'] }, 'MSH|^|A'));
      refused('BUILD_VALUE', () => pid({ 'PID.1': { 'PID.1.1': ['a', 'b'] } }, 'MSH|^|A'));
      refused('BUILD_VALUE', () => pid({ 'PID.1': { 'PID.1.1': 'a', 'PID.1.2': ['b', 'c'] } }, 'MSH|^~|A'));
      expect(refused('ENCODE_NO_ESCAPE', () => pid({ 'PID.1': 'secret|' }, 'MSH|^|A')).message)
        .to.contain('PID[1]-1')
        .and.not.to.contain('secret');
    });
  });

  describe('segments', () => {
    const msh = { type: 'MSH', index: 0, data: { 'MSH.3': 'A' } };
    const line = (index: number | undefined, n: string): object => ({ type: 'NTE', index, data: { 'NTE.1': n } });

    it('stand by index, stable, those without one last', () => {
      const root = {
        OBX: [{ data: {} }],
        NTE: [line(5, 'b'), line(undefined, 'd'), line(2, 'a'), line(5, 'c')],
        MSH: [msh],
      };
      expect(toText(root)).to.equal('MSH|^~\\&|A\rNTE|a\rNTE|b\rNTE|c\rOBX\rNTE|d\r');
    });

    it('stand in key order without indexes, MSH first', () => {
      expect(
        toText({ PID: { data: { 'PID.1': 1 } }, MSH: { data: { 'MSH.3': 'A' } }, EVN: [null, undefined, {}] }),
      ).to.equal('MSH|^~\\&|A\rPID|1\rEVN\r');
    });

    it('are skipped when they are nothing', () => {
      expect(toText({ MSH: [msh], PID: undefined, PV1: null, OBX: [] })).to.equal('MSH|^~\\&|A\r');
    });

    it('come from objects without a prototype, too', () => {
      const root = Object.assign(Object.create(null), { MSH: [Object.assign(Object.create(null), msh)] });
      expect(toText(root)).to.equal('MSH|^~\\&|A\r');
    });

    it('ignore what the prototype holds', () => {
      const root = Object.assign(Object.create({ ZZZ: [{ data: {} }] }), { MSH: [msh] });
      expect(toText(root)).to.equal('MSH|^~\\&|A\r');
    });

    const wrong: [name: string, root: unknown, code: string][] = [
      ['no object', 'MSH|', 'BUILD_NOT_A_MESSAGE'],
      ['a list', [], 'BUILD_NOT_A_MESSAGE'],
      ['nothing', null, 'BUILD_NOT_A_MESSAGE'],
      ['no MSH', { PID: [{ data: {} }] }, 'BUILD_NO_MSH'],
      ['an empty object', {}, 'BUILD_NO_MSH'],
      ['MSH not first', { MSH: [{ index: 1, data: {} }], PID: [{ index: 0, data: {} }] }, 'BUILD_NO_MSH'],
      ['two MSH', { MSH: [msh, msh] }, 'BUILD_SEGMENT'],
      ['a batch header', { MSH: [msh], BHS: [{ data: {} }] }, 'BUILD_SEGMENT'],
      ['no segment name', { MSH: [msh], note: [] }, 'BUILD_SEGMENT'],
      ['a name that would be structure', { MSH: [msh], 'A|B\r': [] }, 'BUILD_SEGMENT'],
      ['__proto__', JSON.parse('{"MSH":[{"data":{}}],"__proto__":[]}'), 'BUILD_SEGMENT'],
      ['constructor', { MSH: [msh], constructor: [] }, 'BUILD_SEGMENT'],
      ['a text as segment', { MSH: [msh], PID: ['PID|1'] }, 'BUILD_SEGMENT'],
      ['a type that differs', { MSH: [msh], PID: [{ type: 'PV1', data: {} }] }, 'BUILD_SEGMENT'],
      ['data that is a list', { MSH: [msh], PID: [{ data: [] }] }, 'BUILD_SEGMENT'],
      ['a line feed line', { MSH: [msh], '?': [{ index: 1, data: { '?.1': 'a\nb' } }] }, 'BUILD_VALUE'],
      ['a CR in a line', { MSH: [msh], '?': [{ index: 1, data: { '?.1': 'a\rPID|1' } }] }, 'BUILD_VALUE'],
      ['a line that is no text', { MSH: [msh], '?': [{ index: 1, data: { '?.1': 5 } }] }, 'BUILD_VALUE'],
      ['a line that is a segment', { MSH: [msh], '?': [{ index: 1, data: { '?.1': 'PID|1' } }] }, 'BUILD_SEGMENT'],
      ['a line that is a header', { MSH: [msh], '?': [{ index: 1, data: { '?.1': 'MSH#^~\\&#' } }] }, 'BUILD_SEGMENT'],
    ];
    for (const [name, root, code] of wrong) {
      it(`refuses ${name}`, () => {
        refused(code, () => toText(root as Transformed));
      });
    }

    it('takes an empty line', () => {
      expect(toText({ MSH: [msh], '?': [{ index: 1, data: {} }], PID: [{ index: 2 }] })).to.equal(
        'MSH|^~\\&|A\r\rPID\r',
      );
    });
  });

  describe('MSH', () => {
    it('has standard delimiters unless it says others', () => {
      expect(toText({ MSH: { data: {} } })).to.equal('MSH|^~\\&\r');
      expect(toText({ MSH: { data: { 'MSH.1': '', 'MSH.2': '', 'MSH.3': 'A' } } })).to.equal('MSH|^~\\&|A\r');
      expect(toText({ MSH: { data: { 'MSH.1': '#', 'MSH.2': '@', 'MSH.3': 'A' } } })).to.equal('MSH#@#A\r');
      expect(toText({ MSH: { data: { 'MSH.2': '^~\\&', 'MSH.4': 'B', 'MSH.3': 'A' } } })).to.equal('MSH|^~\\&|A|B\r');
    });

    const wrong: Loose[] = [
      { 'MSH.1': '||' },
      { 'MSH.1': 'A' },
      { 'MSH.1': '\r' },
      { 'MSH.1': 7 },
      { 'MSH.2': '^|' },
      { 'MSH.2': '^\r' },
      { 'MSH.2': '^\n' },
      { 'MSH.2': { 'MSH.2.1': '' } },
    ];
    for (const data of wrong) {
      it(`refuses ${JSON.stringify(data)}`, () => {
        refused('BUILD_HEADER', () => toText({ MSH: [{ data }] }));
      });
    }
  });

  describe('raw line feeds', () => {
    const text = `${H}\rNTE|1||a\nb\rPID|1||x\r`;

    it('stay where they came in, other ones are escaped', () => {
      const root = toObject(text);
      root.PID![0]!.data['PID.3'] = 'new\nline';
      expect(toText(root)).to.equal(text.replace('|x', '|new\\X0A\\line'));
    });

    it('are escaped when they would end a segment now', () => {
      const root = toObject(`${H}\rNTE|1||a\nABC^\rPID|1||x\r`);
      root.NTE![0]!.data['NTE.3'] = 'a\nABC';
      root.NTE![0]!.data['NTE.4'] = 'y';
      expect(toText(root)).to.equal(`${H}\rNTE|1||a\\X0A\\ABC|y\rPID|1||x\r`);
    });

    it('are escaped beside a separator', () => {
      const root = toObject('MSH|^|A\rNTE|1||a~b\nc\rPID|1\r');
      root.MSH![0]!.data['MSH.2'] = '^~\\&';
      expect(toText(root)).to.equal('MSH|^~\\&|A\rNTE|1||a\\R\\b\\X0A\\c\rPID|1\r');
    });
  });
});
