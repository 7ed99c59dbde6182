import { expect } from 'chai';
import { declaredCharset, encodeText, peekHeader } from '../../../nodes/lib/hl7';
import { decodeMessage } from '../../../nodes/lib/hl7/charset/decode-message';

/** A message whose MSH-18 is the label. */
function message(label: string, name: string, facility = 'WEST'): string {
  return `MSH|^~\\&|LAB|${facility}|||2026||ADT^A01|1|P|2.5||||||${label}\rPID|1||7||${name}\r`;
}

/** Its bytes in a set. */
function bytesOf(label: string, name: string, charset: string): Buffer {
  return encodeText(message(label, name), charset).bytes;
}

describe('decoding by MSH-18', () => {
  const declared: [string, string, string][] = [
    ['8859/1', 'Müller', 'iso-8859-1'],
    ['ISO-8859-1', 'Müller', 'iso-8859-1'],
    ['8859/2', 'Łódź', 'iso-8859-2'],
    ['8859/9', 'Ağaoğlu', 'iso-8859-9'],
    ['8859/15', '€', 'iso-8859-15'],
    ['CP1252', '€–', 'windows-1252'],
    ['UNICODE', '漢€', 'utf-8'],
    ['UNICODE UTF-8', '漢€', 'utf-8'],
    ['UTF8', 'é', 'utf-8'],
    ['UTF-8^ISO-8859-1', 'é', 'utf-8'],
    ['8859/1~ISO IR87', 'é', 'iso-8859-1'],
    ['UNICODE UTF-8~ISO IR87', '山', 'utf-8'],
    ['ISO IR14', 'ﾔﾏﾀﾞ', 'shift_jis'],
    ['ISO IR87', '山田', 'iso-2022-jp'],
    ['~ISO IR87', '山田^丂', 'iso-2022-jp'],
    ['ASCII~ISO IR87', '山田', 'iso-2022-jp'],
    ['ISO IR6~ISO IR159', '丂', 'iso-2022-jp'],
    ['ISO IR14~ISO IR87', '山田ﾔ', 'iso-2022-jp'],
    ['GB18030-2000', '王€', 'gb18030'],
    ['BIG-5', '功能許', 'big5'],
    ['KS X 1001', '홍길동', 'euc-kr'],
    ['8859/11', 'กข', 'iso-8859-11'],
  ];
  for (const [label, name, charset] of declared) {
    it(`${label} is ${charset}, and encodes to the same bytes`, () => {
      const raw = bytesOf(label, name, charset);
      const decoded = decodeMessage(raw);
      expect(decoded).to.deep.equal({ text: message(label, name), charset, declared: label, label, fallback: false });
      expect(encodeText(decoded.text, decoded.charset)).to.deep.equal({ bytes: raw, lossy: false });
    });
  }

  it('is ASCII for plain bytes without a label, whatever the default', () => {
    for (const label of ['', 'ASCII', 'ISO IR6', '""']) {
      const decoded = decodeMessage(Buffer.from(message(label, 'Smith')), { default: '8859/15' });
      expect(decoded).to.include({ charset: 'us-ascii', fallback: false, declared: label });
    }
  });

  it('keeps the declared set for plain bytes', () => {
    expect(decodeMessage(Buffer.from(message('8859/1', 'Smith'))).charset).to.equal('iso-8859-1');
    expect(decodeMessage(Buffer.from(message('ISO IR87', 'Smith'))).charset).to.equal('iso-2022-jp');
  });

  it('is UTF-8 for undeclared bytes that are that, before the default', () => {
    for (const label of ['', 'ASCII']) {
      const decoded = decodeMessage(bytesOf(label, 'Müller', 'utf-8'), { default: '8859/1' });
      expect(decoded).to.include({ charset: 'utf-8', fallback: false, text: message(label, 'Müller') });
    }
  });

  it('is the default for undeclared bytes that are not UTF-8', () => {
    const decoded = decodeMessage(bytesOf('', '€', 'windows-1252'), { default: 'cp1252' });
    expect(decoded).to.include({ charset: 'windows-1252', fallback: false, text: message('', '€') });
    const kanji = decodeMessage(bytesOf('', '山', 'iso-2022-jp'), { default: 'ISO IR87' });
    expect(kanji).to.include({ charset: 'iso-2022-jp', text: message('', '山') });
    expect(decodeMessage(bytesOf('', 'x', 'utf-8'), { default: 'ISO IR87' }).charset).to.equal('us-ascii');
  });

  it('falls back to latin1 without a default, with one that fails, and with one nobody knows', () => {
    const raw = bytesOf('', 'M\xfcller\xdb', 'iso-8859-1');
    for (const set of [undefined, 'nonsense', 'ASCII', 'UTF-8']) {
      const decoded = decodeMessage(raw, { default: set });
      expect(decoded, set).to.include({ charset: 'iso-8859-1', fallback: true, text: message('', 'M\xfcller\xdb') });
      expect(decoded, set).to.not.have.property('unknown');
    }
  });

  it('falls back to latin1 for bytes that are not in the declared set, never to a replacement', () => {
    for (const label of ['UNICODE UTF-8', 'BIG-5', 'KS X 1001', 'ISO IR87', 'ISO IR14']) {
      const raw = bytesOf(label, 'x\xfc y', 'iso-8859-1');
      const decoded = decodeMessage(raw, { default: '8859/15' });
      expect(decoded, label).to.include({ charset: 'iso-8859-1', fallback: true, text: message(label, 'x\xfc y') });
      expect(decoded.doubtful, label).to.equal(true);
      expect(encodeText(decoded.text, decoded.charset).bytes, label).to.deep.equal(raw);
    }
  });

  it('reads a declared UTF-8 message that holds a real U+FFFD', () => {
    expect(decodeMessage(Buffer.from(message('UTF-8', '\ufffd')))).to.include({ fallback: false, charset: 'utf-8' });
  });

  it('reports an unknown label, and takes it as empty', () => {
    expect(decodeMessage(Buffer.from(message('8859', 'Smith')))).to.include({ charset: 'us-ascii', unknown: true });
    expect(decodeMessage(Buffer.from(message('8859', 'Mü')))).to.include({
      charset: 'utf-8',
      unknown: true,
      fallback: false,
    });
    const own = decodeMessage(bytesOf('X^Y', '€', 'iso-8859-15'), { default: '8859/15' });
    expect(own).to.include({ charset: 'iso-8859-15', unknown: true, fallback: false, declared: 'X^Y' });
    expect(decodeMessage(bytesOf('X', 'ü', 'iso-8859-1'))).to.include({
      charset: 'iso-8859-1',
      unknown: true,
      fallback: true,
    });
  });

  it('keeps the bytes of CNS 11643', () => {
    const label = 'CNS 11643-1992';
    const decoded = decodeMessage(bytesOf(label, '\xc4\xe3', 'iso-8859-1'), { default: 'big5' });
    expect(decoded).to.include({
      charset: 'iso-8859-1',
      unknown: true,
      fallback: true,
      text: message(label, '\xc4\xe3'),
    });
    expect(decodeMessage(Buffer.from(message(label, 'Wu')))).to.include({
      charset: 'us-ascii',
      unknown: true,
      fallback: false,
    });
  });

  it('is forced by the listener, over MSH-18', () => {
    const raw = bytesOf('UNICODE UTF-8', '€', 'windows-1252');
    const decoded = decodeMessage(raw, { default: 'WINDOWS-1252', force: true });
    expect(decoded).to.include({ charset: 'windows-1252', fallback: false, text: message('UNICODE UTF-8', '€') });
    const failed = decodeMessage(raw, { default: 'UTF-8', force: true });
    expect(failed).to.include({ charset: 'windows-1252', fallback: true, text: message('UNICODE UTF-8', '€') });
    const none = decodeMessage(Buffer.from(message('UTF8', 'é')), { default: '?', force: true });
    expect(none).to.include({ charset: 'utf-8', fallback: false });
  });

  it('strips a byte order mark, and believes it', () => {
    const marked = (label: string, name: string): Buffer => Buffer.from(`\ufeff${message(label, name)}`);
    const text = message('8859/1', 'Mü');
    expect(decodeMessage(marked('8859/1', 'Mü'))).to.include({ charset: 'utf-8', bom: true, text, fallback: false });
    expect(decodeMessage(marked('', 'x'))).to.include({ bom: true, text: message('', 'x') });
    const other = Buffer.concat([Buffer.from('\ufeff'), bytesOf('8859/1', 'Mü', '8859/1')]);
    expect(decodeMessage(other)).to.include({ charset: 'iso-8859-1', bom: true, text, fallback: false });
  });

  it('reads UTF-16 and UTF-32 files, by mark or by sight', () => {
    for (const charset of ['utf-16le', 'utf-16be', 'utf-32le', 'utf-32be']) {
      const text = message('UNICODE UTF-16', 'Mü€');
      const { bytes } = encodeText(text, charset);
      expect(decodeMessage(bytes)).to.include({ text, charset, declared: 'UNICODE UTF-16', fallback: false });
      const marked = encodeText(`\ufeff${text}`, charset).bytes;
      expect(decodeMessage(marked)).to.include({ text, charset, bom: true });
    }
    const torn = Buffer.concat([Buffer.from('fffe4d', 'hex')]);
    expect(decodeMessage(torn)).to.include({ charset: 'iso-8859-1', fallback: true });
  });

  it('does not take one-byte text for the UTF-16 it claims to be', () => {
    expect(decodeMessage(Buffer.from(message('UNICODE UTF-16', 'Mü')))).to.include({ charset: 'utf-8', unknown: true });
  });

  it('finds MSH-18 behind characters that hold delimiters', () => {
    // ポ is 83 7C in Shift_JIS, and 7C is the field separator; 能 and 功 end in backslashes in Big5.
    for (const [label, facility, charset] of [
      ['Shift_JIS', 'ポートポ', 'shift_jis'],
      ['BIG-5', '功許功', 'big5'],
      ['~ISO IR87', '射ー', 'iso-2022-jp'],
    ] as const) {
      const text = message(label, '山', facility);
      const { bytes } = encodeText(text, charset);
      expect(decodeMessage(bytes), label).to.deep.equal({ text, charset, declared: label, label, fallback: false });
    }
  });

  it('does not take a later field for MSH-18', () => {
    const text = message('', 'x', 'Zürich').replace('\rPID', '|||BIG-5\rPID');
    expect(decodeMessage(Buffer.from(text))).to.include({ charset: 'utf-8', declared: '' });
  });

  it('goes by the first message of a batch', () => {
    for (const end of ['\r', '\n']) {
      const text = `FHS|^~\\&|A${end}BHS|^~\\&|A${end}${message('8859/2', 'Łódź')}BTS|1${end}`;
      const decoded = decodeMessage(encodeText(text, '8859/2').bytes);
      expect(decoded).to.include({ text, charset: 'iso-8859-2', declared: '8859/2' });
    }
    expect(decodeMessage(Buffer.from('BHS|^~\\&|Ä\r'))).to.include({ charset: 'utf-8', declared: '' });
  });

  it('decodes what has no header', () => {
    expect(decodeMessage(Buffer.alloc(0))).to.deep.equal({
      text: '',
      charset: 'us-ascii',
      declared: '',
      label: '',
      fallback: false,
    });
    expect(decodeMessage(Buffer.of(0x50, 0xff))).to.include({ text: 'P\xff', fallback: true });
  });

  it('reads MSH-18 of a header longer than its first look', () => {
    const text = message('8859/2', 'Ł', 'W'.repeat(9000));
    expect(decodeMessage(encodeText(text, '8859/2').bytes)).to.include({ text, charset: 'iso-8859-2' });
    const alone = `MSH|^~\\&|${'W'.repeat(9000)}Ł${'|'.repeat(15)}8859/2`;
    expect(decodeMessage(encodeText(alone, '8859/2').bytes)).to.include({ text: alone });
  });
});

