import { expect } from 'chai';
import { readDelimiters, STANDARD_DELIMITERS } from '../../../nodes/lib/hl7/delimiters';
import { decodeEscapes, encodeEscapes, encodeWire, hasSeparator } from '../../../nodes/lib/hl7/escape';
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
      ['\\C2842\\x\\M244B\\', '\\C2842\\x\\M244B\\'],
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
