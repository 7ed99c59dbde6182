import { isUtf8 } from 'node:buffer';
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeMessageSteps, encodeText, isNarrowCharset } from '../../../nodes/lib/hl7';
import { characterTable } from '../../../nodes/lib/hl7/charset/characters';
import { decodeBytes } from '../../../nodes/lib/hl7/charset/decode';
import { CHARSETS, decodeMessage, decodeText } from '../../../nodes/lib/hl7/charset/decode-message';
import { repairSteps, strayUnit } from '../../../nodes/lib/hl7/charset/repair';
import { countUtf8Steps } from '../../../nodes/lib/hl7/charset/utf8';
import { atOnce } from '../../../nodes/lib/util';

const NARROW = CHARSETS.map(({ name }) => name).filter(isNarrowCharset);
const MULTI = ['shift_jis', 'euc-jp', 'gb18030', 'big5', 'euc-kr'];

const repaired = (bytes: Buffer, name: string): string => atOnce(repairSteps(bytes, name));

function message(label: string, text: string | Buffer, charset = 'utf-8'): Buffer {
  const head = `MSH|^~\\&|APP|EMR|||2026||ADT^A01|1|P|2.5||||||${label}\rPID|1||7||`;
  const value = typeof text === 'string' ? encodeText(text, charset).bytes : text;
  return Buffer.concat([Buffer.from(head), value, Buffer.from('\r')]);
}

const nameOf = (text: string): string => /\rPID\|1\|\|7\|\|([^\r]*)/.exec(text)?.[1] ?? '';

/** Bytes given as hexadecimal digits, ASCII in between as it is. */
const bytes = (...parts: (string | number[])[]): Buffer => {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
};

