import { expect } from 'chai';
import { readDelimiters } from '../../../nodes/lib/hl7';
import { STANDARD_DELIMITERS } from '../../../nodes/lib/hl7/syntax/delimiters';
import { decodeEscapes, encodeEscapes, encodeWire, hasSeparator } from '../../../nodes/lib/hl7/syntax/escape';
import { refused } from './support/refused';

const D = STANDARD_DELIMITERS;
const OWN = readDelimiters('MSH*%$!?#*')!;
const NONE = readDelimiters('MSH|^~|')!;

describe('escape sequences', () => {
  describe('decoding', () => {
    const cases: [wire: string, text: string][] = [
      ['', ''],
      ['plain', 'plain'],
      ['a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f', 'a|b^c&d~e\\f'],
      ['\\F\\\\S\\', '|^'],
      ['\\X0D0A\\', '\r\n'],
      ['\\X48616C6C6F\\', 'Hallo'],
      ['caf\\XC3A9\\', 'café'],
      ['caf\\XE9\\', 'café'],
      ['\\X0\\ odd', '\\X0\\ odd'],
      ['\\XZZ\\ no digits', '\\XZZ\\ no digits'],
      ['\\X\\ none', '\\X\\ none'],
      ['\\.br\\', '\\.br\\'],
      ['\\H\\bold\\N\\', '\\H\\bold\\N\\'],
      ['\\Zlocal\\\\T\\', '\\Zlocal\\&'],
      ['\\C2842\\x\\M244B\\', 'x\\M244B\\'],
      ['not closed \\F', 'not closed \\F'],
      ['C:\\temp\\T\\x', 'C:\\temp&x'],
      ['\\\\T\\', '\\&'],
      ['\\P\\', '\\P\\'],
      ['\\f\\', '\\f\\'],
      ['\\', '\\'],
    ];
    for (const [wire, text] of cases) {
      it(`${JSON.stringify(wire)} is ${JSON.stringify(text)}`, () => {
        expect(decodeEscapes(wire, D)).to.equal(text);
      });
    }

    describe('hexadecimal', () => {
      // The rule is in docs/function-nodes.md and at hexMeaning.
      const table: [wire: string, text: string][] = [
        // Bytes: UTF-8, what is none of it as windows-1252.
        ['\\X4D\\', 'M'],
        ['\\X4d\\', 'M'],
        ['\\X0D\\', '\r'],
        ['\\X0A\\', '\n'],
        ['\\X0D0A\\', '\r\n'],
        ['\\X0d0a\\', '\r\n'],
        ['\\X0A0D\\', '\n\r'],
        ['\\X09\\', '\t'],
        ['\\X0941\\', '\tA'],
        ['\\XC3A9\\', 'é'],
        ['\\Xc3a9\\', 'é'],
        ['\\XE282AC\\', '€'],
        ['\\XF09F9880\\', '😀'],
        ['\\XE9\\', 'é'],
        ['\\XE9E8\\', 'éè'],
        ['\\XFCFC\\', 'üü'],
        ['\\X80\\', '€'],
        ['\\X93\\x\\X94\\', '“x”'],
        ['\\XC3A980\\', 'é€'],
        ['\\X48616C6C6F\\', 'Hallo'],
        ['\\X4142\\', 'AB'],
        ['\\X1B2442\\', '\x1b$B'],
        ['\\X1BE9\\', '\x1bé'],
        ['\\X0DE9\\', '\ré'],
        ['\\X00\\', '\0'],
        // Units of four digits.
        ['\\X00E9\\', 'é'],
        ['\\X00e9\\', 'é'],
        ['caf\\X00E9\\ au lait', 'café au lait'],
        ['\\X000D\\', '\r'],
        ['\\X000d\\', '\r'],
        ['\\X000A\\', '\n'],
        ['\\X000D000A\\', '\r\n'],
        ['\\X000D\\\\X000A\\', '\r\n'],
        ['\\X0041\\', 'A'],
        ['\\X00410042\\', 'AB'],
        ['\\X007C\\', '|'],
        ['\\X004820AC\\', 'H€'],
        ['\\X0080\\', '€'],
        ['\\X0092\\', '’'],
        ['\\X00A0\\', '\u00a0'],
        ['\\X0141\\', 'Ł'],
        ['\\X03BC\\', 'μ'],
        ['\\X0416\\', 'Ж'],
        ['\\X05D0\\', 'א'],
        ['\\X20AC\\', '€'],
        ['\\X1EA1\\', 'ạ'],
        ['\\X4E8C\\', '二'],
        ['\\X0041D83DDE00\\', 'A😀'],
        // Half a pair of surrogates is no text: bytes.
        ['\\X0041D83D\\', '\0AØ='],
        // Neither: as sent.
        ['\\X\\', '\\X\\'],
        ['\\X0\\', '\\X0\\'],
        ['\\X00D\\', '\\X00D\\'],
        ['\\X00E9F\\', '\\X00E9F\\'],
        ['\\XGG\\', '\\XGG\\'],
        ['\\X 0D\\', '\\X 0D\\'],
        ['\\X0D \\', '\\X0D \\'],
        ['\\x0D\\', '\\x0D\\'],
        ['\\X0D', '\\X0D'],
      ];
      for (const [wire, text] of table) {
        it(`${wire} is ${JSON.stringify(text)}`, () => {
          expect(decodeEscapes(wire, D)).to.equal(text);
          expect(decodeEscapes(wire, D, { formatting: 'text' })).to.equal(text);
          // What is written back stays what it is.
          expect(encodeWire(wire, D)).to.equal(wire);
        });
      }
    });

    describe('switches of character sets', () => {
      const table: [wire: string, text: string, charset?: string][] = [
        ['\\C2D41\\M\\XFC\\ller', 'Müller'],
        ['\\c2d41\\M', '\\c2d41\\M'],
        ['a\\C2D42\\\\XA3\\\\XF3\\d\\XBC\\\\C2842\\ b', 'aŁódź b'],
        ['\\C2D42\\\\XA3F364BC\\', 'Łódź'],
        ['\\C2D4C\\\\XB4DEDC\\', 'Дом'],
        ['\\C2D46\\\\XC1\\', 'Α'],
        ['\\C2D47\\\\XC7\\', 'ا'],
        ['\\C2D48\\\\XE0\\', 'א'],
        ['\\C2D4D\\\\XF0\\', 'ğ'],
        ['\\C2D62\\\\XA4\\', '€'],
        ['\\C2949\\\\XD4CFC0DE\\', 'ﾔﾏﾀﾞ'],
        ['\\C2849\\TO@^\\C284A\\ x', 'ﾔﾏﾀﾞ x'],
        // 山田 太郎 as HL7 and DICOM write it.
        ['\\M2442\\;3ED\\C2842\\^\\M2442\\B@O:\\C2842\\', '山田^太郎'],
        ['\\M2442\\;3ED B@O:\\C284A\\ ok', '山田 太郎 ok'],
        ['\\M2442\\\\X3B334544\\\\C2842\\', '山田'],
        ['\\M242844\\0!\\C2842\\', '丂'],
        ['\\M242943\\\\XB1E6\\\\C2842\\ Kim', '길 Kim'],
        ['\\M242843\\1f\\C2842\\', '길'],
        ['\\M242941\\\\XCDF5\\', '王'],
        // Delimiters inside a two-byte character are escaped, as in the rest of a value.
        ['\\M2442\\!\\T\\\\C2842\\', '・'],
        // Characters as decoded with a single-byte set are its bytes; of Unicode they are what they are.
        ['\\C2D42\\£ód¼', 'Łódź'],
        ['\\C2D42\\£', 'Ł', 'iso-8859-1'],
        ['\\C2D42\\£', '£', 'utf-8'],
        ['\\C2D42\\Ł', 'Ł', 'iso-8859-2'],
        ['\\C2D42\\漢', '漢'],
        ['\\M2442\\;3漢', '山漢'],
        // Bytes that are no character of the set.
        ['\\M2442\\;', ';'],
        ['\\M2442\\;\\C2842\\3', ';3'],
        ['\\M2442\\\\X80\\', '€'],
        ['\\C2D46\\\\XFF\\', 'ÿ'],
        ['\\C2D41\\\\X80\\', '€'],
        ['\\C2D41\\\\X00E9\\\\XC3A9\\', 'éÃ©'],
        // Not known: as sent.
        ['\\C2D7E\\x', '\\C2D7E\\x'],
        ['\\M242847\\x', '\\M242847\\x'],
        ['\\C28\\x', '\\C28\\x'],
        ['\\CXXYY\\x', '\\CXXYY\\x'],
        ['\\M24424\\x', '\\M24424\\x'],
        ['\\M2442\\;3\\H\\ED\\N\\', '山\\H\\田\\N\\'],
        ['\\M2442\\;3\\.br\\ED', '山\\.br\\田'],
      ];
      for (const [wire, text, charset] of table) {
        it(`${wire} is ${JSON.stringify(text)}${charset === undefined ? '' : ` in ${charset}`}`, () => {
          expect(decodeEscapes(wire, D, { charset })).to.equal(text);
          expect(encodeWire(wire.replaceAll('^', ''), D)).to.equal(wire.replaceAll('^', ''));
        });
      }

      it('hold to the end of the value, and leave line breaks of formatting alone', () => {
        const text = (wire: string): string => decodeEscapes(wire, D, { formatting: 'text' });
        expect(text('\\M2442\\;3\\.br\\ED\\C2842\\x')).to.equal('山\n田x');
        expect(text('ED')).to.equal('ED');
      });

      it('keep pairs together in a long text', () => {
        const long = ';3ED'.repeat(50_000);
        expect(decodeEscapes(`\\M2442\\!${long}`, D).length).to.be.above(90_000);
        expect(decodeEscapes(`\\M2442\\${long}\\C2842\\.`, D)).to.equal(`${'山田'.repeat(50_000)}.`);
        expect(decodeEscapes(`\\M2442\\\\X${'3B334544'.repeat(50_000)}\\`, D)).to.equal('山田'.repeat(50_000));
      });
    });

    it('renders formatting in either case of its letters', () => {
      const text = (wire: string): string => decodeEscapes(wire, D, { formatting: 'text' });
      for (const command of ['br', 'sp', 'sp 2', 'sp+2', 'sk3', 'sk 3', 'in+4', 'ti-2', 'fi', 'nf', 'ce']) {
        const rendered = text(`a\\.${command}\\b`);
        expect(rendered).to.not.contain('\\');
        const mixed = command.charAt(0).toUpperCase() + command.slice(1);
        for (const other of [command.toUpperCase(), mixed]) {
          expect(text(`a\\.${other}\\b`), other).to.equal(rendered);
          expect(decodeEscapes(`a\\.${other}\\b`, D)).to.equal(`a\\.${other}\\b`);
          expect(encodeWire(`a\\.${other}\\b|`, D)).to.equal(`a\\.${other}\\b\\F\\`);
        }
      }
      expect(text('one\\.BR\\two\\.Br\\three\\.SP\\four')).to.equal('one\ntwo\nthree\nfour');
      expect(text('a\\.XX\\b')).to.equal('a\\.XX\\b');
    });

    it('goes by the delimiters of the message', () => {
      expect(decodeEscapes('!F!!S!!R!!T!!E!!P!\\F\\', OWN)).to.equal('*%$?!#\\F\\');
      expect(decodeEscapes('\\F\\', NONE)).to.equal('\\F\\');
      expect(decodeEscapes('\\T\\\\F\\', readDelimiters('MSH|^~\\|')!)).to.equal('\\T\\|');
    });

    it('renders formatting as text when asked', () => {
      const wire = 'a\\.br\\b\\.sp 2\\c\\.sp\\d\\.sk3\\e\\.in+4\\\\.ti-2\\\\.fi\\\\.nf\\f\\.ce\\g\\H\\h\\N\\\\.xx\\';
      expect(decodeEscapes(wire, D, { formatting: 'text' })).to.equal('a\nb\n\nc\nd   ef\ngh\\.xx\\');
    });

    it('makes no more lines and blanks of a command than a page has, and no flood of many commands', () => {
      const text = (wire: string): string => decodeEscapes(wire, D, { formatting: 'text' });
      expect(text('a\\.sk9999\\b')).to.equal(`a${' '.repeat(200)}b`);
      expect(text('a\\.sp+9999\\b')).to.equal(`a${'\n'.repeat(200)}b`);
      const flood = '\\.sk9999\\'.repeat(10_000);
      expect(text(flood).length).to.be.at.most(flood.length + 65_536);
      expect(text(`${flood}a\\.sk3\\b\\.br\\c`)).to.match(/ a b\nc$/);
    });

    it('takes the bytes of a hexadecimal sequence in the set it is given', () => {
      const decodeBytes = (bytes: Uint8Array): string => `<${bytes.length}>`;
      expect(decodeEscapes('\\XE9E8\\', D, { decodeBytes })).to.equal('<2>');
    });
  });

  describe('encoding', () => {
    it('escapes the escape character and the separators once', () => {
      expect(encodeEscapes('a|b^c&d~e\\f', D)).to.equal('a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f');
      expect(encodeEscapes('\\F\\', D)).to.equal('\\E\\F\\E\\');
      expect(encodeEscapes('*%$?!#|', OWN)).to.equal('!F!!S!!R!!T!!E!!P!|');
    });

    it('never lets a line end out', () => {
      expect(encodeEscapes('a\rb\nc\r\n', D)).to.equal('a\\X0D\\b\\X0A\\c\\X0D\\\\X0A\\');
    });

    it('escapes only what the message declares', () => {
      expect(encodeEscapes('a#b', D)).to.equal('a#b');
      expect(encodeEscapes('a&b', readDelimiters('MSH|^~\\|')!)).to.equal('a&b');
    });

    it('refuses what a message without escape character cannot carry', () => {
      expect(encodeEscapes('a\\b', NONE)).to.equal('a\\b');
      const error = refused('ENCODE_NO_ESCAPE', () => encodeEscapes('secret|name', NONE));
      expect(error.message).not.to.contain('secret');
    });
  });

  describe('making a value safe that may be on the wire already', () => {
    const cases: [value: string, wire: string][] = [
      ['', ''],
      ['plain', 'plain'],
      ['a\\T\\b', 'a\\T\\b'],
      ['lone \\ stays', 'lone \\ stays'],
      ['O|N^E', 'O\\F\\N\\S\\E'],
      ['a\\T\\b|c', 'a\\T\\b\\F\\c'],
      ['x\rZZZ|1', 'x\\X0D\\ZZZ\\F\\1'],
      ['a\\|b', 'a\\E\\\\F\\b'],
      ['C:\\temp|', 'C:\\E\\temp\\F\\'],
      ['\\.br\\|\\X0D\\', '\\.br\\\\F\\\\X0D\\'],
      ['\\Za|b\\', '\\E\\Za\\F\\b\\E\\'],
    ];
    for (const [value, wire] of cases) {
      it(`${JSON.stringify(value)} goes out as ${JSON.stringify(wire)}`, () => {
        expect(encodeWire(value, D)).to.equal(wire);
        expect(hasSeparator(wire, D)).to.equal(false);
        expect(encodeWire(wire, D)).to.equal(wire);
      });
    }

    it('finds separators in long values and from beyond ASCII', () => {
      expect(hasSeparator(`${'x'.repeat(500)}^`, D)).to.equal(true);
      expect(hasSeparator('x'.repeat(500), D)).to.equal(false);
      const section = readDelimiters('MSH§^~\\&§')!;
      expect(hasSeparator('a§b', section)).to.equal(true);
      expect(hasSeparator('a|b', section)).to.equal(false);
      expect(encodeWire('a§b', section)).to.equal('a\\F\\b');
    });

    it('refuses without an escape character', () => {
      expect(encodeWire('a\\b', NONE)).to.equal('a\\b');
      refused('ENCODE_NO_ESCAPE', () => encodeWire('a|b', NONE));
    });
  });

  it('keeps a bounded number of delimiter sets', () => {
    for (let n = 0; n < 200; n++) {
      const own = readDelimiters(`MSH${String.fromCharCode(0x2600 + n)}^~\\&`)!;
      expect(encodeEscapes(own.field, own)).to.equal('\\F\\');
    }
  });
});
