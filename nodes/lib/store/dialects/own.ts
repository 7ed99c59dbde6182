import type { OwnDialect } from '../own/sql';
import type { DialectName } from '../types';
import { mysqlOwn } from './mysql/own';
import { postgresOwn } from './postgres/own';
import { sqliteOwn } from './sqlite/own';

const OWN: Partial<Record<DialectName, () => OwnDialect>> = {
  sqlite: () => sqliteOwn,
  mysql: () => mysqlOwn,
  mariadb: () => mysqlOwn,
  postgres: () => postgresOwn(''),
};

/** How a kind of database writes own tables, for people who look at a table before there is a connection. */
export function ownDialectOf(name: unknown): OwnDialect {
  return (OWN[name as DialectName] ?? OWN.sqlite)!();
}
