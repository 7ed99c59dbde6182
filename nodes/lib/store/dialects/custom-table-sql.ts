import { lookup } from '../../util';
import type { OwnDialect } from '../custom-table';
import type { DialectName } from '../types';
import { mssqlOwn } from './mssql';
import { mysqlOwn } from './mysql';
import { oracleOwn } from './oracle';
import { postgresOwn } from './postgres';
import { sqliteOwn } from './sqlite';

const OWN: Partial<Record<DialectName, () => OwnDialect>> = lookup({
  sqlite: () => sqliteOwn,
  mssql: () => mssqlOwn(''),
  mysql: () => mysqlOwn(),
  mariadb: () => mysqlOwn(),
  oracle: () => oracleOwn(''),
  postgres: () => postgresOwn(''),
});

/** How a kind of database writes own tables, for people who look at a table before there is a connection; undefined when it is not known. */
export function ownDialectOf(name: unknown): OwnDialect | undefined {
  return OWN[name as DialectName]?.();
}
