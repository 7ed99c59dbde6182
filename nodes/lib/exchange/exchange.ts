import { type ErrorDetail, Hl7Error } from '../errors';
import { errorsOf, type Header, hasControlId } from '../hl7';
import type { HeaderFacts } from '../message-contract';
import { randomChunk, TRACE } from '../util';
import { type Answer, type AnswerRequest, isPositive, type SentAnswer, type StoreRecord } from './answer';
import { type AckPolicy, type Composed, compose, type Outcome } from './compose';
import { Delivery, holds } from './delivery';
import type { LateFault } from './late-fault';
import { rememberAnswer } from './own-answers';

/**
 * How an exchange reaches its peer: all answers of one message, in order, with their codes; none to say nothing. Resolves
 * when they have left.
 */
export type Send = (answers: Buffer[], then: 'keep' | 'close', codes: string[]) => Promise<void>;

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
  /** The message is itself a response: an accept acknowledgment is all that it can get. */
  response?: boolean;
  /** It acknowledges another message (MSA): what it is answered with is remembered, so that no answer to that is answered. */
  acknowledges?: boolean;
  /** Why it has no usable header, located. */
  fault?: ErrorDetail;
  /** The message as it came in: a store that keeps other bytes does not keep the message. Undefined: not known. */
  content?: Buffer;
  /** What stores know of the message; one of its own when it is undefined. */
  delivery?: Delivery;
  send: Send;
  /** An unsplit batch: one answer for it would speak for messages that were not examined. */
  batch?: boolean;
  /** Acknowledge by itself as soon as a store has committed the message. */
  whenStored?: boolean;
  /** What is seen of its frame later. */
  late?: LateFault;
  /** Told once, when the exchange is settled. */
  onSettled?: (sent: SentAnswer | undefined) => void;
  /** Told when it is given up without an answer, before `send`. */
  onAbandoned?: () => void;
  /** Told when the positive answer that `whenStored` promised could not be sent, and when the log cannot be corrected. */
  onError?: (error: Hl7Error) => void;
}

/**
 * One message and its answer. Knows whether the message is committed, and answers a repeated message with the bytes of the
 * first answer.
 *
 * The idea: an exchange is open until it is settled, and `markSettled` is the one place where that happens. It is settled by
 * an answer, by being given up (`abandon`), or by being handed over to the messages of a batch, which have exchanges of
 * their own. The first of these wins; a later one is the error ACK_ALREADY_SENT. It is settled before its answer leaves:
 * what stores tell of the message from then on goes to its delivery, which keeps the log true.
 */
export class Exchange {
  readonly id = randomChunk(12).toString('hex');
  /** The rows that stores have of the message, and what was answered. Lives on when the exchange is settled. */
  readonly delivery: Delivery;
  private cause: Hl7Error | undefined;
  private failedFirst = false;
  private positive: Composed | undefined;
  private done = false;
  private readonly openedAt = TRACE['answer sent'].on ? performance.now() : 0;

  constructor(private readonly pending: Pending) {
    this.delivery = pending.delivery ?? new Delivery();
  }

  get owner(): string {
    return this.pending.owner;
  }

  get settled(): boolean {
    return this.done;
  }

  /** The message as it came in. Not for a flow, which might write into it. */
  get content(): Buffer | undefined {
    return this.pending.content;
  }

  /** The positive answers, built once, so that a store can commit them with the message. Empty when none is due. */
  prepare(): Answer[] {
    if (!this.canBePositive()) return [];
    this.positive ??= compose(this.pending, { outcome: 'stored' });
    return this.positive.answers;
  }

  /** True for the bytes that came in, which alone an answer may speak for. */
  isOf(raw: Buffer): boolean {
    const { content } = this.pending;
    return content !== undefined && (content === raw || content.equals(raw));
  }

