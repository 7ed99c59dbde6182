import { Hl7Error } from '../lib/errors';
import type { Answer, Delivery, StoreRecord } from '../lib/exchange';
import type { Row, Store } from '../lib/store';

/**
 * Stores a message in the log, with its custom table's rows if it has any. A delivery that was stored there before is no
 * repeat, unless the sender repeated it and the node does something else with repeats than to count them. The offer to
 * the store is made at once. Rejects as `Store.append` does.
 */
export function inLog(target: Store, row: Row, delivery?: Delivery): Promise<StoreRecord> {
  const { place } = target;
  const before = delivery?.rowIn(place);
  const pass = before && (!before.duplicate || row.again === 'same') ? before : undefined;
  const append = target.append(pass === undefined ? row : { ...row, again: 'same', pass });
  const stored = append.then(({ receipt, answers, key }) => ({
    receipt,
    place,
    row: { key, duplicate: receipt.duplicate },
    answers,
    record: (wanted: Answer[]) => target.recordAnswers(receipt.id, wanted),
    sent: (ids: number[], at: Date) => target.recordSentTimes(ids, at),
    addDeviation: (code: string) => target.addDeviation(receipt.id, code),
  }));
  delivery?.offered(place, stored);
  return stored;
}

/**
 * Stores the custom table's rows alone: without the log there is nowhere to keep answers. Rejects as `Store.appendCustomRows` does,
 * and with STORE_NO_ROWS.
 */
export async function inCustomTable(target: Store, { own }: Row): Promise<StoreRecord> {
  if (own === undefined || own.rows.length === 0) {
    const text = 'The message has no segment that makes a row in the custom table, and the log is not written.';
    throw new Hl7Error('STORE_NO_ROWS', text, { fault: 'content' });
  }
  const receipt = await target.appendCustomRows(own);
  return { receipt, place: target.place, answers: [], record: async () => [], sent: () => undefined };
}

/** Milliseconds that the expressions of a message may take; those behind it on its connection wait for them. */
const EXPRESSIONS_MS = 30_000;

/**
 * The rows of a message, when the expressions of their columns have ended. Rejects with STORE_VALUE_TIMEOUT when they do
 * not end, as with a context store that does not answer.
 */
export async function rowsInTime<T>(rows: Promise<T>, milliseconds = EXPRESSIONS_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const text =
        `A message was not stored: an expression of a column did not end within ${milliseconds / 1000} s. ` +
        'See what it waits for, a context store for instance.';
      reject(new Hl7Error('STORE_VALUE_TIMEOUT', text));
    }, milliseconds);
  });
  try {
    return await Promise.race([rows, late]);
  } finally {
    clearTimeout(timer);
  }
}
