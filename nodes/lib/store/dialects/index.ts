/** The databases that the store can use: one folder each. */
export type { Delivered, Details, Dialect, InsertedMessage, Maintenance, Row, Run, Transaction } from './contract';
export { ownDialectOf } from './custom-table-sql';
export { dialectFor } from './dialect-for';
export { GRANTS } from './grants';
export { mssqlDdl } from './mssql';
export { mysqlDdl } from './mysql';
export { isReserved, oracleDdl } from './oracle';
export { postgresDdl } from './postgres';
export { inTime } from './shared';
export { sqliteDdl } from './sqlite';
