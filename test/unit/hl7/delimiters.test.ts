import { expect } from 'chai';
import {
  areEncodingCharactersValid,
  buildAck,
  type Delimiters,
  Hl7Message,
  headerFacts,
  headerFault,
  peekHeader,
  readDelimiters,
  toObject,
  toText,
} from '../../../nodes/lib/hl7';
import { refused } from './support/refused';

const REST = 'APP|FAC|US|HOME|20260101||ADT^A01|C1|P|2.5';
const text = (characters: string, field = '|'): string =>
  `MSH${field}${characters}|${REST}\rPID|1||4711^^^H&1.2&ISO^MR~4712||A\\S\\B^C\r`.replaceAll('|', field);

/** What is taken for the component, repetition, escape, sub-component and truncation character; `-` for none. */
function taken(characters: string, field?: string): string {
  const read = readDelimiters(text(characters, field)) as Delimiters;
  const separators = [read.component, read.repetition, read.escape, read.subComponent, read.truncation];
  return separators.map((one) => one || '-').join('');
}

describe('encoding characters', () => {
  const cases: [name: string, sent: string, taken: string][] = [
    ['the recommended ones', '^~\\&', '^~\\&-'],
    ['those with a truncation character', '^~\\&#', '^~\\&#'],
    ['others', '@!?+', '@!?+-'],
    ['an escape character doubled by a JSON text', '^~\\\\&', '^~\\&-'],
    ['one doubled twice', '^~\\\\\\\\&', '^~\\&-'],
    ['one doubled, with a truncation character', '^~\\\\&#', '^~\\&#'],
    ['all of them doubled', '^^~~\\\\&&', '^~\\&-'],
    ['the first doubled', '^^~\\&', '^~\\&-'],
    ['others doubled', '@!??+', '@!?+-'],
    ['none', '', '^~\\&-'],
    ['digits', '0000', '^~\\&-'],
    ['a digit in front', '0~\\&', '^~\\&-'],
    ['a blank in front', ' ^~\\&', '^~\\&-'],
    ['two', '^~', '^~---'],
    ['one', '^', '^----'],
    ['three', '^~\\', '^~\\--'],
    ['the component separator twice', '^~^&', '^~-&-'],
    ['the escape character twice, and no more', '^~\\\\', '^~\\--'],
    ['a letter among them', '^~A&', '^~-&-'],
    ['a blank among them', '^~ &', '^~-&-'],
    ['six', '^~\\&#@', '^~\\&#'],
    ['five and a blank', '^~\\& ', '^~\\&-'],
    ['an entity', '^~\\&amp;', '^~\\&-'],
  ];
  const sound = new Set(['^~\\&', '^~\\&#', '@!?+']);
  for (const [name, sent, expected] of cases) {
    it(`may be ${name}`, () => {
      expect(taken(sent)).to.equal(expected);
      const delimiters = readDelimiters(text(sent)) as Delimiters;
      expect(delimiters.encodingCharacters).to.equal(sent);
      expect(areEncodingCharactersValid(delimiters)).to.equal(sound.has(sent));
    });

    it(`that are ${name} leave the message readable, and its text as it is`, () => {
      const sample = text(sent);
      expect(headerFault(sample)).to.equal(undefined);
      expect(headerFacts(peekHeader(sample))).to.include({ controlId: 'C1', version: '2.5' });
      expect(toText(toObject(sample)) === sample).to.equal(true);
      expect(Hl7Message.parse(sample).toString() === sample).to.equal(true);
      const ack = peekHeader(buildAck(peekHeader(sample), { code: 'AA', controlId: 'X1', time: new Date() }));
      expect(headerFacts(ack)).to.include({ controlId: 'X1', version: '2.5' });
      // The answer has the separators by which its echoed fields were taken.
      expect(ack?.delimiters).to.include({ component: taken(sent).charAt(0) });
    });
  }

  it('have another character in place of the one that separates fields', () => {
    expect(readDelimiters('MSH^^A^')).to.include({ component: '|', repetition: '~', escape: '\\', subComponent: '&' });
    expect(readDelimiters('MSH&&A&')).to.include({ component: '^', repetition: '~', escape: '\\', subComponent: '|' });
    expect(taken('', '#')).to.equal('^~\\&-');
    const delimiters = readDelimiters('MSH~~A~') as Delimiters;
    expect(delimiters).to.include({ component: '^', repetition: '|', escape: '\\', subComponent: '&' });
  });

  it('make the values readable that the doubled ones hid', () => {
    const message = Hl7Message.parse(text('^~\\\\&'));
    expect(message.get('PID-3.4.2')).to.equal('1.2');
    expect(message.get('PID-5.1')).to.equal('A^B');
  });

  describe('show that the fields of the header are displaced', () => {
    const displaced: Record<string, string> = {
      'MSH-2 left out': `MSH|${REST}`,
      'MSH-2 left out, the version with a component': `MSH|${REST}^DEU`,
      'no separator behind MSH-2': `MSH|^~\\&${REST}`,
      'a separator too many before MSH-2': `MSH||^~\\&|${REST}`,
      'the component separator is the field separator': `MSH||~\\&|${REST}`,
      'the repetition separator is the field separator': `MSH|^|\\&|${REST}`,
      'the sub-component separator is the field separator': `MSH|^~\\||${REST}`,
      'MSH-2 left out, no version': 'MSH|LAB|FAC|US|HOME|20260101||ADT^A01|C1|P',
      'a separator too many, no version': 'MSH||^~\\&|APP|FAC',
    };
    for (const [name, header] of Object.entries(displaced)) {
      it(name, () => {
        const sample = `${header}\rPID|1\r`;
        expect(peekHeader(sample)).to.equal(undefined);
        expect(headerFault(sample)).to.include({ location: 'MSH^1^2', code: '102' });
        const { fault, errors } = refused('PARSE_ENCODING_CHARACTERS', () => toObject(sample));
        expect([fault, errors[0]?.location]).to.deep.equal(['content', 'MSH^1^2']);
        refused('PARSE_ENCODING_CHARACTERS', () => Hl7Message.parse(sample));
      });
    }

    it('but not in a header that is sound, whatever its fields hold', () => {
      for (const header of [
        'MSH|^~\\&|~|#|2.5|2.5|2.5||2.5|2.5|2.5|',
        'MSH|^~\\&#|&',
        'MSH|',
        'MSH||APP|FAC',
        `MSH|^~|${REST}`,
        'MSH|^~|""|FAC',
      ]) {
        expect(headerFault(header), header).to.equal(undefined);
      }
      expect(headerFault('PID|1')).to.equal(undefined);
      expect(headerFault('MSHX|')).to.include({ location: 'MSH^1^1', code: '102' });
    });
  });
});
