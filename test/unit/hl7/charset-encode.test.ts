import { expect } from 'chai';
import fc from 'fast-check';
import { Hl7Error } from '../../../nodes/lib/errors';
import { encodeText } from '../../../nodes/lib/hl7';
import { decodeBytes, wideCharset } from '../../../nodes/lib/hl7/charset/decode';
import { CHARSETS } from '../../../nodes/lib/hl7/charset/decode-message';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Text and its bytes in a set, as other software writes them. */
const SAMPLES: [string, string, string][] = [
  ['utf-8', 'Müller€𠀀', '4d c3bc 6c6c6572 e282ac f0a08080'],
  ['iso-8859-1', 'Müller\x80', '4d fc 6c6c6572 80'],
  ['iso-8859-15', '€Šž', 'a4 a6 b8'],
  ['windows-1252', '€Šž–', '80 8a 9e 96'],
  ['shift_jis', '山田太郎', '8e52 9363 91be 9859'],
  ['shift_jis', 'ポリー', '837c 838a 815b'],
  ['shift_jis', 'ﾔﾏﾀﾞ', 'd4 cf c0 de'],
  ['shift_jis', '\x1a\x1c\x7f\\~', '1a 1c 7f 5c 7e'],
  ['shift_jis', 'ⅰ①∪', 'fa40 8740 81be'],
  ['euc-jp', '山田太郎丂', 'bbb3 c5c4 c2c0 cfba 8fb0a1'],
  ['iso-2022-jp', '山田太郎', '1b2442 3b33 4544 4240 4f3a 1b2842'],
  ['iso-2022-jp', 'A丂|ﾔﾏ~漢B', '41 1b242844 3021 1b2842 7c 1b2849 544f 1b2842 7e 1b2442 3441 1b2842 42'],
  ['big5', '王小明功能許十', 'a4fd a470 a9fa a55c afe0 b35c a451'],
  ['gb18030', '王小明€𠀀㐀', 'cdf5 d0a1 c3f7 a2e3 95328236 8139ee39'],
  ['euc-kr', '홍길동', 'c8ab b1e6 b5bf'],
  ['utf-16le', 'MSH€𠀀', '4d00 5300 4800 ac20 40d8 00dc'],
  ['utf-16be', 'MSH€𠀀', '004d 0053 0048 20ac d840 dc00'],
  ['utf-32le', 'M€𠀀', '4d000000 ac200000 00000200'],
  ['utf-32be', 'M€𠀀', '0000004d 000020ac 00020000'],
];

