import { isAscii } from 'node:buffer';
import { WRITTEN } from '../../columns';
import { addDeviation, type Identifier, type MessageRecord, NUL_REPLACED } from '../../record';
import type { PreparedAnswer } from '../../types';
import type { TimeText } from './time-text';

/** U+2400, the visible sign for NUL. */
const SYMBOL_FOR_NUL = '\u2400';

/** Columns of a message that stand in its object as they are. */
export const LISTED = WRITTEN.filter((column) => column !== 'raw' && column !== 'text');

/** What a message's object begins as: one form for all costs less than properties that are added one by one. Undefined is not written. */
const EMPTY: Readonly<Record<string, unknown>> = Object.fromEntries(
  ['n', 'at', 'len', ...LISTED, 'text'].map((name) => [name, undefined]),
);

/**
 * Rows as parameters: their columns as JSON, and the bytes of all of them behind one another. A statement takes any
 * number of rows with the same few parameters, so that its text, and the server's plan of it, stay the same.
 */
export class BatchParameters {
  readonly #bytes: Buffer[] = [];
  #at = 0;
  readonly #texts: string[] = [];
  #textAt = 1;

  /**
   * @param takesNul false for databases whose text cannot hold NUL: its visible sign stands there, and `deviations` says so
   * @param textLength given for databases that are handed texts behind one another as well: how long they find a text
   */
  constructor(
    readonly time: TimeText,
    readonly takesNul = true,
    readonly textLength?: (text: string) => number,
  ) {}

  /** All texts, for which the objects hold `text_at` (from 1) and `text_len`, where they are not in the objects. */
  get texts(): string {
    return this.#texts.join('');
  }

  /** All bytes, for which the objects hold `at` (from 1) and `len`. */
  get bytes(): Buffer {
    return this.#bytes.length === 1 ? this.#bytes[0]! : Buffer.concat(this.#bytes);
  }

  /**
   * Messages: `n` (from 0) and their columns. `text` is left out where it is the bytes read as ASCII.
   */
  messages(records: readonly MessageRecord[], storedAt: Date, token: string): string {
    const stored = this.time(storedAt);
    return JSON.stringify(
      records.map(({ columns }, n) => {
        const raw = columns.raw as Buffer;
        const row: Record<string, unknown> = { ...EMPTY };
        row.n = n;
        row.at = this.#put(raw);
        row.len = raw.length;
        for (const column of LISTED) {
          const value = columns[column];
          if (value !== null) row[column] = value instanceof Date ? this.time(value) : value;
        }
        row.stored_at = stored;
        row.batch_token = token;
        const text = columns.text as string;
        if (!this.takesNul && text.includes('\0')) {
          row.text = text.replaceAll('\0', SYMBOL_FOR_NUL);
          row.deviations = addDeviation(columns.deviations as string | null, NUL_REPLACED);
        } else if (!isTextOf(raw, text)) row.text = text;
        if (this.textLength !== undefined) this.#placeText(row, this.textLength);
        return row;
      }),
    );
  }

  /** Answers; `of` is what says which message they belong to. */
  answers(answers: readonly { of: number; answer: PreparedAnswer; answeredAt: Date }[]): string {
    return JSON.stringify(
      answers.map(({ of, answer: { kind, code, controlId, raw }, answeredAt }, n) => {
        const [at, len] = [this.#put(raw), raw.length];
        return { n, of, kind, code, control_id: controlId, answered_at: this.time(answeredAt), at, len };
      }),
    );
  }

  #placeText(row: Record<string, unknown>, length: (text: string) => number): void {
    if (typeof row.text !== 'string') return;
    row.text_at = this.#textAt;
    row.text_len = length(row.text);
    this.#texts.push(row.text);
    this.#textAt += row.text_len as number;
    row.text = undefined;
  }

  /** @returns where they begin, from 1 */
  #put(bytes: Buffer): number {
    const at = this.#at + 1;
    this.#bytes.push(bytes);
    this.#at += bytes.length;
    return at;
  }
}

/** Identifiers; `of` is what says which message they belong to. */
export function identifierList(list: readonly { of: number; position: number; identifier: Identifier }[]): string {
  return JSON.stringify(
    list.map(({ of, position, identifier: { kind, source, value, authority, typeCode } }) => {
      return { of, position, kind, source, value, authority: authority || undefined, type_code: typeCode || undefined };
    }),
  );
}

/** True when the bytes, read as ASCII, are the text. */
function isTextOf(raw: Buffer, text: string): boolean {
  return raw.length === text.length && isAscii(raw) && raw.toString('latin1') === text;
}
