/** The way of a row into the database: queue, group commit, retries. */
export type { Work } from './append';
export { GroupCommitter } from './group-committer';
export type { StoredCustomRows } from './receipts';
export { Writers } from './writers';
