/** HL7 v2 text: syntax, character sets, messages, objects and acknowledgments. Knows nothing of sockets and databases. */
export { type BatchAnswer, buildBatchAck } from './ack/batch';
export { buildAck, newControlId } from './ack/build';
export { errorsOf } from './ack/errors';
export { asksAccept, decideAck, isAckCondition, isPositive } from './ack/mode';
export {
  charsetLabel,
  type DecodedMessage,
  declaredCharset,
  decodeMessageSteps,
  decodeTextSteps,
} from './charset/decode-message';
export { encodeText } from './charset/encode';
export { CHARSET_KEYS, canonicalCharset, isNarrowCharset, MLLP_LABELS } from './charset/names';
export { Hl7Message, type SegmentText } from './message/hl7-message';
export { buildSteps, toText } from './object/build';
export { LIVE_LIMITS, STEPS_LIMITS } from './object/limits';
export { makeLiveSteps, toLive } from './object/live/live-message';
export { parseSteps, toObject } from './object/parse';
export type { Transformed } from './object/types';
export { type Batch, type BatchWarning, isBatch, isBatchSteps, splitBatch, splitBatchSteps } from './syntax/batch';
export { areEncodingCharactersValid, type Delimiters, readDelimiters } from './syntax/delimiters';
export { unescapeText } from './syntax/escape';
export {
  type BatchHeader,
  componentOf,
  type Header,
  hasControlId,
  headerFacts,
  headerFault,
  peekAcknowledged,
  peekBatchHeader,
  peekHeader,
  type Role,
  roleOf,
  topic,
} from './syntax/header';
export { leadBytes } from './syntax/lead';
export { type Path, parsePath } from './syntax/path';
export { isSegmentName, normaliseSegmentEnds, normaliseSegmentEndsSteps, segmentEnd } from './syntax/segments';
export { findStrayLinesSteps } from './syntax/stray-lines';
export { instantOf, messageOffset, parseTime } from './syntax/time';
