export type { Models } from './models';
export { CONTROL_ID_REUSED, IDENTIFIER_LEFT_OUT, NUL_REPLACED, STORED_AGAIN, VALUE_CUT } from './record';
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
