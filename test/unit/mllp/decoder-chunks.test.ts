import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Frame, MllpDecoder } from '../../../nodes/lib/mllp/framing/decoder';
import { needsCorpus } from '../../support/require';
import { bytes, decode, framed, MESSAGE, OTHER, type Outcome, STREAMS } from './streams';

const BATCH = `BHS|^~\\&\r${MESSAGE}BTS|1\r`;

/** Cuts a buffer at the given places. */
function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => Math.min(place, stream.length)).sort((a, b) => a - b), stream.length];
  return sorted.slice(1).map((place, i) => stream.subarray(sorted[i], place));
}

/**
 * True where a chunk must not end if the stream is to come out as in one piece: inside or behind what may end a frame,
 * which is an end when nothing follows it yet.
 */
function decides(stream: string, place: number): boolean {
  const before = stream.slice(0, place);
  return /\x1c[\x1c\r\n \0]*(\x0b[\x00-\x20\x7f\xef\xbb\xbf]*([MFB]|MS|[FB]H|[FB]HS|MSH|[\x06\x15])?)?$/.test(before);
}

/** What comes out without what depends on the time at which the ends of frames came. */
const accepted = (outcome: Outcome): string[] =>
  outcome.decoded.flatMap((item, i) => {
    if (/refused=|^late$/.test(item) || outcome.decoded[i + 1] === 'late') return [];
    return [item.replace(/ \[[A-Z_ ]*\]$/, '')];
  });

/** That no message is accepted in pieces; `whole` holds those that are none. */
function expectWhole(outcome: Outcome, whole: readonly string[], where: string): void {
  for (const item of accepted(outcome)) {
    if (/^MSH|^[FB]HS/.test(item.trim()) && !whole.includes(item)) expect(whole, where).to.include(item);
  }
}

describe('mllp decoder, however the bytes are cut', () => {
  for (const { name, stream, options } of STREAMS) {
    const whole = bytes(stream);
    const expected = decode([whole], options);
    const text = JSON.stringify(expected);
    const intended = [...accepted(expected), MESSAGE, OTHER, BATCH];

    const check = (places: readonly number[]): void => {
      const outcome = decode(cut(whole, places), options);
      if (places.some((place) => decides(stream, place))) expectWhole(outcome, intended, `cut at ${places}`);
      // Comparing deeply thousands of times is slow; text shows the same.
      else if (JSON.stringify(outcome) !== text) expect(outcome, `cut at ${places}`).to.deep.equal(expected);
    };

    it(`${name}: at every place, and byte by byte`, () => {
      for (let i = 0; i <= whole.length; i++) check([i]);
      check(Array.from(whole, (_, i) => i));
    });

    if (whole.length <= 100) {
      it(`${name}: at every two places`, () => {
        for (let i = 0; i <= whole.length; i++) for (let j = i + 1; j < whole.length; j++) check([i, j]);
      });
    }
  }

  it('clean frames at any place, ends included', () => {
    const stream = bytes(framed(MESSAGE) + framed(OTHER) + framed(BATCH) + framed(MESSAGE));
    const expected = decode([stream]);
    const property = fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (places) => {
      expect(decode(cut(stream, places))).to.deep.equal(expected);
    });
    fc.assert(property, { seed: 3, numRuns: 2000 });
  });

  it('random joins of all streams, cut at random places', () => {
    const options = { maxJunk: 200 };
    const parts = STREAMS.filter((s) => !/HTTP|TLS/.test(s.name)).map((s) => s.stream);
    const property = fc.property(
      fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(1200), { maxLength: 8 }),
      fc.constantFrom('refuse', 'restart') as fc.Arbitrary<'refuse' | 'restart'>,
      fc.boolean(),
      (joined, places, startInside, withoutStart) => {
        const text = joined.join('');
        const stream = bytes(text);
        const all = { ...options, startInside, withoutStart };
        const kept = places.filter((place) => !decides(text, place));
        expect(decode(cut(stream, kept), all)).to.deep.equal(decode([stream], all));
      },
    );
    fc.assert(property, { seed: 1, numRuns: 400 });
  });

  it('random bytes of the alphabet that matters, cut at random places', () => {
    const letter = fc.constantFrom(
      '\x0b',
      '\x1c',
      '\r',
      '\n',
      'MSH|',
      'M',
      '\x06',
      ' ',
      'x',
      'FHS|',
      '\0',
      'G',
      '\x16',
    );
    const property = fc.property(
      fc.array(letter, { maxLength: 40 }),
      fc.array(fc.nat(60), { maxLength: 5 }),
      fc.boolean(),
      (letters, places, withoutStart) => {
        const text = letters.join('');
        const stream = bytes(text);
        const options = { withoutStart, maxJunk: 12, maxFrame: 30 };
        const kept = places.filter((place) => !decides(text, place));
        expect(decode(cut(stream, kept), options)).to.deep.equal(decode([stream], options));
        // At any place: nothing throws, and there is at most a frame an end, but for one beyond the limit.
        const frames = decode(cut(stream, places), options).decoded.filter((one) => one !== 'late');
        if (!withoutStart) expect(frames.length).to.be.at.most(letters.filter((l) => l === '\x1c').length + 1);
      },
    );
    fc.assert(property, { seed: 2, numRuns: 3000 });
  });

  it('a large frame in small pieces is the same as whole', () => {
    const content = Buffer.alloc(3_000_000, 'abcdefg\r');
    content.write('MSH|^~\\&|', 0);
    const stream = Buffer.concat([Buffer.from([0x0b]), content, Buffer.from([0x1c, 0x0d])]);
    const decoder = new MllpDecoder();
    const frames: Frame[] = [];
    for (let at = 0; at < stream.length; at += 1460) {
      frames.push(...(decoder.push(stream.subarray(at, at + 1460)) as Frame[]));
      expect(decoder.buffered).to.be.at.most(Math.max(2048, 2 * (at + 1460)));
    }
    expect(frames).to.have.length(1);
    expect(frames[0]?.content.equals(content)).to.equal(true);
    expect(decoder.buffered).to.equal(0);
  });

  it('every message of the corpus comes out byte for byte, on one connection', function () {
    const corpus = needsCorpus(this);
    const decoder = new MllpDecoder({ severalMessages: 'refuse' });
    let messages = 0;
    for (const entry of readdirSync(corpus, { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.hl7')) continue;
      const content = readFileSync(join(corpus, entry));
      if (content.includes(0x0b) || content.includes(0x1c)) continue;
      const stream = bytes(framed(content.toString('latin1')));
      const middle = stream.length >> 1;
      const decoded = [...decoder.push(stream.subarray(0, middle)), ...decoder.push(stream.subarray(middle))];
      // One without a header may be the rest of the one before.
      const frames = decoded.filter((one) => one.kind === 'frame');
      if (content.toString('latin1').trim() === '') {
        expect(frames, entry).to.deep.equal([]);
        continue;
      }
      expect(frames, entry).to.have.length(1);
      expect(frames[0]?.content.equals(content), entry).to.equal(true);
      messages++;
    }
    expect(messages).to.be.above(1000);
  });
});
