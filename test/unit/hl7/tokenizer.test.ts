import { expect } from 'chai';
import { Hl7Message } from '../../../nodes/lib/hl7';
import { refused } from './support/refused';

const TEXT = [
  'MSH|^~\\&|LAB&1.2.3&ISO|HOSP|||20250131||ORU^R01^ORU_R01|42|P|2.5|||AL|NE',
  'PID|1||4711^^^HOSP^MR~0815^^^CITY^SS||DOE^JOHN&JACK^""||""||O\\T\\B',
  'ORC',
  'OBR|1',
  'OBX|1|ST|A||first',
  'not a segment',
  'OBX|2|ST|B||x~y^z~',
  'NTE|1||a\\S\\b^c',
  'OBX|3|ST',
  '',
].join('\r');

function parse(): Hl7Message {
  return Hl7Message.parse(TEXT);
}

/** How many texts of more than a thousand characters are split meanwhile. */
function countSplits(work: () => void): number {
  const { split } = String.prototype;
  let long = 0;
  String.prototype.split = function (this: string, ...by: unknown[]): string[] {
    if (this.length > 1_000) long++;
    return Reflect.apply(split, this, by);
  } as typeof split;
  try {
    work();
  } finally {
    String.prototype.split = split;
  }
  return long;
}

describe('reading and writing by path', () => {
  describe('get', () => {
    const cases: [path: string, value: string | null | undefined][] = [
      ['MSH-1', '|'],
      ['MSH-2', '^~\\&'],
      ['MSH-2.1', '^~\\&'],
      ['MSH-2.2', undefined],
      ['MSH-2[2]', undefined],
      ['MSH-3', 'LAB&1.2.3&ISO'],
      ['MSH-3.1', 'LAB&1.2.3&ISO'],
      ['MSH-3.1.2', '1.2.3'],
      ['MSH-3.1.4', undefined],
      ['MSH-5', ''],
      ['MSH-9.3', 'ORU_R01'],
      ['MSH-10', '42'],
      ['MSH-16', 'NE'],
      ['MSH-17', undefined],
      ['PID-1', '1'],
      ['PID-2', ''],
      ['PID-2.1', ''],
      ['PID-2.2', undefined],
      ['PID-3', '4711^^^HOSP^MR'],
      ['PID-3.1', '4711'],
      ['PID-3[2].1', '0815'],
      ['PID-3(2)-4-1', 'CITY'],
      ['PID-3[3].1', undefined],
      ['PID-3[*]', '4711^^^HOSP^MR~0815^^^CITY^SS'],
      ['PID-5.2', 'JOHN&JACK'],
      ['PID-5.2.2', 'JACK'],
      ['PID-5.3', null],
      ['PID-7', null],
      ['PID-7.1', null],
      ['PID-9', 'O&B'],
      ['PID-9.1.1', 'O&B'],
      ['PID[2]-3', undefined],
      ['PV1-2', undefined],
      ['ORC', 'ORC'],
      ['ORC-1', undefined],
      ['OBX(2)-5[2].2', 'z'],
      ['OBX[2]-5[3]', ''],
      ['OBX[3]-5', undefined],
      ['OBX[3]', 'OBX|3|ST'],
      ['NTE-3', 'a\\S\\b^c'],
      ['NTE-3.1', 'a^b'],
    ];
    for (const [path, value] of cases) {
      it(`${path} is ${JSON.stringify(value)}`, () => {
        expect(parse().get(path)).to.equal(value);
      });
    }

    it('gives text as sent by getRaw', () => {
      const message = parse();
      expect(message.getRaw('PID-9')).to.equal('O\\T\\B');
      expect(message.getRaw('PID-7')).to.equal('""');
      expect(message.getRaw('PID-3[*]')).to.equal('4711^^^HOSP^MR~0815^^^CITY^SS');
      expect(message.getRaw('PID-40')).to.equal(undefined);
    });

    it('renders formatting when asked, and decodes a value with a line feed', () => {
      const message = Hl7Message.parse('MSH|^~\\&|a\\.br\\b|c\nd\\T\\e\rPID|1\r');
      expect(message.get('MSH-3')).to.equal('a\\.br\\b');
      expect(message.get('MSH-3', { formatting: 'text' })).to.equal('a\nb');
      expect(message.get('MSH-4')).to.equal('c\nd&e');
    });

    it('goes by the delimiters of the message', () => {
      const message = Hl7Message.parse('MSH*%$!?*a%b!S!c$d?e*\rPID*1\r');
      expect(message.get('MSH-3.2')).to.equal('b%c');
      expect(message.get('MSH-3[2].1.2')).to.equal('e');
    });

    it('splits by nothing that is not declared', () => {
      const message = Hl7Message.parse('MSH|^|a^b~c&d\r');
      expect(message.get('MSH-3.2')).to.equal('b~c&d');
      expect(message.get('MSH-3[2]')).to.equal(undefined);
      expect(message.get('MSH-3.2.2')).to.equal(undefined);
      expect(Hl7Message.parse('MSH|^|a~b\r').getAll('MSH-3')).to.deep.equal(['a~b']);
    });
  });

  describe('getAll', () => {
    it('has one entry for each segment: what get reads there', () => {
      const message = parse();
      expect(message.getAll('OBX-5')).to.deep.equal(['first', 'x', undefined]);
      expect(message.getAll('OBX-5.2')).to.deep.equal([undefined, undefined, undefined]);
      expect(message.getAll('OBX-5[2].2')).to.deep.equal([undefined, 'z', undefined]);
      expect(message.getAll('PID-3.1')).to.deep.equal(['4711']);
      expect(message.getAll('OBX[2]-5')).to.deep.equal(['x']);
      expect(message.getAll('PID-3[2].1')).to.deep.equal(['0815']);
      expect(message.getAll('OBX-5[*]')).to.deep.equal(['first', 'x~y^z~', undefined]);
      expect(message.getAll('PID-7')).to.deep.equal([null]);
      expect(message.getAll('PV1-2')).to.deep.equal([]);
      expect(message.getAll('OBX[9]-5')).to.deep.equal([]);
      expect(message.getAll('OBX')).to.have.length(3);
      expect(message.getAll('MSH-2')).to.deep.equal(['^~\\&']);
    });

    it('of two fields lines up, whatever is absent, empty, null or repeated', () => {
      const segments = [
        'OBX|1|NM|NA',
        'OBX|2|NM|K||4.1',
        'OBX|3|NM|CL||',
        'OBX|4|NM|GLU||5~6',
        'OBX|5|NM|CA||""',
        'OBX',
      ];
      const message = Hl7Message.parse(`MSH|^~\\&|A\r${segments.join('\r')}\r`);
      const codes = message.getAll('OBX-3');
      const values = message.getAll('OBX-5');
      expect(codes.map((code, n) => [code, values[n]])).to.deep.equal([
        ['NA', undefined],
        ['K', '4.1'],
        ['CL', ''],
        ['GLU', '5'],
        ['CA', null],
        [undefined, undefined],
      ]);
      for (const path of ['OBX-3', 'OBX-5', 'OBX-5[2]', 'OBX-5[*]', 'OBX', 'OBX-5[1=6]', 'OBX-9.2.3']) {
        const rest = path.slice(3);
        expect(message.getAll(path), path).to.deep.equal(segments.map((_, n) => message.get(`OBX[${n + 1}]${rest}`)));
      }
    });

    it('reads what was written since', () => {
      const message = parse();
      expect(message.getRepetitions('PID-3.1')).to.deep.equal(['4711', '0815']);
      message.set('PID-3[3].1', '9').set('PID-3[1].1', '8');
      expect(message.getRepetitions('PID-3.1')).to.deep.equal(['8', '0815', '9']);
      message.removeSegment('ORC');
      expect(message.getAll('OBX-5')).to.deep.equal(['first', 'x', undefined]);
      message.removeSegment('OBX[1]');
      expect(message.getAll('OBX-5')).to.deep.equal(['x', undefined]);
    });
  });

  describe('getRepetitions', () => {
    it('has one entry for each repetition of one segment', () => {
      const message = parse();
      expect(message.getRepetitions('OBX-5')).to.deep.equal(['first']);
      expect(message.getRepetitions('OBX[2]-5')).to.deep.equal(['x', 'y^z', '']);
      expect(message.getRepetitions('OBX[2]-5.2')).to.deep.equal([undefined, 'z', undefined]);
      expect(message.getRepetitions('OBX[2]-5[2]')).to.deep.equal(['y^z']);
      expect(message.getRepetitions('OBX[2]-5[*]')).to.deep.equal(['x~y^z~']);
      expect(message.getRepetitions('PID-3.1')).to.deep.equal(['4711', '0815']);
      expect(message.getRepetitions('PID-3[9].1')).to.deep.equal([]);
      expect(message.getRepetitions('PID-7')).to.deep.equal([null]);
      for (const absent of ['PV1-2', 'OBX[9]-5', 'OBX[3]-5']) {
        expect(message.getRepetitions(absent), absent).to.deep.equal([]);
      }
      expect(message.getRepetitions('MSH-2')).to.deep.equal(['^~\\&']);
      expect(message.getRepetitions('ORC')).to.have.length(1);
    });

    it('splits a field once, however many repetitions it has and whoever asks for them', () => {
      const message = Hl7Message.parse(`MSH|^~\\&|A\rPID|1||${'a^b~'.repeat(2_000)}a^b~c|${'d~'.repeat(2_000)}d\r`);
      message.get('PID-1');
      const long = countSplits(() => {
        expect(message.getRepetitions('PID-3.1')).to.have.length(2_002);
        for (let n = 1; n <= 2_001; n++) {
          expect(message.get(`PID-3[${n}].2`)).to.equal('b');
          expect(message.get(`PID-4[${n}]`)).to.equal('d');
        }
      });
      expect(long).to.equal(2);
    });
  });

  describe('a repetition by what it holds', () => {
    const text = [
      'MSH|^~\\&|A',
      'PID|1||1^^^HOSP&1.2.3&ISO^PI~2^^^STATE^SS~3^^^HOSP&1.2.4&ISO^MR~4^^^CLINIC^MR~5^^^A\\T\\B^XX',
      '',
    ].join('\r');
    const message = Hl7Message.parse(text);

    it('is the first that meets all conditions, at a component or a sub-component', () => {
      const found = (condition: string) => message.get(`PID-3${condition}.1`);
      expect(found('[5=MR]')).to.equal('3');
      expect(found('[5=MR][4=CLINIC]')).to.equal('4');
      expect(found('[4=HOSP]')).to.equal('1');
      expect(found('[4.2=1.2.4]')).to.equal('3');
      expect(found('[4=A&B]')).to.equal('5');
      expect(found('[5=mr]')).to.equal(undefined);
      expect(found('[5=M]')).to.equal(undefined);
      expect(found('[9=MR]')).to.equal(undefined);
      expect(message.get('PID-3[5=SS]')).to.equal('2^^^STATE^SS');
      expect(message.getRaw('PID-3[5=XX].4')).to.equal('A\\T\\B');
      expect(message.getRepetitions('PID-3[5=MR].1')).to.deep.equal(['3', '4']);
      expect(message.getAll('PID-3[5=MR].1')).to.deep.equal(['3']);
      expect(message.get('PV1-3[5=MR]')).to.equal(undefined);
      expect(message.get('MSH-2[1=x]')).to.equal(undefined);
    });

    it('is written where it is, and never made', () => {
      const copy = Hl7Message.parse(text);
      copy.set('PID-3[5=SS].1', '7');
      expect(copy.getRepetitions('PID-3.1')).to.deep.equal(['1', '7', '3', '4', '5']);
      refused('PATH_NO_REPETITION', () => copy.set('PID-3[5=ZZ].1', '7'));
      refused('PATH_NO_REPETITION', () => copy.setRaw('PID-8[1=ZZ]', '7'));
      expect(copy.toString()).to.equal(text.replace('2^^^STATE', '7^^^STATE'));
    });
  });

  it('lists segments in message order', () => {
    const names = parse()
      .segments()
      .map(({ name, occurrence }) => `${name}${occurrence}`);
    expect(names).to.deep.equal(['MSH1', 'PID1', 'ORC1', 'OBR1', 'OBX1', '?1', 'OBX2', 'NTE1', 'OBX3']);
    expect(parse().segments('OBX')[1]).to.deep.equal({ name: 'OBX', occurrence: 2, text: 'OBX|2|ST|B||x~y^z~' });
    expect(parse().segments('?')[0]!.text).to.equal('not a segment');
  });

  describe('set', () => {
    const cases: [path: string, value: string | number | bigint | null, from: string, to: string][] = [
      ['PID-5.1', 'O|N^E', 'DOE^JOHN', 'O\\F\\N\\S\\E^JOHN'],
      ['PID-5.2.2', 'X', 'JOHN&JACK', 'JOHN&X'],
      ['PID-5.2.4', 'X', 'JOHN&JACK', 'JOHN&JACK&&X'],
      ['PID-3[2].1', 'new', '0815', 'new'],
      ['PID-3[4].2', 'v', '^SS|', '^SS~~^v|'],
      ['PID-3[*]', 'only', '4711^^^HOSP^MR~0815^^^CITY^SS', 'only'],
      ['PID-3', 'one', '4711^^^HOSP^MR~', 'one~'],
      ['PID-7', '19700101', '|""||O', '|19700101||O'],
      ['PID-8', null, '||O\\T\\B', '|""|O\\T\\B'],
      ['PID-5.1', '', 'DOE^JOHN', '^JOHN'],
      ['ORC-3', 'x', '\rORC\r', '\rORC|||x\r'],
      ['OBX(2)-1', 7, 'OBX|2|', 'OBX|7|'],
      ['OBX[3]-4', 12n, 'OBX|3|ST\r', 'OBX|3|ST||12\r'],
      ['MSH-3', 'NEW', 'LAB&1.2.3&ISO', 'NEW'],
      ['MSH-18', 'UNICODE UTF-8', '|AL|NE\r', '|AL|NE||UNICODE UTF-8\r'],
      ['NTE-3.1', 'a\rZZZ|b', 'a\\S\\b^c', 'a\\X0D\\ZZZ\\F\\b^c'],
    ];
    for (const [path, value, from, to] of cases) {
      it(`${path} changes nothing else`, () => {
        expect(TEXT.split(from)).to.have.length(2);
        const message = parse();
        expect(message.set(path, value).toString()).to.equal(TEXT.replace(from, () => to));
        expect(message.get(path)).to.equal(
          typeof value === 'object' || typeof value === 'string' ? value : String(value),
        );
      });
    }

    it('refuses what cannot be written', () => {
      const message = parse();
      refused('PATH_NO_SEGMENT', () => message.set('PV1-2', 'I'));
      refused('PATH_NO_SEGMENT', () => message.set('OBX[4]-5', 'x'));
      refused('PATH_READ_ONLY', () => message.set('MSH-1', '#'));
      refused('PATH_READ_ONLY', () => message.set('MSH-2', '^'));
      refused('PATH_READ_ONLY', () => message.set('PID', 'x'));
      for (const value of [undefined, true, Number.NaN, {}, []]) {
        refused('SET_VALUE', () => message.set('PID-1', value as unknown as string));
      }
      expect(message.toString()).to.equal(TEXT);
      refused('ENCODE_NO_SEPARATOR', () => Hl7Message.parse('MSH|^|A\rPID|1\r').set('PID-3[2]', 'x'));
      refused('ENCODE_NO_ESCAPE', () => Hl7Message.parse('MSH|^|A\rPID|1\r').set('PID-3', 'a^b'));
    });

    it('writes encoded text with its structure', () => {
      const message = parse();
      message.setRaw('PID-3[*]', message.getRaw('PID-5[*]')!);
      expect(message.get('PID-3.2.2')).to.equal('JACK');
      message.setRaw('PID-5.1', 'A&B');
      expect(message.get('PID-5.1.2')).to.equal('B');
      refused('SET_STRUCTURE', () => message.setRaw('PID-5', 'a~b'));
      refused('SET_STRUCTURE', () => message.setRaw('PID-5.1', 'a^b'));
      refused('SET_STRUCTURE', () => message.setRaw('PID-5.1.1', 'a&b'));
      refused('SET_STRUCTURE', () => message.setRaw('PID-5[*]', 'a|b'));
      const error = refused('SET_STRUCTURE', () => message.setRaw('PID[1]-5', 'patient\rZZZ'));
      expect(error.message).to.contain('PID[1]-5').and.not.to.contain('patient');
      refused('SET_VALUE', () => message.setRaw('PID-5', 5 as unknown as string));
    });

    it('adds and removes segments', () => {
      const message = parse();
      expect(message.addSegment('NTE')).to.equal(2);
      message.set('NTE[2]-3', 'end');
      expect(message.toString()).to.equal(`${TEXT}NTE|||end\r`);
      expect(message.removeSegment('OBX[2]')).to.equal(true);
      expect(message.removeSegment('OBX[3]')).to.equal(false);
      expect(message.get('OBX[2]-1')).to.equal('3');
      refused('PATH_READ_ONLY', () => message.removeSegment('MSH'));
      refused('PATH_READ_ONLY', () => message.removeSegment('PID-3'));
      for (const name of ['MSH', 'BHS', 'pid', 'A|B']) refused('PATH_INVALID', () => message.addSegment(name));
      const open = Hl7Message.parse('MSH|^~\\&|A');
      open.addSegment('ZZZ');
      expect(open.set('ZZZ-1', 1).toString()).to.equal('MSH|^~\\&|A\rZZZ|1\r');
    });
  });

  it('gives back every text it took, segment ends normalised', () => {
    expect(parse().toString()).to.equal(TEXT);
    expect(Hl7Message.parse(TEXT.replaceAll('\r', '\r\n')).toString()).to.equal(TEXT);
    expect(Hl7Message.parse('MSH|^~\\&').toString()).to.equal('MSH|^~\\&');
  });

  it('refuses what is no single message', () => {
    refused('PARSE_NO_MSH', () => Hl7Message.parse('PID|1'));
    refused('PARSE_SEVERAL_MESSAGES', () => Hl7Message.parse('BHS|^~\\&\rMSH|^~\\&|'));
    refused('PARSE_TOO_LARGE', () => Hl7Message.parse(TEXT, { characters: 50 }));
  });
});
