import { expect } from 'chai';
import { readDelimiters, unescapeText } from '../../../nodes/lib/hl7';
import { STANDARD_DELIMITERS } from '../../../nodes/lib/hl7/syntax/delimiters';
import { escapeText } from '../../../nodes/lib/hl7/syntax/escape';

describe('own texts', () => {
  it('are escaped, the escape character too', () => {
    expect(escapeText('a|b^c~d\\e&f#', STANDARD_DELIMITERS)).to.equal('a\\F\\b\\S\\c\\R\\d\\E\\e\\T\\f#');
  });

  it('have the truncation character escaped where it is declared', () => {
    const delimiters = readDelimiters('MSH|^~\\&#|')!;
    expect(escapeText('a#', delimiters)).to.equal('a\\P\\');
    expect(unescapeText('a\\P\\', delimiters)).to.equal('a#');
    expect(unescapeText('a\\P\\', STANDARD_DELIMITERS)).to.equal('a\\P\\');
  });

  it('are one line', () => {
    expect(escapeText('a\r\nb\tc\u0085\u2028d\x0b\x1c', STANDARD_DELIMITERS)).to.equal('a b c d ');
  });

  it('lose the separators for a sender without an escape character', () => {
    expect(escapeText('a|b^c~d\\e&f', readDelimiters('MSH|^~|')!)).to.equal('a b c d\\e&f');
  });

  it('come back from their escapes, and unknown ones stay', () => {
    const text = 'a|b^c~d\\e&f';
    expect(unescapeText(escapeText(text, STANDARD_DELIMITERS), STANDARD_DELIMITERS)).to.equal(text);
    expect(unescapeText('\\H\\x\\N\\ \\F \\', STANDARD_DELIMITERS)).to.equal('\\H\\x\\N\\ \\F \\');
    expect(unescapeText('\\F\\', readDelimiters('MSH|^~|')!)).to.equal('\\F\\');
  });
});
