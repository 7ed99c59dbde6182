export type { ColumnSettings, TableSettings } from './definition';
export { ownTable } from './definition';
export { type Cell, ExpressionResult, Extraction, type RowContext } from './extract';
export {
  MISFIT,
  MISSING,
  nameOf,
  OWN_MODES,
  OWN_TYPES,
  type OwnColumn,
  type OwnRow,
  type OwnRows,
  type OwnTable,
  REPEATS,
  SOURCE_KINDS,
  withMessageId,
} from './types';