describe('UTF-8 with bytes that are none', () => {
  const cases: [name: string, wire: Buffer, text: string][] = [
    ['one byte of windows-1252', bytes('Müller Łódź 東 5 ', [0x80], ' ok'), 'Müller Łódź 東 5 € ok'],
    ['a latin1 letter', bytes('Łódź ', [0xfc], 'ber'), 'Łódź über'],
    ['a character cut at the end', bytes('Łódź ', [0xe2, 0x82]), 'Łódź â‚'],
    ['a character cut before a separator', bytes('Łódź ', [0xe2, 0x82], '^x'), 'Łódź â‚^x'],
    ['a lead byte before a separator', bytes('Łó ', [0xc3], '|'), 'Łó Ã|'],
    ['a character of four bytes cut', bytes('Łódź ', [0xf0, 0x9f, 0x98], 'x'), 'Łódź ðŸ˜x'],
    ['an overlong form of two bytes', bytes('Łódź ', [0xc0, 0xaf]), 'Łódź À¯'],
    ['an overlong form of three bytes', bytes('Łódź ', [0xe0, 0x80, 0xaf]), 'Łódź à€¯'],
    ['an overlong form of four bytes', bytes('Łódźłó ', [0xf0, 0x80, 0x80, 0xaf]), 'Łódźłó ð€€¯'],
    ['an overlong CR', bytes('Łódź ', [0xc0, 0x8d]), 'Łódź À\x8d'],
    ['a surrogate', bytes('Łódź ', [0xed, 0xa0, 0x80]), 'Łódź í\u00a0€'],
    ['a pair of surrogates', bytes('Łódźłódź ', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]), 'Łódźłódź í\u00a0½í¸€'],
    ['above the last character', bytes('Łódźłó ', [0xf4, 0x90, 0x80, 0x80]), 'Łódźłó ô\x90€€'],
    ['lead bytes that none has', bytes('Łódźłó ', [0xf5, 0xf8, 0xfe, 0xff]), 'Łódźłó õøþÿ'],
    ['tails alone', bytes('Łódź ', [0x93, 0x94]), 'Łódź “”'],
    ['a tail too many', bytes('Łódź ü', [0x93]), 'Łódź ü“'],
    ['characters beyond the basic plane beside it', bytes('😀😀😀 ', [0x80], '😀'), '😀😀😀 €😀'],
    [
      'the last and first of each length',
      bytes('\u0080\u07ff\u0800\uffff𐀀\u{10ffff}', [0xff]),
      '\u0080\u07ff\u0800\uffff𐀀\u{10ffff}ÿ',
    ],
  ];
  for (const label of ['UNICODE UTF-8', 'UTF-8', '', 'MARTIAN', 'ASCII']) {
    for (const [name, wire, text] of cases) {
      it(`${name}, with MSH-18 "${label}": only these are windows-1252`, () => {
        const raw = message(label, wire);
        const decoded = decodeMessage(raw, { narrow: true });
        expect(nameOf(decoded.text)).to.equal(text);
        expect(decoded).to.include({ charset: 'utf-8', fallback: true });
        // Read again, as the log does, it is the same text.
        expect(decodeText(raw, decoded.charset)).to.deep.equal({ text: decoded.text, charset: 'utf-8' });
      });
    }
  }

  it('has no effect on bytes that are well-formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(repaired(Buffer.from(text), 'utf-8')).to.equal(text);
      }),
    );
  });

  it('keeps each well-formed character and each other byte, in their order', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }).map((text) => Buffer.from(text)),
      fc.integer({ min: 0x80, max: 0xff }).map((byte) => Buffer.of(byte)),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const raw = Buffer.concat(pieces);
        const text = repaired(raw, 'utf-8');
        expect(text).to.not.match(/[\ud800-\udfff]/u);
        // What the platform takes for well-formed, cut at each place where it finds a fault.
        let expected = '';
        for (let at = 0; at < raw.length; ) {
          const length = [4, 3, 2, 1].find(
            (n) =>
              isUtf8(raw.subarray(at, at + n)) &&
              at + n <= raw.length &&
              raw.toString('utf8', at, at + n).length <= (n === 4 ? 2 : 1),
          );
          expected +=
            length === undefined ? String.fromCharCode(strayUnit(raw[at]!)) : raw.toString('utf8', at, at + length);
          at += length ?? 1;
        }
        expect(text).to.equal(expected);
        const share = atOnce(countUtf8Steps(raw));
        expect(share.faults === 0).to.equal(isUtf8(raw));
      }),
    );
  });

  it('is another set where nothing of it is well-formed, and where that is most of it', () => {
    const none = decodeMessage(message('UNICODE UTF-8', 'Größe', 'iso-8859-1'));
    expect(none).to.include({ charset: 'iso-8859-1', fallback: true, doubtful: true, label: '8859/1' });
    const quoted = decodeMessage(message('UNICODE UTF-8', 'Größe €', 'windows-1252'));
    expect(quoted).to.include({ charset: 'windows-1252', fallback: true, doubtful: true });
    expect(nameOf(quoted.text)).to.equal('Größe €');
    const most = decodeMessage(message('UNICODE UTF-8', bytes('ü', [0xf6, 0xdf, 0xfc])));
    expect(most).to.include({ charset: 'utf-8', fallback: true, doubtful: true });
    expect(nameOf(most.text)).to.equal('üößü');
    expect(decodeMessage(message('UNICODE UTF-8', bytes('üö', [0xdf])))).to.not.have.property('doubtful');
  });

  it('without MSH-18 is the listener’s set where more bytes are none than characters', () => {
    const raw = message('', bytes('ü', [0xa4, 0xa4]));
    expect(decodeMessage(raw, { default: '8859/15' })).to.include({ charset: 'iso-8859-15', fallback: false });
    const mostly = decodeMessage(message('', bytes('üöä', [0xa4])), { default: '8859/15' });
    expect(mostly).to.include({ charset: 'utf-8', fallback: true });
  });

  it('takes a byte order mark’s word for it', () => {
    const raw = Buffer.concat([Buffer.from('\ufeff'), message('8859/1', bytes('Łódź', [0x80]))]);
    const decoded = decodeMessage(raw);
    expect(decoded).to.include({ charset: 'utf-8', fallback: true, bom: true });
    expect(nameOf(decoded.text)).to.equal('Łódź€');
    expect(decodeText(raw, 'utf-8').text).to.equal(decoded.text);
  });
});