describe('the label of an answer', () => {
  const label = (declared: string, name: string, charset = declared): string =>
    decodeMessage(bytesOf(declared, name, charset)).label;

  it('is the sender’s own where it names the set in use', () => {
    expect(label('8859/1', 'Müller')).to.equal('8859/1');
    expect(label('ISO-8859-1', 'Müller')).to.equal('ISO-8859-1');
    expect(label('UNICODE UTF-8', 'MULLER')).to.equal('UNICODE UTF-8');
    expect(label('8859/1~ISO IR87', 'Müller', '8859/1')).to.equal('8859/1~ISO IR87');
    expect(label('', 'MULLER', '8859/1')).to.equal('');
    expect(label('CNS 11643-1992', 'Müller', '8859/1')).to.equal('CNS 11643-1992');
  });

  it('names the set in use where the sender names another, none, or one that nobody knows', () => {
    expect(label('', '漢', 'UNICODE UTF-8')).to.equal('UNICODE UTF-8');
    expect(label('UNICODE UTF-8', 'Müller', '8859/1')).to.equal('8859/1');
    expect(label('UNICODE UTF-16', 'Müller', 'UNICODE UTF-8')).to.equal('UNICODE UTF-8');
    expect(label('KLINGON', 'Müller', '8859/1')).to.equal('8859/1');
    expect(label('KLINGON', 'MULLER', '8859/1')).to.equal('ASCII');
    expect(label('ASCII', 'Müller', '8859/1')).to.equal('8859/1');
    const forced = decodeMessage(bytesOf('8859/1', '€', 'windows-1252'), { default: 'windows-1252', force: true });
    expect([forced.charset, forced.label]).to.deep.equal(['windows-1252', 'WINDOWS-1252']);
  });
});

