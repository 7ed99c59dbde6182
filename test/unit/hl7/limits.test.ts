import { expect } from 'chai';
import { STEPS_LIMITS, toObject, toText } from '../../../nodes/lib/hl7';
import { cachedKeys, keyTable, withNewKeys } from '../../../nodes/lib/hl7/object/keys';
import { checkLimits, DEFAULT_LIMITS } from '../../../nodes/lib/hl7/object/limits';
import { STANDARD_DELIMITERS } from '../../../nodes/lib/hl7/syntax/delimiters';
import { atOnce } from '../../../nodes/lib/util';
import { refused } from './support/refused';

const H = 'MSH|^~\\&|A\r';

function name(n: number): string {
  return `Z${n.toString(36).toUpperCase().padStart(2, '0')}`;
}

describe('limits', () => {
  const hostile: [what: string, text: () => string, table0357: string][] = [
    ['510,000 segments', () => H + 'OBX|1\r'.repeat(510_000), '198'],
    ['8,000 distinct names', () => H + eightThousandNames(), '198'],
    ['a million empty fields', () => `${H}ZZZ${'|'.repeat(1_000_000)}`, '198'],
    ['a million components', () => `${H}ZZZ|${'^'.repeat(1_000_000)}`, '198'],
    ['a million repetitions', () => `${H}ZZZ|${'~'.repeat(1_000_000)}`, '198'],
    ['a million sub-components', () => `${H}ZZZ|${'&'.repeat(1_000_000)}`, '198'],
    ['a million blank lines', () => `${H}${'\r'.repeat(1_000_000)}PID|1`, '198'],
    ['100,000 different fields', () => `${H}YYY${'|'.repeat(100_000)}`, '198'],
    ['more characters than allowed', () => H + 'x'.repeat(DEFAULT_LIMITS.characters), '104'],
  ];
  for (const [what, text, table0357] of hostile) {
    it(`refuses ${what}`, () => {
      const error = refused('PARSE_TOO_LARGE', () => toObject(text()));
      expect(error.fault).to.equal('content');
      expect(error.errors.map(({ code }) => code)).to.deep.equal([table0357]);
      expect(error.errors[0]!.text).to.be.a('string');
    });
  }

  function eightThousandNames(): string {
    const names: string[] = [];
    for (let n = 0; n < 8_000; n++) names.push(`${String.fromCharCode(65 + (n % 26))}${name(n).slice(1)}|1\r`);
    return names.join('');
  }

  it('takes a segment that is large, but no component of more than 100,000 sub-components', () => {
    const of = (values: string): string => `${H}NTE|1\rZZZ|${values}\r`;
    expect(toObject(of('~'.repeat(900_000)), STEPS_LIMITS).ZZZ![0]!.data['ZZZ.1']).to.have.length(900_001);
    expect(toObject(of('&'.repeat(99_999)), STEPS_LIMITS).ZZZ).to.have.length(1);
    refused('PARSE_TOO_LARGE', () => toObject(of('&'.repeat(100_001)), STEPS_LIMITS));
  });

  it('takes 256 names and no more', () => {
    const of = (count: number): string => H + Array.from({ length: count }, (_, n) => `${name(n)}|1\r`).join('');
    expect(Object.keys(toObject(of(255)))).to.have.length(256);
    refused('PARSE_TOO_LARGE', () => toObject(of(256)));
  });

  it('counts to the limit and not one less', () => {
    const text = `${H}PID|1|2^3~4&5\r`;
    const limits = { characters: text.length, segments: 2, names: 2, values: 100, keys: 1_000 };
    // Each separator counts: those of MSH-2, too.
    const exact = { ...limits, values: 12 };
    atOnce(checkLimits(text, STANDARD_DELIMITERS, limits));
    expect(toObject(text, exact).PID).to.have.length(1);
    for (const limit of ['characters', 'segments', 'names', 'values'] as const) {
      refused('PARSE_TOO_LARGE', () => toObject(text, { ...exact, [limit]: exact[limit] - 1 }));
    }
  });

  it('takes a large message that is real: 16 MB in one field, and a thousand results', () => {
    const document = `${H}OBX|1|ED|PDF||^application^pdf^Base64^${'QUJD'.repeat(4_000_000)}\r`;
    expect(toText(toObject(document)) === document).to.equal(true);
    const results = H + 'OBX|1|NM|A^B^C||5|mg|1-9|N|||F\r'.repeat(1_000);
    expect(toText(toObject(results)) === results).to.equal(true);
  });

  it('does not count separators that the message does not declare', () => {
    const text = `MSH|^|${'&'.repeat(300_000)}`;
    expect(toObject(text).MSH).to.have.length(1);
  });

  describe('names kept for later messages', () => {
    it('are shared and bounded, whatever comes', () => {
      expect(keyTable('PID')!.field(3)).to.equal('PID.3');
      expect(keyTable('PID')).to.equal(keyTable('PID'));
      for (const wrong of ['pid', 'PIDX', '', '__proto__']) expect(keyTable(wrong), wrong).to.equal(undefined);
      for (let n = 0; n < 36 * 36; n++) keyTable(`A${name(n).slice(1)}`)!.field(200);
      const { segments, names } = cachedKeys();
      expect(segments).to.be.at.most(1_024);
      expect(names).to.be.at.most(65_536 + 200);
    });

    it('are bounded when a sender invents ever more of them for segments that everybody has', () => {
      for (let n = 1; n <= 40; n++) toObject(`${H}PID${'|'.repeat(n)}${'^'.repeat(15_000)}\r`);
      expect(cachedKeys().names).to.be.at.most(65_536 + DEFAULT_LIMITS.keys);
      expect(toObject(`${H}PID|1||2^3\r`).PID![0]!.data['PID.3']).to.deep.equal({ 'PID.3.1': '2', 'PID.3.2': '3' });
    });

    it('are not counted again for a message whose names were let go of while it was parsed', () => {
      function* make(): Generator<void, void> {
        keyTable('YZ7')!.field(200);
        yield;
        keyTable('YZ7')!.field(150);
      }
      const steps = withNewKeys(200, make());
      expect(steps.next().done).to.equal(false);
      const before = keyTable('YZ7');
      for (let n = 1; n <= 5; n++) toObject(`${H}YZ6${'|'.repeat(n)}${'^'.repeat(19_000)}\r`);
      expect(keyTable('YZ7')).not.to.equal(before);
      expect(steps.next().done).to.equal(true);
    });

    it('are limited for one message, and only while it is parsed', () => {
      const list = keyTable('YZ9')!.components(1);
      function* make(): Generator<void, void> {
        for (const position of [3, 50]) {
          keyTable('YZ9')!.component(list, position);
          yield;
        }
      }
      const steps = withNewKeys(5, make());
      expect(steps.next().done).to.equal(false);
      // Other work between two steps has no limit.
      keyTable('YZ8')!.field(20);
      refused('PARSE_TOO_LARGE', () => steps.next());
      expect(keyTable('YZ9')!.component(list, 50)).to.equal('YZ9.1.50');
    });
  });
});
