import { LEASES } from '../columns';
import type { Maintenance, Row, Run } from '../dialects';

/** Milliseconds a holder may say nothing before another one takes over. */
const LEASE_MS = 60_000;

const NAME = 'retention';

/**
 * The right to be the only one of several instances that does the retention: a row with the holder's name and a time by
 * the database's own clock, so that the clocks of the instances do not matter. A holder that is killed loses it by time;
 * one that only slept finds out with its next transaction, which touches nothing then.
 */
export class Lease {
  /** @param holder a unique name */
  constructor(
    readonly maintenance: Maintenance,
    readonly holder: string,
  ) {}

  /** @returns the database's time when the lease is ours, undefined when another instance has it */
  async take(): Promise<Date | undefined> {
    const { maintenance } = this;
    const { sql } = maintenance;
    const free = `holder = '${this.holder}' OR held_until IS NULL OR held_until < ${sql.now}`;
    const table = maintenance.table(LEASES);
    const attempt = (): Promise<Row[]> =>
      maintenance.transaction(async (run) => {
        await run(
          `UPDATE ${table} SET holder = '${this.holder}', held_until = ${sql.later(LEASE_MS)} WHERE name = '${NAME}' AND (${free})`,
        );
        return run(`SELECT holder AS holder, ${sql.now} AS time_now FROM ${table} WHERE name = '${NAME}'`);
      });
    let [row] = await attempt();
    if (row === undefined) {
      const one = `(SELECT '${NAME}' AS name${sql.fromNothing}) one`;
      const insert = `INSERT INTO ${table} (name) SELECT name FROM ${one} WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE name = '${NAME}')`;
      // Another instance may do the same at this moment; then its row is as good.
      await maintenance.transaction((run) => run(insert)).catch(() => undefined);
      [row] = await attempt();
    }
    return row?.holder === this.holder ? sql.readTime(row.time_now) : undefined;
  }

  /** The first step of every transaction: prolongs the lease. Throws `LeaseLost` when it is not ours any more. */
  async prolong(run: Run): Promise<void> {
    const { sql } = this.maintenance;
    const table = this.maintenance.table(LEASES);
    await run(
      `UPDATE ${table} SET held_until = ${sql.later(LEASE_MS)} WHERE name = '${NAME}' AND holder = '${this.holder}'`,
    );
    const [row] = await run(`SELECT holder AS holder FROM ${table} WHERE name = '${NAME}'`);
    if (row?.holder !== this.holder) throw new LeaseLost();
  }

  /** Gives it back. Never throws: by then it is a matter of time. */
  async release(): Promise<void> {
    const table = this.maintenance.table(LEASES);
    const sql = `UPDATE ${table} SET holder = NULL, held_until = NULL WHERE name = '${NAME}' AND holder = '${this.holder}'`;
    await this.maintenance.transaction((run) => run(sql)).catch(() => undefined);
  }
}

/** Another instance took over: this one was silent for too long. */
export class LeaseLost extends Error {
  constructor() {
    super('another instance does the retention now');
  }
}
