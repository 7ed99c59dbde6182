/** Deletes what is older than the log keeps, from one of several instances at a time. */
export { policyOf, RULES } from './policy';
export { type RetentionResult, RetentionRunner, retentionHost } from './runner';
