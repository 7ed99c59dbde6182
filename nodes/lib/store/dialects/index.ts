/** The databases that the store can use: one folder each. */
export type { Delivered, Details, Dialect, InsertedMessage, Maintenance, Row, Run, Transaction } from './contract';
export { databaseKind, dialectFor } from './kinds';
export { isReserved } from './oracle';
export { inTime } from './shared';
