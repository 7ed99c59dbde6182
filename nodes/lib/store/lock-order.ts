import type { MessageRecord } from './record';

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
