/** MLLP: frames on sockets. Knows nothing of HL7 but where a header segment begins. */
export { sendOnce } from './client/send-once';
export type { Closing } from './close-reasons';
export type { Refusal } from './framing/decoder';
export { DEVIATIONS } from './framing/deviations';
export type { InboundFrame } from './server/connection';
export { type ListenerStatistics, MllpListener, type MllpListenerOptions, type Peer } from './server/listener';
export { giveUp, sendAnswers } from './server/replies';
