import { DEFAULT_LIMITS } from '../../lib/mllp/limits';
import { choice, decimal, onOff, plain, whole } from './setting';

export const MB = 1024 * 1024;
export const KB = 1024;
const SECOND = 1000;

const { maxFrame, maxJunk, frameTime, idleTime, maxConnections, maxPerPeer } = DEFAULT_LIMITS;

/** The settings of `mllp in`. */
export const MLLP_IN = {
  host: plain('The address', '127.0.0.1'),
  port: whole('The port', 2575, 1, 65_535),
  clientCertificate: onOff('The choice to demand client certificates', false),
  allow: plain('The list of allowed peers'),
  acknowledge: choice('The choice of when to acknowledge', 'flow', 'stored', 'receipt', 'never'),
  ackMode: choice('The acknowledgment mode', 'msh', 'original', 'commit'),
  applicationAck: choice('The way of application acknowledgments', 'same', 'separate'),
  onFailure: choice('The answer on failure', 'AR', 'AE', 'close', 'none'),
  timeout: decimal('The time to answer', 30, 0.1, 3600, 's'),
  identity: choice('The choice of the identity', 'receiver', 'own'),
  application: plain('The application'),
  facility: plain('The facility'),
  charset: plain('The default charset'),
  forceCharset: onOff('The choice to force the charset', false),
  utf8: choice('The choice for UTF-8 text', 'trust', 'prefer'),
  maxFrame: decimal('The frame size', maxFrame / MB, 0.001, 512, 'MB'),
  frameTime: decimal('The time of a frame', frameTime / SECOND, 0, 86_400, 's'),
  maxJunk: decimal('The bytes before the start block', maxJunk / KB, 0, 65_536, 'kB'),
  maxConnections: whole('The number of connections', maxConnections, 1, 65_535),
  maxPerPeer: whole('The number of connections a peer', maxPerPeer, 1, 65_535, 'connections'),
  // Timers of Node.js count milliseconds in 32 bits.
  idleTime: decimal('The idle time', idleTime / SECOND, 0, 2_000_000, 's'),
  maxBuffered: decimal('The buffered bytes', 128, 1, 16_384, 'MB'),
  window: whole('The messages in flight a connection', 1, 1, 1000, 'a connection'),
  severalMessages: choice('The choice for several messages in a frame', 'refuse', 'split'),
  startInside: choice('The choice for a start inside a frame', 'refuse', 'restart'),
  withoutStart: onOff('The choice to take messages without a start block', false),
} as const;
