export type { RetentionPolicy } from './policy';
export type { RetentionResult } from './runner';
