import { expect } from 'chai';
import { codePoints, ESCAPED, withoutEscapes } from '../../../../nodes/lib/store/dialects/mssql/capabilities';

/** As the statement does it at the server. */
function restored(text: string, standIns: string): string {
  return [...text].map((char) => ESCAPED[standIns.indexOf(char)] ?? char).join('');
}

describe('store: JSON without escapes', () => {
  it('gives every value back, whatever it holds', () => {
    const all = Array.from({ length: 0x2ff }, (_, n) => String.fromCharCode(n + 1)).join('');
    const values = [all, '\\"\\\\n\\u0001', '\\', '"', '\ud83d\ude00', 'C:\\new\\table', '\ue000\ue020', '', '/'];
    const { lists, standIns } = withoutEscapes([JSON.stringify(values), JSON.stringify(['\ue025'])]);
    expect(lists.join('')).to.not.include('\\');
    expect(standIns).to.have.length(ESCAPED.length);
    expect((JSON.parse(lists[0]!) as string[]).map((value) => restored(value, standIns))).to.deep.equal(values);
  });

  it('has every character that JSON escapes but NUL, which is left to be refused', () => {
    const { lists } = withoutEscapes([JSON.stringify(['a\0b\\'])]);
    expect(lists[0]).to.match(/^\["a\\u0000b[\ue000-\uf8ff]"\]$/);
    expect(new Set(ESCAPED).size).to.equal(33);
  });

  it('refuses a batch that uses up all characters it could choose from', () => {
    const used = Array.from({ length: 0x1900 }, (_, n) => String.fromCharCode(0xe000 + n)).join('');
    expect(() => withoutEscapes([JSON.stringify([used])])).to.throw(RangeError);
  });

  it('counts characters as the server does', () => {
    expect(['', 'abc', '\ud83d\ude00', 'a\ud83d\ude00b', '\ud83d', 'x\ud83d'].map(codePoints)).to.deep.equal([
      0, 3, 1, 3, 1, 2,
    ]);
  });
});
