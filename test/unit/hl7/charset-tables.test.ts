import { expect } from 'chai';
import { encodeText } from '../../../nodes/lib/hl7';
import { decodeBytes } from '../../../nodes/lib/hl7/charset/decode';
import { SINGLE_BYTE, singleByteTable, UNASSIGNED } from '../../../nodes/lib/hl7/charset/tables';

/** What the platform's decoder has for a byte, undefined for none. */
function platform(name: string, byte: number): string | undefined {
  try {
    return new TextDecoder(name, { fatal: true }).decode(Buffer.of(byte));
  } catch {
    return undefined;
  }
}

/** Tables that every supported Node version has right. */
const AGREED = [
  'iso-8859-2',
  'iso-8859-3',
  'iso-8859-4',
  'iso-8859-5',
  'iso-8859-6',
  'iso-8859-7',
  'iso-8859-8',
  'iso-8859-10',
  'iso-8859-13',
  'iso-8859-14',
  'iso-8859-15',
  'windows-1250',
  'windows-1251',
  'windows-1254',
  'windows-1256',
  'windows-1257',
  'windows-1258',
  'koi8-r',
];

/** The others, from the published tables: first byte, then a character a byte; a blank is not assigned. */
const PUBLISHED: Record<string, [number, string]> = {
  'iso-8859-9': [0xd0, 'ĞÑÒÓÔÕÖ×ØÙÚÛÜİŞßàáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ'],
  'iso-8859-16': [0xae, 'źŻ°±ČłŽ”¶·žčș»ŒœŸżÀÁÂĂÄĆÆÇÈÉÊËÌÍÎÏĐŃÒÓÔŐÖŚŰÙÚÛÜĘȚßàáâăäćæçèéêëìíîïđńòóôőöśűùúûüęțÿ'],
  'windows-1252': [0x80, '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'],
  'windows-1253': [0xae, '®―°±²³΄µ¶·ΈΉΊ»Ό½ΎΏΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ ΣΤΥΦΧΨΩΪΫάέήίΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ '],
  'windows-1255': [0xe0, 'אבגדהוזחטיךכלםמןנסעףפץצקרשת  \u200e\u200f '],
  ibm437: [
    0x80,
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■',
  ],
  ibm850: [
    0x80,
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■',
  ],
};
const THAI = 'กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรฤลฦวศษสหฬอฮฯะ';

describe('single-byte sets', () => {
  for (const name of AGREED) {
    it(`${name} is the platform's above 0x9F`, () => {
      for (let byte = 0xa0; byte < 0x100; byte++) {
        expect(decodeBytes(Buffer.of(byte), name), byte.toString(16)).to.equal(platform(name, byte));
      }
    });
  }

  for (const [name, [first, characters]] of Object.entries(PUBLISHED)) {
    it(`${name} is as published`, () => {
      Array.from(characters).forEach((character, n) => {
        const expected = character === ' ' ? undefined : character;
        expect(decodeBytes(Buffer.of(first + n), name), (first + n).toString(16)).to.equal(expected);
      });
    });
  }

  it('have Thai in two, with and without the Windows punctuation', () => {
    const thai = Buffer.from(Array.from(THAI, (_, n) => 0xa1 + n));
    expect(decodeBytes(thai, 'iso-8859-11')).to.equal(THAI);
    expect(decodeBytes(thai, 'windows-874')).to.equal(THAI);
    expect(decodeBytes(Buffer.of(0xdf, 0xfb), 'iso-8859-11')).to.equal('฿๛');
    expect(decodeBytes(Buffer.of(0x80, 0x85), 'windows-874')).to.equal('€…');
    for (const byte of [0xdb, 0xde, 0xfc, 0xff]) {
      expect(decodeBytes(Buffer.of(byte), 'windows-874')).to.equal(undefined);
      expect(decodeBytes(Buffer.of(byte), 'iso-8859-11')).to.equal(undefined);
    }
  });

  it('have the C1 controls at 0x80-0x9F in every part of ISO 8859', () => {
    const c1 = Buffer.from(Array.from({ length: 32 }, (_, n) => 0x80 + n));
    for (const name of ['iso-8859-1', ...Object.keys(SINGLE_BYTE).filter((set) => set.startsWith('iso-8859'))]) {
      expect(decodeBytes(c1, name), name).to.equal(c1.toString('latin1'));
    }
  });

  for (const name of ['iso-8859-1', ...Object.keys(SINGLE_BYTE)]) {
    it(`${name} has the same bytes again for every byte it has`, () => {
      let assigned = 0;
      for (let byte = 0; byte < 0x100; byte++) {
        const text = decodeBytes(Buffer.of(byte), name);
        if (text === undefined) continue;
        assigned++;
        expect(text).to.have.length(1);
        expect(text).to.not.equal('\ufffd');
        const { bytes, lossy } = encodeText(text, name);
        expect([byte, lossy]).to.deep.equal([bytes[0], false]);
      }
      const missing = singleByteTable(name)?.filter((unit) => unit === UNASSIGNED).length ?? 0;
      expect(assigned).to.equal(256 - missing);
    });
  }

  it('are not read where they are not tables', () => {
    expect(singleByteTable('utf-8')).to.equal(undefined);
    expect(decodeBytes(Buffer.from('x'), 'no-such-set')).to.equal(undefined);
  });
});
