export { postgresOwn } from './custom-table';
export { postgresDdl } from './ddl';
export { PostgresDialect } from './dialect';
