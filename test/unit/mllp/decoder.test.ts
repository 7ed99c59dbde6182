import { expect } from 'chai';
import { DEVIATIONS } from '../../../nodes/lib/mllp';
import { type DecoderOptions, type Frame, MllpDecoder } from '../../../nodes/lib/mllp/framing/decoder';
import { bytes, decode, describeItem, framed, MESSAGE, OTHER, STREAMS } from './streams';

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

  it('waits behind FS for the next byte; silence behind the end of a segment is the end', () => {
    const decoder = new MllpDecoder();
    expect(decoder.push(bytes(`\x0b${MESSAGE}\x1c`))).to.deep.equal([]);
    expect(decoder.waits).to.equal('end');
    expect(decoder.flush().map(describeItem)).to.deep.equal([`${MESSAGE} [END_WITHOUT_CR]`]);
    expect([decoder.inside, decoder.waits]).to.deep.equal([false, undefined]);
    // The CR may still come: it belongs to that end.
    expect(decoder.push(bytes(`\r${framed(OTHER)}`)).map(describeItem)).to.deep.equal([`${OTHER} []`]);
  });

  it('refuses what ends with FS behind no end of a segment, after silence', () => {
    const decoder = new MllpDecoder();
    decoder.push(bytes(`\x0b${MESSAGE}NTE|1||a\x1c`));
    expect(decoder.waits).to.equal('doubt');
    const part = `${MESSAGE}NTE|1||a`;
    expect(decoder.flush().map(describeItem)).to.deep.equal([
      `${part} [END_WITHOUT_CR END_UNCERTAIN] refused=END_UNCERTAIN answerTo=${part}`,
    ]);
    expect(decoder.push(bytes('b\r\x1c\r')).map(describeItem)).to.deep.equal(['late']);
  });

  it('delivers at FS at once for a sender that was seen to leave the CR out', () => {
    const decoder = new MllpDecoder();
    expect(decoder.push(bytes(`\x0b${MESSAGE}\x1c\x0b${OTHER}`)).map(describeItem)).to.deep.equal([
      `${MESSAGE} [END_WITHOUT_CR]`,
    ]);
    expect(decoder.push(bytes('\x1c')).map(describeItem)).to.deep.equal([`${OTHER} [END_WITHOUT_CR]`]);
    decoder.push(bytes('\x0bMSH|a\x1c'));
    expect(decoder.waits, 'not behind the end of a segment').to.equal('doubt');
    decoder.push(bytes(`\r\x0b${OTHER}`));
    expect(decoder.push(bytes('\x1c')), 'a CR was seen').to.deep.equal([]);
  });

  it('takes FS for data when anything but CR, filler or a start follows', () => {
    for (const data of ['\x1cb', '\x1c|', '\x1c\rc', '\x1c\r\x1c\rc', '\x1c \nc', '\x1cMSH|x', '\x1c\rMSHX']) {
      const content = `${MESSAGE}NTE|1||a${data}\r`;
      const [only, ...more] = run(framed(content)).decoded;
      expect(only?.startsWith(`${content} [END_BYTE_IN_DATA`), JSON.stringify(data)).to.equal(true);
      expect(only).to.not.contain('refused');
      expect(more).to.deep.equal([]);
    }
  });

  it('tells of bytes that come behind a delivered frame, once', () => {
    const decoder = new MllpDecoder();
    const seen = (text: string): string[] => decoder.push(bytes(text)).map(describeItem);
    expect(seen(framed(MESSAGE))).to.deep.equal([`${MESSAGE} []`]);
    expect(seen('b\r')).to.deep.equal(['late']);
    expect(seen('OBX|2\r')).to.deep.equal([]);
    expect(seen(`\x1c\r${framed(OTHER)}`)).to.deep.equal([`${OTHER} [JUNK_BEFORE_START]`]);
    // Without a header it may be the rest, too.
    expect(seen(framed('OBX|2'))).to.deep.equal(['late', 'OBX|2 []']);
    for (const fine of ['\r', '\n \0', '\x1c\r', '\x0b\x1c\r', '\x0b\x06\x1c\r', framed(MESSAGE), MESSAGE, 'BHS|^']) {
      const other = new MllpDecoder();
      other.push(bytes(framed(MESSAGE)));
      expect(other.push(bytes(fine)).map(describeItem), JSON.stringify(fine)).to.not.include('late');
    }
    for (const odd of ['x', 'MSHX', 'MS\x0b', '\r\nx', '\x0bx\x1c\r', '\x1c\rx', '\t']) {
      const other = new MllpDecoder();
      other.push(bytes(framed(MESSAGE)));
      expect(other.push(bytes(odd)).map(describeItem), JSON.stringify(odd)).to.include('late');
    }
  });

  it('refuses a frame and what follows it where that begins with no header', () => {
    for (const rest of ['x\r', ' x', 'MSHX']) {
      const [first, late, second] = run(`${framed(MESSAGE)}\x0b${rest}\x1c\r`).decoded;
      expect([first, late, second?.startsWith(rest)]).to.deep.equal([`${MESSAGE} []`, 'late', true]);
    }
  });

  it('tells of a header behind a batch without its trailer: the batch goes on', () => {
    const batch = `BHS|^~\\&\r${MESSAGE}`;
    expect(run(`${framed(batch)}${OTHER}BTS|2\r\x1c\r`).decoded).to.deep.equal([`${batch} []`, 'late']);
    for (const whole of [`${batch}BTS|1\r`, `FHS|^~\\&\r${batch}BTS|1\rFTS|1\r\n`, MESSAGE]) {
      expect(run(`${framed(whole)}${OTHER}\x1c\r`).decoded, whole).to.have.length(1);
    }
  });

  it('refuses what looks ended and goes on, when nothing more comes', () => {
    for (const rest of ['x', '\x04', 'M', 'MSH']) {
      const decoder = new MllpDecoder();
      expect(decoder.push(bytes(framed(MESSAGE) + rest))).to.deep.equal([]);
      expect(decoder.waits).to.equal('doubt');
      const [only] = decoder.flush().map(describeItem);
      expect(only).to.contain(`${MESSAGE}\x1c\r${rest} [BYTES_AFTER_END`.replace('[BYTES', '[END_BYTE_IN_DATA BYTES'));
      expect(only).to.contain('refused=BYTES_AFTER_END');
      expect(new MllpDecoder().inside).to.equal(false);
    }
  });

  it('waits behind FS CR while what follows may become a header segment', () => {
    for (const rest of ['M', 'MS', 'BH']) {
      const decoder = new MllpDecoder();
      expect(decoder.push(bytes(framed(MESSAGE) + rest))).to.deep.equal([]);
      const header = rest.startsWith('M') ? 'MSH|x' : 'BHS|x';
      expect(decoder.push(bytes(header.slice(rest.length))).map(describeItem)).to.deep.equal([`${MESSAGE} []`]);
    }
  });

  it('keeps bytes of every value but VT and FS', () => {
    const all = Array.from({ length: 256 }, (_, i) => i).filter((b) => b !== 0x0b && b !== 0x1c && b !== 0x0a);
    const content = `MSH|^~\\&|${String.fromCharCode(...all)}\r`;
    expect(run(framed(content)).decoded).to.deep.equal([`${content} []`]);
  });

  describe('deviations', () => {
    it('FS without CR: delivers, and keeps the next byte for the next frame', () => {
      const outcome = run(`\x0b${MESSAGE}\x1c\x0b${OTHER}\x1c`);
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} [END_WITHOUT_CR]`, `${OTHER} [END_WITHOUT_CR]`]);
      expect(outcome.seen).to.deep.equal(['END_WITHOUT_CR', 'END_WITHOUT_CR']);
    });

    it('LF after FS CR: swallows', () => {
      const outcome = run(`${framed(MESSAGE)}\n${framed(OTHER)}\n`);
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} [LF_AFTER_END]`, `${OTHER} [LF_AFTER_END]`]);
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
      const outcome = decode([bytes(framed(OTHER)), bytes(`wxyz${framed(MESSAGE)}`)], { maxJunk: 3 });
      expect(outcome.decoded).to.deep.equal([`${OTHER} []`, 'late']);
      expect(outcome.violation).to.equal('JUNK_BEFORE_START');
    });

    it('junk is counted anew in each gap', () => {
      const chunks = [framed(MESSAGE), `xyz${framed(OTHER)}`, `xyz${framed(OTHER)}`].map(bytes);
      const outcome = decode(chunks, { maxJunk: 3 });
      expect(outcome.decoded.filter((one) => one !== 'late')).to.have.length(3);
      expect(outcome.seen.filter((code) => code === 'JUNK_BEFORE_START')).to.have.length(2);
      expect(outcome.violation).to.equal(undefined);
    });

    it('junk behind an end that came with it: is data, and the start of a message inside is refused', () => {
      const [only, ...more] = run(`${framed(OTHER)}wxyz${framed(MESSAGE)}`).decoded;
      expect(only).to.contain(`refused=START_INSIDE_FRAME answerTo=${MESSAGE}`);
      expect(more).to.deep.equal([]);
    });

    it('VT inside a frame: refuses it whole, and names the message that the sender waits for', () => {
      const part = MESSAGE.slice(0, 20);
      const outcome = run(`\x0b${part}\x0b${OTHER}\x1c\r${framed(MESSAGE)}`);
      expect(outcome.decoded).to.deep.equal([
        `${part}\x0b${OTHER} [START_INSIDE_FRAME] refused=START_INSIDE_FRAME answerTo=${OTHER}`,
        `${MESSAGE} []`,
      ]);
    });

    it('VT inside a frame with no header behind it: is data', () => {
      for (const startInside of ['refuse', 'restart'] as const) {
        for (const data of ['\x0b', '\x0bb', '\x0b\x0b\rPID|', '\x0bMSHA', '\x0bMS', '\x0b \rc\x0b']) {
          const content = `${MESSAGE}NTE|1||a${data}`;
          const outcome = run(framed(content), { startInside });
          expect(outcome.decoded, JSON.stringify(data)).to.deep.equal([`${content} [START_BYTE_IN_DATA]`]);
        }
      }
    });

    it('VT inside a frame with a header behind it and what carries nothing: is a start', () => {
      for (const lead of ['', '\n', '\r\n ', '\xef\xbb\xbf', '\0', '\x0b', '\t\x0b\n']) {
        for (const header of ['MSH|', 'FHS|', 'BHS#']) {
          const [only] = run(framed(`${MESSAGE}NTE|1||a\x0b${lead}${header}x`)).decoded;
          expect(only, JSON.stringify(lead)).to.contain('refused=START_INSIDE_FRAME');
        }
      }
    });

    it('VT inside a frame, restart: takes what follows the last VT', () => {
      const outcome = run(framed(`MSH|a\x0bMSH|b\x0b${OTHER}`), { startInside: 'restart' });
      expect(outcome.decoded).to.deep.equal([`${OTHER} [START_INSIDE_FRAME]`]);
    });

    it('double VT and double FS CR: unwraps', () => {
      const outcome = run(`\x0b\x0b\x0b${MESSAGE}\x1c\r\x1c\r${framed(OTHER)}`);
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} [DOUBLE_END DOUBLE_START]`, `${OTHER} []`]);
      expect(run(`\x0b \x0b\n${MESSAGE}\x1c\r`).decoded).to.deep.equal([
        `\n${MESSAGE} [DOUBLE_START FILLER_BEFORE_MESSAGE]`,
      ]);
    });

    it('double FS before the CR: on the frame that had it', () => {
      expect(run(`\x0b${MESSAGE}\x1c\x1c\r`).decoded).to.deep.equal([`${MESSAGE} [DOUBLE_END]`]);
      expect(run(`\x0b${MESSAGE}\x1c\x1c\r${framed(OTHER)}`).decoded).to.deep.equal([
        `${MESSAGE} [DOUBLE_END]`,
        `${OTHER} []`,
      ]);
    });

    it('filler, BOM and controls before the header: delivers as received', () => {
      for (const lead of ['\n', '\r\n', ' ', '\0', '\t', '\x01\x7f', '\xef\xbb\xbf\n', '\xef\xbb\xbf\xef\xbb\xbf']) {
        expect(run(framed(`${lead}${MESSAGE}`)).decoded, JSON.stringify(lead)).to.deep.equal([
          `${lead}${MESSAGE} [FILLER_BEFORE_MESSAGE]`,
        ]);
      }
      // A mark alone is no deviation, and what is no header is nothing to be reached.
      expect(run(framed(`\xef\xbb\xbf${MESSAGE}`)).decoded).to.deep.equal([`\xef\xbb\xbf${MESSAGE} []`]);
      expect(run(framed('\nhello')).decoded).to.deep.equal(['\nhello []']);
    });

    it('message without VT, off: discards it and says so', () => {
      const outcome = run(`${MESSAGE}\x1c\r${framed(OTHER)}`);
      expect(outcome.decoded).to.deep.equal([`${OTHER} [MESSAGE_WITHOUT_START]`]);
    });

    it('message without VT, on: ends at FS', () => {
      const outcome = run(`${MESSAGE}\x1c\r${framed(OTHER)}`, { withoutStart: true });
      expect(outcome.decoded).to.deep.equal([`${MESSAGE} [MESSAGE_WITHOUT_START]`, `${OTHER} []`]);
    });

    it('message without VT, on: is refused when the next VT ends it', () => {
      const outcome = run(`${MESSAGE}${framed(OTHER)}`, { withoutStart: true });
      expect(outcome.decoded).to.deep.equal([
        `${MESSAGE} [MESSAGE_WITHOUT_START START_INSIDE_FRAME] refused=START_INSIDE_FRAME answerTo=${MESSAGE}`,
        `${OTHER} []`,
      ]);
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
      const decoded = decoder.push(bytes(`${framed(MESSAGE)}\x0b${MESSAGE}x`));
      expect(decoded.map(describeItem)).to.deep.equal([
        `${MESSAGE} []`,
        `${MESSAGE} [FRAME_TOO_LARGE] refused=FRAME_TOO_LARGE answerTo=${MESSAGE}`,
      ]);
      expect(decoder.violation).to.equal('FRAME_TOO_LARGE');
      expect(decoder.push(bytes(framed(MESSAGE)))).to.deep.equal([]);
      expect(decoder.buffered).to.equal(0);
    });

    it('keeps the first bytes of a frame beyond the limit, for its header', () => {
      const decoder = new MllpDecoder({ maxFrame: 1_000_000 });
      decoder.push(bytes(`\x0b\n${MESSAGE}`));
      for (let i = 0; i < 10; i++) decoder.push(Buffer.alloc(99_000, 'x'));
      const [frame] = decoder.push(Buffer.alloc(99_000, 'x')) as Frame[];
      expect(frame?.refused).to.equal('FRAME_TOO_LARGE');
      expect(frame?.content.toString('latin1')).to.match(/^MSH\|/);
      expect(frame?.content.length).to.be.at.most(16 * 1024);
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
      for (const unit of ['\rMSHx', '\nMSHA', '\nMSH|', '\n\nMSH|', '\n', '\r', 'MSH|', ' ', '\rMSH|']) {
        const content = `MSH|^~\\&|${unit.repeat(size / unit.length)}|x`;
        const outcome = run(framed(content), { severalMessages: 'split', startInside: 'restart' });
        expect(outcome.decoded, JSON.stringify(unit)).to.have.length(1);
        expect(outcome.violation).to.equal(undefined);
      }
    });
  });

  it('reads each byte of a frame of ends and starts a few times, whatever the chunks', () => {
    const size = 1 << 16;
    const units = [
      '\x1c',
      '\x0b',
      '\x1c\r',
      '\x1cx',
      '\x1c\rx',
      '\x0bx',
      '\x1c\n',
      '\x1c\r\x0bx',
      '\x1c\rM',
      '\x0b\n',
      '\x1c ',
    ];
    for (const unit of units) {
      for (const withoutStart of [false, true]) {
        const decoder = new MllpDecoder({ withoutStart, maxFrame: 2 * size });
        decoder.push(bytes(`${withoutStart ? '' : '\x0b'}${MESSAGE}NTE|1||a`));
        const data = bytes(unit.repeat(size / unit.length));
        let reads = 0;
        const counted = (chunk: Buffer): Buffer =>
          new Proxy(chunk, {
            get(target, key) {
              if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
              const value = Reflect.get(target, key, target) as unknown;
              return typeof value === 'function' ? value.bind(target) : value;
            },
          });
        for (let at = 0; at < data.length; at += 4096) {
          decoder.push(counted(data.subarray(at, at + 4096)));
          expect(decoder.buffered).to.be.at.most(2 * size);
        }
        decoder.push(bytes('z\r\x1c\r'));
        expect(reads / data.length, JSON.stringify(unit)).to.be.at.most(8);
      }
    }
  });
});
