import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Frame, MllpDecoder } from '../../../nodes/lib/mllp/decoder';
import { needsCorpus } from '../../support/require';
import { bytes, decode, framed, STREAMS } from './streams';

/** Cuts a buffer at the given places. */
function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => Math.min(place, stream.length)).sort((a, b) => a - b), stream.length];
  return sorted.slice(1).map((place, i) => stream.subarray(sorted[i], place));
}

describe('mllp decoder, however the bytes are cut', () => {
  for (const { name, stream, options } of STREAMS) {
    const whole = bytes(stream);
    const expected = decode([whole], options);

    it(`${name}: at every place, and byte by byte`, () => {
      for (let i = 0; i <= whole.length; i++) {
        expect(decode(cut(whole, [i]), options), `cut at ${i}`).to.deep.equal(expected);
      }
      expect(
        decode(
          [...whole].map((b) => Buffer.from([b])),
          options,
        ),
      ).to.deep.equal(expected);
    });

    if (whole.length <= 100) {
      it(`${name}: at every two places`, () => {
        for (let i = 0; i <= whole.length; i++) {
          for (let j = i + 1; j < whole.length; j++) {
            const outcome = decode(cut(whole, [i, j]), options);
            // Comparing deeply thousands of times is slow; text shows the same.
            if (JSON.stringify(outcome) !== JSON.stringify(expected)) {
              expect(outcome, `cut at ${i} and ${j}`).to.deep.equal(expected);
            }
          }
        }
      });
    }
  }

  it('random joins of all streams, cut at random places', () => {
    const options = { maxJunk: 200 };
    const parts = STREAMS.filter((s) => !/HTTP|TLS/.test(s.name)).map((s) => s.stream);
    const property = fc.property(
      fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(1200), { maxLength: 8 }),
      fc.constantFrom('refuse', 'restart') as fc.Arbitrary<'refuse' | 'restart'>,
      fc.boolean(),
      (joined, places, startInside, withoutStart) => {
        const stream = bytes(joined.join(''));
        const all = { ...options, startInside, withoutStart };
        expect(decode(cut(stream, places), all)).to.deep.equal(decode([stream], all));
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
        const stream = bytes(letters.join(''));
        const options = { withoutStart, maxJunk: 12, maxFrame: 30 };
        const outcome = decode(cut(stream, places), options);
        expect(outcome).to.deep.equal(decode([stream], options));
        if (!withoutStart) expect(outcome.decoded.length).to.be.at.most(letters.filter((l) => l === '\x1c').length);
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
      const frames = [...decoder.push(stream.subarray(0, middle)), ...decoder.push(stream.subarray(middle))] as Frame[];
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
