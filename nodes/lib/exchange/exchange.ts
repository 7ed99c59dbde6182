import type { HeaderFacts } from '../contract';
import { Hl7Error } from '../errors';
import type { Header } from '../hl7/header';
import { randomChunk } from '../random';
import {
  type Answer,
  type AnswerRequest,
  isPositive,
  type RecordedAnswer,
  type SentAnswer,
  type StoreRecord,
} from './answer';
import { type AckPolicy, type Composed, compose, type Outcome } from './compose';

/** How an exchange reaches its peer: all answers of one message, in order; none to say nothing. */
export type Send = (answers: Buffer[], then: 'keep' | 'close') => Promise<void>;

/** A message that waits for its answer. */
export interface Pending {
  /** The listener that owns the exchange. */
  owner: string;
  /** For people, in errors: `listener "ward" (port 2575)`. */
  where: string;
  header: Header | undefined;
  facts: HeaderFacts;
  /** The set to encode the acknowledgment with, and the label that MSH-18 gets. */
  charset: string;
  charsetLabel: string;
  policy: AckPolicy;
  send: Send;
  /** An unsplit batch: one answer for it would speak for messages nobody has looked at. */
  batch?: boolean;
  /** Acknowledge by itself as soon as a store has committed the message. */
  whenStored?: boolean;
  /** Told once, when the exchange is settled. */
  onSettled?: (sent: SentAnswer | undefined) => void;
  /** Told when the positive answer that `whenStored` promised could not be sent. */
  onError?: (error: Hl7Error) => void;
}

/**
 * One message and its answer. Settled once: the first answer wins, a later one is an error. Knows whether the message
 * is committed, and answers a repeated message with the bytes of the first answer.
 */
export class Exchange {
  readonly id = randomChunk(12).toString('hex');
  private store: StoreRecord | undefined;
  private cause: Hl7Error | undefined;
  private failedFirst = false;
  private positive: Composed | undefined;
  private done = false;

  constructor(private readonly pending: Pending) {}

  get owner(): string {
    return this.pending.owner;
  }

  get settled(): boolean {
    return this.done;
  }

  get isStored(): boolean {
    return this.store !== undefined;
  }

  /** What made the message fail, when something did. */
  get failure(): Hl7Error | undefined {
    return this.cause;
  }

  /** The positive answers, built once, so that a store can commit them with the message. Empty when none is due. */
  prepare(): Answer[] {
    if (!this.canBePositive()) return [];
    this.positive ??= compose(this.pending, { outcome: 'stored' });
    return this.positive.answers;
  }

  /** A store has committed the message. */
  async stored(record: StoreRecord): Promise<void> {
    this.store = record;
    if (this.cause?.code.startsWith('STORE_')) this.cause = undefined;
    else if (this.cause !== undefined) this.failedFirst = true;
    if (!this.pending.whenStored || this.done) return;
    try {
      await this.answer({ onlyStored: true });
    } catch (error) {
      this.pending.onError?.(error as Hl7Error);
      if (this.done) return;
      this.fail(error as Hl7Error);
      await this.answer({ failed: true }).catch(() => undefined);
    }
  }

  /** Notes why the message failed; an automatic answer is negative from now on. */
  fail(error: Hl7Error): void {
    this.cause ??= error;
  }

  /**
   * Answers the sender. Resolves when the bytes have left.
   * @throws Hl7Error ACK_ALREADY_SENT, ACK_NOT_STORED, ACK_BATCH, CONNECTION_CLOSED
   */
  async answer(request: AnswerRequest): Promise<SentAnswer> {
    const outcome = this.outcomeOf(request);
    if (this.done) {
      throw new Hl7Error(
        'ACK_ALREADY_SENT',
        `A message of ${this.pending.where} was answered already. Let one ack out see each message once.`,
      );
    }
    // Before it counts as answered: what cannot be composed can still be answered otherwise.
    const plain = outcome.outcome === 'stored' && !outcome.exact && !outcome.text && outcome.errors === undefined;
    const composed = (plain && this.positive) || compose(this.pending, outcome);
    this.done = true;
    try {
      const sent = await this.settle(composed, request);
      this.pending.onSettled?.(sent);
      return sent;
    } catch (error) {
      this.pending.onSettled?.(undefined);
      throw error;
    }
  }

