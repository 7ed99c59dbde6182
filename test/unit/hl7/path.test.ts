import { expect } from 'chai';
import { parsePath } from '../../../nodes/lib/hl7';
import { refused } from './support/refused';

describe('paths', () => {
  const cases: [text: string, expected: object][] = [
    ['PID', { segment: 'PID' }],
    ['NTE[2]', { segment: 'NTE', occurrence: 2 }],
    ['PID-3', { segment: 'PID', field: 3 }],
    ['PID.3.1', { segment: 'PID', field: 3, component: 1 }],
    ['PID-3.1', { segment: 'PID', field: 3, component: 1 }],
    ['PID-3-1-2', { segment: 'PID', field: 3, component: 1, subComponent: 2 }],
    ['PID-3[2].1.1', { segment: 'PID', field: 3, repetition: 2, component: 1, subComponent: 1 }],
    ['PID-3(2)-1', { segment: 'PID', field: 3, repetition: 2, component: 1 }],
    ['OBX(3)-5', { segment: 'OBX', occurrence: 3, field: 5 }],
    ['OBX[3]-5', { segment: 'OBX', occurrence: 3, field: 5 }],
    ['OBX(3)-5(10).2', { segment: 'OBX', occurrence: 3, field: 5, repetition: 10, component: 2 }],
    ['PID-3[*]', { segment: 'PID', field: 3, repetition: '*' }],
    ['PID-3(*)', { segment: 'PID', field: 3, repetition: '*' }],
    ['PID-3[5=MR].1', { segment: 'PID', field: 3, where: [{ component: 5, value: 'MR' }], component: 1 }],
    [
      'OBX(2)-5[1=a b.=-(x)][4.2=1.2.3]',
      {
        segment: 'OBX',
        occurrence: 2,
        field: 5,
        where: [
          { component: 1, value: 'a b.=-(x)' },
          { component: 4, subComponent: 2, value: '1.2.3' },
        ],
      },
    ],
    ['ZP1-12', { segment: 'ZP1', field: 12 }],
  ];
  for (const [text, expected] of cases) {
    it(text, () => {
      expect(parsePath(text)).to.deep.equal(expected);
      expect(parsePath(text), 'parsed once').to.equal(parsePath(text));
    });
  }

  const wrong = [
    '',
    'pid-3',
    'PI-3',
    'PIDX-3',
    'PID-0',
    'PID-3[0]',
    'PID-3[2',
    'PID-3[2)',
    'PID[-1]-3',
    'PID-3.',
    'PID--3',
    'PID-3.1.1.1',
    'PID-x',
    'PID-3[*].1',
    'PID-123456',
    ' PID-3',
    '__proto__',
    'PID-3\n',
    'PID-3[5=]',
    'PID-3[=MR]',
    'PID-3[0=MR]',
    'PID-3[5=MR',
    'PID-3[5=M]R]',
    'PID-3[5=a[b]',
    'PID-3[5.1.1=x]',
    'PID-3[*][5=MR]',
    'PID-3[2][5=MR]',
    'PID-3(5=MR)',
    'PID[3=MR]-3',
    'PID-3[5=M\rR]',
  ];
  for (const text of wrong) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      refused('PATH_INVALID', () => parsePath(text));
    });
  }

  it('refuses what is no text, and shows a long path cut', () => {
    refused('PATH_INVALID', () => parsePath(undefined as unknown as string));
    expect(refused('PATH_INVALID', () => parsePath('x'.repeat(9_000))).message.length).to.be.below(200);
  });

  it('keeps a bounded number of paths and still answers', () => {
    for (let n = 1; n <= 2_500; n++) expect(parsePath(`ZZZ-${n}`).field).to.equal(n);
    expect(parsePath('ZZZ-1')).to.deep.equal({ segment: 'ZZZ', field: 1 });
  });
});