  /**
   * A store has committed the message: bytes for which `isOf` is true.
   * @param rescued the message had failed and was led to this store: that another store failed does not count any more.
   * False for one that is stored beside a store that failed.
   */
  async stored(record: StoreRecord, rescued = true): Promise<void> {
    this.delivery.wrote(record).catch((error: Hl7Error) => this.pending.onError?.(error));
    this.pending.late?.stored(record);
    if (rescued && this.cause?.code.startsWith('STORE_')) this.cause = undefined;
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
    if (this.done) throw this.alreadySettled();
    // Before it counts as answered: what cannot be composed can still be answered otherwise.
    const plain = outcome.outcome === 'stored' && !outcome.exact && !outcome.text && outcome.errors === undefined;
    const composed = (plain && this.positive) || compose(this.pending, outcome);
    this.markSettled();
    try {
      const sent = await this.settle(composed, request);
      this.pending.onSettled?.(sent);
      return sent;
    } catch (error) {
      this.traceGivenUp((error as Hl7Error).code);
      this.pending.onSettled?.(undefined);
      throw error;
    }
  }

  /** Gives the exchange up without an answer. Never throws. */
  abandon(): void {
    if (this.done) return;
    this.markSettled();
    this.traceGivenUp('ABANDONED');
    this.pending.onAbandoned?.();
    this.pending.send([], 'keep', []).catch(() => undefined);
    this.pending.onSettled?.(undefined);
  }

  /**
   * Hands the answer over to the messages of a batch, which have exchanges of their own.
   * @returns what the collected answer is sent with.
   * @throws Hl7Error ACK_ALREADY_SENT
   */
  handOver(): Pending {
    this.markSettled();
    return this.pending;
  }

  private markSettled(): void {
    if (this.done) throw this.alreadySettled();
    this.done = true;
  }

  private alreadySettled(): Hl7Error {
    const { batch, where } = this.pending;
    const text = batch
      ? `A batch of ${where} was answered, or split, already.`
      : `A message of ${where} was answered already. Let one ack out see each message once.`;
    return new Hl7Error('ACK_ALREADY_SENT', text);
  }

  private canBePositive(): boolean {
    return hasControlId(this.pending.facts.controlId) && !this.pending.batch && this.pending.late?.error === undefined;
  }

  private outcomeOf(request: AnswerRequest): Outcome {
    const { code } = request;
    const doubt = this.pending.late?.error;
    // What may be a part is not accepted, whatever was stored of it and whatever the flow says.
    if (doubt !== undefined && (code === undefined || isPositive(code))) {
      return { text: request.text, errors: errorsOf(doubt), outcome: doubt.fault, stored: false };
    }
    const failed = this.cause !== undefined || request.failed === true;
    // A flow that refuses a message which did not fail knows its reason itself.
    const errors = request.errors ?? (failed ? errorsOf(this.cause) : undefined);
    if (code !== undefined && !isPositive(code)) {
      const fault = code.endsWith('E') ? 'content' : 'refused';
      return { text: request.text, errors, outcome: fault, exact: code, stored: this.storedFirst };
    }
    if (code === undefined && failed) {
      return { text: request.text, errors, outcome: this.cause?.fault ?? 'system', stored: this.storedFirst };
    }
    if (this.pending.batch) {
      throw new Hl7Error(
        'ACK_BATCH',
        `A batch of ${this.pending.where} cannot be answered as one message. Split it with hl7 parse.`,
        { fault: 'content', errors: [{ code: '207', text: 'Batches are not taken here' }] },
      );
    }
    if (request.onlyStored && !this.isStored) {
      throw new Hl7Error(
        'ACK_NOT_STORED',
        `A message of ${this.pending.where} was not answered positively, since no db store has stored it as it came in. ` +
          'Put db store before ack out and put no other buffer into msg.raw, or turn off "Positive only after the message was stored".',
      );
    }
    const outcome = this.isStored ? 'stored' : 'accepted';
    return { text: request.text, errors: request.errors, outcome, exact: code };
  }

