import { Hl7Error } from '../lib/errors';
import type { Answer, StoreRecord } from '../lib/exchange/answer';
import type { Delivery } from '../lib/exchange/delivery';
import type { Row } from '../lib/store';
import type { Store } from '../lib/store/store';

/**
 * Stores a message in the log, with its own table's rows if it has any. A delivery that was stored there before is no
 * repeat, unless the sender repeated it and the node does something else with repeats than to count them. The offer to
 * the store is made at once. Rejects as `Store.offer` does.
 */
export function inLog(target: Store, row: Row, delivery?: Delivery): Promise<StoreRecord> {
  const { place } = target;
  const before = delivery?.rowIn(place);
  const pass = before && (!before.duplicate || row.again === 'same') ? before : undefined;
  const offer = target.offer(pass === undefined ? row : { ...row, again: 'same', pass });
  const stored = offer.then(({ receipt, answers, key }) => ({
    receipt,
    place,
    row: { key, duplicate: receipt.duplicate },
    answers,
    record: (wanted: Answer[]) => target.recordAnswers(receipt.id, wanted),
    sent: (ids: number[], at: Date) => target.markSent(ids, at),
    addDeviation: (code: string) => target.addDeviation(receipt.id, code),
  }));
  delivery?.offered(place, stored);
  return stored;
}

/**
 * Stores the own table's rows alone: without the log there is nowhere to keep answers. Rejects as `Store.offerOwn` does,
 * and with STORE_NO_ROWS.
 */
export async function inOwnTable(target: Store, { own }: Row): Promise<StoreRecord> {
  if (own === undefined || own.rows.length === 0) {
    const text = 'The message has no segment that makes a row in the own table, and the log is not written.';
    throw new Hl7Error('STORE_NO_ROWS', text, { fault: 'content' });
  }
  const receipt = await target.offerOwn(own);
  return { receipt, place: target.place, answers: [], record: async () => [], sent: () => undefined };
}
