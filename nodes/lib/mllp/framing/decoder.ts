import type { CloseReason } from '../close-reasons';
import { DEFAULT_LIMITS } from '../limits';
import { ACCEPT, CR, FS, headerAt, isFiller, LF, REJECT, skipLead, VT } from './constants';
import type { DeviationCode } from './deviations';
import { END_ROOM, FrameBuffer } from './frame-buffer';
import {
  beginsWithHeader,
  hasLead,
  isBlank,
  isOpenBatch,
  secondMessage,
  segmentEnds,
  splitMessages,
  startsIn,
} from './frame-content';
import { InterFrameReader } from './inter-frame';
import { detectProtocol } from './protocol-detection';

/** Why a frame must not be answered positively although it was delivered. */
export type Refusal = Extract<
  DeviationCode,
  | 'START_INSIDE_FRAME'
  | 'SEVERAL_MESSAGES'
  | 'END_UNCERTAIN'
  | 'BYTES_AFTER_END'
  | 'ENDED_BY_SILENCE'
  | 'INCOMPLETE_FRAME'
  | 'FRAME_TOO_LARGE'
>;

export interface Frame {
  kind: 'frame';
  /** What stood between VT and FS, byte for byte; a view, so take a copy to keep a part of it for long. */
  content: Buffer;
  /**
   * Seen in this frame and at its end, as far as that had come when it was delivered, or since the end of the frame before
   * it; each code once.
   */
  deviations: DeviationCode[];
  refused?: Refusal;
  /** With `refused`: the part whose header the negative answer should name, since the sender waits for that one. */
  answerTo?: Buffer;
}

/**
 * `accept` and `reject`: the block of custody (TRMLLP R2, 1.2.2), which is not a message. `late`: bytes that are no
 * message came behind the frame delivered last, so that it may be a part of one.
 */
export type Decoded = Frame | { kind: 'accept' } | { kind: 'reject' } | { kind: 'late' };

export interface DecoderOptions {
  /** A start inside a frame: refuse the frame (default), or take what follows the last start as the message. */
  startInside?: 'refuse' | 'restart';
  /** More than one MSH without a batch envelope: refuse the frame (default), or deliver them one by one. */
  severalMessages?: 'refuse' | 'split';
  /** Take a message that comes without VT (ended by FS, by the next VT, or by `flush`). Default false. */
  withoutStart?: boolean;
  /** Bytes of a frame. */
  maxFrame?: number;
  /** Bytes before a start. */
  maxJunk?: number;
}

/** Codes that belong to the end of a frame: they are its own where its end is seen before it is delivered. */
const OF_END: ReadonlySet<DeviationCode> = new Set(['END_WITHOUT_CR', 'DOUBLE_END', 'LF_AFTER_END']);

/** Bytes of a frame beyond the limit that are kept for its header. */
const HEAD_BYTES = 16 * 1024;

/**
 * Takes frames out of the bytes of one connection.
 *
 * 1C may be data, so what follows it decides. A frame has ended when 1C 0D is followed by nothing, or when more ends,
 * filler and then nothing, the start of another frame, or a header segment follow. With anything else behind it, the 1C is
 * data. 1C alone is waited behind for the next byte; `waits` says how long, and `flush` ends the waiting: behind the end
 * of a segment it was the end, elsewhere the frame is refused.
 *
 * How the bytes are cut into chunks makes a difference only where a chunk ends right behind 1C 0D, which is an end then:
 * what came later cannot be waited for, since the sender waits for its answer. Bytes that are no message and come later
 * are reported as `late`.
 */
