import { expect } from 'chai';
import fc from 'fast-check';
import { isSegmentName, normaliseSegmentEnds } from '../../../nodes/lib/hl7';
import { endOfBody, endsWithCr, isHeaderAt } from '../../../nodes/lib/hl7/syntax/segments';
import { STRETCH } from '../../../nodes/lib/util';

const H = 'MSH|^~\\&|A';

describe('segment ends', () => {
  const cases: [name: string, text: string, expected: string][] = [
    ['nothing at all', '', ''],
    ['no line end', H, H],
    ['CR', `${H}\rPID|1\r`, `${H}\rPID|1\r`],
    ['LF', `${H}\nPID|1\n`, `${H}\rPID|1\r`],
    ['CRLF', `${H}\r\nPID|1\r\n`, `${H}\rPID|1\r`],
    ['a lone LF in a value of a CR message', `${H}\rNTE|1||a\nb\nc\rPV1|1\r`, `${H}\rNTE|1||a\nb\nc\rPV1|1\r`],
    ['a lone LF in a value of a CRLF message', `${H}\r\nNTE|1||a\nb\r\nPV1|1\r\n`, `${H}\rNTE|1||a\nb\rPV1|1\r`],
    ['a lone LF where a segment begins', `${H}\rPID|1\nPV1|1\r`, `${H}\rPID|1\rPV1|1\r`],
    ['two LFs where a segment begins', `${H}\rPID|1\n\nPV1|1\r`, `${H}\rPID|1\r\rPV1|1\r`],
    ['a lone LF before a name without separator', `${H}\rNTE|1||see\nPV1\rPV1|1\r`, `${H}\rNTE|1||see\nPV1\rPV1|1\r`],
    ['a lone LF before a lower-case name', `${H}\rNTE|1||see\npv1|\r`, `${H}\rNTE|1||see\npv1|\r`],
    ['a line feed behind a CRLF', `${H}\r\n\ntext\r`, `${H}\r\rtext\r`],
    ['line feeds at the end', `${H}\rPID|1\n\n`, `${H}\rPID|1\r\r`],
    ['CR and CRLF', `${H}\rPID|1\r\n`, `${H}\rPID|1\r`],
    ['LF before CR', `${H}\n\rPID|1\r`, `${H}\n\rPID|1\r`],
    [
      'the separator that the message declares',
      'MSH#^~\\&#A\rPID#1\nPV1#1\nPV1|1\r',
      'MSH#^~\\&#A\rPID#1\rPV1#1\nPV1|1\r',
    ],
    ['more LFs than CRs', `${H}\rOBX|1||a\nb\nc\nd\r`, `${H}\rOBX|1||a\nb\nc\nd\r`],
    [
      'a message quoted in a note of a CR message',
      `${H}\rNTE|1||see:\nMSH|^~\\&|X\nPID|9\n\nBTS|1\rPV1|1\nPV2|1\r`,
      `${H}\rNTE|1||see:\nMSH|^~\\&|X\nPID|9\n\nBTS|1\rPV1|1\rPV2|1\r`,
    ],
    [
      'a quoted batch with other separators',
      `${H}\rNTE|1||see:\n\nBHS#^~\\&#X\nPID|9`,
      `${H}\rNTE|1||see:\n\nBHS#^~\\&#X\nPID|9`,
    ],
    [
      'a message quoted in a CRLF message',
      `${H}\r\nNTE|1||a\nMSH|^~\\&|X\r\nPV1|1\r\n`,
      `${H}\rNTE|1||a\nMSH|^~\\&|X\rPV1|1\r`,
    ],
    ['a second message of LF ones', `${H}\nPID|1\nMSH|^~\\&|X\rPV1|1\r`, `${H}\rPID|1\rMSH|^~\\&|X\rPV1|1\r`],
    ['only line ends', '\r\n\r\n', '\r\r'],
  ];
  for (const [name, text, expected] of cases) {
    it(name, () => {
      expect(normaliseSegmentEnds(text)).to.equal(expected);
    });
  }

  it('changes nothing the second time', () => {
    for (const [, text] of cases) {
      const once = normaliseSegmentEnds(text);
      expect(normaliseSegmentEnds(once) === once || !once.includes('\r')).to.equal(true);
    }
  });

  it('goes through a million line feeds before no segment', () => {
    const text = `${H}\rNTE|1||${'\n'.repeat(1_000_000)}x\r`;
    expect(normaliseSegmentEnds(text) === text).to.equal(true);
  });

  it('ends the segments of a text of any length by the same rules', () => {
    const pieces = fc.constantFrom('\r', '\n', '\r\n', 'PID|', 'PID', '|', 'x', 'MSH|^~\\&|');
    const texts = fc.array(pieces, { maxLength: 24 }).map((list) => list.join(''));
    const filler = fc.constantFrom('', 'x'.repeat(STRETCH), '\r\nNTE|1'.repeat(2 * STRETCH), 'a\n'.repeat(STRETCH));
    fc.assert(
      fc.property(texts, filler, texts, (before, middle, after) => {
        const text = before + middle + after;
        expect(normaliseSegmentEnds(text) === inPasses(text)).to.equal(true);
      }),
      { numRuns: 2_000 },
    );
  });

  /** The same, pass after pass over the whole text. */
  function inPasses(text: string): string {
    if (!text.includes('\r')) return text.replaceAll('\n', '\r');
    const joined = text.replaceAll('\r\n', '\r');
    const separator = /^(?:MSH|FHS|BHS)([^A-Za-z0-9\s])/.exec(joined)?.[1] ?? '|';
    const body = joined.slice(0, endOfBody(joined));
    const tail = joined.slice(body.length).replaceAll('\n', '\r');
    const crEnds = endsWithCr(text, separator);
    let quoted = -1;
    const ended = body.replace(/\n+/g, (run, at: number) => {
      if (at < quoted) return run;
      if (crEnds && body.charAt(at - 1) !== '\r' && isHeaderAt(body, at + run.length, separator)) {
        const end = body.indexOf('\r', at);
        quoted = end === -1 ? body.length : end;
        return run;
      }
      const rest = body.slice(at + run.length, at + run.length + 4);
      const begins = /^[A-Z][A-Z0-9]{2}/.test(rest) && rest.charAt(3) === separator;
      return begins || body.charAt(at - 1) === '\r' ? '\r'.repeat(run.length) : run;
    });
    return ended + tail;
  }

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
