import type { Collector } from '../collector';
import type { Dialect } from '../dialect';
import { retentionFailed } from '../failures';
import type { Maintenance } from './maintenance';
import type { RetentionHost, RetentionResult } from './runner';

/** A store as the retention's runner sees it. `told` may throw. @param busy true while messages wait to be written */
export function retentionHost(
  dialect: Dialect,
  collector: Collector,
  told: (result: RetentionResult) => void,
  busy = () => collector.queue.rows > 0,
): RetentionHost {
  return {
    open: async () => {
      const maintenance = await dialect.maintain();
      return dialect.oneWriter ? inLane(maintenance, collector) : maintenance;
    },
    busy,
    failed: (cause) => retentionFailed(dialect.location, cause),
    told: (result) => {
      try {
        told(result);
      } catch {
        // A listener that throws must not end the schedule.
      }
    },
  };
}

/** Its transactions stand between two batches. */
function inLane(maintenance: Maintenance, collector: Collector): Maintenance {
  return {
    words: maintenance.words,
    table: (name) => maintenance.table(name),
    read: (sql) => maintenance.read(sql),
    transaction: (steps) => collector.between(() => maintenance.transaction(steps)),
    trouble: (error) => maintenance.trouble(error),
    abort: () => maintenance.abort(),
    close: () => maintenance.close(),
  };
}
