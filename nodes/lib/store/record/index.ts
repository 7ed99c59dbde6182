/** What a row of the log holds: columns, identifiers, the key that tells a repeated message. */
export { CONTENT_KEY_LENGTH } from './dedupe-key';
export { DEFAULT_PLACES, identifierPlaces, type Places } from './identifier-fields';
export type { Identifier } from './identifiers';
export { addDeviationSql, IDS_AT_ONCE, LateDeviationWriter } from './late-deviations';
export { addDeviation, bytesOf, CONTROL_ID_REUSED, type MessageRecord, NUL_REPLACED, recordOf, salted } from './record';
