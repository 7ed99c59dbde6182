import { Hl7Error } from '../../errors';
import type { Dialect } from '../dialect';
import type { StoreOptions } from '../types';
import { SqliteDialect } from './sqlite/dialect';

/** The dialect of a store's options. Throws `STORE_DIALECT_UNKNOWN`. */
export function dialectFor(options: StoreOptions): Dialect {
  if (options.dialect === 'sqlite') return new SqliteDialect(options);
  throw new Hl7Error('STORE_DIALECT_UNKNOWN', `There is no store for "${options.dialect}"; use sqlite.`);
}
