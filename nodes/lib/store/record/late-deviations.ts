import { MESSAGES } from '../columns';

const PAUSE_MS = 1000;
/** Messages beyond this number are let go: the log of Node-RED has the warning all the same. */
const MAX_WAITING = 10_000;

/** Deviations that became known after their message was stored: collected, and written now and then. */
export class LateDeviationWriter {
  /** Message ids by code. */
  #waiting = new Map<string, Set<number>>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #stopped = false;

  /** @param write adds a code to the rows of messages, once; rejects when it could not */
  constructor(readonly write: (ids: readonly number[], code: string) => Promise<void>) {}

  /** @param code capitals and underscores: it becomes a part of a statement */
  add(messageId: number, code: string): void {
    if (this.#stopped) return;
    if (!/^[A-Z_]{1,30}$/.test(code)) throw new TypeError('code is no deviation');
    const ids = this.#waiting.get(code) ?? new Set();
    if (ids.size >= MAX_WAITING) return;
    this.#waiting.set(code, ids.add(messageId));
    this.#pause();
  }

  /** Writes what waits, once; what cannot be written now is dropped. */
  async stop(): Promise<void> {
    await this.#writing;
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writeAll();
  }

  #pause(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writeAll().finally(() => {
        this.#writing = undefined;
      });
    }, PAUSE_MS).unref();
  }

  async #writeAll(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const [code, ids] of waiting) {
      try {
        await this.write([...ids], code);
      } catch {
        // They are tried again with the next ones.
        for (const id of ids) this.add(id, code);
      }
    }
  }
}

/**
 * The statement that adds a code to the deviations of messages which do not have it. The column keeps room for it.
 * @param table `hl7_messages` as statements write it
 * @param joined a code behind others, as this database joins texts
 */
export function addDeviationSql(
  ids: readonly number[],
  code: string,
  { table = MESSAGES, joined }: { table?: string; joined(code: string): string },
): string {
  return `UPDATE ${table} SET deviations = CASE WHEN deviations IS NULL THEN '${code}' ELSE ${joined(code)} END
WHERE id IN (${ids.map((id) => Math.trunc(id)).join(', ')}) AND (deviations IS NULL OR deviations NOT LIKE '%${code}%')`;
}

/** Ids that one statement takes. */
export const IDS_AT_ONCE = 500;
