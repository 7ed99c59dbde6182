import { expect } from 'chai';
import { toObject } from '../../../nodes/lib/hl7';
import { Shapes } from '../../../nodes/lib/hl7/object/shapes';

describe('objects of one form', () => {
  const names = ['PID', 'PID.1', 'PID.2', 'PID.3'];

  it('are the same, whether made the slow way or by a function of their own', () => {
    const shapes = new Shapes<string>();
    for (let n = 0; n < 40; n++) {
      const count = n % 4;
      const values = ['a', 'b', `${n}`, 'of the object before'];
      const expected = Object.fromEntries(values.slice(0, count).map((value, i) => [names[i + 1], value]));
      const made = shapes.make(names, values, count);
      expect(made).to.deep.equal(expected);
      expect(Object.keys(made)).to.deep.equal(names.slice(1, count + 1));
    }
  });

  it('share nothing with one another', () => {
    const shapes = new Shapes<string>();
    const all = Array.from({ length: 20 }, (_, n) => shapes.make(names, [`${n}`], 1));
    all[0]!['PID.1'] = 'changed';
    expect(all.map((one) => one['PID.1'])).to.deep.equal([
      'changed',
      ...Array.from({ length: 19 }, (_, n) => `${n + 1}`),
    ]);
  });

  it('may have more properties than functions are made for, and names that look like others', () => {
    const long = (n: number): string =>
      `MSH|^~\\&|A\rZZ1|${Array.from({ length: 90 }, (_, i) => `${n}.${i}`).join('|')}\r`;
    for (let n = 0; n < 20; n++) {
      const { data } = toObject(long(n)).ZZ1![0]!;
      expect(Object.keys(data)).to.have.length(90);
      expect(data['ZZ1.90']).to.equal(`${n}.89`);
    }
  });

  it('of a message do not keep values of the message before', () => {
    const shortAfterLong = ['MSH|^~\\&|A|B|C\rPID|1|2^3^4|5\r', 'MSH|^~\\&|A\rPID|1|2^3\r'];
    for (let n = 0; n < 30; n++) {
      const [segment] = toObject(shortAfterLong[n % 2]!).PID!;
      const expected =
        n % 2 === 0 ? { 'PID.2.1': '2', 'PID.2.2': '3', 'PID.2.3': '4' } : { 'PID.2.1': '2', 'PID.2.2': '3' };
      expect(segment!.data['PID.2']).to.deep.equal(expected);
      expect(Object.keys(segment!.data)).to.have.length(n % 2 === 0 ? 3 : 2);
    }
  });
});
