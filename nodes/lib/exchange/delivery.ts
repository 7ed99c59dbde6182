import type { Answer, RecordedAnswer, StoreRecord } from './answer';

/** A row that a delivery wrote or, for a message that was there before, found. */
interface WrittenRow {
  record: StoreRecord;
  /** The answers that the log holds for it. */
  answers: readonly RecordedAnswer[];
  /** Answers are being written. */
  writing?: Promise<void>;
}

/**
 * One delivery of a message: the rows that stores have for it, and what its sender was answered.
 *
 * The idea: a flow may store a message in several databases, before or after it is answered, and through several nodes in
 * one database. All of them share the delivery, so that a further offer to one database is no repeat, and so that
 * `hl7_acks` holds for every row what has left. Its answer is open, decided (what is to leave is known, and written with
 * rows that come from then on), or gone (it has left: rows that hold something else are corrected, and each is marked as
 * sent). A decided answer that could not leave stays decided: rows hold it, not marked as sent.
 *
 * It lives as long as the flow keeps the message, longer than the exchange that waits for the answer.
 */
export class Delivery {
  readonly #rows: WrittenRow[] = [];
  /** Offers that are under way, by database. */
  #offers: Map<string, Promise<unknown>> | undefined;
  #decided: readonly Answer[] | undefined;
  #goneAt: Date | undefined;

  /** The rows, in the order in which they were written. */
  get rows(): readonly WrittenRow[] {
    return this.#rows;
  }

  /** What was answered, or will be; undefined while that is open. */
  get answers(): readonly Answer[] | undefined {
    return this.#decided;
  }

  /** The last row in the log of a database; undefined before there is one. */
  rowIn(place: string): StoreRecord['row'] {
    return this.#rows.findLast(({ record }) => record.place === place && record.row !== undefined)?.record.row;
  }

  /** An offer to a database that is under way, and must end before the next begins; undefined when there is none. */
  underWay(place: string): Promise<unknown> | undefined {
    return this.#offers?.get(place);
  }

  /** Notes an offer to a database as under way until it ends, and then the row. */
  offered(place: string, append: Promise<StoreRecord>): void {
    this.#offers ??= new Map();
    const offers = this.#offers;
    const over = append
      .then(
        (record) => void this.#note(record),
        () => undefined,
      )
      .then(() => {
        if (offers.get(place) === over) offers.delete(place);
      });
    offers.set(place, over);
  }

  /**
   * A store has committed the message.
   * @returns resolves when the row holds what has left, if something has; rejects when it cannot be written
   */
  async wrote(record: StoreRecord): Promise<void> {
    const row = this.#note(record);
    if (this.#decided === undefined) return;
    if (this.#goneAt === undefined) await write(row, this.#decided);
    else await correct(row, this.#decided, this.#goneAt);
  }

  /** Decides the answer, or another one as long as it has not left. */
  decide(answers: readonly Answer[]): void {
    this.#decided = answers;
  }

  /**
   * Writes the decided answer to the rows that hold another one.
   * @returns undefined when there is none; rejects with the error of the first row that could not be written, when all
   * have been tried
   */
  record(): undefined | Promise<void> {
    const answers = this.#decided ?? [];
    const others = this.rows.filter((row) => !holds(row, answers));
    return others.length === 0 ? undefined : recorded(others, answers);
  }

  /**
   * The decided answer has left.
   * @returns resolves when all rows hold it; rejects with the error of the first that cannot be written
   */
  async gone(at: Date): Promise<void> {
    const answers = this.#decided ?? [];
    this.#goneAt = at;
    await Promise.all(this.rows.map((row) => correct(row, answers, at)));
  }

  #note(record: StoreRecord): WrittenRow {
    const { place, receipt } = record;
    const at = this.#rows.findIndex(({ record: { place: other, receipt: known } }) => {
      return other === place && known.id === receipt.id && known.table === receipt.table;
    });
    const before = this.#rows[at];
    if (before?.record === record) return before;
    // A later offer to the same row knows better what the log holds.
    if (before !== undefined) this.#rows.splice(at, 1);
    const row: WrittenRow = { record, answers: record.answers };
    this.#rows.push(row);
    return row;
  }
}

/** Marks the answers of a row as sent, at once where it holds those that were sent. */
function correct(row: WrittenRow, answers: readonly Answer[], at: Date): void | Promise<void> {
  const mark = (): void => {
    const ids = row.answers.map(({ id }) => id);
    if (ids.length > 0) row.record.sent(ids, at);
  };
  if (row.writing === undefined && holds(row, answers)) return mark();
  return write(row, answers).then(mark);
}

/** True when the log holds these very answers for a row. */
export function holds({ answers: known }: Pick<WrittenRow, 'answers'>, answers: readonly Answer[]): boolean {
  return answers.length === known.length && answers.every((one, i) => isSame(one, known[i]!));
}

function isSame(one: Answer, other: Answer): boolean {
  return one.kind === other.kind && one.code === other.code && one.raw.equals(other.raw);
}

async function recorded(rows: readonly WrittenRow[], answers: readonly Answer[]): Promise<void> {
  const written = await Promise.allSettled(rows.map((row) => write(row, answers)));
  for (const one of written) if (one.status === 'rejected') throw one.reason;
}

/** One after another: what is written last is what the row holds. */
async function write(row: WrittenRow, answers: readonly Answer[]): Promise<void> {
  const before = row.writing;
  const writing = (async () => {
    await before?.catch(() => undefined);
    if (!holds(row, answers)) row.answers = await row.record.record([...answers]);
  })();
  row.writing = writing;
  try {
    await writing;
  } finally {
    if (row.writing === writing) row.writing = undefined;
  }
}
