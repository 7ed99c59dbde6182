// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is tested
import { expect } from 'chai';
import { hasReference, isOpen, substitute, wholeReference, withDefaults } from '../../../nodes/common/variables';

const VALUES: Record<string, string> = {
  A: 'a',
  B: 'b',
  EMPTY: '',
  'X.y-1': 'xy',
  '$parent.A': 'parent',
  LOOKS: '${A}',
};
const text = (value: string): string => substitute(value, (name) => VALUES[name]).text;
const missing = (value: string): string | undefined => substitute(value, (name) => VALUES[name]).missing;

describe('environment variables in a text', () => {
  const cases: [text: string, result: string][] = [
    ['plain', 'plain'],
    ['${A}', 'a'],
    ['$(A)', 'a'],
    ['${A}/hl7/${B}.sqlite', 'a/hl7/b.sqlite'],
    ['x$(A)y$(B)z', 'xaybz'],
    ['${A}${B}$(A)', 'aba'],
    ['${NONE:-d}', 'd'],
    ['${EMPTY:-d}/x', 'd/x'],
    ['${A:-d}', 'a'],
    ['${NONE:-}x', 'x'],
    ['${NONE:-one}/${NONE:-two}', 'one/two'],
    ['${NONE:-${A}}', 'a'],
    ['${NONE:-{"a":{"b":1}}}', '{"a":{"b":1}}'],
    ['{"a":"${A}"}', '{"a":"a"}'],
    ['${NONE:-a{b}', 'a{b'],
    ['${NONE:-::1}', '::1'],
    ['${X.y-1}', 'xy'],
    ['${$parent.A}', 'parent'],
    ['${LOOKS}', '${A}'],
    ['$${A}', '${A}'],
    ['$$(A)x$${NONE}', '$(A)x${NONE}'],
    ['$$', '$$'],
    ['5 $', '5 $'],
    ['${', '${'],
    ['${}', '${}'],
    ['$()', '$()'],
    ['$(a b)', '$(a b)'],
    ['${"a":1}', '${"a":1}'],
    ['${A', '${A'],
    ['C:\\data\\${A}', 'C:\\data\\a'],
  ];
  for (const [value, result] of cases) {
    it(`${value} is ${result}`, () => {
      expect(text(value)).to.equal(result);
      expect(missing(value)).to.equal(undefined);
    });
  }

  it('are missing when there are none, or they are empty, and bring no default', () => {
    for (const value of ['${NONE}', 'x/${NONE}/y', '$(NONE)', '${A}${NONE}', '${OTHER:-${NONE}}']) {
      expect(missing(value), value).to.equal('NONE');
    }
    expect(missing('${EMPTY}')).to.equal('EMPTY');
  });

  it('may be the whole of it', () => {
    for (const value of ['${A}', ' $(A) ', '${A:-x}']) expect(wholeReference(value)?.name, value).to.equal('A');
    for (const value of ['', 'x${A}', '${A}${B}', '$${A}', '${A} x']) {
      expect(wholeReference(value), value).to.equal(undefined);
    }
  });

  it('are known to the dialogs by their defaults alone', () => {
    expect(withDefaults('a${X:-1}${Y:-2}$(Z)')).to.equal('a12$(Z)');
    expect(withDefaults('${X:-${Y:-3}}')).to.equal('3');
    for (const value of ['${X}', 'a$(X)', '${X:-${Y}}']) expect(isOpen(value), value).to.equal(true);
    for (const value of ['', 'a', '${X:-}', '$${X}']) expect(isOpen(value), value).to.equal(false);
    expect(hasReference('$${X}')).to.equal(false);
    expect(hasReference('${X:-}')).to.equal(true);
  });
});
