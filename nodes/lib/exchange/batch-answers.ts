import { Hl7Error } from '../errors';
import type { AckPolicy } from './compose';
import type { Pending } from './exchange';

/** Makes the one frame that answers a batch of the answers of each message, in the order of the messages. */
export type Combine = (answers: Buffer[][], policy: AckPolicy) => Buffer;

/** Promises that are settled at a time when the answer of a batch has left: each of them has further work. */
const TOLD = 100;

/** A batch is answered as its worst message. */
const WORST_FIRST = ['AR', 'CR', 'AE', 'CE', 'AA', 'CA'];

interface Waiting {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * The answers of the messages of a batch, collected until all are there. When one is given up, nothing is answered: a
 * part of the answers would speak for all messages.
 */
export class BatchAnswers {
  /** A message was given up without an answer. */
  abandoned = false;
  private readonly collected: Buffer[][];
  private readonly codes = new Set<string>();
  private readonly waiting: Waiting[] = [];
  private open = 0;
  private complete = false;
  private close = false;

  /** @param count of the messages, those that are not to be answered too */
  constructor(
    private readonly pending: Pending,
    private readonly combine: Combine,
    count: number,
  ) {
    this.collected = Array.from({ length: count }, () => []);
  }

  /** A message waits for its answer from now on. */
  expect(): void {
    this.open++;
  }

  /** No more messages will be expected. */
  expectNoMore(): void {
    this.complete = true;
    if (this.open === 0) this.finish();
  }

  /**
   * The answers of a message.
   * @returns when the batch of all has left.
   */
  take(message: number, answers: Buffer[], then: 'keep' | 'close', codes: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.collected[message] = answers;
      for (const code of codes) this.codes.add(code);
      this.close ||= then === 'close';
      this.waiting.push({ resolve, reject });
      this.open--;
      if (this.open === 0 && this.complete) this.finish();
    });
  }

  private finish(): void {
    this.send().then(
      () => this.report(({ resolve }) => resolve()),
      (error) => this.report(({ reject }) => reject(error)),
    );
    this.pending.onSettled?.(undefined);
  }

  private async send(): Promise<void> {
    const { pending, abandoned } = this;
    const doubt = pending.late?.error;
    if (doubt !== undefined) {
      // Some of the answers may be positive by now; on a closed connection the sender repeats the batch.
      await pending.send([], 'close', []);
      throw doubt;
    }
    // A batch without messages is answered by one.
    const empty = this.collected.length > 0 && this.collected.every((answers) => answers.length === 0);
    const silent = abandoned || empty;
    let frames: Buffer[];
    try {
      frames = silent ? [] : [this.combine(this.collected, pending.policy)];
    } catch (error) {
      // No answer can be told: on a closed connection the sender repeats the batch.
      await pending.send([], 'close', []);
      throw error;
    }
    const code = WORST_FIRST.find((one) => this.codes.has(one)) ?? '';
    await pending.send(frames, this.close ? 'close' : 'keep', frames.length === 0 ? [] : [code]);
    this.note(frames, code);
    // An answer that was not sent must not be noted as sent.
    if (abandoned) throw new Hl7Error('CONNECTION_CLOSED', `A batch of ${pending.where} was given up unanswered.`);
  }

  /** The rows of a batch that was stored before it was split hold the frame that answered it. */
  private note(frames: readonly Buffer[], code: string): void {
    const { delivery, onError } = this.pending;
    if (delivery === undefined || frames.length === 0) return;
    delivery.decide(frames.map((raw) => ({ kind: 'application', code, controlId: '', raw })));
    delivery.gone(new Date()).catch((error) => onError?.(error));
  }

  private async report(how: (one: Waiting) => void): Promise<void> {
    for (const [n, one] of this.waiting.entries()) {
      how(one);
      if (n % TOLD === TOLD - 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
