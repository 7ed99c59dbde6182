import { Hl7Error } from '../../errors';
import { encodeAll } from '../framing/encoder';

/** What becomes of the connection after an answer. */
type Disposition = 'keep' | 'close';

/** The one answer to one frame. */
export interface Reply {
  readonly settled: boolean;
  /**
   * Answers the frame, once. Answers go out in the order in which the frames came, whatever the order of settling.
   * @param answer messages to send, each in a frame of its own; undefined or empty: no answer
   * @param then `'close'` ends the connection after this answer; later frames are not answered any more
   * @returns resolves when it was this frame's turn and the bytes were given to the operating system
   * @throws (rejects) Hl7Error `ALREADY_SETTLED`; `CONNECTION_CLOSED` when the peer cannot be answered any more;
   * `CONTENT_NOT_FRAMABLE`, after which the frame may be settled with another answer
   */
  settle(answer: readonly Buffer[] | undefined, then?: Disposition): Promise<void>;
}

/** What the queue needs of its connection. */
export interface ReplySink {
  /** Writes bytes; calls back once, with an error when they did not go out. */
  write(bytes: Buffer, done: (error?: Error | null) => void): void;
  /** A frame's exchange is over; `sent` tells whether it was answered. */
  finished(turn: PendingReply, sent: boolean): void;
  /** An answer asked to close the connection, and is out. */
  end(): void;
}

const closedError = (cause?: unknown): Hl7Error =>
  new Hl7Error(
    'CONNECTION_CLOSED',
    'The connection is closed, so the message cannot be answered. The sender will send it again.',
    { cause },
  );

/** One frame's place in the order of answers. */
export class PendingReply implements Reply {
  /** Bytes of the frame, which the connection holds until it is answered. */
  readonly size: number;
  settled = false;
  bytes: Buffer | undefined;
  after: Disposition = 'keep';
  /** Its connection ends with it, whatever `settle` is called with. */
  last = false;
  resolve: () => void = () => {};
  reject: (error: Hl7Error) => void = () => {};
  readonly #answers: Replies;

  constructor(answers: Replies, size: number) {
    this.#answers = answers;
    this.size = size;
  }

  async settle(answer: readonly Buffer[] | undefined, then: Disposition = 'keep'): Promise<void> {
    if (this.settled) {
      throw new Hl7Error('ALREADY_SETTLED', 'This message was answered before; a message is answered once.');
    }
    const bytes = answer?.length ? encodeAll(answer) : undefined;
    this.settled = true;
    if (this.#answers.closed) {
      this.#answers.release(this);
      throw closedError();
    }
    this.bytes = bytes;
    this.after = this.last ? 'close' : then;
    await new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.#answers.advance();
    });
  }
}

/** The answers of one connection, in the order of its frames. */
export class Replies {
  /** True when no answer can go out any more. */
  closed = false;
  /** In the order of the frames: not settled, or settled behind one that is not. */
  readonly #waiting: PendingReply[] = [];
  /** In the order of the frames. An array: a set that changes with every message keeps what left it alive. */
  readonly #writing: PendingReply[] = [];
  readonly #sink: ReplySink;

  constructor(sink: ReplySink) {
    this.#sink = sink;
  }

  /** Frames handed on whose answers are not out yet. */
  get open(): number {
    return this.#waiting.length + this.#writing.length;
  }

  /** Answers given to the socket and not taken by the operating system yet. */
  get writing(): number {
    return this.#writing.length;
  }

  /** Takes the next place. @param size bytes of the frame */
  add(size: number): PendingReply {
    const turn = new PendingReply(this, size);
    this.#waiting.push(turn);
    return turn;
  }

  /** True while nothing of the frame's answer was written. */
  isWaiting(turn: PendingReply): boolean {
    return this.#waiting.includes(turn);
  }

  /** Sends what is settled, up to the first frame that is not. */
  advance(): void {
    while (!this.closed && this.#waiting[0]?.settled) {
      const turn = this.#waiting.shift()!;
      if (turn.after === 'close') this.#closeWaiting();
      if (turn.bytes) {
        this.#writing.push(turn);
        this.#sink.write(turn.bytes, (error) => this.#written(turn, error));
      } else this.#finish(turn, false);
    }
  }

  /** Takes no more answers; those given to the socket may still go out. */
  close(): void {
    this.#closeWaiting();
  }

  /** The frame of a closed connection is not held any more. */
  release(turn: PendingReply): void {
    this.#sink.finished(turn, false);
  }

  /** The connection is gone: nothing goes out any more. */
  fail(cause?: unknown): void {
    this.#closeWaiting();
    // What `finished` does may look at those that are still under way.
    for (const turn of [...this.#writing]) {
      turn.reject(closedError(cause));
      this.#sink.finished(turn, false);
    }
    this.#writing.length = 0;
  }

  #closeWaiting(): void {
    this.closed = true;
    for (const turn of this.#waiting.splice(0)) {
      turn.reject(closedError());
      // The flow still holds what it has not settled: `settle` releases it.
      if (turn.settled) this.#sink.finished(turn, false);
    }
  }

  #written(turn: PendingReply, error: Error | null | undefined): void {
    const at = this.#writing.indexOf(turn);
    if (at < 0) return;
    this.#writing.splice(at, 1);
    if (error) {
      turn.reject(closedError(error));
      this.#sink.finished(turn, false);
      return;
    }
    this.#finish(turn, true);
  }

  #finish(turn: PendingReply, sent: boolean): void {
    turn.resolve();
    turn.bytes = undefined;
    this.#sink.finished(turn, sent);
    if (turn.after === 'close') this.#sink.end();
  }
}

/**
 * Sends the answers to a frame. What cannot be sent closes the connection, so that the sender does not wait.
 * @throws (rejects) Hl7Error as `Reply.settle`
 */
export async function sendAnswers(reply: Reply, answers: readonly Buffer[], then: Disposition): Promise<void> {
  try {
    await reply.settle(answers, then);
  } catch (error) {
    // Nothing can be told to the sender here; on a closed connection it does not wait for an answer.
    if (!reply.settled) await reply.settle(undefined, 'close');
    throw error;
  }
}

/** Abandons a frame without an answer; the sender of a closed connection repeats its message. */
export function giveUp(reply: Reply): void {
  reply.settle(undefined, 'close').catch(() => undefined);
}