export class MllpDecoder {
  /** Set when the connection must be closed; nothing more is decoded then. */
  violation: CloseReason | undefined;
  /** Set by `end` when it came inside a frame. */
  incomplete = false;
  /** Counts the frames begun, so that the owner can tell one unfinished frame from the next. */
  framesBegun = 0;
  #inside = false;
  #unstarted = false;
  /** Offset in the partial frame of the 1C that may be its end, when all that came behind it may be, too; else -1. */
  #end = -1;
  /** Behind that 1C: where the ends and filler stop in this chunk; a CR, an LF right behind a 1C. */
  #run = 0;
  #cr = false;
  #lf = false;
  /** A 1C of this frame was taken for data. */
  #dataEnd = false;
  /** Bytes behind an end that may become a header segment. */
  #carry: Buffer | undefined;
  /** A message was delivered before this gap or frame, and nothing was told of it yet that came late. */
  #before = false;
  /** That message was a batch without its trailer, which a further header goes on with. */
  #openBatch = false;
  #seen: DeviationCode[] = [];
  /** The first bytes of a connection, while they may still become those of another protocol. */
  #first: Buffer | undefined = Buffer.alloc(0);
  readonly #gap: InterFrameReader;
  readonly #partial: FrameBuffer;
  readonly #options: Required<DecoderOptions>;
  readonly #onDeviation: (code: DeviationCode) => void;