describe('bytes 80 to 9F', () => {
  const quoted = Buffer.from([0x4f, 0x92, 0x4e, 0x20, 0x80, 0x20, 0x93, 0x94, 0x96]);

  for (const label of ['', '8859/1', 'ISO-8859-1', 'ISO_8859-1:1987', 'LATIN1', 'ASCII', 'MARTIAN', 'ANSI', 'CP1252']) {
    it(`are windows-1252 with MSH-18 "${label}"`, () => {
      const raw = message(label, quoted);
      const decoded = decodeMessage(raw, { narrow: true });
      expect(nameOf(decoded.text)).to.equal('O’N € “”–');
      expect(decoded.charset).to.equal('windows-1252');
      expect(decoded.fallback).to.equal(!['ANSI', 'CP1252'].includes(label));
      expect(encodeText(decoded.text, decoded.charset).bytes).to.deep.equal(raw);
      expect(decodeText(raw, decoded.charset).text).to.equal(decoded.text);
      if (/8859|LATIN/.test(label)) expect(decoded.label).to.equal(label);
    });
  }

  it('are the Windows characters of the same languages in the other ISO sets', () => {
    const cases: [label: string, byte: number, character: string][] = [
      ['8859/2', 0x8a, 'Š'],
      ['8859/2', 0x9c, 'ś'],
      ['8859/5', 0x80, 'Ђ'],
      ['8859/6', 0x81, 'پ'],
      ['8859/7', 0x80, '€'],
      ['8859/8', 0x85, '…'],
      ['8859/9', 0x80, '€'],
      ['8859/11', 0x80, '€'],
      ['8859/13', 0x8d, '¨'],
      ['8859/15', 0x80, '€'],
      ['8859/4', 0x92, '’'],
      ['8859/7', 0x88, 'ˆ'],
    ];
    for (const [label, byte, character] of cases) {
      const raw = message(label, bytes('a', [byte], 'b'));
      const decoded = decodeMessage(raw);
      expect(nameOf(decoded.text), label).to.equal(`a${character}b`);
      expect(decoded, label).to.include({ fallback: true, label });
      expect(decodeText(raw, decoded.charset).text, label).to.equal(decoded.text);
    }
  });

  it('are characters, no fault, in the sets that have them', () => {
    for (const label of ['WINDOWS-1251', 'IBM850', 'KOI8-R', 'CP1250']) {
      expect(decodeMessage(message(label, Buffer.of(0x80, 0x93))), label).to.include({ fallback: false });
    }
  });

  it('are the same where the listener insists on a set', () => {
    const decoded = decodeMessage(message('UNICODE UTF-8', quoted), { default: '8859/1', force: true });
    expect(decoded).to.include({ charset: 'windows-1252', fallback: true });
    expect(nameOf(decoded.text)).to.equal('O’N € “”–');
  });
});

