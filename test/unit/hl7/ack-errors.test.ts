import { expect } from 'chai';
import { Hl7Error } from '../../../nodes/lib/errors';
import { errorsOf, readDelimiters } from '../../../nodes/lib/hl7';
import { errSegments, faultOf, TABLE_0357, textOf } from '../../../nodes/lib/hl7/ack/errors';
import { STANDARD_DELIMITERS } from '../../../nodes/lib/hl7/syntax/delimiters';
import { atLeast, readVersion } from '../../../nodes/lib/hl7/syntax/header';

describe('what an acknowledgment reports of an error', () => {
  it('is what our own errors locate', () => {
    const errors = [{ location: 'PID^1^3', code: '101', text: 'PID-3 is required' }, { code: '102' }];
    const error = new Hl7Error('PARSE_NO_MSH', 'x', { fault: 'content', errors });
    expect(errorsOf(error)).to.deep.equal(errors);
    expect(errorsOf(error)[0]).to.not.equal(error.errors[0]);
    expect(faultOf(error)).to.equal('content');
  });

  it('is general for our own errors that locate nothing, and never their text', () => {
    for (const [fault, code] of [
      ['content', '199'],
      ['refused', '200'],
      ['system', '207'],
    ] as const) {
      const error = new Hl7Error('STORE_OPEN_FAILED', 'table secret at 10.0.0.1', { fault });
      const [first, ...more] = errorsOf(error);
      expect(first!.code).to.equal(code);
      expect(more).to.deep.equal([]);
      expect(JSON.stringify(first)).to.not.contain('secret');
      expect(faultOf(error)).to.equal(fault);
    }
  });

  it('is 207 and fixed words for everything else', () => {
    const others = [
      new Error('DOE^JOHN'),
      'DOE^JOHN',
      undefined,
      null,
      7,
      { message: 'DOE^JOHN' },
      { name: 'Hl7Error' },
    ];
    for (const other of others) {
      const errors = errorsOf(other);
      expect(errors.map((error) => error.code)).to.deep.equal(['207']);
      expect(JSON.stringify(errors)).to.not.contain('DOE');
      expect(faultOf(other)).to.equal('system');
    }
  });

  it('survives the cloning of an error', () => {
    const clone = { name: 'Hl7Error', fault: 'refused', errors: [{ code: '201' }], message: 'x' };
    expect(errorsOf(clone)).to.deep.equal([{ code: '201' }]);
    expect(faultOf(clone)).to.equal('refused');
    expect(errorsOf({ name: 'Hl7Error', fault: 'content' })[0]!.code).to.equal('199');
    expect(faultOf({ name: 'Hl7Error', fault: 'toString' })).to.equal('system');
  });

  it('has a text for people', () => {
    expect(textOf([])).to.equal('');
    expect(textOf([{ code: '101' }])).to.equal('Required field missing');
    expect(textOf([{ code: '101', text: 'own' }])).to.equal('own');
    expect(textOf([{ code: 'X' }])).to.equal('');
    expect(textOf([{ code: 'toString' }])).to.equal('');
    expect(Object.keys(TABLE_0357)).to.have.length(16);
  });
});

describe('ERR', () => {
  const faults = [
    { location: 'OBX^3^5^2^1^4^9', code: '102', text: 'a^b' },
    { code: '0' },
    { location: 'PV1', code: 'Z|1' },
  ];

  it('has no code that the version does not have', () => {
    const codes = (version: [number, number, number]): string[] =>
      errSegments(
        ['104', '198', '199', '207'].map((code) => ({ code })),
        version,
        STANDARD_DELIMITERS,
      ).map((segment) => segment.split('|')[3]!.split('^')[0]!);
    expect(codes([2, 5, 0])).to.deep.equal(['102', '100', '102', '207']);
    expect(codes([2, 7, 0])).to.deep.equal(['104', '100', '102', '207']);
    expect(codes([2, 9, 0])).to.deep.equal(['104', '198', '199', '207']);
    expect(errSegments([{ code: '199' }], [2, 3, 0], STANDARD_DELIMITERS)[0]).to.contain('102&Data type error');
  });

  it('is one segment before 2.5', () => {
    expect(errSegments(faults, [2, 4, 0], STANDARD_DELIMITERS)).to.deep.equal([
      'ERR|OBX^3^5^102&Data type error&HL70357~^^^0&Message accepted&HL70357~PV1^^^Z\\F\\1',
    ]);
    expect(errSegments([], [2, 4, 0], STANDARD_DELIMITERS)).to.deep.equal([]);
  });

  it('is one segment a fault from 2.5', () => {
    expect(errSegments(faults, [2, 5, 0], STANDARD_DELIMITERS, 'not here')).to.deep.equal([
      'ERR||OBX^3^5^2^1^4|102^Data type error^HL70357|E||||a\\S\\b',
      'ERR|||0^Message accepted^HL70357|I',
      'ERR||PV1|207^Application internal error^HL70357|E|Z\\F\\1',
    ]);
  });

  it('carries the text of the whole from 2.7', () => {
    const texts = (text: string, own?: string): string =>
      errSegments([{ code: '101', text: own }], [2, 7, 0], STANDARD_DELIMITERS, text)[0]!.split('|')[8] ?? '';
    expect(texts('whole')).to.equal('whole');
    expect(texts('whole', 'own')).to.equal('whole: own');
    expect(texts('same', 'same')).to.equal('same');
    expect(texts('', 'own')).to.equal('own');
    expect(texts('')).to.equal('');
  });

  it('does with the separators that the sender has', () => {
    expect(errSegments(faults, [2, 3, 0], readDelimiters('MSH|^|')!)).to.deep.equal(['ERR|OBX^3^5^102']);
    expect(errSegments(faults.slice(0, 1), [2, 6, 0], readDelimiters('MSH#!~|#')!)).to.deep.equal([
      'ERR##OBX!3!5!2!1!4#102!Data type error!HL70357#E####a^b',
    ]);
  });
});

describe('versions', () => {
  const read: Record<string, string> = {
    '2.1': '2,1,0',
    '2.5.1': '2,5,1',
    ' 2.3 ': '2,3,0',
    '2.999': '2,999,0',
    '12': '12,0,0',
    '1.0': '1,0,0',
    '': '2,3,1',
    R: '2,3,1',
    '{version}': '2,3,1',
    '2': '2,0,0',
    '2.5.1.9': '2,5,1',
  };
  for (const [text, numbers] of Object.entries(read)) {
    it(`"${text}" is ${numbers}`, () => {
      expect(readVersion(text).join()).to.equal(numbers);
    });
  }

  it('are compared part by part', () => {
    expect(atLeast([2, 3, 1], 2, 3, 1)).to.equal(true);
    expect(atLeast([2, 3, 0], 2, 3, 1)).to.equal(false);
    expect(atLeast([2, 10, 0], 2, 9)).to.equal(true);
    expect(atLeast([3, 0, 0], 2, 9)).to.equal(true);
    expect(atLeast([1, 9, 9], 2, 1)).to.equal(false);
  });
});
