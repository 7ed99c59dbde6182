import { lookup } from '../../lookup';
import type { OwnDialect } from '../own/sql';
import type { DialectName } from '../types';
import { mssqlOwn } from './mssql/own';
import { mysqlOwn } from './mysql/own';
import { oracleOwn } from './oracle/own';
import { postgresOwn } from './postgres/own';
import { sqliteOwn } from './sqlite/own';

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
