import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { LENGTHS } from '../../../nodes/lib/store/columns';
import { CONTENT_KEY_LENGTH, contentKey, newSalt, saltedKey } from '../../../nodes/lib/store/record/dedupe-key';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const header = (time: string, id: string): string => `MSH|^~\\&|A|B|C|D|${time}||ADT^A01|${id}|P|2.5\rPID|1||4711\r`;
const PLACE = CONTENT_KEY_LENGTH - 64;

describe('dedupe key', () => {
  it('is the SHA-256 of the bytes, behind MSH-7 without its century and the end of MSH-10', () => {
    const raw = bytes(header('20240229101112.5+0130', 'MSG00000042'));
    const hash = createHash('sha256').update(raw).digest('hex');
    expect(contentKey(raw)).to.equal(`2402291011120000042${hash}`);
  });

  const places: [what: string, text: string, place: string][] = [
    ['a date alone', header('20240229', 'MSG00000042'), '2402290000000000042'],
    ['no time', header('', 'MSG00000042'), '0000000000000000042'],
    ['a short control ID', header('20240229101112', '7'), '2402291011120000007'],
    ['no control ID', header('20240229101112', ''), '2402291011120000000'],
    ['signs in both', header('2024-02-29 10', 'a b/ü-9'), '2402291000000000ab9'],
    ['other delimiters', header('20240229101112', 'X7').replaceAll('|', '#'), '24022910111200000X7'],
    ['a header that ends early', 'MSH|^~\\&|A\rPID|1||4711|4712|4713|4714|4715\r', '0'.repeat(PLACE)],
    ['a header that is nothing but its end', 'MSH', '0'.repeat(PLACE)],
    ['a header that never ends', `MSH|^~\\&|${'x'.repeat(2000)}`, '0'.repeat(PLACE)],
    ['no header', 'junk|a|b|c|d|e|20240229|g|h|4711', '0'.repeat(PLACE)],
    ['nothing', '', '0'.repeat(PLACE)],
  ];
  for (const [what, text, place] of places) {
    it(`has the same length for ${what}`, () => {
      const key = contentKey(bytes(text));
      expect(key.slice(0, PLACE)).to.equal(place);
      expect(key.slice(PLACE)).to.match(/^[0-9a-f]{64}$/);
    });
  }

  it('sorts messages as their sender numbers them', () => {
    const times = ['20240229101112', '20240229101112', '20240229101113', '20240301000000'];
    const keys = times.map((time, n) => contentKey(bytes(header(time, `MSG${String(n).padStart(8, '0')}`))));
    expect(keys).to.deep.equal([...keys].sort());
  });

  it('fits its column with what makes a repeat a row of its own', () => {
    const content = contentKey(bytes(header('20240229101112', 'MSG00000042')));
    const [one, two] = [saltedKey(content, newSalt()), saltedKey(content, newSalt())];
    expect(one).to.not.equal(two);
    expect(one.slice(0, CONTENT_KEY_LENGTH)).to.equal(content);
    expect(one.length).to.be.at.most(LENGTHS.dedupe_key!);
  });
});
