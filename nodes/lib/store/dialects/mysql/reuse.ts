import { CONTENT_KEY_LENGTH, type MessageRecord } from '../../record';
import type { MysqlSession } from './session';
import { isReused, SAME_CONTROL_IDS, sameControlIds } from './statements';

interface Sent {
  control_id: string | null;
  sending_application: string | null;
  sending_facility: string | null;
  dedupe_key: string;
}

/**
 * The messages whose sender used their control ID before, for other content.
 * @param before a statement to run in the same turn
 */
export async function reusedControlIds(
  session: MysqlSession,
  records: readonly MessageRecord[],
  before = '',
): Promise<Set<MessageRecord>> {
  const ids = new Set<string>();
  for (const { columns } of records) if (columns.control_id !== null) ids.add(columns.control_id as string);
  if (ids.size === 0) {
    if (before !== '') await session.run(before);
    return new Set();
  }
  const same = await session.run<Sent>(before + sameControlIds([...ids]));
  return same.length === SAME_CONTROL_IDS ? await oneByOne(session, records) : compared(records, same);
}

function compared(records: readonly MessageRecord[], same: readonly Sent[]): Set<MessageRecord> {
  const contents = new Map<string, Set<string>>();
  for (const row of same) {
    const sender = senderOf(row);
    const known = contents.get(sender) ?? new Set();
    contents.set(sender, known.add(contentOf(row.dedupe_key)));
  }
  const flagged = new Set<MessageRecord>();
  if (contents.size === 0) return flagged;
  for (const record of records) {
    const known = contents.get(senderOf(record.columns as unknown as Sent));
    if (known !== undefined && (known.size > 1 || !known.has(contentOf(record.key)))) flagged.add(record);
  }
  return flagged;
}

async function oneByOne(session: MysqlSession, records: readonly MessageRecord[]): Promise<Set<MessageRecord>> {
  const flagged = new Set<MessageRecord>();
  for (const record of records) {
    if (record.columns.control_id === null) continue;
    if ((await session.run(isReused(record))).length > 0) flagged.add(record);
  }
  return flagged;
}

const senderOf = (row: Omit<Sent, 'dedupe_key'>): string =>
  JSON.stringify([row.control_id, row.sending_application, row.sending_facility]);

const contentOf = (key: string): string => key.slice(0, CONTENT_KEY_LENGTH);
