import type { ServerOptions } from '../../types';
import type { DatabaseKind } from '../contract';
import { mssqlCustomTable } from './custom-table';
import { mssqlDdl } from './ddl';
import { MssqlDialect } from './dialect';
import { grants } from './grants';
import { retentionSql } from './retention-sql';

export const mssql: DatabaseKind = {
  title: 'SQL Server',
  create: (options) => new MssqlDialect(options as ServerOptions),
  ddl: mssqlDdl,
  customTableSql: mssqlCustomTable,
  retentionSql,
  grants,
};
