export { mysqlOwn } from './custom-table';
export { mysqlDdl } from './ddl';
export { MysqlDialect } from './dialect';
