export { DEFAULT_IDENTIFIERS, IDENTIFIER_TYPES } from './identifier-places';
export type { Models } from './models';
export type { RetentionPolicy, RetentionResult } from './retention';
export { DEFAULT_LIMITS, Store } from './store';
export type {
  Again,
  AnswerKind,
  PreparedAnswer,
  Row,
  StateChange,
  StoreCheck,
  Stored,
  StoredAnswer,
  StoreLimits,
  StoreOptions,
  StoreStatistics,
} from './types';