describe('character sets, both ways', () => {
  for (const [name, text, bytes] of SAMPLES) {
    it(`${name}: ${JSON.stringify(text)}`, () => {
      expect(decodeBytes(hex(bytes), name)).to.equal(text);
      expect(encodeText(text, name)).to.deep.equal({ bytes: hex(bytes), lossy: false });
    });
  }

  const INVALID: [string, string][] = [
    ['utf-8', '4d fc 6c'],
    ['utf-8', 'c0 80'],
    ['us-ascii', 'c3 bc'],
    ['shift_jis', '41 81'],
    ['shift_jis', 'fd'],
    ['big5', 'a4 20'],
    ['gb18030', 'ff'],
    ['euc-kr', 'c8 41'],
    ['euc-kr', '41 80'],
    ['big5', '41 80'],
    ['big5', 'ff'],
    ['euc-jp', 'bb'],
    ['iso-2022-jp', '1b2458 41'],
    ['iso-2022-jp', '1b2442 3b 1b2842'],
    ['iso-2022-jp', '1b2442 3bb3 1b2842'],
    ['iso-2022-jp', '1b2442 7e7e 1b2842'],
    ['iso-2022-jp', '1b2849 7f'],
    ['iso-2022-jp', '1b2849 60'],
    ['iso-2022-jp', '41 e0'],
    ['iso-2022-jp', '1b'],
    ['utf-16le', '4d 00 53'],
    ['utf-16le', '40d8 4d00'],
    ['utf-16be', 'dc00'],
    ['utf-32le', '0000'],
    ['utf-32le', '00d80000'],
    ['utf-32be', '00110000'],
  ];
  for (const [name, bytes] of INVALID) {
    it(`${name} refuses ${bytes}`, () => {
      expect(decodeBytes(hex(bytes), name)).to.equal(undefined);
    });
  }

  it('goes on after a refusal', () => {
    expect(decodeBytes(hex('41 81'), 'shift_jis')).to.equal(undefined);
    expect(decodeBytes(hex('41 42'), 'shift_jis')).to.equal('AB');
  });

  it('ISO-2022-JP returns to ASCII at a line end and keeps controls', () => {
    expect(decodeBytes(hex('1b2442 3b33 0d 41 1b2440 3b33 0a 42'), 'iso-2022-jp')).to.equal('山\rA山\nB');
    expect(decodeBytes(hex('1b2442 3b33 20 4544 1b2842'), 'iso-2022-jp')).to.equal('山 田');
  });

  it('ISO-2022-JP reads every designation, and 8-bit katakana', () => {
    expect(decodeBytes(hex('1b284a 5c7e 1b242842 3b33 1b284a 7c'), 'iso-2022-jp')).to.equal('\\~山|');
    expect(decodeBytes(hex('1b2949 d4cf 41'), 'iso-2022-jp')).to.equal('ﾔﾏA');
  });

  it('writes ? for what a set lacks, and says so', () => {
    const lacking: [string, string][] = [
      ['us-ascii', 'Mü€𠀀'],
      ['iso-8859-1', 'Mа€𠀀'],
      ['iso-8859-2', 'Mñ€𠀀'],
      ['shift_jis', 'Mü😀'],
      ['big5', 'Mü😀'],
      ['euc-kr', 'Mü😀'],
      ['iso-2022-jp', 'Mก😀'],
      ['windows-1252', 'M\ud800'],
      ['utf-8', 'M\ud800'],
      ['utf-16be', 'M\udc00'],
      ['utf-32le', 'M\ud800'],
      ['gb18030', 'M\ud800'],
    ];
    for (const [name, text] of lacking) {
      const { bytes, lossy } = encodeText(text, name);
      expect(lossy, name).to.equal(true);
      const marks = Array.from(text).length - 1;
      expect(decodeBytes(bytes, name), name).to.equal(`M${'?'.repeat(marks)}`);
    }
    expect(encodeText('a?', 'us-ascii')).to.deep.equal({ bytes: Buffer.from('a?'), lossy: false });
  });

  it('takes a label, and refuses one it does not know', () => {
    expect(encodeText('€', '8859/15').bytes).to.deep.equal(Buffer.of(0xa4));
    expect(() => encodeText('x', 'CNS 11643-1992'))
      .to.throw(Hl7Error)
      .with.property('code', 'CHARSET_UNKNOWN');
  });

  for (const { name } of CHARSETS) {
    it(`${name}: what was decoded is decoded the same after encoding`, () => {
      const unit = fc.oneof(
        fc.integer({ min: 0x20, max: 0x7e }),
        fc.integer({ min: 0, max: 0xff }),
        fc.integer({ min: 0x81, max: 0xfe }),
      );
      let decoded = 0;
      fc.assert(
        fc.property(fc.array(unit, { maxLength: 8 }), (numbers) => {
          const text = decodeBytes(Buffer.from(numbers), name);
          if (text === undefined) return;
          decoded++;
          const { bytes, lossy } = encodeText(text, name);
          expect(lossy).to.equal(false);
          expect(decodeBytes(bytes, name)).to.equal(text);
        }),
        { numRuns: 400, seed: 7 },
      );
      expect(decoded).to.be.above(0);
    });
  }

  for (const name of ['shift_jis', 'euc-jp', 'gb18030', 'big5', 'euc-kr']) {
    it(`${name}: every two-byte code`, () => {
      let codes = 0;
      let others = 0;
      for (let lead = 0x81; lead < 0xff; lead++) {
        for (let trail = 0x80; trail < 0xff; trail++) {
          const code = Buffer.of(lead, trail);
          const text = decodeBytes(code, name);
          if (text === undefined) continue;
          codes++;
          const { bytes, lossy } = encodeText(text, name);
          if (lossy || decodeBytes(bytes, name) !== text) expect.fail(code.toString('hex'));
          if (!bytes.equals(code)) others++;
        }
      }
      expect(codes).to.be.above(6000);
      // Characters that the set has twice: NEC's and IBM's rows in Shift_JIS.
      expect(others).to.be.below(name === 'shift_jis' ? 260 : 12);
    });
  }

  it('GB 18030 covers all of Unicode', () => {
    for (let point = 0x80; point < 0x110000; point += 211) {
      if (point >= 0xd800 && point < 0xe000) continue;
      const text = String.fromCodePoint(point);
      const { bytes, lossy } = encodeText(text, 'gb18030');
      if (lossy || decodeBytes(bytes, 'gb18030') !== text) expect.fail(point.toString(16));
    }
  });
});

describe('wide sets', () => {
  const cases: [string, string | undefined, number][] = [
    ['fffe 4d00', 'utf-16le', 2],
    ['feff 004d', 'utf-16be', 2],
    ['fffe0000', 'utf-32le', 4],
    ['0000feff', 'utf-32be', 4],
    ['4d005300', 'utf-16le', 0],
    ['004d0053', 'utf-16be', 0],
    ['4d000000', 'utf-32le', 0],
    ['0000004d', 'utf-32be', 0],
    ['46004800', 'utf-16le', 0],
    ['4d534800', undefined, 0],
    ['', undefined, 0],
    ['00', undefined, 0],
    ['ffd8', undefined, 0],
  ];
  for (const [bytes, name, mark] of cases) {
    it(`${bytes} begins ${name ?? 'none'}`, () => {
      expect(wideCharset(hex(bytes))).to.deep.equal(name === undefined ? undefined : { name, mark });
    });
  }
});
