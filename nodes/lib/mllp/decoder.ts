import { ACCEPT, CR, FS, LF, REJECT, VT } from './bytes';
import type { CloseReason } from './close-reasons';
import { beginsWithHeader, isBlank, secondMessage, segmentEnds, splitMessages } from './content';
import type { DeviationCode } from './deviations';
import { recogniseForeign } from './foreign';
import { Gap, type GapState } from './gap';
import { DEFAULT_LIMITS } from './limits';
import { PartialFrame } from './partial-frame';

/** Why a frame must not be answered positively although it was delivered. */
export type Refusal = Extract<DeviationCode, 'START_INSIDE_FRAME' | 'SEVERAL_MESSAGES'>;

export interface Frame {
  kind: 'frame';
  /** What stood between VT and FS, byte for byte; a view, so take a copy to keep a part of it for long. */
  content: Buffer;
  /** Seen in this frame, or since the end of the frame before it; each code once. */
  deviations: DeviationCode[];
  refused?: Refusal;
  /** With `refused`: the part whose header the negative answer should name, since the sender waits for that one. */
  answerTo?: Buffer;
}

/** `accept` and `reject`: the block of custody (TRMLLP R2, 1.2.2), which is not a message. */
export type Decoded = Frame | { kind: 'accept' } | { kind: 'reject' };

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

/**
 * Takes frames out of the bytes of one connection. How the bytes are cut into chunks makes no difference to what comes
 * out. A frame is delivered at its FS, without waiting for the CR: a sender that leaves it out waits for its answer.
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
  #seen: DeviationCode[] = [];
  /** The first bytes of a connection, while they may still become those of another protocol. */
  #first: Buffer | undefined = Buffer.alloc(0);
  readonly #gap: Gap;
  readonly #partial: PartialFrame;
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
    this.#partial = new PartialFrame(this.#options.maxFrame);
    this.#gap = new Gap(this.#options, (code) => this.#note(code));
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

  /** Takes the next bytes; returns what they completed, in order. */
  push(chunk: Buffer): Decoded[] {
    const out: Decoded[] = [];
    if (this.#first && chunk.length > 0) {
      if (this.#first.length > 0) chunk = Buffer.concat([this.#first, chunk]);
      const recognised = recogniseForeign(chunk);
      if (recognised === 'perhaps') {
        // At most seven bytes; a copy, since the chunk may be large memory.
        this.#first = Buffer.from(chunk);
        return out;
      }
      this.#first = undefined;
      if (recognised !== 'no') this.violation = recognised;
    }
    this.#decode(chunk, out);
    return out;
  }

  /** Ends a message that came without VT, after a time of silence: only when its last segment is complete. */
  flush(): Decoded[] {
    const out: Decoded[] = [];
    if (this.#endsWithSegment) {
      this.#note('ENDED_BY_SILENCE');
      this.#endUnstarted(out);
    }
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
    if (this.#endsWithSegment) this.#endUnstarted(out);
    if (this.violation === undefined) {
      if (this.#inside) {
        this.#note('INCOMPLETE_FRAME');
        this.#inside = false;
        this.#partial.clear();
        this.incomplete = true;
      } else this.#gap.close();
    }
    return out;
  }

  /** Gives the memory back, when the connection is gone. */
  clear(): void {
    this.#partial.clear();
  }

  /** True when what came without VT may be a whole message. */
  get #endsWithSegment(): boolean {
    const last = this.#partial.lastByte;
    return this.unstarted && (last === CR || last === LF);
  }

  #endUnstarted(out: Decoded[]): void {
    this.#endFrame(this.#partial.take(Buffer.alloc(0), 0, 0), 'ended', out);
  }

  #decode(chunk: Buffer, out: Decoded[]): void {
    let at = 0;
    while (at < chunk.length && this.violation === undefined) {
      at = this.#inside ? this.#readFrame(chunk, at, out) : this.#readGap(chunk, at);
    }
  }

  /** Inside a frame: searches its end, and only in the new bytes. Returns where to go on. */
  #readFrame(chunk: Buffer, at: number, out: Decoded[]): number {
    let end = chunk.indexOf(FS, at);
    if (this.#unstarted) {
      const start = chunk.indexOf(VT, at);
      if (start >= 0 && (end < 0 || start < end)) end = start;
    }
    const stop = end < 0 ? chunk.length : end;
    if (this.#partial.length + stop - at > this.#options.maxFrame) {
      this.#partial.clear();
      this.violation = 'FRAME_TOO_LARGE';
      return chunk.length;
    }
    if (end < 0) {
      this.#partial.append(chunk, at, stop);
      return stop;
    }
    const whole = this.#partial.length === 0 ? chunk.subarray(at, end) : this.#partial.take(chunk, at, end);
    const byStart = chunk[end] === VT;
    this.#endFrame(whole, byStart ? 'ended' : 'after FS', out);
    return byStart ? end : end + 1;
  }

  /** Between frames. Returns where to go on. */
  #readGap(chunk: Buffer, at: number): number {
    const next = this.#gap.read(chunk, at);
    const found = this.#gap.found;
    if (found) {
      this.#inside = true;
      this.#unstarted = found !== 'start';
      this.framesBegun++;
      if (found !== 'start') this.#partial.append(Buffer.from(found), 0, found.length);
    } else if (this.#gap.tooMuchJunk) this.violation = 'JUNK_BEFORE_START';
    return next;
  }

  #endFrame(content: Buffer, gap: GapState, out: Decoded[]): void {
    this.#inside = false;
    this.#gap.open(gap);
    if (content[0] === VT) {
      let surplus = 1;
      while (content[surplus] === VT) surplus++;
      content = content.subarray(surplus);
      this.#note('DOUBLE_START');
    }
    if (content.length === 1 && (content[0] === ACCEPT || content[0] === REJECT)) {
      const accepted = content[0] === ACCEPT;
      this.#note(accepted ? 'ACCEPT_BLOCK' : 'REJECT_BLOCK');
      out.push({ kind: accepted ? 'accept' : 'reject' });
    } else if (isBlank(content)) {
      this.#note('EMPTY_FRAME');
    } else {
      this.#deliver(content, out);
      this.#seen = [];
    }
  }

  #deliver(content: Buffer, out: Decoded[]): void {
    if (content.includes(VT)) {
      this.#note('START_INSIDE_FRAME');
      const last = content.subarray(content.lastIndexOf(VT) + 1);
      const begins = beginsWithHeader(last);
      if (!begins || this.#options.startInside === 'refuse') {
        this.#refuse(content, 'START_INSIDE_FRAME', begins ? last : content, out);
        return;
      }
      content = last;
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
