export { oracleOwn } from './custom-table';
export { oracleDdl } from './ddl';
export { OracleDialect } from './dialect';
export { columnName, isReserved } from './names';
