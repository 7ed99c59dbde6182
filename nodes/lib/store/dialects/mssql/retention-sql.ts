import type { RetentionSql } from '../contract';
import { plainName, readTime } from '../shared';

export const retentionSql: RetentionSql = {
  now: 'SYSUTCDATETIME()',
  later: (milliseconds) => `DATEADD(millisecond, ${milliseconds}, SYSUTCDATETIME())`,
  time: (at) => `CAST('${at.toISOString().slice(0, 23)}' AS datetime2(3))`,
  readTime,
  column: plainName,
  fromNothing: '',
  first: (rows, select) => select.replace(/^SELECT/, `SELECT TOP (${rows})`),
  session: ['SET LOCK_TIMEOUT 50', 'SET DEADLOCK_PRIORITY LOW'],
};
