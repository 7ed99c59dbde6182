import { isAscii } from 'node:buffer';
import type { Value } from '../../columns';
import type { MessageRecord } from '../../record';
import { remembering } from '../shared';
import { LISTED } from './statements';

/**
 * Rows as parameters: their columns as JSON lists, and the bytes of all of them behind one another, so that a statement
 * takes any number of rows with the same few parameters.
 */
export class BatchParameters {
  readonly #bytes: Buffer[] = [];
  #next = 1;

  /** All bytes, in which the lists name places by their start (from 1) and length. */
  bytes(): Buffer {
    return this.#bytes.length === 1 ? this.#bytes[0]! : Buffer.concat(this.#bytes, this.#next - 1);
  }

  messages(records: readonly MessageRecord[]): string {
    return JSON.stringify(records.map((record) => this.#message(record)));
  }

  /** Answers, each with the number of its message. */
  answers(records: readonly MessageRecord[]): string {
    const lists: unknown[] = [];
    for (let n = 0; n < records.length; n++) {
      for (const { kind, code, controlId, raw } of records[n]!.answers) {
        lists.push([n, kind, code, controlId, this.#place(raw), raw.length]);
      }
    }
    return JSON.stringify(lists);
  }

  #message({ columns }: MessageRecord): (string | number | null)[] {
    const list = new Array<string | number | null>(LISTED.length + 4);
    for (let n = 0; n < LISTED.length; n++) list[n] = bound(columns[LISTED[n]!]);
    const raw = columns.raw as Buffer;
    const text = columns.text as string;
    const rawAt = this.#place(raw);
    let textAt = rawAt;
    let textLength = raw.length;
    if (!isTextOf(raw, text)) {
      const bytes = Buffer.from(text);
      textAt = this.#place(bytes);
      textLength = bytes.length;
    }
    list[LISTED.length] = rawAt;
    list[LISTED.length + 1] = raw.length;
    list[LISTED.length + 2] = textAt;
    list[LISTED.length + 3] = textLength;
    return list;
  }

  #place(bytes: Buffer): number {
    const at = this.#next;
    this.#bytes.push(bytes);
    this.#next += bytes.length;
    return at;
  }
}

/** Identifiers, each with the number of its message and its position there. */
export function identifierLists(records: readonly MessageRecord[]): string {
  const lists: unknown[] = [];
  for (let n = 0; n < records.length; n++) {
    const { identifiers } = records[n]!;
    for (let position = 1; position <= identifiers.length; position++) {
      const { kind, source, value, authority, typeCode } = identifiers[position - 1]!;
      lists.push([n, position, kind, source, value, authority || null, typeCode || null]);
    }
  }
  return JSON.stringify(lists);
}

/** True when the bytes, read as UTF-8, are the text: not for every message where they are, but for most. */
function isTextOf(raw: Buffer, text: string): boolean {
  return raw.length === text.length && isAscii(raw) && raw.toString('latin1') === text;
}

function bound(value: Value): string | number | null {
  return typeof value === 'object' && value !== null ? toSqlTime(value as Date) : value;
}

/** The text Sequelize writes and reads for a time, in UTC: SQLite's own time functions take it too. */
export const toSqlTime = remembering((time) => {
  const iso = time.toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)} +00:00`;
});

export function fromSqlTime(text: string): Date {
  return new Date(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`);
}
