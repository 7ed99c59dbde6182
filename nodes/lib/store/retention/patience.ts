import type { Maintenance } from './maintenance';

const ATTEMPTS = 20;
const RETRY_MS = 100;

/**
 * The same way to the database, which does again what met the locks of others.
 * @param pause waits so many milliseconds; what it throws ends the matter
 */
export function patient(maintenance: Maintenance, pause: (milliseconds: number) => Promise<void>): Maintenance {
  async function again<T>(attempt: () => Promise<T>): Promise<T> {
    for (let n = 1; ; n++) {
      try {
        return await attempt();
      } catch (error) {
        if (n === ATTEMPTS || maintenance.trouble(error) !== 'busy') throw error;
        await pause(RETRY_MS);
      }
    }
  }
  return {
    words: maintenance.words,
    table: (name) => maintenance.table(name),
    read: (sql) => again(() => maintenance.read(sql)),
    transaction: (steps) => again(() => maintenance.transaction(steps)),
    trouble: (error) => maintenance.trouble(error),
    abort: () => maintenance.abort(),
    close: () => maintenance.close(),
  };
}
