import { MESSAGES } from '../columns';
import type { Maintenance, Row } from '../dialects';

/** Rows that are looked at with one query. */
const PAGE = 500;
/** Ids whose rows are counted with one query. */
const COUNTED = 20_000;

/** A message that is due. */
export interface Due {
  id: number;
  /** What it occupies, roughly. */
  bytes: number;
}

/** Where a sweep has come to. Rows before it are done. */
export interface Place {
  id: number;
  receivedAt: Date;
}

/** Goes through the messages that are due, by key, oldest first. */
interface DueMessages {
  /** The next of them, as many as one look finds; undefined at the end. */
  next(): Promise<Due[] | undefined>;
  /** The last row that was looked at. */
  readonly place: Place | undefined;
}

/** Which messages are due: those that were received before a time, or those below an id. */
export type Limit = { before: Date } | { below: number };

/**
 * @param content true for those that still have their content
 * @param after where an earlier sweep of the same kind has ended
 */
export function dueMessages(maintenance: Maintenance, limit: Limit, content: boolean, after?: Place): DueMessages {
  return new KeyedDueMessages(maintenance, limit, content, after);
}

class KeyedDueMessages implements DueMessages {
  #ended = false;

  constructor(
    readonly maintenance: Maintenance,
    readonly limit: Limit,
    readonly content: boolean,
    public place: Place | undefined,
  ) {}

  async next(): Promise<Due[] | undefined> {
    if (this.#ended) return undefined;
    const { sql, table, read } = this.maintenance;
    const [where, order] = 'before' in this.limit ? this.#byAge(this.limit.before) : this.#byId(this.limit.below);
    const select = `SELECT id AS id, received_at AS received_at, ${sql.column('size')} AS bytes, content_dropped_at AS dropped FROM ${table(MESSAGES)} WHERE ${where} ORDER BY ${order}`;
    const rows = await read(sql.first(PAGE, select));
    this.#ended = rows.length < PAGE;
    const last = rows.at(-1);
    if (last !== undefined) this.place = { id: Number(last.id), receivedAt: sql.readTime(last.received_at) };
    return rows.filter((row) => !this.content || row.dropped === null).map(dueOf);
  }

  #byAge(before: Date): [where: string, order: string] {
    const { time } = this.maintenance.sql;
    const due = `received_at < ${time(before)}`;
    if (this.place === undefined) return [due, 'received_at, id'];
    const { id, receivedAt } = this.place;
    const from = time(receivedAt);
    return [`received_at >= ${from} AND ${due} AND (received_at > ${from} OR id > ${id})`, 'received_at, id'];
  }

  #byId(below: number): [where: string, order: string] {
    return [`id > ${this.place?.id ?? -1} AND id < ${below}`, 'id'];
  }
}

function dueOf(row: Row): Due {
  // The bytes and the text.
  return { id: Number(row.id), bytes: row.dropped === null ? 2 * Number(row.bytes) : 0 };
}

/**
 * The id of the oldest message that is among the newest so many; undefined when there are no more than that. Counts rows,
 * not ids, from the newest on, in ranges of ids, so that no query takes long.
 */
export async function oldestOfNewest(maintenance: Maintenance, messages: number): Promise<number | undefined> {
  const { sql, read } = maintenance;
  const table = maintenance.table(MESSAGES);
  const [ends] = await read(
    `SELECT (SELECT MIN(id) FROM ${table}) AS lowest, (SELECT MAX(id) FROM ${table}) AS highest${sql.fromNothing}`,
  );
  if (ends === undefined || ends.lowest === null) return undefined;
  const lowest = Number(ends.lowest);
  let upper = Number(ends.highest) + 1;
  let left = messages;
  let width = COUNTED;
  while (upper > lowest && upper - lowest > left) {
    const range = `id >= ${Math.max(upper - width, lowest)} AND id < ${upper}`;
    const [counted] = await read(`SELECT COUNT(*) AS n FROM ${table} WHERE ${range}`);
    const rows = Number(counted!.n);
    if (rows < left) {
      left -= rows;
      upper -= width;
    } else if (width > PAGE) {
      width >>= 1;
    } else {
      const ids = await read(sql.first(left, `SELECT id AS id FROM ${table} WHERE ${range} ORDER BY id DESC`));
      const id = Number(ids.at(-1)!.id);
      return id > lowest ? id : undefined;
    }
  }
  return undefined;
}
