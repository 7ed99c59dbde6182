import { expect } from 'chai';
import type { Hl7Error } from '../../../nodes/lib/errors';
import { toObject, toObjectInSteps } from '../../../nodes/lib/hl7/object';
import { toText, toTextInSteps } from '../../../nodes/lib/hl7/object-text';
import { atOnce, inSteps } from '../../../nodes/lib/hl7/steps';

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

/** On a clock by which every step takes too long, so that the speed of the machine does not matter. */
async function onSlowClock<T>(work: () => Promise<T>): Promise<{ value: T; turns: number }> {
  const { now } = performance;
  let time = 0;
  performance.now = () => (time += 1000);
  try {
    return await turnsDuring(work());
  } finally {
    performance.now = now;
  }
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
    const { value, turns } = await onSlowClock(() => toObjectInSteps(text));
    expect(turns).to.be.at.least(2);
    expect(Object.keys(value)).to.deep.equal(['MSH', 'OBX']);
    expect(value.OBX).to.have.length(40_000);
    expect(value.OBX![39_999]!.data['OBX.3']).to.deep.equal({ 'OBX.3.1': '39999', 'OBX.3.2': 'TEST', 'OBX.3.3': 'L' });
    const built = await onSlowClock(() => toTextInSteps(value));
    expect(built.value === text).to.equal(true);
    expect(built.turns).to.be.at.least(2);
  });

  it('makes what the work at once makes of a small one, line feeds in data kept', async () => {
    const text = `${report(3)}NTE|1||first\nsecond\r`;
    const object = await toObjectInSteps(text);
    expect(object).to.deep.equal(toObject(text));
    expect(await toTextInSteps(object))
      .to.equal(toText(object))
      .and.to.equal(text);
  });

  it('refuses what is larger still, and what cannot be parsed or built', async () => {
    expect(await codeOf(toObjectInSteps(HEADER + 'OBX|\r'.repeat(200_001)))).to.equal('PARSE_TOO_LARGE');
    expect(await codeOf(toObjectInSteps(`${HEADER}OBX${'|'.repeat(250_001)}\r`))).to.equal('PARSE_TOO_LARGE');
    expect(await codeOf(toObjectInSteps(HEADER + `NTE|${'^'.repeat(9_000)}\r`.repeat(120)))).to.equal(
      'PARSE_TOO_LARGE',
    );
    expect(await codeOf(toObjectInSteps('no message'))).to.equal('PARSE_NO_MSH');
    expect(await codeOf(toTextInSteps({ PID: [] }))).to.equal('BUILD_NO_MSH');
  });
});
