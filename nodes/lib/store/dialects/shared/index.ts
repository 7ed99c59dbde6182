/** What the databases on servers have in common. */
export { BatchParameters, identifierList, LISTED } from './batch';
export { customTables, isBytes, isText, looseKeys, onConflict, typesOf } from './custom-table';
export { ServerDialect, type ServerInfo, type Writer } from './dialect';
export { driverMissing, inQuotes, loadDriver, tlsOptions } from './driver';
export {
  AWAY,
  FULL,
  isNetworkCode,
  type Meaning,
  NETWORK_REASONS,
  NO_DATABASE,
  NO_ENTRY,
  NO_RIGHT,
  NO_TLS,
} from './error-classes';
export { grantEach, READ_WRITE } from './grants';
export { takeConnection } from './pooled';
export { limit, plainName, readTime, utcText } from './retention-sql';
export {
  type AnswerRow,
  answersByMessage,
  answersOf,
  type DeliveredRow,
  deliveredOf,
  identifiersOf,
  insertedOf,
  type MessageRow,
} from './rows';
export { driverError, inTime, isTimedOut, Session } from './session';
export { remembering } from './time-text';
