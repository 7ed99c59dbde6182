/** Tables of the user: definition, values and rows. */
export { hasNotes, NOTES_TOKEN, type TargetNote, type TargetNotes, targetNotes, targetOf } from './custom-rows';
export { type ColumnSettings, customTable, type TableSettings } from './definition';
export { type Cell, ExpressionResult, Extraction, type RowContext } from './extract';
export { type CustomBatch, customBatches } from './merge';
export {
  type CustomStatement,
  CustomTableBusy,
  type CustomTableLimits,
  type CustomTableSql,
  isCustomTableError,
  isLoose,
  keyTaken,
  listed,
  notWritten,
  prepareCustomTable,
  type Run,
  type Waited,
} from './sql';
export {
  type CustomColumn,
  type CustomRows,
  type CustomTable,
  type CustomType,
  nameOf,
  type Written,
  withMessageId,
} from './types';
