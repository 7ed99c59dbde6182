/// <reference path="./hl7/hl7-standard.d.ts" preserve="true" />
/** For Function nodes and other programs: `require('@hl7-logger/node-red')`. */

export type { ErrorDetail } from './errors';
export { Hl7Error } from './errors';
export {
  Hl7Message,
  headerFacts,
  isBatch,
  peekHeader,
  splitBatch,
  type Transformed,
  toLive,
  toObject,
  toText,
} from './hl7';
export type { HeaderFacts, MllpFacts, Receipt } from './message-contract';
export { schemaScript } from './store';
