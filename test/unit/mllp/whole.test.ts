import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { MllpDecoder } from '../../../nodes/lib/mllp/framing/decoder';
import { needsCorpus } from '../../support/require';
import { bytes, framed, MESSAGE, OTHER } from './streams';

/** Bytes of the frame that a message may hold as data. */
const NOISE = ['\x1c', '\x0b', '\r', '\x1c\r', '\x1c\r\x0b', '\x0b\x1c\r', '\x1c\x1c', '\x1c\n', '\x0b\x0b'];

/** Of a frame that comes now, and nothing after it for a while. */
interface Piece {
  bytes: Buffer;
  silence: boolean;
}

/** The contents that may be answered positively: neither refused, nor marked later, and with a header. */
function answerable(pieces: readonly Piece[]): string[] {
  const decoder = new MllpDecoder();
  const contents: (string | undefined)[] = [];
  const take = (items: ReturnType<MllpDecoder['push']>): void => {
    for (const item of items) {
      if (item.kind === 'late') contents[contents.length - 1] = undefined;
      else if (item.kind === 'frame') {
        const text = item.content.toString('latin1');
        const answered = item.refused === undefined && /^[\0-\x20\x7f]*(MSH|FHS|BHS)[^A-Za-z0-9 ]/.test(text);
        contents.push(answered ? text : undefined);
      }
    }
  };
  for (const piece of pieces) {
    take(decoder.push(piece.bytes));
    if (piece.silence) take(decoder.flush());
  }
  take(decoder.end());
  return contents.filter((content) => content !== undefined);
}

/** A content without what the frame around it makes of it: starts before the header, ends and filler behind all. */
const core = (content: string): string =>
  content.replace(/^[\x00-\x20\x7f]+(?=MSH|FHS|BHS)/, '').replace(/[\x0b\x1c\r\n \0]+$/, '');

function insert(message: string, noise: string, place: number): string {
  return message.slice(0, place) + noise + message.slice(place);
}

function pieces(stream: string, places: readonly number[], silent: (n: number) => boolean): Piece[] {
  const ends = [...new Set([...places.filter((place) => place < stream.length), stream.length])].sort((a, b) => a - b);
  return ends.map((end, n) => ({ bytes: bytes(stream.slice(ends[n - 1] ?? 0, end)), silence: silent(n) }));
}

/** That each content which may be answered positively is one that was sent. */
function expectWhole(sent: readonly string[], got: readonly string[], how: string): void {
  const whole = new Set(sent.map(core));
  for (const content of got) {
    if (!whole.has(core(content))) expect.fail(`${how}: ${JSON.stringify(content)} is a part`);
  }
}

describe('what may be answered positively is whole', () => {
  const SHORT = 'MSH|^~\\&|A||||2026||ADT^A01|1|P|2.5\rPID|1||7\rNTE|1||ab\r';

  for (const noise of NOISE) {
    it(`with ${JSON.stringify(noise)} at every place, cut at every place, with and without silence there`, () => {
      for (let place = 0; place <= SHORT.length; place++) {
        const sent = insert(SHORT, noise, place);
        const stream = framed(sent) + framed(OTHER);
        for (let at = 0; at <= framed(sent).length; at++) {
          for (const silence of [false, true]) {
            const got = answerable(pieces(stream, [at], () => silence));
            expectWhole([sent, OTHER], got, `${noise} at ${place}, cut at ${at}`);
          }
        }
      }
    });
  }

  it('in one piece a message with such bytes in its values comes out whole, and is taken', () => {
    for (const noise of NOISE.filter((one) => one !== '\x1c\r\x0b')) {
      // Inside of a value, not at its end.
      const sent = insert(SHORT, noise, SHORT.indexOf('ab') + 1);
      expect(answerable([{ bytes: bytes(framed(sent)), silence: false }]), JSON.stringify(noise)).to.deep.equal([sent]);
    }
  });

  it('in one piece with a whole end and start in a value it is refused: these are the bytes of two frames', () => {
    const sent = insert(SHORT, '\x1c\r\x0b', SHORT.indexOf('ab') + 1);
    expect(answerable([{ bytes: bytes(framed(sent)), silence: false }])).to.deep.equal([]);
  });

  it('with several of them, joined, cut and silent anywhere', () => {
    const message = fc
      .tuple(
        fc.constantFrom(MESSAGE, OTHER, SHORT),
        fc.array(fc.tuple(fc.constantFrom<string>(...NOISE), fc.nat(80)), { maxLength: 3 }),
      )
      .map(([text, noises]) =>
        noises.reduce<string>((made, [noise, place]) => insert(made, noise, place % made.length), text),
      );
    const property = fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(300), { maxLength: 10 }),
      fc.nat(),
      (messages, places, silences) => {
        const stream = messages.map(framed).join('');
        const got = answerable(pieces(stream, places, (n) => ((silences >> (n % 16)) & 1) === 1));
        expectWhole(messages, got, JSON.stringify({ messages, places, silences }));
      },
    );
    fc.assert(property, { seed: 4, numRuns: 5000 });
  });

  it('of the messages of the corpus, too', function () {
    const corpus = needsCorpus(this);
    const files = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.hl7'));
    let state = 7;
    // A small generator with a seed, so that a failure can be repeated.
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    for (const file of files) {
      const text = readFileSync(join(corpus, file)).toString('latin1');
      // Some hold frames already.
      if (text.length > 20_000 || /[\x0b\x1c]/.test(text)) continue;
      // An end before a further message, and nothing else between: the one before it is whole.
      if (text.startsWith('MSH') && /[\r\n](MSH|BHS|FHS)/.test(text)) continue;
      for (let n = 0; n < 5; n++) {
        const noise = NOISE[random(NOISE.length)]!;
        const place = random(text.length + 1);
        // A whole end and start before a header: nothing tells these bytes from those of two frames.
        if (noise === '\x1c\r\x0b' && /^\s*(MSH|BHS|FHS)/.test(text.slice(place))) continue;
        const sent = insert(text, noise, place);
        const stream = framed(sent) + framed(OTHER);
        const places = Array.from({ length: random(5) }, () => random(stream.length));
        const got = answerable(pieces(stream, places, () => random(2) === 1));
        expectWhole([sent, OTHER], got, `${file} ${n}`);
      }
    }
  });
});
