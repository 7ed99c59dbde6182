import { expect } from 'chai';
import { decodeIso2022Jp } from '../../../nodes/lib/hl7/charset/iso2022';

/** The same set, decoded run by run: slow, and without a buffer in which runs could run into one another. */
function runByRun(bytes: Buffer): string | undefined {
  let set = '(B';
  let text = '';
  let rest = bytes.toString('latin1');
  while (rest !== '') {
    const found = /^\x1b(\([BJI]|\$[@B]|\$\([BD]|\)I)/.exec(rest);
    const run = found?.[0] ?? /^(?:[\0-\x1a\x1c-\x20]|[\x21-\xff]+)/.exec(rest)?.[0];
    if (run === undefined) return undefined;
    rest = rest.slice(run.length);
    if (found !== null) {
      if (found[1] !== ')I') set = found[1]!;
    } else if (run < '\x21') {
      if (run === '\r' || run === '\n') set = '(B';
      text += run;
    } else {
      const decoded = set.startsWith('$') ? doubleBytes(run, set === '$(D') : singleBytes(run, set === '(I');
      if (decoded === undefined) return undefined;
      text += decoded;
    }
  }
  return text;
}

function singleBytes(run: string, katakana: boolean): string | undefined {
  const allowed = katakana ? /^[\x21-\x5f\xa1-\xdf]*$/ : /^[\x21-\x7f\xa1-\xdf]*$/;
  if (!allowed.test(run)) return undefined;
  const upper = (c: string): string => String.fromCharCode(0xff61 + (c.charCodeAt(0) & 0x7f) - 0x21);
  return run.replace(katakana ? /./g : /[\xa1-\xdf]/g, upper);
}

function doubleBytes(run: string, supplementary: boolean): string | undefined {
  if (run.length % 2 !== 0 || /[^\x21-\x7e]/.test(run)) return undefined;
  const pairs = run.replace(/../g, (pair) => (supplementary ? `\x0f${pair}` : pair));
  const euc = Buffer.from(pairs, 'latin1').map((byte) => byte | 0x80);
  try {
    const text = new TextDecoder('euc-jp', { fatal: true, ignoreBOM: true }).decode(euc);
    return /[\x80-\x9f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Numbers below `most`, always the same ones. */
function sequence(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

describe('ISO-2022-JP', () => {
  const same = (bytes: Buffer): boolean => {
    const expected = runByRun(bytes);
    expect(decodeIso2022Jp(bytes), bytes.toString('hex')).to.equal(expected);
    return expected !== undefined;
  };

  it('has each pair of JIS X 0208 and JIS X 0212, and each byte of the others', () => {
    for (const set of ['\x1b$B', '\x1b$(D']) {
      for (let a = 0x20; a < 0x80; a++) {
        for (let b = 0x20; b < 0x80; b++) same(Buffer.concat([Buffer.from(set), Buffer.from([a, b])]));
      }
    }
    for (const set of ['', '\x1b(B', '\x1b(J', '\x1b(I', '\x1b)I', '\x1b$B', '\x1b$(D']) {
      for (let a = 0; a < 0x100; a++) same(Buffer.concat([Buffer.from(set), Buffer.from([a, 0x41])]));
    }
  });

  it('is read as it is run by run, with sets that change anywhere and bytes that are in none', () => {
    const next = sequence(7);
    const marks = ['(B', '(J', '(I', '$@', '$B', '$(B', '$(D', ')I', '$', '(X'].map((mark) => `\x1b${mark}`);
    let valid = 0;
    for (let n = 0; n < 20_000; n++) {
      const parts = Array.from({ length: 1 + next(8) }, () => {
        const kind = next(8);
        if (kind < 4) return Buffer.from(marks[next(next(9) === 0 ? marks.length : 8)]!);
        if (kind === 4) return Buffer.from(['\r', '\n', ' ', '\t'][next(4)]!);
        if (kind === 5) return Buffer.from(Array.from({ length: 1 + next(4) }, () => next(0x100)));
        return Buffer.from(Array.from({ length: 2 + 2 * next(3) }, () => 0x30 + next(0x20)));
      });
      if (same(Buffer.concat(parts))) valid++;
    }
    expect(valid).to.be.within(5_000, 18_000);
  });

  it('is decoded as a whole, however often its sets change', () => {
    const { decode } = TextDecoder.prototype;
    let calls = 0;
    TextDecoder.prototype.decode = function (this: TextDecoder, ...args: Parameters<typeof decode>): string {
      calls++;
      return Reflect.apply(decode, this, args);
    };
    try {
      const text = decodeIso2022Jp(Buffer.from('\x1b$B;3 ;3\x1b(B|'.repeat(1_000)));
      expect(text).to.equal('山 山|'.repeat(1_000));
    } finally {
      TextDecoder.prototype.decode = decode;
    }
    expect(calls).to.equal(1);
  });
});
