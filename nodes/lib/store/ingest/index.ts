/** The way of a row into the database: queue, group commit, retries. */
export type { Work } from './append';
export { Collector } from './group-committer';
export type { StoredOwn } from './receipts';
export { Writers } from './writers';
