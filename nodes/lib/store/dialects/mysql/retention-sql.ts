import type { RetentionSql } from '../contract';
import { limit, plainName, readTime, utcText } from '../shared';

export const retentionSql: RetentionSql = {
  now: 'UTC_TIMESTAMP(3)',
  later: (milliseconds) => `TIMESTAMPADD(MICROSECOND, ${milliseconds * 1000}, UTC_TIMESTAMP(3))`,
  time: (at) => `'${utcText(at)}'`,
  readTime,
  column: plainName,
  fromNothing: ' FROM dual',
  first: limit,
  session: ['SET SESSION innodb_lock_wait_timeout = 1'],
};
