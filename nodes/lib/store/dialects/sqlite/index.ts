import type { SqliteOptions } from '../../types';
import type { DatabaseKind } from '../contract';
import { sqliteCustomTable } from './custom-table';
import { sqliteDdl } from './ddl';
import { SqliteDialect } from './dialect';
import { retentionSql } from './retention-sql';

export const sqlite: DatabaseKind = {
  title: 'SQLite',
  create: (options) => new SqliteDialect(options as SqliteOptions),
  ddl: () => sqliteDdl,
  customTableSql: () => sqliteCustomTable,
  retentionSql,
};
