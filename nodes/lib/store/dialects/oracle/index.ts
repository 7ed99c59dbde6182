import type { ServerOptions } from '../../types';
import type { DatabaseKind } from '../contract';
import { oracleCustomTable } from './custom-table';
import { oracleDdl } from './ddl';
import { OracleDialect } from './dialect';
import { grants } from './grants';
import { retentionSql } from './retention-sql';

export { isReserved } from './names';

export const oracle: DatabaseKind = {
  title: 'Oracle',
  create: (options) => new OracleDialect(options as ServerOptions),
  ddl: oracleDdl,
  customTableSql: oracleCustomTable,
  retentionSql,
  grants,
};
