import { CR, FS, isFiller, LF, VT } from './bytes';
import type { DeviationCode } from './deviations';

/** Where in a gap the last byte was. */
export type GapState = 'nothing yet' | 'after FS' | 'after FS CR' | 'ended' | 'junk';

/** The header segment whose name begins with this byte: M, F or B. */
const HEADERS: Readonly<Record<number, string>> = { 77: 'MSH', 70: 'FHS', 66: 'BHS' };

export interface GapOptions {
  /** Bytes of junk. */
  maxJunk: number;
  /** Take a header segment at the place of a frame as the beginning of a message. */
  withoutStart: boolean;
}

/** Reads what stands between two frames: the end of the one before, filler, junk, and the start of the next. */
export class Gap {
  /** What ended the gap: VT, or the name of the header segment of a message without VT. */
  found: 'start' | 'MSH' | 'FHS' | 'BHS' | undefined;
  #state: GapState = 'nothing yet';
  #junk = 0;
  #header: string | undefined;
  #fillerNoted = false;
  #junkNoted = false;
  readonly #options: GapOptions;
  readonly #note: (code: DeviationCode) => void;

  constructor(options: GapOptions, note: (code: DeviationCode) => void) {
    this.#options = options;
    this.#note = note;
  }

  /** True when there was more junk than the limit. */
  get tooMuchJunk(): boolean {
    return this.#header === undefined && this.#junk > this.#options.maxJunk;
  }

  /** Begins a new gap after a frame. */
  open(state: GapState): void {
    this.found = undefined;
    this.#state = state;
    this.#junk = 0;
    this.#header = undefined;
    this.#fillerNoted = false;
    this.#junkNoted = false;
  }

  /** Reads up to the next start (`found`), too much junk, or the end of the chunk. Returns where to go on. */
  read(chunk: Buffer, at: number): number {
    while (at < chunk.length && !this.tooMuchJunk) {
      const byte = chunk[at]!;
      if (byte === VT) {
        this.close();
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
      at++;
      if (this.#state === 'junk') this.#readHeaderName(byte);
      else if (!this.#readEnd(byte)) this.#readOther(byte);
      if (this.found) return at;
    }
    return at;
  }

  /** Notes what only shows when the gap is over. */
  close(): void {
    if (this.#state === 'after FS') this.#note('END_WITHOUT_CR');
    if (this.#junk > 0 && !this.#junkNoted) this.#note('JUNK_BEFORE_START');
  }

  /** What may follow a frame's FS. Returns false when the byte belongs to no end of a frame. */
  #readEnd(byte: number): boolean {
    const before = this.#state;
    if (before === 'nothing yet') return false;
    if (before === 'after FS') {
      if (byte === CR) {
        this.#state = 'after FS CR';
        return true;
      }
      this.#note('END_WITHOUT_CR');
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
      if (!this.#fillerNoted) this.#note('FILLER_BETWEEN_FRAMES');
      this.#fillerNoted = true;
      return;
    }
    this.#state = 'junk';
    this.#header = HEADERS[byte];
    this.#countJunk(1);
  }

  /** Follows the name of a header segment at the place of a frame; as long as it fits, its bytes are no junk yet. */
  #readHeaderName(byte: number): void {
    const name = this.#header!;
    if (byte === name.charCodeAt(this.#junk)) {
      if (this.#junk < name.length - 1) {
        this.#junk++;
        return;
      }
      this.#note('MESSAGE_WITHOUT_START');
      this.#junkNoted = true;
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
    if (this.#header !== undefined || this.#junkNoted) return;
    this.#note('JUNK_BEFORE_START');
    this.#junkNoted = true;
  }
}
