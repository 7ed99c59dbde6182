export { conflict, sqliteOwn } from './custom-table';
export { sqliteDdl } from './ddl';
export { SqliteDialect } from './dialect';
