import { hash } from 'node:crypto';
import type { CustomRows } from './types';

/**
 * The rows of custom tables are written once a message and target, whatever becomes of the process.
 *
 * The idea: a flow may lead one message through several db store nodes, each with a custom table. The first writes the
 * message's row in the log; the others find it there. What a node has written is noted in `hl7_custom_rows`, in the
 * transaction that writes the rows. So a message that is there already gets the rows that its note lacks, and no others:
 * those of the second node in the same flow, and those that a crash between two nodes left out, when the sender repeats
 * the message. A message of a version that made no notes counts as written: that version wrote the rows with the message.
 */

/** What batch tokens begin with since there are notes. */
export const NOTES_TOKEN = '2.';

/** Ids in one list: Oracle takes 1,000. */
const AT_ONCE = 500;

/** A custom table as one node writes it: two nodes may write different rows to one table. 64 characters of hex. */
export function targetOf({ table, writer }: Pick<CustomRows, 'table' | 'writer'>): string {
  return hash('sha256', JSON.stringify([writer ?? '', table.schema, table.name]), 'hex');
}

/** True when all that was written for a message is noted. @param token of the batch that wrote the message */
export function hasNotes(token: string | null): boolean {
  return token?.startsWith(NOTES_TOKEN) ?? false;
}

/** The targets that are noted for messages, by message id; and a note of more. */
export interface TargetNotes {
  find(messageIds: readonly number[]): Promise<Map<number, Set<string>>>;
  add(notes: readonly TargetNote[]): Promise<void>;
}

export interface TargetNote {
  messageId: number;
  /** As `targetOf` makes it. */
  target: string;
}

/**
 * Notes in statements that every database takes: ids are numbers, and targets are hex, so that neither needs a parameter.
 * @param table as statements of the database name it
 * @param fromNothing what a SELECT without a table must end with
 */
export function targetNotes(
  table: string,
  run: (sql: string) => Promise<readonly unknown[]>,
  fromNothing = '',
): TargetNotes {
  return {
    async find(messageIds) {
      const found = new Map<number, Set<string>>();
      for (let at = 0; at < messageIds.length; at += AT_ONCE) {
        const ids = messageIds.slice(at, at + AT_ONCE).map(Number);
        const rows = await run(`SELECT message_id, target FROM ${table} WHERE message_id IN (${ids.join(', ')})`);
        for (const { message_id, target } of rows as { message_id: number | string; target: string }[]) {
          const id = Number(message_id);
          const targets = found.get(id);
          if (targets === undefined) found.set(id, new Set([target]));
          else targets.add(target);
        }
      }
      return found;
    },
    async add(notes) {
      for (let at = 0; at < notes.length; at += AT_ONCE) {
        const rows = notes
          .slice(at, at + AT_ONCE)
          .map(({ messageId, target }) => `SELECT ${Number(messageId)}, '${target}'${fromNothing}`);
        await run(`INSERT INTO ${table} (message_id, target) ${rows.join(' UNION ALL ')}`);
      }
    },
  };
}
