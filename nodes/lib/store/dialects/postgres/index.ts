import type { ServerOptions } from '../../types';
import type { DatabaseKind } from '../contract';
import { postgresCustomTable } from './custom-table';
import { postgresDdl } from './ddl';
import { PostgresDialect } from './dialect';
import { grants } from './grants';
import { retentionSql } from './retention-sql';

export const postgres: DatabaseKind = {
  title: 'PostgreSQL',
  create: (options) => new PostgresDialect(options as ServerOptions),
  ddl: postgresDdl,
  customTableSql: postgresCustomTable,
  retentionSql,
  grants,
};
