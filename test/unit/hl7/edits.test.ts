import { expect } from 'chai';
import fc from 'fast-check';
import { type Delimiters, Hl7Message, readDelimiters } from '../../../nodes/lib/hl7';
import { Places } from '../../../nodes/lib/hl7/message/segment-index';
import { encodeEscapes } from '../../../nodes/lib/hl7/syntax/escape';
import { PlainMessage } from './support/plain-message';
import { refused } from './support/refused';
import { workOf } from './support/work';

type Step = (message: Hl7Message, plain: PlainMessage, own: Delimiters) => void;

const name = fc.constantFrom('PID', 'OBX', 'OBX', 'OBX', 'NTE', 'ZZ1');
const number = (max: number): fc.Arbitrary<string> => fc.integer({ min: 1, max }).map(String);
const optional = (text: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(''), text);
const occurrence = optional(number(6).map((n) => `[${n}]`));
const segment = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(name, occurrence).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.constant('MSH') },
);
/** Near the beginning, or far enough for long texts. */
const position = fc.oneof({ weight: 6, arbitrary: number(5) }, { weight: 1, arbitrary: number(400) });
const inField = fc.oneof(
  fc.constant('[*]'),
  fc
    .tuple(
      optional(position.map((n) => `[${n}]`)),
      optional(fc.tuple(position, optional(position.map((n) => `.${n}`))).map(([n, sub]) => `.${n}${sub}`)),
    )
    .map((parts) => parts.join('')),
);
const field = fc.tuple(segment, position, inField).map(([one, n, rest]) => `${one}-${n}${rest}`);

