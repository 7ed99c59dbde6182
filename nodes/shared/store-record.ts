import { Hl7Error } from '../lib/errors';
import type { StoreRecord } from '../lib/exchange/answer';
import type { Row } from '../lib/store';
import type { Store } from '../lib/store/store';

/** Stores a message in the log, with its own table's rows if it has any. Rejects as `Store.offer` does. */
export async function inLog(target: Store, row: Row): Promise<StoreRecord> {
  const { receipt, answers } = await target.offer(row);
  return {
    receipt,
    answers,
    record: (wanted) => target.recordAnswers(receipt.id, wanted),
    sent: (ids, at) => target.markSent(ids, at),
    addDeviation: (code) => target.addDeviation(receipt.id, code),
  };
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
  return { receipt, answers: [], record: async () => [], sent: () => undefined };
}
