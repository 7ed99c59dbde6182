import { CR, canSeparate, FS, isFiller, LF, VT } from './constants';
import type { DeviationCode } from './deviations';

/** Where in a gap the last byte was. */
type InterFrameState = 'nothing yet' | 'after FS' | 'after FS CR' | 'ended' | 'junk';

/** The header segment whose name begins with this byte: M, F or B. */
const HEADERS: Readonly<Record<number, string>> = { 77: 'MSH', 70: 'FHS', 66: 'BHS' };

interface InterFrameOptions {
  /** Bytes of junk. */
  maxJunk: number;
  /** Take a header segment at the place of a frame as the beginning of a message. */
  withoutStart: boolean;
}

/** Reads what stands between two frames: the end of the one before, filler, junk, and the start of the next. */
export class InterFrameReader {
  /** What ended the gap: VT, or the name of the header segment of a message without VT. */
  found: 'start' | 'MSH' | 'FHS' | 'BHS' | undefined;
  /** True when bytes that are no frame were seen in this gap. */
  hasJunk = false;
  /** True when the last frame of this connection ended with FS alone, as the VT behind it proved. */
  endsWithoutCr = false;
  #state: InterFrameState = 'nothing yet';
  #junk = 0;
  #header: string | undefined;
  /** True when a header segment was seen in this gap. */
  hasHeader = false;
  readonly #noted = new Set<DeviationCode>();
  readonly #options: InterFrameOptions;
  readonly #onDeviation: (code: DeviationCode) => void;

  constructor(options: InterFrameOptions, onDeviation: (code: DeviationCode) => void) {
    this.#options = options;
    this.#onDeviation = onDeviation;
  }

  /** True when there was more junk than the limit. */
  get tooMuchJunk(): boolean {
    return this.#header === undefined && this.#junk > this.#options.maxJunk;
  }

  /** Begins a new gap after a frame. */
  open(state: InterFrameState): void {
    this.found = undefined;
    this.hasJunk = false;
    this.#state = state;
    this.#junk = 0;
    this.#header = undefined;
    this.hasHeader = false;
    this.#noted.clear();
  }

  /** Notes that the frame has ended without CR, before the next byte has come; a CR may still follow. */
  endWithoutCr(): void {
    if (this.#state === 'after FS') this.#note('END_WITHOUT_CR');
  }

  /** Reads up to the next start (`found`), too much junk, or the end of the chunk. Returns where to go on. */
  read(chunk: Buffer, at: number): number {
    while (at < chunk.length && !this.tooMuchJunk) {
      const byte = chunk[at]!;
      if (byte === VT) {
        this.close();
        if (this.#state === 'after FS') this.endsWithoutCr = true;
        this.found = 'start';
        return at + 1;
      }
      if (this.#state === 'junk' && this.#header === undefined) {
        const start = chunk.indexOf(VT, at);
        const stop = start < 0 ? chunk.length : start;
        this.#countJunk(stop - at);
        at = stop;
        continue;
      }
      if (this.#state === 'junk') this.#readHeader(byte);
      else if (!this.#readEnd(byte)) this.#readOther(byte);
      // The separator behind the name belongs to the message.
      if (this.found) return at;
      at++;
    }
    return at;
  }

  /** Notes what only shows when the gap is over. */
  close(): void {
    this.endWithoutCr();
    if (this.#junk > 0 && !this.hasHeader) this.#noteJunk();
  }

  /** What may follow a frame's FS. Returns false when the byte belongs to no end of a frame. */
  #readEnd(byte: number): boolean {
    const before = this.#state;
    if (before === 'nothing yet') return false;
    if (before === 'after FS') {
      if (byte === CR) {
        this.#state = 'after FS CR';
        this.endsWithoutCr = false;
        return true;
      }
      if (byte !== FS) this.#note('END_WITHOUT_CR');
    }
    if (byte === FS) {
      this.#note('DOUBLE_END');
      this.#state = 'after FS';
      return true;
    }
    this.#state = 'ended';
    if (before !== 'after FS CR' || byte !== LF) return false;
    this.#note('LF_AFTER_END');
    return true;
  }

  #readOther(byte: number): void {
    if (isFiller(byte)) {
      this.#note('FILLER_BETWEEN_FRAMES');
      return;
    }
    this.#state = 'junk';
    this.#header = HEADERS[byte];
    this.#countJunk(1);
  }

  /** Follows a header segment at the place of a frame; as long as it fits, its bytes are no junk yet. */
  #readHeader(byte: number): void {
    const name = this.#header!;
    if (this.#junk < name.length) {
      if (byte === name.charCodeAt(this.#junk)) {
        this.#junk++;
        return;
      }
    } else if (canSeparate(byte)) {
      this.#note('MESSAGE_WITHOUT_START');
      this.hasHeader = true;
      if (this.#options.withoutStart) {
        this.found = name as 'MSH' | 'FHS' | 'BHS';
        return;
      }
    }
    this.#header = undefined;
    this.#countJunk(1);
  }

  #countJunk(bytes: number): void {
    this.#junk += bytes;
    if (this.#header !== undefined || this.hasHeader) return;
    this.#noteJunk();
  }

  #noteJunk(): void {
    this.hasJunk = true;
    this.#note('JUNK_BEFORE_START');
  }

  /** Each code once a gap. */
  #note(code: DeviationCode): void {
    if (this.#noted.has(code)) return;
    this.#noted.add(code);
    this.#onDeviation(code);
  }
}
