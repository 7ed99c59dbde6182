import { OpenError } from '../open-error';
import { DIALECTS, type DialectName, type StoreOptions } from '../types';
import type { DatabaseKind, Dialect } from './contract';
import { mssql } from './mssql';
import { mariadb, mysql } from './mysql';
import { oracle } from './oracle';
import { postgres } from './postgres';
import { sqlite } from './sqlite';

/** The databases that the store can use, by the name that a flow has for them. */
const KINDS: ReadonlyMap<unknown, DatabaseKind> = new Map<DialectName, DatabaseKind>([
  ['sqlite', sqlite],
  ['mssql', mssql],
  ['postgres', postgres],
  ['mysql', mysql],
  ['mariadb', mariadb],
  ['oracle', oracle],
]);

/** The kind of database of this name; undefined when there is none, whatever was given. */
export function databaseKind(name: unknown): DatabaseKind | undefined {
  return KINDS.get(name);
}

/** The dialect of a store's options; it is not open yet. @throws OpenFailed STORE_DIALECT_UNKNOWN */
export function dialectFor(options: StoreOptions): Dialect {
  const kind = databaseKind(options.dialect);
  if (kind !== undefined) return kind.create(options);
  const { dialect, host, database } = options as { dialect: string; host?: string; database?: string };
  const text = `The database ${host}/${database} cannot be opened: there is no store for "${dialect}". Open the hl7 database node and choose one of ${DIALECTS.join(', ')}.`;
  throw new OpenError({ why: 'dialect', text }, { code: 'STORE_DIALECT_UNKNOWN', final: true });
}