  // A message that failed before it was stored was never accepted, even if it was kept afterwards.
  private get storedFirst(): boolean {
    return this.isStored && !this.failedFirst;
  }

  private get isStored(): boolean {
    return this.delivery.rows.length > 0;
  }

  /**
   * The idea: the answer is decided, then written to the log, then sent, in this order, so that no positive answer leaves
   * that the log could not repeat. Where the log cannot be written, a negative answer takes its place.
   */
  private async settle(wanted: Composed, request: AnswerRequest): Promise<SentAnswer> {
    const { delivery } = this;
    let composed = wanted;
    const own = Boolean(request.text) || request.errors !== undefined;
    let answers = this.final() ?? this.withKnown(composed.answers, !own);
    const repeated = delivery.rows.some((row) => row.record.receipt.duplicate && holds(row, answers));
    let unrecorded: Hl7Error | undefined;
    delivery.decide(answers);
    try {
      const recording = delivery.record();
      if (recording !== undefined) await recording;
    } catch (error) {
      unrecorded = error as Hl7Error;
      if (answers.some(({ code }) => isPositive(code))) {
        composed = compose(this.pending, { outcome: 'system' });
        answers = composed.answers;
        delivery.decide(answers);
      }
    }
    if (this.pending.late?.error !== undefined && answers.some(({ code }) => isPositive(code))) {
      // It became known while the answer was written to the log.
      composed = compose(this.pending, this.outcomeOf(request));
      answers = composed.answers;
      delivery.decide(answers);
      await delivery.record()?.catch(() => undefined);
    }
    if (this.pending.acknowledges) for (const { controlId } of answers) rememberAnswer(controlId);
    const codes = answers.map(({ code }) => code);
    if (TRACE['answer composed'].on) TRACE['answer composed'].report({ ...this.traced, codes });
    await this.pending.send(
      answers.map(({ raw }) => raw),
      composed.silent === 'close' ? 'close' : 'keep',
      answers.map(({ code }) => code),
    );
    if (TRACE['answer sent'].on) {
      const milliseconds = this.openedAt === 0 ? 0 : Math.round(performance.now() - this.openedAt);
      TRACE['answer sent'].report({ ...this.traced, codes, milliseconds });
    }
    // The sender waits for nothing any more, and the flow need not wait for the log.
    delivery.gone(new Date()).catch((error: Hl7Error) => {
      if (unrecorded === undefined) this.pending.onError?.(error);
    });
    const code = answers.at(-1)?.code ?? '';
    return { code, answers, separate: composed.separate, repeated, unrecorded };
  }

  private get traced(): { session: string; controlId: string } {
    return { session: this.id, controlId: this.pending.facts.controlId };
  }

  private traceGivenUp(code: string): void {
    if (TRACE['answer given up'].on) TRACE['answer given up'].report({ ...this.traced, code });
  }

  /** Positive answers that have left are not taken back: the sender counts on them. */
  private final(): Answer[] | undefined {
    if (this.pending.late?.error !== undefined) return undefined;
    const found = this.delivery.rows.find(
      ({ record, answers }) =>
        record.receipt.duplicate &&
        answers.length > 0 &&
        answers.every(({ code, sentAt }) => isPositive(code) && sentAt !== null),
    );
    return found && [...found.answers];
  }

  /**
   * The wanted answers, with those that the log holds already in place of their like: the same answer, the same bytes.
   * Those of an earlier delivery go first, since the sender may have got them.
   */
  private withKnown(wanted: Answer[], automatic: boolean): Answer[] {
    const { rows } = this.delivery;
    const earlier = rows.filter(({ record }) => record.receipt.duplicate);
    const known = [...earlier, ...(automatic ? rows : [])].flatMap(({ answers }) => answers);
    if (known.length === 0) return wanted;
    return wanted.map((one) => known.find(({ kind, code }) => kind === one.kind && code === one.code) ?? one);
  }
}
