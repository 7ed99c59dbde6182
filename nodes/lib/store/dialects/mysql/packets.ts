import { Hl7Error } from '../../../errors';
import { type Value, WRITTEN } from '../../columns';
import type { MessageRecord } from '../../record';
import { isTextOf } from './statements';

/** Bytes of a packet that are not for rows: the statement's number, the types of its parameters, SQL around them. */
const ROOM = 4096;
/** Bytes a parameter takes beside its value: its length and its type. */
const AROUND = 12;
/** Characters of a statement's parameters at most; the protocol has 65,535. */
const MOST_ROWS = Math.floor(60_000 / WRITTEN.length);

const LONE = /\p{Surrogate}/u;

/** A message and how its text travels. */
export interface Parcel {
  record: MessageRecord;
  /** `derived`: the server makes it of the bytes. `apart`: it goes in a packet of its own, since one does not take both. */
  text: 'derived' | 'sent' | 'apart';
}

/**
 * Messages in groups that one packet takes each, in their order.
 * @param limit max_allowed_packet, bytes
 * Throws `STORE_MESSAGE_TOO_LARGE` for one that no packet takes, `STORE_TEXT_INVALID` for one whose text is no Unicode.
 */
export function parcels(records: readonly MessageRecord[], limit: number, location: string): Parcel[][] {
  const most = limit - ROOM;
  const groups: Parcel[][] = [];
  let room = 0;
  for (const record of records) {
    const raw = record.columns.raw as Buffer;
    const text = record.columns.text as string;
    const others = sizeOfOthers(record);
    const derived = isTextOf(raw, text);
    if (!derived && !isUnicode(record)) throw invalid(location);
    const textSize = derived ? 0 : Buffer.byteLength(text);
    const apart = others + raw.length + textSize > most;
    if (others + raw.length > most || textSize > most) {
      throw tooLarge(location, Math.max(raw.length, textSize), limit);
    }
    const size = others + raw.length + (apart ? 0 : textSize);
    const group = groups.at(-1);
    const parcel: Parcel = { record, text: derived ? 'derived' : apart ? 'apart' : 'sent' };
    if (group === undefined || size > room || group.length >= MOST_ROWS) {
      groups.push([parcel]);
      room = most - size;
    } else {
      group.push(parcel);
      room -= size;
    }
  }
  return groups;
}

/** False for text with half a surrogate pair: what goes out in its place would be another character. */
function isUnicode({ columns }: MessageRecord): boolean {
  return WRITTEN.every((column) => typeof columns[column] !== 'string' || !LONE.test(columns[column]));
}

function sizeOfOthers({ columns }: MessageRecord): number {
  let size = 0;
  for (const column of WRITTEN) {
    const value: Value = columns[column];
    size += AROUND;
    if (column === 'raw' || column === 'text') continue;
    if (typeof value === 'string') size += Buffer.byteLength(value);
    else if (value !== null) size += 24;
  }
  // The batch's token, and codes that are added to the deviations.
  return size + 100;
}

/** Rows as SQL text in groups that one packet takes each, in their order. Throws `STORE_MESSAGE_TOO_LARGE`. */
export function textGroups(rows: readonly string[], limit: number, location: string): string[] {
  const most = limit - ROOM;
  const groups: string[][] = [];
  let room = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(row) + 1;
    if (size > most) throw tooLarge(location, size, limit);
    if (groups.length === 0 || size > room) {
      groups.push([]);
      room = most;
    }
    groups.at(-1)!.push(row);
    room -= size;
  }
  return groups.map((group) => group.join(','));
}

/** True when one packet takes all these statements, and a few more words. */
export function fits(statements: readonly string[], limit: number): boolean {
  const sizes = statements.map((statement) => Buffer.byteLength(statement) + 2);
  return sizes.reduce((sum, size) => sum + size, 0) + 20 * statements.length <= limit - ROOM;
}

function invalid(location: string): Hl7Error {
  const text = `A message's text holds half a character (a lone surrogate), which the database ${location} cannot keep.`;
  const errors = [{ code: '199', text: 'Message cannot be stored', severity: 'E' as const }];
  return new Hl7Error('STORE_TEXT_INVALID', text, { fault: 'content', errors });
}

function tooLarge(location: string, size: number, limit: number): Hl7Error {
  const text = `A message of ${inMegabytes(size)} does not fit into the packets of ${inMegabytes(limit)} that the database ${location} takes. Raise max_allowed_packet there.`;
  const errors = [{ code: '199', text: 'Message too large to be stored', severity: 'E' as const }];
  return new Hl7Error('STORE_MESSAGE_TOO_LARGE', text, { fault: 'content', errors });
}

function inMegabytes(size: number): string {
  return `${(size / 1024 / 1024).toFixed(1)} MiB`;
}
