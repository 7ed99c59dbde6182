import { addDeviation, CONTENT_KEY_LENGTH, CONTROL_ID_REUSED, type MessageRecord } from '../../record';

/** What tells a sender's message from its others. */
export interface Sent {
  control_id: string | null;
  sending_application: string | null;
  sending_facility: string | null;
  dedupe_key: string;
}

const senderOf = (row: Omit<Sent, 'dedupe_key'>): string =>
  JSON.stringify([row.control_id, row.sending_application, row.sending_facility]);

const contentOf = (key: string): string => key.slice(0, CONTENT_KEY_LENGTH);

/** The control IDs of messages, each once. */
export function controlIdsOf(records: readonly MessageRecord[]): string[] {
  const ids = new Set<string>();
  for (const { columns } of records) if (columns.control_id !== null) ids.add(columns.control_id as string);
  return [...ids];
}

/** The messages whose sender used their control ID before, for other content. */
export function reusing(records: readonly MessageRecord[], earlier: readonly Sent[]): Set<MessageRecord> {
  const flagged = new Set<MessageRecord>();
  if (earlier.length === 0) return flagged;
  const contents = new Map<string, Set<string>>();
  for (const row of earlier) {
    const sender = senderOf(row);
    contents.set(sender, (contents.get(sender) ?? new Set()).add(contentOf(row.dedupe_key)));
  }
  for (const record of records) {
    const known = contents.get(senderOf(record.columns as unknown as Sent));
    if (known !== undefined && (known.size > 1 || !known.has(contentOf(record.key)))) flagged.add(record);
  }
  return flagged;
}

export function deviationsOf(record: MessageRecord, flagged: ReadonlySet<MessageRecord>): string | null {
  const deviations = record.columns.deviations as string | null;
  return flagged.has(record) ? addDeviation(deviations, CONTROL_ID_REUSED) : deviations;
}
