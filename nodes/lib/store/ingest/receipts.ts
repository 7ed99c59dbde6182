import type { Receipt } from '../../message-contract';
import { MESSAGES } from '../columns';
import { type CustomRows, nameOf } from '../custom-table';
import type { Delivered } from '../dialects';
import type { Stored, StoredAnswer } from '../types';

/** What becomes of rows of a custom table alone. */
export interface StoredCustomRows {
  receipt: Receipt & { id: null };
}

/** The receipt of a message that is in the log. */
export function stored(
  message: Omit<Delivered, 'token'>,
  answers: StoredAnswer[],
  duplicate: boolean,
  own?: CustomRows,
): Stored {
  const { id, key, deliveries, controlIdReused } = message;
  const storedAt = isoOf(message.storedAt);
  const receipt: Stored['receipt'] = { id, table: MESSAGES, storedAt, duplicate, deliveries, spooled: false };
  if (own !== undefined) receipt.own = summary(own);
  return {
    receipt,
    key,
    answers,
    controlIdReused,
  };
}

let lastTime: Date | undefined;
let lastIso = '';

/** Most times are the same as the one before: a batch's. */
function isoOf(time: Date): string {
  if (time !== lastTime) {
    lastIso = time.toISOString();
    lastTime = time;
  }
  return lastIso;
}

/** Without the log, nothing tells a repeated message from a new one: the table's key alone keeps it from being there twice. */
export function storedInCustomTable(own: CustomRows, now: Date): StoredCustomRows {
  const facts = { id: null, storedAt: now.toISOString(), duplicate: false, deliveries: 1, spooled: false };
  return { receipt: { ...facts, table: nameOf(own.table), own: summary(own) } };
}

/** What a receipt says of own rows. */
export function summary({ table, rows, cut, leftOut, failed }: CustomRows): NonNullable<Receipt['own']> {
  return {
    table: nameOf(table),
    rows: rows.length,
    cut: [...cut],
    ...(leftOut && { leftOut: [...leftOut] }),
    ...(failed && { failed: [...failed] }),
  };
}
