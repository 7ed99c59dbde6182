/** The Node-RED message between the modules: made of a frame, of a batch, and as a row of the log. */
export { acceptingOnReceipt, splitMessageSteps } from './batch';
export { type Inbound, type InboundMessage, isAnswer, receiveSteps, refusedFrame, type TextSettings } from './inbound';
export { receivedOf, rowOf, type Storable } from './row';
export { sampleAdmission, sampleResults } from './sample-messages';