  /** Gives the exchange up without an answer. Never throws. */
  abandon(): void {
    if (this.done) return;
    this.done = true;
    this.pending.send([], 'keep').catch(() => undefined);
    this.pending.onSettled?.(undefined);
  }

  /**
   * Hands the answer over to the messages of a batch, which have exchanges of their own.
   * @returns what the collected answer is sent with.
   * @throws Hl7Error ACK_ALREADY_SENT
   */
  handOver(): Pending {
    if (this.done) {
      throw new Hl7Error('ACK_ALREADY_SENT', `A batch of ${this.pending.where} was answered before it was split.`);
    }
    this.done = true;
    return this.pending;
  }

  private canBePositive(): boolean {
    return this.pending.facts.controlId !== '' && !this.pending.batch;
  }

  private outcomeOf(request: AnswerRequest): Outcome {
    const { code } = request;
    const base = { text: request.text, errors: request.errors };
    if (code !== undefined && !isPositive(code)) {
      const fault = code.endsWith('E') ? 'content' : 'refused';
      return {
        ...base,
        errors: request.errors ?? this.cause?.errors,
        outcome: fault,
        exact: code,
        stored: this.storedFirst,
      };
    }
    if (code === undefined && (this.cause !== undefined || request.failed)) {
      const errors = request.errors ?? this.cause?.errors;
      return { ...base, errors, outcome: this.cause?.fault ?? 'system', stored: this.storedFirst };
    }
    if (this.pending.batch) {
      throw new Hl7Error(
        'ACK_BATCH',
        `A batch of ${this.pending.where} cannot be answered as one message. Split it with hl7 parse.`,
        { fault: 'content', errors: [{ code: '207', text: 'Batches are not taken here' }] },
      );
    }
    if (request.onlyStored && this.store === undefined) {
      throw new Hl7Error(
        'ACK_NOT_STORED',
        `A message of ${this.pending.where} was not answered positively, since no db store has stored it. ` +
          'Put db store before ack out, or turn off "Only after the message was stored".',
      );
    }
    return { ...base, outcome: this.store === undefined ? 'accepted' : 'stored', exact: code };
  }

  // A message that failed before it was stored was never accepted, whoever kept it afterwards.
  private get storedFirst(): boolean {
    return this.store !== undefined && !this.failedFirst;
  }

  private async settle(composed: Composed, request: AnswerRequest): Promise<SentAnswer> {
    const own = Boolean(request.text) || request.errors !== undefined;
    let { answers } = composed;
    let recorded: RecordedAnswer[] = [];
    let unrecorded: Hl7Error | undefined;
    const repeat = this.repeatable(answers, !own);
    if (repeat !== undefined) {
      answers = recorded = repeat;
    } else if (this.store !== undefined) {
      try {
        recorded = await this.store.record(answers);
      } catch (error) {
        unrecorded = error as Hl7Error;
        // What the log does not hold could not be repeated: then it must not be a promise.
        if (answers.some(({ code }) => isPositive(code)))
          answers = compose(this.pending, { outcome: 'system' }).answers;
      }
    }
    await this.pending.send(
      answers.map(({ raw }) => raw),
      composed.silent === 'close' ? 'close' : 'keep',
    );
    if (recorded.length > 0) {
      this.store?.sent(
        recorded.map(({ id }) => id),
        new Date(),
      );
    }
    const code = answers.at(-1)?.code ?? '';
    const repeated = repeat !== undefined && this.store?.receipt.duplicate === true;
    return { code, answers, separate: composed.separate, repeated, unrecorded };
  }

  /** The answers that the log holds, when they are the ones to send. */
  private repeatable(wanted: Answer[], automatic: boolean): RecordedAnswer[] | undefined {
    const known = this.store?.answers ?? [];
    if (known.length === 0) return undefined;
    const duplicate = this.store?.receipt.duplicate === true;
    // A positive answer that has left is final: the sender counts on it.
    if (duplicate && known.every(({ code, sentAt }) => isPositive(code) && sentAt !== null)) return known;
    const same =
      known.length === wanted.length &&
      known.every(({ kind, code }, i) => kind === wanted[i]?.kind && code === wanted[i]?.code);
    return same && (automatic || duplicate) ? known : undefined;
  }
}
