import type { RetentionSql } from '../contract';
import { limit, plainName, readTime } from '../shared';

export const retentionSql: RetentionSql = {
  now: 'clock_timestamp()',
  later: (milliseconds) => `clock_timestamp() + interval '${milliseconds} milliseconds'`,
  time: (at) => `timestamptz '${at.toISOString()}'`,
  readTime,
  column: plainName,
  fromNothing: '',
  first: limit,
  // Shorter than the second after which the server looks for deadlocks: the lock is released before.
  session: ["SET lock_timeout = '50ms'"],
};
