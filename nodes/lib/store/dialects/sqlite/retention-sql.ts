import type { RetentionSql } from '../contract';
import { limit, plainName, readTime, utcText } from '../shared';

const TIME = "'%Y-%m-%d %H:%M:%f +00:00'";

export const retentionSql: RetentionSql = {
  now: `strftime(${TIME}, 'now')`,
  later: (milliseconds) => `strftime(${TIME}, 'now', '${(milliseconds / 1000).toFixed(3)} seconds')`,
  time: (at) => `'${utcText(at)} +00:00'`,
  readTime,
  column: plainName,
  fromNothing: '',
  first: limit,
  session: [],
};
