import { expect } from 'chai';
import { type DecoderOptions, type Frame, MllpDecoder } from '../../../nodes/lib/mllp/decoder';
import { DEVIATIONS } from '../../../nodes/lib/mllp/deviations';
import { bytes, decode, framed, MESSAGE, OTHER, STREAMS } from './streams';

/** What comes out of a whole stream in one chunk. */
const run = (stream: string, options: DecoderOptions = {}) => decode([bytes(stream)], options);

describe('mllp decoder', () => {
  it('delivers frames byte for byte, in order, without deviations', () => {
    expect(run(framed(MESSAGE) + framed(OTHER))).to.deep.equal({
      decoded: [`${MESSAGE} []`, `${OTHER} []`],
      seen: [],
      violation: undefined,
    });
  });

  it('hands out a view of the chunk when a frame is whole in it', () => {
    const chunk = bytes(framed(MESSAGE));
    const [frame] = new MllpDecoder().push(chunk) as Frame[];
    expect(frame?.content.buffer).to.equal(chunk.buffer);
    expect(frame?.content.toString('latin1')).to.equal(MESSAGE);
  });

  it('delivers at FS without waiting for the CR', () => {
    const decoder = new MllpDecoder();
    expect(decoder.push(bytes(`\x0b${MESSAGE}\x1c`))).to.have.length(1);
    expect(decoder.inside).to.equal(false);
    expect(decoder.push(bytes('\r'))).to.deep.equal([]);
  });

  it('keeps bytes of every value but VT and FS', () => {
    const all = Array.from({ length: 256 }, (_, i) => i).filter((b) => b !== 0x0b && b !== 0x1c && b !== 0x0a);
    const content = `MSH|^~\\&|${String.fromCharCode(...all)}\r`;
    expect(run(framed(content)).decoded).to.deep.equal([`${content} []`]);
  });

  describe('deviations', () => {
    it('FS without CR: delivers, and keeps the next byte for the next frame', () => {
      const outcome = run(`\x0b${MESSAGE}\x1c\x0b${OTHER}\x1c`);
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} []`, `${OTHER} [END_WITHOUT_CR]`]);
      expect(outcome.seen).to.deep.equal(['END_WITHOUT_CR', 'END_WITHOUT_CR']);
    });

    it('LF after FS CR: swallows', () => {
      const outcome = run(`${framed(MESSAGE)}\n${framed(OTHER)}\n`);
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} []`, `${OTHER} [LF_AFTER_END]`]);
      expect(outcome.seen).to.deep.equal(['LF_AFTER_END', 'LF_AFTER_END']);
    });

    it('NUL, CR, LF, space between frames: swallows, counts once a gap', () => {
      const outcome = run(`\0 \r\n${framed(MESSAGE)}\r\n\0\0  ${framed(OTHER)}`);
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} [FILLER_BETWEEN_FRAMES]`, `${OTHER} [FILLER_BETWEEN_FRAMES]`]);
      expect(outcome.seen).to.deep.equal(['FILLER_BETWEEN_FRAMES', 'FILLER_BETWEEN_FRAMES']);
    });

    it('filler never reaches the limit of junk', () => {
      const outcome = run('\r\n \0'.repeat(100) + framed(MESSAGE), { maxJunk: 3 });
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} [FILLER_BETWEEN_FRAMES]`]);
      expect(outcome.violation).to.equal(undefined);
    });

    it('junk before VT: swallows up to the limit', () => {
      expect(run(`xyz${framed(MESSAGE)}`, { maxJunk: 3 }).decoded).to.deep.equal([`${MESSAGE} [JUNK_BEFORE_START]`]);
      const outcome = run(`${framed(OTHER)}wxyz${framed(MESSAGE)}`, { maxJunk: 3 });
      expect(outcome.decoded).to.deep.equal([`${OTHER} []`]);
      expect(outcome.violation).to.equal('JUNK_BEFORE_START');
    });

    it('junk is counted anew in each gap', () => {
      const outcome = run(`xyz${framed(MESSAGE)}xyz${framed(OTHER)}`, { maxJunk: 3 });
      expect(outcome.decoded).to.have.length(2);
      expect(outcome.seen).to.deep.equal(['JUNK_BEFORE_START', 'JUNK_BEFORE_START']);
    });

    it('VT inside a frame: refuses it whole, and names the message that the sender waits for', () => {
      const part = MESSAGE.slice(0, 20);
      const outcome = run(`\x0b${part}\x0b${OTHER}\x1c\r${framed(MESSAGE)}`);
      expect(outcome.decoded).to.deep.equal([
        `${part}\x0b${OTHER} [START_INSIDE_FRAME] refused=START_INSIDE_FRAME answerTo=${OTHER}`,
        `${MESSAGE} []`,
      ]);
    });

    it('VT inside a frame that begins no message there: names the first message', () => {
      expect(run(framed('MSH|a\x0bb')).decoded).to.deep.equal([
        'MSH|a\x0bb [START_INSIDE_FRAME] refused=START_INSIDE_FRAME answerTo=MSH|a\x0bb',
      ]);
    });

    it('VT inside a frame, restart: takes what follows the last VT', () => {
      const outcome = run(framed(`MSH|a\x0bMSH|b\x0b${OTHER}`), { startInside: 'restart' });
      expect(outcome.decoded).to.deep.equal([`${OTHER} [START_INSIDE_FRAME]`]);
    });

    it('VT inside a frame, restart: still refuses what does not begin with a header', () => {
      const [only] = run(framed('MSH|a\x0bb'), { startInside: 'restart' }).decoded;
      expect(only).to.contain('refused=START_INSIDE_FRAME');
    });

    it('double VT and double FS CR: unwraps', () => {
      const outcome = run(`\x0b\x0b\x0b${MESSAGE}\x1c\r\x1c\r${framed(OTHER)}`);
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} [DOUBLE_START]`, `${OTHER} [DOUBLE_END]`]);
    });

    it('message without VT, off: discards it and says so', () => {
      const outcome = run(`${MESSAGE}\x1c\r${framed(OTHER)}`);
      expect(outcome.decoded).to.deep.equal([`${OTHER} [MESSAGE_WITHOUT_START]`]);
    });

    it('message without VT, on: ends at FS', () => {
      const outcome = run(`${MESSAGE}\x1c\r${framed(OTHER)}`, { withoutStart: true });
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} [MESSAGE_WITHOUT_START]`, `${OTHER} []`]);
    });

    it('message without VT, on: ends at the next VT', () => {
      const outcome = run(`${MESSAGE}${framed(OTHER)}`, { withoutStart: true });
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} [MESSAGE_WITHOUT_START]`, `${OTHER} []`]);
    });

    it('message without VT, on: is flushed only after a complete segment', () => {
      const decoder = new MllpDecoder({ withoutStart: true });
      decoder.push(bytes(MESSAGE.slice(0, -1)));
      expect(decoder.unstarted).to.equal(true);
      expect(decoder.flush()).to.deep.equal([]);
      decoder.push(bytes('\r'));
      expect((decoder.flush() as Frame[])[0]?.content.toString('latin1')).to.equal(MESSAGE);
      expect(decoder.flush()).to.deep.equal([]);
    });

    it('flush does nothing to a frame with VT', () => {
      const decoder = new MllpDecoder({ withoutStart: true });
      decoder.push(bytes(`\x0b${MESSAGE}`));
      expect(decoder.unstarted).to.equal(false);
      expect(decoder.flush()).to.deep.equal([]);
      expect(decoder.inside).to.equal(true);
    });

    it('empty and blank frames: drops', () => {
      const outcome = run(`\x0b\x1c\r\x0b\r\n \x1c\r${framed(MESSAGE)}`);
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} [EMPTY_FRAME]`]);
      expect(outcome.seen).to.deep.equal(['EMPTY_FRAME', 'EMPTY_FRAME']);
    });

    it('accept and reject blocks: are no messages', () => {
      const outcome = run('\x0b\x06\x1c\r\x0b\x15\x1c\r');
      expect(outcome.decoded).to.deep.equal(['accept', 'reject']);
      expect(outcome.seen).to.deep.equal(['ACCEPT_BLOCK', 'REJECT_BLOCK']);
    });

    it('two messages in a frame: refuses', () => {
      expect(run(framed(MESSAGE + OTHER)).decoded).to.deep.equal([
        `${MESSAGE}${OTHER} [SEVERAL_MESSAGES] refused=SEVERAL_MESSAGES answerTo=${MESSAGE}${OTHER}`,
      ]);
    });

    it('two messages in a frame, split: delivers each in order', () => {
      const outcome = run(framed(MESSAGE + OTHER + MESSAGE), { severalMessages: 'split' });
      expect(outcome.decoded).to.deep.equal([MESSAGE, OTHER, MESSAGE].map((text) => `${text} [SEVERAL_MESSAGES]`));
      expect(outcome.seen).to.deep.equal(['SEVERAL_MESSAGES']);
    });

    it('a thousand messages in a frame are refused, split or not', () => {
      const [only, ...more] = run(framed('MSH|^~\\&\r'.repeat(1001)), { severalMessages: 'split' }).decoded;
      expect(only).to.contain('refused=SEVERAL_MESSAGES');
      expect(more).to.deep.equal([]);
    });

    it('a batch passes whole', () => {
      for (const batch of [`FHS|^~\\&\rBHS|^~\\&\r${MESSAGE}${OTHER}BTS|2\r`, `BHS|^~\\&\r${MESSAGE}${OTHER}BTS|2\r`]) {
        expect(run(framed(batch), { severalMessages: 'split' }).decoded).to.deep.equal([`${batch} []`]);
      }
    });

    it('a frame cut off: is never delivered', () => {
      const outcome = run(`${framed(MESSAGE)}\x0b${OTHER}`);
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} []`]);
      expect(outcome.seen).to.deep.equal(['INCOMPLETE_FRAME']);
    });

    it('segments that end otherwise: delivers as received', () => {
      const ends = (content: string): string | undefined => run(framed(content)).decoded[0];
      const lf = MESSAGE.replaceAll('\r', '\n');
      const crlf = MESSAGE.replaceAll('\r', '\r\n');
      expect(ends(lf)).to.equal(`${lf} [SEGMENTS_END_LF]`);
      expect(ends(crlf)).to.equal(`${crlf} [SEGMENTS_END_CRLF]`);
      expect(ends(`${MESSAGE}NTE|1\nNTE|2\r`)).to.contain('[SEGMENTS_END_MIXED]');
      expect(ends(`${MESSAGE}NTE|1||a\nb\r`)).to.contain('[LF_IN_SEGMENT]');
    });

    it('has a sentence and an action for each code that a stream here shows', () => {
      const shown = new Set(STREAMS.flatMap(({ stream, options }) => run(stream, options).seen));
      // No stream of bytes shows silence; silence.test.ts does.
      shown.add('ENDED_BY_SILENCE');
      expect([...shown].sort()).to.deep.equal(Object.keys(DEVIATIONS).sort());
      for (const { meaning, action } of Object.values(DEVIATIONS)) {
        expect(meaning).to.match(/^[A-Z].*\.$/);
        expect(action).to.match(/^[A-Z].*\.$/);
      }
    });
  });

  describe('violations', () => {
    it('a frame at the limit passes, one byte more does not, and nothing follows', () => {
      const maxFrame = MESSAGE.length;
      expect(run(framed(MESSAGE), { maxFrame }).decoded).to.have.length(1);
      const decoder = new MllpDecoder({ maxFrame });
      const decoded = decoder.push(bytes(framed(MESSAGE) + framed(`${MESSAGE}x`) + framed(MESSAGE)));
      expect(decoded).to.have.length(1);
      expect(decoder.violation).to.equal('FRAME_TOO_LARGE');
      expect(decoder.push(bytes(framed(MESSAGE)))).to.deep.equal([]);
      expect(decoder.buffered).to.equal(0);
    });

    it('an endless frame is stopped at the limit, and never holds more', () => {
      const decoder = new MllpDecoder({ maxFrame: 10_000 });
      decoder.push(bytes('\x0b'));
      const chunk = Buffer.alloc(999, 'x');
      let most = 0;
      for (let i = 0; i < 50; i++) {
        decoder.push(chunk);
        most = Math.max(most, decoder.buffered);
      }
      expect(decoder.violation).to.equal('FRAME_TOO_LARGE');
      expect(most).to.equal(10_000);
    });

    it('recognises HTTP and TLS at the beginning of a connection only', () => {
      for (const method of ['GET', 'POST', 'HEAD', 'PUT', 'OPTIONS', 'DELETE', 'CONNECT', 'PATCH', 'TRACE']) {
        expect(run(`${method} /x HTTP/1.1\r\n`).violation).to.equal('HTTP_REQUEST');
      }
      expect(run('PRI * HTTP/2.0\r\n\r\n').violation).to.equal('HTTP_REQUEST');
      expect(run('\x16\x03\x01\x02').violation).to.equal('TLS_ON_PLAIN_PORT');
      expect(run(`${framed(MESSAGE)}GET / HTTP/1.1\r\n`).violation).to.equal(undefined);
    });

    it('stays decidable for hostile content', () => {
      const size = 1 << 20;
      for (const unit of ['\rMSHx', '\nMSHA', '\n', '\r', '\x0b', 'MSH|', ' ', '\rMSH|']) {
        const content = `MSH|^~\\&|${unit.repeat(size / unit.length)}|x`;
        const outcome = run(framed(content), { severalMessages: 'split', startInside: 'restart' });
        expect(outcome.decoded, JSON.stringify(unit)).to.have.length(1);
        expect(outcome.violation).to.equal(undefined);
      }
    });
  });
});
