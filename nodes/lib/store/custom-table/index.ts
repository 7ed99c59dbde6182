/** Tables of the user: definition, values and rows. */
export { hasNotes, NOTES_TOKEN, type TargetNote, type TargetNotes, targetNotes, targetOf } from './custom-rows';
export { type ColumnSettings, ownTable, type TableSettings } from './definition';
export { type Cell, ExpressionResult, Extraction, type RowContext } from './extract';
export { type OwnBatch, ownBatches } from './merge';
export {
  isLoose,
  isOwnTableError,
  keyTaken,
  listed,
  notWritten,
  type OwnDialect,
  type OwnLimits,
  type OwnStatement,
  OwnTableBusy,
  prepareOwn,
  type Run,
  type Waited,
} from './sql';
export {
  nameOf,
  type OwnColumn,
  type OwnRows,
  type OwnTable,
  type OwnType,
  type Written,
  withMessageId,
} from './types';
