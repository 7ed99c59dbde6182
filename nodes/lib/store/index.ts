/** The log of messages in a database: what it resolves with is on disk. */
export {
  type Cell,
  type ColumnSettings,
  type CustomColumn,
  type CustomRows,
  type CustomTable,
  customTable,
  ExpressionResult,
  Extraction,
  nameOf,
  type RowContext,
  type TableSettings,
} from './custom-table';
export { schemaScript } from './dba-script';
export { databaseKind, dialectFor } from './dialects';
export type { UnavailableReason } from './open-error';
export { identifierPlaces } from './record';
export { policyOf, type RetentionResult, RULES } from './retention';
export { Store } from './store';
export { type DatabaseState, StoreManager } from './store-manager';
export {
  DIALECTS,
  type DialectName,
  type MssqlLogin,
  type PreparedAnswer,
  type Row,
  type ServerDialectName,
  type ServerOptions,
  type StoreOptions,
  type StoreTls,
} from './types';
