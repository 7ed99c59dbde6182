export { mssqlOwn } from './custom-table';
export { mssqlDdl } from './ddl';
export { MssqlDialect } from './dialect';