  /** @param onDeviation called each time one is seen, whether or not a frame follows */
  constructor(options: DecoderOptions = {}, onDeviation: (code: DeviationCode) => void = () => {}) {
    this.#options = {
      startInside: options.startInside ?? 'refuse',
      severalMessages: options.severalMessages ?? 'refuse',
      withoutStart: options.withoutStart ?? false,
      maxFrame: options.maxFrame ?? DEFAULT_LIMITS.maxFrame,
      maxJunk: options.maxJunk ?? DEFAULT_LIMITS.maxJunk,
    };
    this.#partial = new FrameBuffer(this.#options.maxFrame);
    this.#gap = new InterFrameReader(this.#options, (code) => this.#note(code));
    this.#onDeviation = onDeviation;
  }

  /** True between the start and the end of a frame. */
  get inside(): boolean {
    return this.#inside;
  }

  /** True inside a message that began without VT. */
  get unstarted(): boolean {
    return this.#inside && this.#unstarted;
  }

  /** Bytes of memory held for the unfinished frame. */
  get buffered(): number {
    return this.#partial.capacity;
  }

  /**
   * What the decoder waits for inside a frame: `end`: a 1C behind the end of a segment came, and nothing behind it;
   * `doubt`: what came may have ended the frame, or not; `silence`: a message without start may be whole. `flush` is due
   * when nothing came for the time of that.
   */
  get waits(): 'end' | 'doubt' | 'silence' | undefined {
    if (!this.#inside) return undefined;
    if (this.#end >= 0) return this.#carry === undefined && this.#segmentEndsAt(this.#end) ? 'end' : 'doubt';
    if (this.#dataEnd) return 'doubt';
    return this.#endsWithSegment ? 'silence' : undefined;
  }

  /** Takes the next bytes; returns what they completed, in order. */
  push(chunk: Buffer): Decoded[] {
    const out: Decoded[] = [];
    if (this.#first && chunk.length > 0) {
      if (this.#first.length > 0) chunk = Buffer.concat([this.#first, chunk]);
      const recognised = detectProtocol(chunk);
      if (recognised === 'perhaps') {
        // At most seven bytes; a copy, since the chunk may be large memory.
        this.#first = Buffer.from(chunk);
        return out;
      }
      this.#first = undefined;
      if (recognised !== 'no') this.violation = recognised;
    }
    if (this.#carry && chunk.length > 0) {
      chunk = Buffer.concat([this.#carry, chunk]);
      this.#carry = undefined;
    }
    this.#decode(chunk, out);
    return out;
  }

  /** Ends what `waits` tells of, after a time of silence. Not as a message that may be answered positively where it may be a part. */
  flush(): Decoded[] {
    const out: Decoded[] = [];
    const waits = this.waits;
    if (waits === undefined || this.violation !== undefined) return out;
    this.#endByWaiting(out);
    if (waits === 'silence') this.#refuseUnended('ENDED_BY_SILENCE', out);
    return out;
  }

  /** Tells that no more bytes come; returns what that completed. */
  end(): Decoded[] {
    const out: Decoded[] = [];
    if (this.#first) {
      const held = this.#first;
      this.#first = undefined;
      this.#decode(held, out);
    }
    if (this.violation !== undefined) return out;
    this.#endByWaiting(out);
    if (this.#endsWithSegment) {
      this.incomplete = true;
      this.#refuseUnended('INCOMPLETE_FRAME', out);
    }
    if (this.#inside) {
      this.#note('INCOMPLETE_FRAME');
      this.#inside = false;
      this.#partial.clear();
      this.incomplete = true;
    } else {
      this.#gap.close();
      this.#tellLate(out);
    }
    return out;
  }

  /** Gives the memory back, when the connection is gone. */
  clear(): void {
    this.#partial.clear();
    this.#carry = undefined;
  }

  /** True when what came without VT may be a whole message. */
  get #endsWithSegment(): boolean {
    const last = this.#partial.lastByte;
    return this.unstarted && (last === CR || last === LF);
  }

  /** True when the end of a segment stands before an offset of the partial frame. */
  #segmentEndsAt(offset: number): boolean {
    const last = this.#partial.at(offset - 1);
    return last === CR || last === LF;
  }

  /** Ends a frame that what came may have ended; nothing more came. */
  #endByWaiting(out: Decoded[]): void {
    if (!this.#inside || (this.#end < 0 && !this.#dataEnd)) return;
    let end = this.#end;
    if (this.#carry) {
      this.#partial.append(this.#carry, 0, this.#carry.length);
      this.#carry = undefined;
      this.#dataEnd = true;
      end = -1;
    }
    const sure = end >= 0 && this.#segmentEndsAt(end);
    const whole = this.#partial.take(Buffer.alloc(0), 0, 0);
    if (end < 0) this.#finish(whole, whole.length, out, 'BYTES_AFTER_END');
    else this.#finish(whole, end, out, sure ? undefined : 'END_UNCERTAIN', true);
  }

  /** Ends a message without start that nothing has ended. */
  #refuseUnended(refused: Refusal, out: Decoded[]): void {
    const whole = this.#partial.take(Buffer.alloc(0), 0, 0);
    this.#finish(whole, whole.length, out, refused);
  }

  #decode(chunk: Buffer, out: Decoded[]): void {
    let at = 0;
    while (at < chunk.length && this.violation === undefined) {
      at = this.#inside ? this.#readFrame(chunk, at, out) : this.#readGap(chunk, at, out);
    }
  }

  /** Inside a frame: searches its end, and only in the new bytes. Returns where to go on. */
  #readFrame(chunk: Buffer, at: number, out: Decoded[]): number {
    const partial = this.#partial;
    const start = this.#unstarted ? chunk.indexOf(VT, at) : -1;
    let from = at;
    if (this.#end >= 0) this.#readRun(chunk, at, partial.lastByte);
    for (;;) {
      if (this.#end < 0) {
        const end = chunk.indexOf(FS, from);
        const stop = end < 0 ? chunk.length : end;
        if (start >= 0 && start < stop) {
          // Whatever came without a start and ends without an end may be a part.
          const whole = partial.take(chunk, at, start);
          this.#finish(whole, whole.length, out, 'START_INSIDE_FRAME');
          return start;
        }
        if (partial.length + stop - at > this.#options.maxFrame) return this.#tooLarge(chunk, at, out);
        if (end < 0) {
          partial.append(chunk, at, stop);
          return stop;
        }
        this.#end = partial.length + end - at;
        this.#cr = false;
        this.#lf = false;
        this.#readRun(chunk, end + 1, FS);
      }
      const run = this.#run;
      const verdict = this.#judge(chunk, at);
      if (verdict === 'end') {
        const end = this.#end;
        const whole = partial.length === 0 ? chunk.subarray(at, run) : partial.take(chunk, at, run);
        this.#finish(whole, end, out, undefined, run < chunk.length || !this.#cr);
        return run;
      }
      if (verdict === 'wait') {
        if (partial.length + run - at > this.#options.maxFrame + END_ROOM) return this.#tooLarge(chunk, at, out);
        partial.append(chunk, at, run);
        // A copy, since the chunk may be large memory; three bytes at most.
        if (run < chunk.length) this.#carry = Buffer.from(chunk.subarray(run));
        return chunk.length;
      }
      this.#end = -1;
      this.#dataEnd = true;
      from = run;
    }
  }

  /** Passes the ends and the filler behind a 1C. */
  #readRun(chunk: Buffer, from: number, before: number | undefined): void {
    let at = from;
    for (; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte !== FS && !isFiller(byte)) break;
      if (before === FS) {
        if (byte === CR) this.#cr = true;
        else if (byte === LF) this.#lf = true;
      }
      before = byte;
    }
    this.#run = at;
  }

  /** Whether the frame has ended at `#end`, by what follows. */
  #judge(chunk: Buffer, at: number): 'end' | 'data' | 'wait' {
    const run = this.#run;
    if (run === chunk.length) {
      if (this.#cr) return 'end';
      // Senders that put LF in place of the CR, or nothing: only behind the end of a segment.
      if (!this.#lf && !this.#gap.endsWithoutCr) return 'wait';
      const { length } = this.#partial;
      const last = this.#end > length ? chunk[at + this.#end - length - 1] : this.#partial.at(this.#end - 1);
      return last === CR || last === LF ? 'end' : 'wait';
    }
    if (chunk[run] === VT) return this.#cr || startsFrame(chunk, run) ? 'end' : 'data';
    if (!this.#cr && !this.#lf) return 'data';
    const header = headerAt(chunk, run);
    if (header === 'perhaps') return 'wait';
    return header === 'yes' ? 'end' : 'data';
  }

  /** Ends the connection's decoding at a frame beyond the limit. Its header tells whom to answer. */
  #tooLarge(chunk: Buffer, at: number, out: Decoded[]): number {
    const most = Math.min(HEAD_BYTES, this.#options.maxFrame);
    let head = this.#partial.head(most);
    if (head.length < most) head = Buffer.concat([head, chunk.subarray(at, at + most - head.length)]);
    this.#partial.clear();
    this.#inside = false;
    this.#end = -1;
    this.violation = 'FRAME_TOO_LARGE';
    this.#note('FRAME_TOO_LARGE');
    head = head.subarray(skipLead(head, 0, true));
    if (beginsWithHeader(head)) this.#refuse(head, 'FRAME_TOO_LARGE', head, out);
    return chunk.length;
  }

  /** Bytes between frames. Returns where to go on. */
  #readGap(chunk: Buffer, at: number, out: Decoded[]): number {
    const next = this.#gap.read(chunk, at);
    const found = this.#gap.found;
    this.#tellLate(out);
    if (found) {
      this.#inside = true;
      this.#unstarted = found !== 'start';
      this.framesBegun++;
      if (found !== 'start') this.#partial.append(Buffer.from(found), 0, found.length);
    } else if (this.#gap.tooMuchJunk) this.violation = 'JUNK_BEFORE_START';
    return next;
  }

  /** Tells once of bytes behind a frame that are no message. */
  #tellLate(out: Decoded[]): void {
    const goesOn = this.#openBatch && this.#gap.hasHeader;
    if (this.#before && (this.#gap.hasJunk || goesOn)) this.#late(out);
  }

  #late(out: Decoded[]): void {
    this.#before = false;
    this.#onDeviation('BYTES_AFTER_END');
    out.push({ kind: 'late' });
  }

  /**
   * Ends a frame.
   * @param whole its content, and what has come of its end
   * @param end where the content ends
   * @param closed no CR can follow any more, as far as that is known
   */
  #finish(whole: Buffer, end: number, out: Decoded[], refused?: Refusal, closed = false): void {
    const content = whole.subarray(0, end);
    const dataEnd = this.#dataEnd;
    this.#inside = false;
    this.#end = -1;
    this.#dataEnd = false;
    const own = this.#seen;
    this.#seen = [];
    if (end < whole.length) {
      this.#gap.open('after FS');
      this.#gap.read(whole, end + 1);
      if (closed) this.#gap.endWithoutCr();
    } else this.#gap.open('ended');
    const next = this.#seen;
    this.#seen = own;
    for (const code of next) if (OF_END.has(code) && !own.includes(code)) own.push(code);
    const delivered = this.#take(content, dataEnd, refused, out);
    if (delivered) this.#seen = [];
    for (const code of next) if (!OF_END.has(code) && !this.#seen.includes(code)) this.#seen.push(code);
  }

  /** Takes the content of a frame. @returns false when it was none to be delivered. */
  #take(content: Buffer, dataEnd: boolean, refused: Refusal | undefined, out: Decoded[]): boolean {
    const lead = skipLead(content, 0, true);
    const start = lead === 0 ? -1 : content.subarray(0, lead).lastIndexOf(VT);
    if (start >= 0) {
      content = content.subarray(start + 1);
      this.#note('DOUBLE_START');
    }
    if (content.length === 1 && (content[0] === ACCEPT || content[0] === REJECT)) {
      const accepted = content[0] === ACCEPT;
      this.#note(accepted ? 'ACCEPT_BLOCK' : 'REJECT_BLOCK');
      out.push({ kind: accepted ? 'accept' : 'reject' });
      return false;
    }
    if (isBlank(content)) {
      this.#note('EMPTY_FRAME');
      return false;
    }
    // Without a header it may be the rest of the message before it.
    if (this.#before && !beginsWithHeader(content)) this.#late(out);
    this.#before = true;
    this.#openBatch = isOpenBatch(content);
    if (dataEnd && content.includes(FS)) this.#note('END_BYTE_IN_DATA');
    if (refused) this.#note(refused);
    this.#deliver(content, refused, out);
    return true;
  }

  #deliver(content: Buffer, refused: Refusal | undefined, out: Decoded[]): void {
    const { last: start, data } = startsIn(content);
    if (start >= 0) {
      this.#note('START_INSIDE_FRAME');
      const last = content.subarray(start + 1);
      if (refused !== undefined || this.#options.startInside === 'refuse') {
        this.#refuse(content, refused ?? 'START_INSIDE_FRAME', last, out);
        return;
      }
      content = last;
    }
    if (data) this.#note('START_BYTE_IN_DATA');
    if (hasLead(content)) this.#note('FILLER_BEFORE_MESSAGE');
    if (refused !== undefined) {
      this.#refuse(content, refused, content, out);
      return;
    }
    const second = secondMessage(content);
    let messages: Buffer[] | undefined = [content];
    if (second >= 0) {
      this.#note('SEVERAL_MESSAGES');
      messages = this.#options.severalMessages === 'split' ? splitMessages(content, second) : undefined;
    }
    if (!messages) {
      this.#refuse(content, 'SEVERAL_MESSAGES', content, out);
      return;
    }
    for (const message of messages) {
      const deviations = this.#seen.slice();
      const ends = segmentEnds(message);
      if (ends) {
        this.#onDeviation(ends);
        deviations.push(ends);
      }
      out.push({ kind: 'frame', content: message, deviations });
    }
  }

  #refuse(content: Buffer, refused: Refusal, answerTo: Buffer, out: Decoded[]): void {
    out.push({ kind: 'frame', content, deviations: this.#seen.slice(), refused, answerTo });
  }

  #note(code: DeviationCode): void {
    this.#onDeviation(code);
    if (!this.#seen.includes(code)) this.#seen.push(code);
  }
}

/** True when a frame begins at the start byte (0B): with a header segment, nothing, a custody block, or what is still to come. */
function startsFrame(chunk: Buffer, start: number): boolean {
  const at = skipLead(chunk, start, true);
  if (headerAt(chunk, at) !== 'no' || chunk[at] === FS) return true;
  // The beginning of a byte order mark.
  if (chunk[at] === 0xef) return at + 1 >= chunk.length || (chunk[at + 1] === 0xbb && at + 2 >= chunk.length);
  if (chunk[at] !== ACCEPT && chunk[at] !== REJECT) return false;
  return at + 1 >= chunk.length || chunk[at + 1] === FS;
}