describe('bytes that came over MLLP', () => {
  it('are not in UTF-16, whatever they look like', () => {
    const text = 'MSH|^~\\&|A|B|C|D|2024||ADT^A01|1|P|2.5\rPID|1||5\r';
    const wide = Buffer.from(text, 'utf16le');
    expect(decodeMessage(wide).charset).to.equal('utf-16le');
    for (const bytes of [
      wide,
      Buffer.from(`\0${text}`),
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text)]),
    ]) {
      expect(decodeMessage(bytes, { narrow: true }).charset).to.not.match(/utf-16/);
    }
  });
});

describe('a declared set', () => {
  const declared = (label: string): string | undefined => declaredCharset(peekHeader(message(label, ''))!);

  it('is its first, by its canonical name', () => {
    expect(declared('8859/15~ISO IR87')).to.equal('iso-8859-15');
    expect(declared('')).to.equal('us-ascii');
    expect([declared('KLINGON'), declared('CNS 11643-1992')]).to.deep.equal([undefined, undefined]);
  });
});

describe('a header that names sets again and again', () => {
  it('is decoded once for each set', () => {
    const fields = Array.from({ length: 45 }, (_, n) => `SJIS${' '.repeat(n)}`).join('|');
    const head = `MSH|^~\\&|\x81\x7c|||||2026||ADT^A01|1|P|2.5||||||${fields}`;
    const sizes: number[] = [];
    const raw = Buffer.from(`${head}\r`, 'latin1');
    const decode = TextDecoder.prototype.decode;
    TextDecoder.prototype.decode = function (...args) {
      sizes.push(1);
      return decode.apply(this, args);
    };
    try {
      decodeMessage(raw);
    } finally {
      TextDecoder.prototype.decode = decode;
    }
    expect(sizes.length).to.be.below(8);
  });
});
