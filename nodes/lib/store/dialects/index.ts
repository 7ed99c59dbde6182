import { Hl7Error } from '../../errors';
import type { Dialect } from '../dialect';
import { DIALECTS, type StoreOptions } from '../types';
import { MssqlDialect } from './mssql/dialect';
import { MysqlDialect } from './mysql/dialect';
import { OracleDialect } from './oracle/dialect';
import { PostgresDialect } from './postgres/dialect';
import { SqliteDialect } from './sqlite/dialect';

/** The dialect of a store's options. Throws `STORE_DIALECT_UNKNOWN`. */
export function dialectFor(options: StoreOptions): Dialect {
  switch (options.dialect) {
    case 'sqlite':
      return new SqliteDialect(options);
    case 'mssql':
      return new MssqlDialect(options);
    case 'postgres':
      return new PostgresDialect(options);
    case 'mysql':
    case 'mariadb':
      return new MysqlDialect(options);
    case 'oracle':
      return new OracleDialect(options);
    default: {
      const text = `There is no store for "${(options as { dialect: string }).dialect}"; use one of ${DIALECTS.join(', ')}.`;
      throw new Hl7Error('STORE_DIALECT_UNKNOWN', text);
    }
  }
}
