import { expect } from 'chai';
import { endOfBody, isHeaderAt, isSegmentName, normaliseSegmentEnds } from '../../../nodes/lib/hl7/segments';

const H = 'MSH|^~\\&|A';

describe('segment ends', () => {
  const cases: [name: string, text: string, ends: string, expected: string][] = [
    ['nothing at all', '', 'NONE', ''],
    ['no line end', H, 'NONE', H],
    ['CR', `${H}\rPID|1\r`, 'CR', `${H}\rPID|1\r`],
    ['LF', `${H}\nPID|1\n`, 'LF', `${H}\rPID|1\r`],
    ['CRLF', `${H}\r\nPID|1\r\n`, 'CRLF', `${H}\rPID|1\r`],
    ['a lone LF in a value of a CR message', `${H}\rNTE|1||a\nb\nc\rPV1|1\r`, 'CR', `${H}\rNTE|1||a\nb\nc\rPV1|1\r`],
    [
      'a lone LF in a value of a CRLF message',
      `${H}\r\nNTE|1||a\nb\r\nPV1|1\r\n`,
      'CRLF',
      `${H}\rNTE|1||a\nb\rPV1|1\r`,
    ],
    ['a lone LF where a segment begins', `${H}\rPID|1\nPV1|1\r`, 'MIXED', `${H}\rPID|1\rPV1|1\r`],
    ['two LFs where a segment begins', `${H}\rPID|1\n\nPV1|1\r`, 'MIXED', `${H}\rPID|1\r\rPV1|1\r`],
    [
      'a lone LF before a name without separator',
      `${H}\rNTE|1||see\nPV1\rPV1|1\r`,
      'CR',
      `${H}\rNTE|1||see\nPV1\rPV1|1\r`,
    ],
    ['a lone LF before a lower-case name', `${H}\rNTE|1||see\npv1|\r`, 'CR', `${H}\rNTE|1||see\npv1|\r`],
    ['a line feed behind a CRLF', `${H}\r\n\ntext\r`, 'MIXED', `${H}\r\rtext\r`],
    ['line feeds at the end', `${H}\rPID|1\n\n`, 'MIXED', `${H}\rPID|1\r\r`],
    ['CR and CRLF', `${H}\rPID|1\r\n`, 'MIXED', `${H}\rPID|1\r`],
    ['LF before CR', `${H}\n\rPID|1\r`, 'CR', `${H}\n\rPID|1\r`],
    [
      'the separator that the message declares',
      'MSH#^~\\&#A\rPID#1\nPV1#1\nPV1|1\r',
      'MIXED',
      'MSH#^~\\&#A\rPID#1\rPV1#1\nPV1|1\r',
    ],
    ['more LFs than CRs', `${H}\rOBX|1||a\nb\nc\nd\r`, 'CR', `${H}\rOBX|1||a\nb\nc\nd\r`],
    ['only line ends', '\r\n\r\n', 'CRLF', '\r\r'],
  ];
  for (const [name, text, ends, expected] of cases) {
    it(name, () => {
      expect(normaliseSegmentEnds(text)).to.deep.equal({ text: expected, ends });
    });
  }

  it('changes nothing the second time', () => {
    for (const [, text] of cases) {
      const once = normaliseSegmentEnds(text).text;
      expect(normaliseSegmentEnds(once).text === once || !once.includes('\r')).to.equal(true);
    }
  });

  it('goes through a million line feeds before no segment', () => {
    const text = `${H}\rNTE|1||${'\n'.repeat(1_000_000)}x\r`;
    expect(normaliseSegmentEnds(text)).to.deep.equal({ text, ends: 'CR' });
  });

  it('finds the end of the body', () => {
    expect(endOfBody('PID|1\r\n\r')).to.equal(5);
    expect(endOfBody('\r\n')).to.equal(0);
    expect(endOfBody('PID')).to.equal(3);
  });

  it('knows segment names', () => {
    for (const name of ['MSH', 'PV1', 'ZP9', 'Z00']) expect(isSegmentName(name), name).to.equal(true);
    for (const name of ['msh', 'PID2', 'PI', '', '1AB', 'P-D', 'PÏD', 'P D'])
      expect(isSegmentName(name), name).to.equal(false);
  });

  it('tells a header from words that begin like one', () => {
    expect(isHeaderAt('MSH|^~\\&|', 0, '|')).to.equal(true);
    expect(isHeaderAt('MSH#^~\\&#', 0, '|')).to.equal(true);
    expect(isHeaderAt('xBHS|', 1, '|')).to.equal(true);
    expect(isHeaderAt('MSH-10 is missing', 0, '|')).to.equal(false);
    expect(isHeaderAt('MSHX|', 0, '|')).to.equal(false);
    expect(isHeaderAt('MSH', 0, '|')).to.equal(false);
    expect(isHeaderAt('PID|1', 0, '|')).to.equal(false);
  });
});
