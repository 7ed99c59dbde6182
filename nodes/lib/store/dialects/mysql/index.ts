import type { ServerOptions } from '../../types';
import type { DatabaseKind } from '../contract';
import { mysqlCustomTable } from './custom-table';
import { mysqlDdl } from './ddl';
import { MysqlDialect } from './dialect';
import { grants } from './grants';
import { retentionSql } from './retention-sql';

export const mysql: DatabaseKind = {
  title: 'MySQL',
  create: (options) => new MysqlDialect(options as ServerOptions),
  ddl: () => mysqlDdl,
  customTableSql: () => mysqlCustomTable(),
  retentionSql,
  grants,
};

/** What differs from MySQL is detected when a connection is open. */
export const mariadb: DatabaseKind = { ...mysql, title: 'MariaDB' };
