import type { Hl7Error } from '../../errors';
import {
  type CustomRows,
  CustomTableBusy,
  type CustomTableLimits,
  customBatches,
  hasNotes,
  isLoose,
  keyTaken,
  notWritten,
  type TargetNote,
  targetOf,
  withMessageId,
} from '../custom-table';
import type { Details, Dialect, InsertedMessage, Transaction } from '../dialects';
import { addDeviation, CONTROL_ID_REUSED, type MessageRecord, salted } from '../record';
import { duplicateRefused } from '../store-errors';
import type { PreparedAnswer, Stored, StoredAnswer } from '../types';
import { type StoredCustomRows, stored, storedInCustomTable, summary } from './receipts';

/** Milliseconds that a statement of a custom table has, however late its batch is. */
const SHORTEST_MS = 100;

/** What a batch is made of: messages, answers that replace those of a stored message, and rows of custom tables alone. */
export type Work =
  | { kind: 'message'; record: MessageRecord; bytes: number }
  | { kind: 'answers'; messageId: number; answers: PreparedAnswer[]; bytes: number }
  | { kind: 'own'; own: CustomRows; bytes: number };

/** One for each work, in its order; an error concerns that work alone. */
export type Outcome = Stored | StoredCustomRows | StoredAnswer[] | Hl7Error;

/** One try at a batch. */
export interface Attempt {
  /** The batch's own; another attempt that has the same finds what this one wrote. */
  token: string;
  /** An earlier attempt ended without a word: it may have been committed. */
  repeated: boolean;
  /** How long its custom tables are waited for: for a lock, milliseconds, and in all, until a time of `performance.now()`. */
  own: { lockMs: number; until: number };
}

/** Writes a batch in one transaction. Throws the driver's error when nothing of it was written. */
export function append(dialect: Dialect, batch: readonly Work[], now: Date, attempt: Attempt): Promise<Outcome[]> {
  return dialect.transaction((transaction) => new Batch(dialect, batch, now, attempt).run(transaction));
}

/**
 * Writes the messages of a batch that is nothing but messages, in one statement.
 * @param token the batch's own; an attempt that repeats it finds what an earlier one wrote
 * @returns one for each work, in its order; undefined for a repeated message, which `append` has to see to
 */
export async function appendBatch(
  dialect: Dialect,
  batch: readonly Work[],
  now: Date,
  token: string,
): Promise<(Outcome | undefined)[]> {
  const outcomes = new Array<Outcome | undefined>(batch.length).fill(undefined);
  const first = new Map<string, number>();
  batch.forEach((work, at) => {
    if (work.kind === 'message' && !first.has(work.record.key)) first.set(work.record.key, at);
  });
  const offered = [...first.values()].map((at) => (batch[at] as Work & { kind: 'message' }).record);
  const reuse = new ReuseInBatch();
  for (const record of offered) reuse.see(record);
  const records = ordered(
    dialect,
    offered.map((record) => reuse.flag(record)),
  );
  for (const message of await dialect.insertBatch(records, now, token)) {
    const at = first.get(message.key);
    if (!message.inserted || at === undefined) continue;
    const { answers } = (batch[at] as Work & { kind: 'message' }).record;
    const kept = answers.map(({ kind, code, controlId, raw }, n) => {
      return { kind, code, controlId, raw, id: message.answerIds[n]!, answeredAt: now, sentAt: null };
    });
    const { id, key, controlIdReused } = message;
    outcomes[at] = stored({ id, key, controlIdReused, storedAt: now, deliveries: 1 }, kept, false);
  }
  return outcomes;
}

/**
 * One attempt at a batch, inside one transaction.
 *
 * The idea: the unique key decides what is new. Each message is in one of these states, and what is written for it follows:
 *
 * | state | how it is known | what is written |
 * |---|---|---|
 * | new | its insert found no row of its key (`#fresh`) | row, answers, identifiers, custom rows |
 * | written by an earlier attempt | a row of its key has this batch's token (`#earlier`) | nothing: all of it was committed |
 * | a further pass of one delivery | the row names its pass | custom rows that are not noted yet |
 * | a repeat | a row of its key was there, or comes before it in the batch (`#repeated`) | by the setting for duplicates: counted, stored again under another key, or refused |
 */
