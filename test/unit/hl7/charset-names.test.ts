import { expect } from 'chai';
import { charsetLabel } from '../../../nodes/lib/hl7';
import { CHARSETS, canonicalCharset } from '../../../nodes/lib/hl7/charset/decode-message';

/** Labels as senders write them. */
const LABELS: Record<string, string> = {
  ASCII: 'us-ascii',
  'ISO IR6': 'us-ascii',
  'US-ASCII': 'us-ascii',
  '8859/1': 'iso-8859-1',
  '8859-1': 'iso-8859-1',
  'ISO-8859-1': 'iso-8859-1',
  'iso_8859-1:1987': 'iso-8859-1',
  'ISO IR100': 'iso-8859-1',
  ISO_IR_100: 'iso-8859-1',
  'ISO 8859/1': 'iso-8859-1',
  '8859/10': 'iso-8859-10',
  '8859/11': 'iso-8859-11',
  'TIS-620': 'iso-8859-11',
  '8859/15': 'iso-8859-15',
  '8859/16': 'iso-8859-16',
  '8859/9': 'iso-8859-9',
  ' 8859/2 ': 'iso-8859-2',
  UNICODE: 'utf-8',
  'UNICODE UTF-8': 'utf-8',
  'UTF-8': 'utf-8',
  UTF8: 'utf-8',
  'utf 8': 'utf-8',
  'ISO IR192': 'utf-8',
  'UNICODE UTF-16': 'utf-16le',
  'UNICODE UTF-32': 'utf-32le',
  'WINDOWS-1252': 'windows-1252',
  CP1252: 'windows-1252',
  ANSI: 'windows-1252',
  ansi: 'windows-1252',
  '1252': 'windows-1252',
  CP_1252: 'windows-1252',
  Windows1252: 'windows-1252',
  'win-1252': 'windows-1252',
  'x-cp1252': 'windows-1252',
  'ANSI-1250': 'windows-1250',
  '1251': 'windows-1251',
  'ANSI X3.4-1986': 'us-ascii',
  'ISO_8859-1': 'iso-8859-1',
  'ISO8859-1': 'iso-8859-1',
  'ISO 8859-15': 'iso-8859-15',
  LATIN1: 'iso-8859-1',
  'latin-1': 'iso-8859-1',
  'ISO Latin 1': 'iso-8859-1',
  'unicode UTF-8': 'utf-8',
  'UNICODE UTF8': 'utf-8',
  'UNICODE-UTF-8': 'utf-8',
  'Utf-8': 'utf-8',
  '65001': 'utf-8',
  'ISO-10646-UTF-8': 'utf-8',
  CP949: 'euc-kr',
  'windows 1251': 'windows-1251',
  WE8MSWIN1252: 'windows-1252',
  'ISO IR14': 'shift_jis',
  'ISO IR87': 'iso-2022-jp',
  'ISO IR159': 'iso-2022-jp',
  'GB 18030-2000': 'gb18030',
  'GB18030-2000': 'gb18030',
  GB18030: 'gb18030',
  'KS X 1001': 'euc-kr',
  'BIG-5': 'big5',
  Shift_JIS: 'shift_jis',
  IBM850: 'ibm850',
  CP437: 'ibm437',
};

describe('character set names', () => {
  for (const [label, name] of Object.entries(LABELS)) {
    it(`"${label}" is ${name}`, () => {
      expect(canonicalCharset(label)).to.equal(name);
    });
  }

  for (const label of ['', '8859', '8859/12', '8859/17', 'CNS 11643-1992', 'x', '{charset}', 'UTF-7', 'EUC-TW']) {
    it(`"${label}" is not known`, () => {
      expect(canonicalCharset(label)).to.equal(undefined);
    });
  }

  it('lead from every listed set to itself, by name and by label', () => {
    for (const { name, label, title } of CHARSETS) {
      expect(canonicalCharset(name)).to.equal(name);
      expect(charsetLabel(name)).to.equal(label);
      expect(title).to.not.equal('');
      if (!name.endsWith('be')) expect(canonicalCharset(label), label).to.equal(name);
    }
    expect(new Set(CHARSETS.map((set) => set.name)).size).to.equal(CHARSETS.length);
    expect(charsetLabel('nothing')).to.equal('');
  });
});
