import { expect } from 'chai';
import type { Hl7Error } from '../../../nodes/lib/errors';
import {
  buildSteps,
  isBatchSteps,
  normaliseSegmentEnds,
  parseSteps,
  STEPS_LIMITS,
  splitBatchSteps,
  toObject,
  toText,
} from '../../../nodes/lib/hl7';
import { atOnce, inSteps, STRETCH, soon, splitInSteps } from '../../../nodes/lib/util';
import { onSlowClock } from '../../support/slow-clock';

const HEADER = 'MSH|^~\\&|A|B|C|D|20260101||ORU^R01|1|P|2.5\r';
const report = (results: number): string =>
  HEADER + Array.from({ length: results }, (_, n) => `OBX|${n + 1}|NM|${n}^TEST^L||${n}|mg/dL|1-2|N|||F\r`).join('');

/** How often other work got its turn while something ran. */
async function turnsDuring<T>(work: Promise<T>): Promise<{ value: T; turns: number }> {
  let turns = 0;
  let running = true;
  const count = (): void => {
    turns++;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  const value = await work;
  running = false;
  return { value, turns };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: Hl7Error) => error.code,
  );
}

describe('long work in steps', () => {
  function* counting(steps: number, ms: number): Generator<void, number> {
    for (let n = 0; n < steps; n++) {
      const began = performance.now();
      while (performance.now() - began < ms);
      yield;
    }
    return steps;
  }

  it('is the same work, done at once or with pauses', async () => {
    expect(atOnce(counting(5, 0))).to.equal(5);
    const { value, turns } = await turnsDuring(inSteps(counting(5, 11)));
    expect(value).to.equal(5);
    expect(turns).to.be.at.least(3);
  });

  it('makes the same object and the same text of a large message, and lets other work through', async () => {
    const text = report(40_000);
    const { value, turns } = await onSlowClock(() => turnsDuring(inSteps(parseSteps(text, STEPS_LIMITS))));
    expect(turns).to.be.at.least(2);
    expect(Object.keys(value)).to.deep.equal(['MSH', 'OBX']);
    expect(value.OBX).to.have.length(40_000);
    expect(value.OBX![39_999]!.data['OBX.3']).to.deep.equal({ 'OBX.3.1': '39999', 'OBX.3.2': 'TEST', 'OBX.3.3': 'L' });
    const built = await onSlowClock(() => turnsDuring(inSteps(buildSteps(value))));
    expect(built.value === text).to.equal(true);
    expect(built.turns).to.be.at.least(2);
  });

  it('makes what the work at once makes of a small one, line feeds in data kept', async () => {
    const text = `${report(3)}NTE|1||first\nsecond\r`;
    const object = await inSteps(parseSteps(text, STEPS_LIMITS));
    expect(object).to.deep.equal(toObject(text));
    expect(await inSteps(buildSteps(object)))
      .to.equal(toText(object))
      .and.to.equal(text);
  });

  it('refuses what is larger still, and what cannot be parsed or built', async () => {
    const parsed = (text: string): Promise<string> => codeOf(inSteps(parseSteps(text, STEPS_LIMITS)));
    expect(await parsed(HEADER + 'OBX|\r'.repeat(200_001))).to.equal('PARSE_TOO_LARGE');
    expect(await parsed(`${HEADER}OBX${'|'.repeat(1_000_001)}\r`)).to.equal('PARSE_TOO_LARGE');
    expect(await parsed(HEADER + `NTE|${'^'.repeat(9_000)}\r`.repeat(120))).to.equal('PARSE_TOO_LARGE');
    expect(await parsed(`${HEADER}OBX|1|${'&'.repeat(100_001)}\r`)).to.equal('PARSE_TOO_LARGE');
    expect(await parsed('no message')).to.equal('PARSE_NO_MSH');
    expect(await codeOf(inSteps(buildSteps({ PID: [] })))).to.equal('BUILD_NO_MSH');
  });

  it('begins at once, and what it can end at once needs no promise', async () => {
    expect(soon(counting(5, 0))).to.equal(5);
    const slow = soon(counting(3, 11));
    expect(slow).to.be.instanceOf(Promise);
    expect(await slow).to.equal(3);
  });

  it('cuts a text as split does', () => {
    for (const text of [
      '',
      '~',
      'a~b',
      `${'a'.repeat(STRETCH)}~`,
      '~'.repeat(STRETCH + 1),
      `${'ab~'.repeat(STRETCH)}c`,
    ]) {
      expect(atOnce(splitInSteps(text, '~'))).to.deep.equal(text.split('~'));
    }
  });

  describe('on texts made to last long', () => {
    const repeated = (unit: string): string => unit.repeat(Math.floor(150_000 / unit.length));
    const texts: Record<string, string> = {
      'repetitions of one field': `${HEADER}OBX|1|${repeated('a~')}`,
      'empty repetitions': `${HEADER}OBX|1|${repeated('~')}`,
      'components in repetitions': `${HEADER}OBX|1|${repeated('a^b~')}`,
      'fields with repetitions': HEADER + `OBX|${`${'a~'.repeat(500)}|`.repeat(8)}\r`.repeat(18),
      'many fields': HEADER + `OBX${'|a'.repeat(9_000)}\r`.repeat(9),
      'many components': HEADER + `OBX|${'a^'.repeat(9_000)}\r`.repeat(8),
      'repetitions of MSH': `${HEADER.slice(0, -1)}|${repeated('a~')}`,
      'tiny segments': HEADER + repeated('NTE\r'),
      'lines that are no segments': HEADER + repeated('x\r'),
      'blank lines': `${HEADER}PID|1${repeated('\r')}PV1|1`,
      'segments of many names, mixed': HEADER + repeated('NTE|1\rOBX|2\rZZZ|3\r'),
      'line feeds in data': `${HEADER}NTE|1|${repeated('a~b\n~')}`,
      CRLF: HEADER + repeated('NTE|1\r\n'),
      LF: HEADER.replace('\r', '\n') + repeated('NTE|1\n'),
      'lines that begin like a header': HEADER + repeated('MSHx\r'),
    };
    /** Pauses that a text of so many characters has to leave at least: one for some milliseconds of work. */
    const least = 150_000 / (4 * STRETCH);

    for (const [what, text] of Object.entries(texts)) {
      it(`${what}: gives way all the time, and loses nothing`, () => {
        const read = counted(parseSteps(text, STEPS_LIMITS));
        expect(read.pauses, 'read').to.be.above(least);
        expect(read.value).to.deep.equal(toObject(text, STEPS_LIMITS));
        const written = counted(buildSteps(read.value));
        expect(written.pauses, 'written').to.be.above(least);
        expect(written.value === normaliseSegmentEnds(text)).to.equal(true);
      });
    }

    it('a large segment is read as a small one', () => {
      const small = 'OBX|1|a^b&c^d~~e|f||\r';
      const large = `OBX|${'x'.repeat(STRETCH)}|a^b&c^d~~e|f||\r`;
      const dataOf = (text: string): object => ({ ...toObject(HEADER + text).OBX![0]!.data, 'OBX.1': '' });
      expect(dataOf(large)).to.deep.equal(dataOf(small));
    });

    it('looking for messages and splitting them gives way, too', () => {
      const lines = HEADER + repeated('MSHx\r');
      expect(counted(isBatchSteps(lines)))
        .to.deep.include({ value: false })
        .and.property('pauses')
        .above(least);
      const batch = counted(splitBatchSteps(HEADER.repeat(5_000)));
      expect(batch.value.messages).to.have.length(5_000);
      expect(batch.pauses).to.be.above(least);
    });
  });

  function counted<T>(steps: Generator<void, T>): { value: T; pauses: number } {
    for (let pauses = 0; ; pauses++) {
      const { done, value } = steps.next();
      if (done) return { value, pauses };
    }
  }
});
