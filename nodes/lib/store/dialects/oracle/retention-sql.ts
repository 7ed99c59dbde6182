import type { RetentionSql } from '../contract';
import { readTime, utcText } from '../shared';
import { columnName } from './names';

export const retentionSql: RetentionSql = {
  now: 'SYSTIMESTAMP',
  later: (milliseconds) => `SYSTIMESTAMP + NUMTODSINTERVAL(${milliseconds / 1000}, 'SECOND')`,
  time: (at) => `TIMESTAMP '${utcText(at)} +00:00'`,
  readTime,
  column: columnName,
  fromNothing: ' FROM dual',
  first: (rows, select) => `${select} FETCH FIRST ${rows} ROWS ONLY`,
  session: [],
};
