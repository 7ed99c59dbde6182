/** Helpers without knowledge of HL7, MLLP or databases. */
export { storing } from './backpressure';
export { atOnce, inSteps, STRETCH, soon, splitInSteps, TURNS } from './cooperative';
export { KeyedQueue } from './keyed-queue';
export { environmentVariable, lookup } from './lookup';
export { randomChunk } from './random';
export { Timer } from './timer';
export { channelName, TRACE, type TraceEvent, traceLine } from './trace';
