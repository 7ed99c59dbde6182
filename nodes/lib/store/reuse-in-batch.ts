import { addDeviation, CONTROL_ID_REUSED, type MessageRecord } from './record';

/** Control IDs that come twice in one batch for different content; the table is the dialect's to look at. */
export class ReuseInBatch {
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