describe('other sets with bytes that are none', () => {
  it('lose none of the characters that are valid', () => {
    const cases: [label: string, charset: string, good: string, stray: number[], text: string][] = [
      ['8859/7', 'iso-8859-7', 'Αθήνα', [0xff], 'ÿ'],
      ['8859/11', 'iso-8859-11', 'กข', [0xdb], 'Û'],
      ['CP1253', 'windows-1253', 'Αθήνα', [0xaa], 'ª'],
      ['GB18030', 'gb18030', '王小明', [0xff], 'ÿ'],
      ['BIG-5', 'big5', '功能許', [0xff], 'ÿ'],
      ['KS X 1001', 'euc-kr', '홍길동', [0xff], 'ÿ'],
      ['ISO IR14', 'shift_jis', '山田ﾔ', [0xfd], 'ý'],
      ['EUC-JP', 'euc-jp', '山田ﾔ丂', [0xff], 'ÿ'],
      ['ISO IR87', 'iso-2022-jp', '山田ﾔ丂', [0xe9], 'é'],
      ['GB18030', 'gb18030', '王小明', [0x81, 0x30], '\x810'],
    ];
    for (const [label, charset, good, stray, text] of cases) {
      const before = encodeText(good, charset).bytes;
      const raw = message(label, bytes([...before], '^', stray, '^', [...before]));
      const decoded = decodeMessage(raw);
      expect(nameOf(decoded.text), label).to.equal(`${good}^${text}^${good}`);
      expect(decoded, label).to.include({ charset, fallback: true, label });
      expect(decodeText(raw, charset).text, label).to.equal(decoded.text);
    }
  });

  it('are read as the platform reads them, where all is valid', () => {
    for (const name of NARROW) {
      const texts = [
        '',
        'plain |^~\\& text',
        'Müller',
        'Łódź',
        'Αθήνα',
        'Дом',
        '山田ﾔ丂',
        '王€',
        '功能許',
        '홍길동',
        '𠀀',
        'กข',
      ];
      for (const text of texts) {
        const { bytes: raw, lossy } = encodeText(text, name);
        if (lossy) continue;
        expect(repaired(raw, name), name).to.equal(decodeBytes(raw, name));
      }
    }
  });

  it('have one character a code, as the decoder has it', () => {
    for (const name of MULTI) {
      const characters = characterTable(name);
      for (let code = 0x8140; code < 0xfeff; code += 7) {
        const pair = Buffer.of(code >> 8, code & 0xff);
        const character = characters(code, 2);
        if (character !== undefined)
          expect(decodeBytes(pair, name), `${name} ${code.toString(16)}`).to.equal(character);
      }
    }
    const gb18030 = characterTable('gb18030');
    expect(gb18030(0x90308130, 4)).to.equal('\u{10000}');
    expect(gb18030(0xe3329a35, 4)).to.equal('\u{10ffff}');
    expect(gb18030(0xe3329a36, 4)).to.equal(undefined);
    expect(gb18030(0x8431a437, 4)).to.equal('\ufffd');
  });

  it('never give a replacement, lose a byte of ASCII, or move one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...NARROW), (array, name) => {
        const raw = Buffer.from(array);
        const text = repaired(raw, name);
        expect(text.isWellFormed()).to.equal(true);
        if (name !== 'gb18030' && name !== 'utf-8') expect(text).to.not.include('\ufffd');
        const ends = (one: string): string => one.replace(/[^\r|]/g, '');
        if (!MULTI.includes(name) && name !== 'iso-2022-jp') {
          expect(ends(text)).to.equal(ends(raw.toString('latin1')));
        }
        expect(text.split('\r').length).to.equal(raw.toString('latin1').split('\r').length);
      }),
      { numRuns: 2000 },
    );
  });

  it('are read again to the same text, whatever the bytes and MSH-18', () => {
    const labels = ['', 'ASCII', 'MARTIAN', 'CNS 11643-1992', '~ISO IR87', ...CHARSETS.map(({ label }) => label)];
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 30 }).filter((array) => !array.includes(0x0d) && !array.includes(0x0a)),
        fc.constantFrom(...labels),
        fc.option(fc.constantFrom(...NARROW)),
        fc.boolean(),
        fc.boolean(),
        (array, label, own, force, preferUtf8) => {
          const raw = message(label, Buffer.from(array));
          const decoded = decodeMessage(raw, { default: own ?? undefined, force, preferUtf8, narrow: true });
          expect(decodeText(raw, decoded.charset)).to.deep.equal({ text: decoded.text, charset: decoded.charset });
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('a large text of bytes that are none', () => {
  const SIZE = 1_000_000;
  const hostile: [name: string, label: string, pattern: number[]][] = [
    ['stray bytes', 'UNICODE UTF-8', [0xc3, 0xa9, 0x80]],
    ['nothing but stray bytes', 'UNICODE UTF-8', [0xff]],
    ['cut characters', 'UNICODE UTF-8', [0xe2, 0x82, 0x41]],
    ['controls', '8859/1', [0x80]],
    ['UTF-8 with another label', '8859/2', [0xc3, 0xa9]],
    ['no label', '', [0x80, 0xc3]],
    ['Big5', 'BIG-5', [0xff, 0xa5, 0x5c]],
    ['GB 18030 of four bytes', 'GB18030', [0x81, 0x30, 0x81, 0x41]],
    ['Japanese', 'ISO IR87', [0x1b, 0x24, 0x42, 0xff, 0x7f]],
  ];
  for (const [name, label, pattern] of hostile) {
    it(`${name}: is read in many short steps`, () => {
      const value = Buffer.alloc(SIZE, Buffer.from(pattern));
      const raw = message(label, value);
      const steps = decodeMessageSteps(raw, { narrow: true });
      let pauses = 0;
      let step = steps.next();
      for (; !step.done; step = steps.next()) pauses++;
      expect(pauses).to.be.at.least(10);
      expect(step.value.fallback || step.value.doubtful).to.equal(true);
    });
  }
});
