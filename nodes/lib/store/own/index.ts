export type { ColumnSettings, TableSettings } from './definition';
export { ownTable } from './definition';
export { type Cell, Extraction, type RowContext } from './extract';
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
  SOURCE_KINDS,
} from './types';
