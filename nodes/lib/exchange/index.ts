/** Who still waits for an answer. Each exchange is answered once. */
export {
  type AckResult,
  type Answer,
  type AnswerRequest,
  ackResult,
  isPositive,
  readErrors,
  type StoreRecord,
} from './answer';
export type { AckPolicy } from './compose';
export { Delivery } from './delivery';
export { Exchange } from './exchange';
export { LateFault } from './late-fault';
export { isOwnAnswer } from './own-answers';
export { exchanges, type Part, unanswered } from './registry';
