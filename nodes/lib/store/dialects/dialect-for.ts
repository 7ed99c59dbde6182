import { OpenFailed } from '../open-error';
import { DIALECTS, type StoreOptions } from '../types';
import type { Dialect } from './contract';
import { MssqlDialect } from './mssql';
import { MysqlDialect } from './mysql';
import { OracleDialect } from './oracle';
import { PostgresDialect } from './postgres';
import { SqliteDialect } from './sqlite';

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
      const { dialect, host, database } = options as { dialect: string; host?: string; database?: string };
      const text = `The database ${host}/${database} cannot be opened: there is no store for "${dialect}". Open the hl7 database node and choose one of ${DIALECTS.join(', ')}.`;
      throw new OpenFailed({ why: 'dialect', text }, { code: 'STORE_DIALECT_UNKNOWN', final: true });
    }
  }
}
