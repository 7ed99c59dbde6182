/// <reference path="./hl7/hl7-standard.d.ts" preserve="true" />
/** For Function nodes and other programs: `require('@hl7-logger/node-red')`. */
export type { HeaderFacts, MllpFacts, Receipt } from './contract';
export { Hl7Error, type Located } from './errors';
export { isBatch, splitBatch } from './hl7/batch';
export { headerFacts, peekHeader } from './hl7/header';
export { toLive } from './hl7/live';
export { type Transformed, toObject } from './hl7/object';
export { toText } from './hl7/object-text';
export { Hl7Message } from './hl7/tokenizer';
export { schemaScript } from './store/script';
