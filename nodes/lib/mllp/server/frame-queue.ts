import type { Frame } from '../framing/decoder';

/** Frames that wait until those before them are answered; first in, first out, however many came at once. */
export class FrameQueue {
  /** Bytes of their contents. */
  bytes = 0;
  #frames: Frame[] = [];
  #next = 0;

  get length(): number {
    return this.#frames.length - this.#next;
  }

  /** The frame that came last; undefined when none waits. */
  get last(): Frame | undefined {
    return this.#frames[this.#frames.length - 1];
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.bytes += frame.content.length;
  }

  shift(): Frame | undefined {
    const frame = this.#frames[this.#next];
    if (!frame) return undefined;
    this.#next++;
    this.bytes -= frame.content.length;
    if (this.#next === this.#frames.length) this.clear();
    return frame;
  }

  clear(): void {
    this.#frames = [];
    this.#next = 0;
    this.bytes = 0;
  }
}