const value = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.constantFrom('', '""', 'x', 'y'.repeat(300), 'a|b^c~d&e\\f', 'line\rend'),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(field, value).map(([path, text]): Step => {
      return (message, plain, own) => same(path, encodeEscapes(text, own), plain, () => message.set(path, text));
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(segment, position, fc.integer({ min: 1, max: 400 }), fc.nat(3))
      .map(([one, n, parts, level]): Step => {
        const path = `${one}-${n}[*]`;
        return (message, plain, { repetition, component, subComponent }) => {
          const separators = [repetition, component, subComponent, `${repetition}x${component}y${subComponent}`];
          const wire = Array(parts).fill('p').join(separators[level]!);
          same(path, wire, plain, () => message.setRaw(path, wire));
        };
      }),
  },
  {
    weight: 6,
    arbitrary: fc.oneof(field, segment).map((path): Step => {
      return (message, plain) => expect(message.getRaw(path), path).to.equal(plain.getRaw(path));
    }),
  },
  {
    weight: 4,
    arbitrary: name.map((one): Step => {
      return (message, plain) => expect(message.addSegment(one)).to.equal(plain.addSegment(one));
    }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(name, occurrence).map((parts): Step => {
      return (message, plain) =>
        expect(message.removeSegment(parts.join(''))).to.equal(plain.removeSegment(parts.join('')));
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>((message, plain) => expect(message.toString()).to.equal(plain.text)),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>((message, plain) => expect(message.segments()).to.deep.equal(plain.segments())),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(name, position).map(([one, n]): Step => {
      return (message, plain) => {
        const path = `${one}-${n}.1`;
        const anew = Hl7Message.parse(plain.text);
        expect(message.getAll(path), path).to.deep.equal(anew.getAll(path));
        expect(message.getRepetitions(path), path).to.deep.equal(anew.getRepetitions(path));
      };
    }),
  },
);

/** Writes to both, or is refused and writes to none. */
function same(path: string, wire: string, plain: PlainMessage, write: () => void): void {
  if (/^MSH-[12]\b/.test(path)) refused('PATH_READ_ONLY', write);
  else if (plain.setRaw(path, wire)) write();
  else refused('PATH_NO_SEGMENT', write);
}

const header = fc.constantFrom('MSH|^~\\&|A', 'MSH*%$!?*A*B', 'MSH|^~\\&');
const line = fc.constantFrom('PID|1||a^b&c~d', 'OBX|1', 'OBX|2|x~y', 'NTE', 'not a segment', '', 'OBX||', 'ZZ1|^|~');
const text = fc
  .tuple(header, fc.array(line, { maxLength: 8 }), fc.constantFrom('', '\r', '\r\r\r'))
  .map(([first, lines, end]) => [first, ...lines].map((one) => one.replaceAll('|', first[3]!)).join('\r') + end);

const H = 'MSH|^~\\&|A\r';
const list = (n: number, separator: string): string => Array.from({ length: n }, (_, k) => `v${k}`).join(separator);

describe('edits by path', () => {
  it('any sequence of them does what splitting and joining the whole text would do', () => {
    fc.assert(
      fc.property(text, fc.array(step, { maxLength: 40 }), (start, steps) => {
        const message = Hl7Message.parse(start);
        const plain = new PlainMessage(start);
        for (const one of steps) one(message, plain, readDelimiters(start)!);
        expect(message.toString()).to.equal(plain.text);
        expect(message.segments()).to.deep.equal(plain.segments());
      }),
      { numRuns: 1_500 },
    );
  });

  it('a write that is refused changes nothing', () => {
    const message = Hl7Message.parse('MSH|^|A\rPID|1\r');
    refused('ENCODE_NO_SEPARATOR', () => message.set('PID-5[2]', 'x'));
    refused('ENCODE_NO_SEPARATOR', () => message.set('PID-5.1.2', 'x'));
    expect(message.get('PID-5')).to.equal(undefined);
    expect(message.set('PID-2', 'y').toString()).to.equal('MSH|^|A\rPID|1|y\r');
  });

  it('reads and writes long texts of undeclared separators', () => {
    const message = Hl7Message.parse(`MSH|^|A\rPID|${list(200, '^')}|${list(200, '~')}\r`);
    for (let n = 1; n <= 20; n++) {
      expect(message.get(`PID-1.${n}`)).to.equal(`v${n - 1}`);
      expect(message.get('PID-1[2].1')).to.equal(undefined);
      expect(message.getRaw('PID-2')).to.equal(list(200, '~'));
      expect(message.getRaw('PID-2.1.1')).to.equal(list(200, '~'));
    }
    message.set('PID-1.1', 'x').set('PID-2[1].2', 'y');
    expect(message.toString()).to.equal(`MSH|^|A\rPID|x${list(200, '^').slice(2)}|${list(200, '~')}^y\r`);
  });

  it('a number never becomes structure, whatever separates', () => {
    const message = Hl7Message.parse('MSH|.-\\+|A\rPID|1\r');
    message.set('PID-2', -1.5).set('PID-3.1', 1e21).set('PID-4[2].1', -7n);
    expect(message.toString()).to.equal('MSH|.-\\+|A\rPID|1|\\R\\1\\S\\5|1e\\T\\21|-\\R\\7\r');
    expect([message.get('PID-2'), message.get('PID-3'), message.get('PID-4[2]')]).to.deep.equal([
      '-1.5',
      '1e+21',
      '-7',
    ]);
    refused('ENCODE_NO_ESCAPE', () => Hl7Message.parse('MSH|.|A\rPID|1\r').set('PID-2', 1.5));
  });

  it('finds places among thousands that come and go', () => {
    const runs = fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 300 });
    fc.assert(
      fc.property(runs, (steps) => {
        const places = new Places();
        const plain: number[] = [];
        steps.forEach(([add, at], line) => {
          if (add || plain.length === 0) {
            places.add('OBX', line);
            plain.push(line);
          } else {
            const n = at % plain.length;
            places.remove('OBX', n + 1);
            plain.splice(n, 1);
          }
          expect(places.count('OBX')).to.equal(plain.length);
          expect(places.find('OBX', plain.length + 1)).to.equal(undefined);
        });
        expect(plain.map((_, n) => places.find('OBX', n + 1))).to.deep.equal(plain);
      }),
    );
  });

  describe('twice as many cost about twice as much', () => {
    const cases: [
      what: string,
      text: (n: number) => string,
      edit: (message: Hl7Message, k: number, n: number) => unknown,
    ][] = [
      ['fields set', () => `${H}ZZ1\r`, (m, k) => m.set(`ZZ1-${k}`, k)],
      ['fields set and read', (n) => `${H}ZZ1|${list(n, '|')}\r`, (m, k) => m.set(`ZZ1-${k}`, 'x').get(`ZZ1-${k + 1}`)],
      ['repetitions set', () => `${H}PID|1\r`, (m, k) => m.set(`PID-3[${k}].1`, k)],
      [
        'repetitions set and read',
        (n) => `${H}PID|${list(n, '~')}\r`,
        (m, k) => m.set(`PID-1[${k}].2`, 'x').get(`PID-1[${k + 1}].1`),
      ],
      ['components read', (n) => `${H}PID|${list(n, '^')}\r`, (m, k) => m.get(`PID-1.${k}`)],
      ['components set', (n) => `${H}PID|${list(n, '^')}\r`, (m, k) => m.set(`PID-1.${k}`, 'x')],
      [
        'sub-components set and read',
        (n) => `${H}PID|a^${list(n, '&')}\r`,
        (m, k) => m.set(`PID-1.2.${k}`, 'x').get(`PID-1.2.${k + 1}`),
      ],
      [
        'parts of two fields in turns',
        (n) => `${H}PID|${list(n, '^')}|${list(n, '~')}\r`,
        (m, k) => [m.get(`PID-1.${k}`), m.get(`PID-2[${k}]`)],
      ],
      [
        'components without a repetition separator',
        (n) => `MSH|^|A\rPID|${list(n, '^')}\r`,
        (m, k) => m.set(`PID-1.${k}`, 'x').get(`PID-1.${k}`),
      ],
      ['segments added and filled', () => H, (m, k) => m.set(`OBX[${m.addSegment('OBX')}]-1`, k)],
      ['segments added before blank lines', (n) => H + '\r'.repeat(n), (m) => m.addSegment('OBX')],
      ['segments removed from the front', (n) => H + 'OBX|1\r'.repeat(n), (m) => m.removeSegment('OBX')],
      [
        'segments removed from the end',
        (n) => H + 'OBX|1\r\r'.repeat(n),
        (m, k, n) => m.removeSegment(`OBX[${n - k + 1}]`),
      ],
      [
        'all of it in turns',
        (n) => H + 'OBX|1\r'.repeat(n),
        (m, k) => {
          m.addSegment('NTE');
          m.set(`NTE[${k}]-1`, k).get('OBX[2]-1');
          return m.removeSegment('OBX');
        },
      ],
    ];
    for (const [what, make, edit] of cases) {
      it(what, () => {
        const [one, two] = [2_000, 4_000].map((n) => {
          const start = make(n);
          return workOf(() => {
            const message = Hl7Message.parse(start);
            for (let k = 1; k <= n; k++) edit(message, k, n);
            message.toString();
          });
        });
        expect(two! / one!).to.be.below(2.6);
      });
    }
  });

  it('keeps a small message right, and small, however often its segments come and go', () => {
    const message = Hl7Message.parse(`${H}OBX|1\rNTE|1\r`);
    const plain = new PlainMessage(message.toString());
    for (let n = 0; n < 3_000; n++) {
      const at = `OBX[${message.addSegment('OBX')}]-${1 + (n % 3)}`;
      plain.addSegment('OBX');
      message.setRaw(at, `v${n}`);
      plain.setRaw(at, `v${n}`);
      for (const gone of n % 5 === 0 ? ['OBX[2]', 'NTE'] : ['OBX']) {
        expect(message.removeSegment(gone)).to.equal(plain.removeSegment(gone));
      }
      expect(message.getRaw('OBX')).to.equal(plain.getRaw('OBX'));
      expect(message.getRaw('OBX[2]')).to.equal(plain.getRaw('OBX[2]'));
    }
    const work = workOf(() => expect(message.set('OBX-1', 'x').toString()).to.have.length.below(60));
    expect(work).to.be.below(1_000);
  });
});
