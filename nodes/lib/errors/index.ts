/** The error class of the product and the list of its codes. */
export { ERROR_CODES, ERROR_GROUPS, type ErrorCode, type ErrorFacts, type Fault } from './codes';
export { type ErrorDetail, Hl7Error } from './hl7-error';