class Batch {
  readonly #outcomes: Outcome[];
  readonly #details: Details = { replaced: [], answers: [], identifiers: [] };
  /** For each answer of the details, the list it is handed back in. */
  readonly #answerLists: StoredAnswer[][] = [];
  /** Places of the messages that this batch has written, with their ids. */
  readonly #fresh = new Map<number, number>();
  /** Places of the messages that were there before, and may lack their own rows. */
  readonly #repeated = new Set<number>();
  /** Keys of the messages that an earlier attempt has written; one of them says that the whole batch was committed. */
  readonly #earlier = new Set<string>();

  constructor(
    readonly dialect: Dialect,
    readonly batch: readonly Work[],
    readonly now: Date,
    readonly attempt: Attempt,
  ) {
    this.#outcomes = new Array<Outcome>(batch.length);
  }

  async run(transaction: Transaction): Promise<Outcome[]> {
    if (this.attempt.repeated) await this.#findWritten(transaction, this.#keys());
    const repeats = await this.#insertMessages(transaction);
    this.#takeAnswers();
    await this.#insertDetails(transaction);
    if (repeats.size > 0) await this.#countRepeats(transaction, repeats);
    await this.#writeOwn(transaction);
    return this.#outcomes;
  }

  /** The keys that an earlier attempt may have written, with the place of the message that each belongs to. */
  #keys(): Map<string, number> {
    const places = new Map<string, number>();
    this.batch.forEach((work, at) => {
      if (work.kind !== 'message') return;
      const { record } = work;
      if (record.salt !== undefined) places.set(salted(record).key, at);
      if (!places.has(record.key)) places.set(record.key, at);
    });
    return places;
  }

  /** Messages that an earlier attempt at this batch has written are done. */
  async #findWritten(transaction: Transaction, places: ReadonlyMap<string, number>): Promise<void> {
    const found = await transaction.addDeliveries(new Map([...places.keys()].map((key) => [key, 0])));
    const own = found.filter(({ token }) => token === this.attempt.token);
    const answers = await transaction.answersOf(own.map(({ id }) => id));
    for (const message of own) {
      // Its own rows were committed with it. Deliveries that were counted since are those of its repeats.
      const at = places.get(message.key)!;
      this.#earlier.add(message.key);
      this.#outcomes[at] = stored(
        { ...message, deliveries: 1 },
        answers.get(message.id) ?? [],
        false,
        this.#record(at).own,
      );
    }
  }

  /** @returns the messages that were there before, or come twice in the batch: their key and their places in the batch. */
  async #insertMessages(transaction: Transaction): Promise<Map<string, number[]>> {
    const first = new Map<string, number>();
    const rest: number[] = [];
    const reuse = new ReuseInBatch();
    const passed = await this.#findPassed(transaction);
    this.batch.forEach((work, at) => {
      if (work.kind !== 'message' || this.#outcomes[at] !== undefined) return;
      const { record } = work;
      if (first.has(record.key) || this.#earlier.has(record.key) || passed.has(record.key)) {
        rest.push(at);
        return;
      }
      first.set(record.key, at);
      reuse.see(record);
    });
    if (first.size > 0) {
      rest.push(...(await this.#insert(transaction, [...first.values()], (record) => reuse.flag(record))));
    }
    const again = rest.sort((a, b) => a - b).filter((at) => this.#record(at).again === 'store');
    if (again.length > 0) await this.#insert(transaction, again, salted);
    const repeats = new Map<string, number[]>();
    for (const at of rest) {
      const { key, again: policy } = this.#record(at);
      if (policy === 'refuse') this.#outcomes[at] = duplicateRefused();
      if (policy === 'same') repeats.set(key, [...(repeats.get(key) ?? []), at]);
    }
    return repeats;
  }

  /** @returns the keys of further offers of a delivery whose rows are there, as they are unless they were deleted. */
  async #findPassed(transaction: Transaction): Promise<Set<string>> {
    const keys = this.batch.flatMap((work) => (work.kind === 'message' && work.record.pass ? [work.record.key] : []));
    if (keys.length === 0) return new Set();
    const found = await transaction.addDeliveries(new Map(keys.map((key) => [key, 0])));
    return new Set(found.map(({ key }) => key));
  }

  /** @returns the places of the messages that were there already. */
  async #insert(
    transaction: Transaction,
    places: readonly number[],
    shape: (record: MessageRecord) => MessageRecord,
  ): Promise<number[]> {
    const records = places.map((at) => shape(this.#record(at)));
    const inserted = new Map<string, InsertedMessage>();
    const wanted = ordered(this.dialect, records);
    for (const one of await transaction.insertMessages(wanted, this.now, this.attempt.token))
      inserted.set(one.key, one);
    const skipped = new Map<string, number>();
    for (const [n, at] of places.entries()) {
      const record = records[n]!;
      const message = inserted.get(record.key);
      if (message === undefined) {
        skipped.set(record.key, at);
        continue;
      }
      const messageId = message.id;
      this.#fresh.set(at, messageId);
      record.identifiers.forEach((identifier, n) => {
        this.#details.identifiers.push({ messageId, position: n + 1, identifier });
      });
      const answers = this.#addAnswers(messageId, record.answers);
      this.#outcomes[at] = stored({ ...message, storedAt: this.now, deliveries: 1 }, answers, false, record.own);
    }
    // An earlier attempt that was still under way is committed now: the insert has waited for it.
    if (this.attempt.repeated && skipped.size > 0) await this.#findWritten(transaction, skipped);
    return [...skipped.values()].filter((at) => this.#outcomes[at] === undefined);
  }

  #takeAnswers(): void {
    // The last of several replacements of one message is the one in force.
    const last = new Map<number, StoredAnswer[]>();
    for (let at = this.batch.length - 1; at >= 0; at--) {
      const work = this.batch[at]!;
      if (work.kind !== 'answers') continue;
      let answers = last.get(work.messageId);
      if (answers === undefined) {
        this.#details.replaced.push(work.messageId);
        answers = this.#addAnswers(work.messageId, work.answers);
        last.set(work.messageId, answers);
      }
      this.#outcomes[at] = answers;
    }
  }

  /** Puts answers among the details; their ids are filled in when they are written. */
  #addAnswers(messageId: number, answers: readonly PreparedAnswer[]): StoredAnswer[] {
    const list: StoredAnswer[] = [];
    for (const answer of answers) {
      this.#details.answers.push({ messageId, answer, answeredAt: this.now });
      this.#answerLists.push(list);
    }
    return list;
  }

  async #insertDetails(transaction: Transaction): Promise<void> {
    const { replaced, answers, identifiers } = this.#details;
    if (replaced.length + answers.length + identifiers.length === 0) return;
    const ids = await transaction.insertDetails(this.#details);
    answers.forEach(({ answer, answeredAt }, n) => {
      const { kind, code, controlId, raw } = answer;
      this.#answerLists[n]!.push({ id: ids[n]!, kind, code, controlId, raw, answeredAt, sentAt: null });
    });
  }

  /**
   * Own rows of messages that have not got them (`custom-rows.ts`), and those without a log: in the order of arrival, in
   * which the last wins.
   */
  async #writeOwn(transaction: Transaction): Promise<void> {
    const list: CustomRows[] = [];
    const notes: TargetNote[] = [];
    const noted = await transaction.targets.find([...this.#repeated].map((at) => this.#stored(at).receipt.id));
    for (const [at, work] of this.batch.entries()) {
      if (work.kind === 'own') {
        if (!this.#committed) list.push(work.own);
        this.#outcomes[at] = storedInCustomTable(work.own, this.now);
      } else if (work.kind === 'message' && work.record.own !== undefined) {
        if (!this.#fresh.has(at) && !this.#repeated.has(at)) continue;
        const { own } = work.record;
        const { receipt } = this.#stored(at);
        const target = targetOf(own);
        const known = noted.get(receipt.id) ?? new Set();
        if (known.has(target)) continue;
        noted.set(receipt.id, known.add(target));
        notes.push({ messageId: receipt.id, target });
        list.push(withMessageId(own, receipt.id));
        receipt.own = summary(own);
      }
    }
    await transaction.targets.add(notes);
    const { own, location } = this.dialect;
    for (const batch of customBatches(list)) {
      try {
        await transaction.own(own.write(batch), this.#ownLimits());
        if (own.exact !== undefined && isLoose(batch.table)) {
          const [found] = (await transaction.own(own.exact.proof(batch), this.#ownLimits())) as { n?: unknown }[];
          if (Number(found?.n) !== batch.rows.length) throw keyTaken(batch.table, location);
        }
      } catch (error) {
        if (own.ofTable(error)) throw notWritten(batch.table, location, error);
        const waited = own.waited(error);
        throw waited === undefined ? error : new CustomTableBusy(batch.table, location, waited, false, error);
      }
    }
  }

  #ownLimits(): CustomTableLimits {
    const { lockMs, until } = this.attempt.own;
    const statementMs = Math.max(SHORTEST_MS, Math.round(until - performance.now()));
    return { lockMs: Math.min(lockMs, statementMs), statementMs };
  }

  async #countRepeats(transaction: Transaction, repeats: Map<string, number[]>): Promise<void> {
    const deliveriesOf = (places: readonly number[]): number =>
      places.filter((at) => this.#record(at).pass === undefined).length;
    const counts = new Map([...repeats].map(([key, places]) => [key, this.#committed ? 0 : deliveriesOf(places)]));
    const delivered = await transaction.addDeliveries(counts);
    const answers = await transaction.answersOf(delivered.map((message) => message.id));
    for (const message of delivered) {
      const places = repeats.get(message.key)!;
      places.forEach((at, n) => {
        const { pass, own } = this.#record(at);
        const deliveries = message.deliveries - deliveriesOf(places.slice(n + 1));
        const duplicate = pass?.duplicate ?? true;
        this.#outcomes[at] = stored({ ...message, deliveries }, answers.get(message.id) ?? [], duplicate);
        if (own !== undefined && hasNotes(message.token)) this.#repeated.add(at);
      });
    }
  }

  /** True when an earlier attempt has done all of this: a batch is one transaction. */
  get #committed(): boolean {
    return this.#earlier.size > 0;
  }

  #stored(at: number): Stored {
    return this.#outcomes[at] as Stored;
  }

  #record(at: number): MessageRecord {
    return (this.batch[at] as Work & { kind: 'message' }).record;
  }
}

function ordered(dialect: Dialect, records: MessageRecord[]): MessageRecord[] {
  return dialect.oneWriter ? records : inLockOrder(records);
}

/**
 * Messages in the order in which their rows are written, and locked, where several writers share a log: that of their
 * keys. It is the same for every writer, so that two that write the same messages wait for one another instead of locking
 * each other out. Messages of one connection keep the order in which they came, and so do their ids: one that came later
 * does not go before.
 */
export function inLockOrder(records: readonly MessageRecord[]): MessageRecord[] {
  const last = new Map<string, string>();
  const placed = records.map((record) => {
    const { listener, remote_address, remote_port } = record.columns;
    const connection = `${remote_port} ${remote_address} ${listener}`;
    const before = last.get(connection);
    const place = before === undefined || record.key > before ? record.key : before;
    last.set(connection, place);
    return { record, place };
  });
  return placed.sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0)).map(({ record }) => record);
}

/** Control IDs that come twice in one batch for different content; the table is the dialect's to look at. */
class ReuseInBatch {
  readonly #contents = new Map<string, string>();
  readonly #reused = new Set<MessageRecord>();

  see(record: MessageRecord): void {
    const { columns } = record;
    if (columns.control_id === null) return;
    const id = `${columns.control_id}\0${columns.sending_application}\0${columns.sending_facility}`;
    const content = this.#contents.get(id);
    if (content === undefined) this.#contents.set(id, record.content);
    else if (content !== record.content) this.#reused.add(record);
  }

  /** A flagged copy: the batch may be tried again without the neighbour that made the difference. */
  flag(record: MessageRecord): MessageRecord {
    if (!this.#reused.has(record)) return record;
    const deviations = addDeviation(record.columns.deviations as string | null, CONTROL_ID_REUSED);
    return { ...record, columns: { ...record.columns, deviations } };
  }
}
