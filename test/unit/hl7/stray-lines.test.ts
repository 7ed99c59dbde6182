import { expect } from 'chai';
import { findStrayLinesSteps } from '../../../nodes/lib/hl7';
import { atOnce, STRETCH, TURNS } from '../../../nodes/lib/util';

const MSH = 'MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\r';
const found = (rest: string, field = '|') => atOnce(findStrayLinesSteps(MSH.replaceAll('|', field) + rest, field));

describe('lines that are no segment', () => {
  const invalid: Record<string, string> = {
    indented: '  PID|1\r',
    'in small letters': 'pid|1\r',
    'in mixed letters': 'Pid|1\r',
    'without a name': '|||x\r',
    'with a digit in front': '1PI|1\r',
    'with a shorter name': 'PI|1\r',
    'with a longer name': 'PIDX|1\r',
    'with another separator': 'PID^1\r',
    'of words, the rest of a field': 'and so on\r',
    'of blanks': '   \r',
    'of one letter': 'x',
    'with a line feed in front': '\nPID|1\r',
    'with an umlaut': 'ÄBC|1\r',
    'behind others': 'EVN|A01\r\rPID|1\rOBX|1|TX|||a\rb|c\rNTE|1\r',
  };
  for (const [name, rest] of Object.entries(invalid)) {
    it(`are seen: ${name}`, () => expect(found(rest)).to.deep.equal({ invalid: true, envelope: false }));
  }
  const sound: Record<string, string> = {
    none: '',
    segments: 'EVN|A01\rPID|1\rZ01|x\rOB1|2\r',
    'a segment without fields': 'PID\rORC\r',
    'a segment without fields at the end': 'PID|1\rORC',
    'blank lines': '\r\rPID|1\r\r\r',
    'a line feed in a field': 'NTE|1||a\nb c\n|d\rPID|1\r',
  };
  for (const [name, rest] of Object.entries(sound)) {
    it(`are not seen: ${name}`, () => expect(found(rest)).to.deep.equal({ invalid: false, envelope: false }));
  }

  it('are judged by the separator of the message', () => {
    expect(found('PID#1\r', '#').invalid).to.equal(false);
    expect(found('PID|1\r', '#').invalid).to.equal(true);
  });

  it('may be segments of a batch’s envelope', () => {
    for (const line of ['BTS|1', 'FTS|1', 'BHS|^~\\&|A', 'FHS|^~\\&|A', 'BTS']) {
      expect(found(`PID|1\r${line}\r`), line).to.deep.equal({ invalid: false, envelope: true });
    }
    expect(found('pid|1\rBTS|1\r')).to.deep.equal({ invalid: true, envelope: true });
    expect(found('BHX|1\rFT1|1\rBTX|1\r')).to.deep.equal({ invalid: false, envelope: false });
  });

  it('are looked for with pauses in a text of many lines', () => {
    const steps = findStrayLinesSteps(MSH + '\r'.repeat(10 * TURNS) + 'x'.repeat(STRETCH), '|');
    let pauses = 0;
    for (;;) {
      const { done, value } = steps.next();
      if (!done) pauses++;
      else {
        expect(value.invalid).to.equal(true);
        break;
      }
    }
    expect(pauses).to.equal(10);
  });
});
