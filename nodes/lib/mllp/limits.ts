import { Hl7Error } from '../errors';

/** What one listener lets its peers do. Beyond a limit only the connection at fault is closed, with a reason of that name. */
export interface MllpLimits {
  /** Bytes of one frame's content. */
  maxFrame: number;
  /** Bytes before the start of a frame that are not filler. */
  maxJunk: number;
  /** Milliseconds from VT to FS, however steadily bytes trickle in (TRMLLP R2 1.2.3 suggests at least 40 s). 0 = off. */
  frameTime: number;
  /** Milliseconds without a byte in either direction and without an open answer. 0 = off. */
  idleTime: number;
  /** Connections of this listener, those that still agree on TLS included. */
  maxConnections: number;
  /** Connections from one address. */
  maxPerPeer: number;
  /** Bytes of answers that a peer may leave unread beyond what the operating system takes. */
  maxUnread: number;
  /** Milliseconds in which a peer must read an answer. 0 = off. */
  unreadTime: number;
  /** Milliseconds in which TLS must be agreed on. */
  handshakeTime: number;
  /** Milliseconds that a peer has to close its side after we closed ours. */
  lingerTime: number;
  /** Milliseconds of silence that end a message sent without a start (only with `withoutStart`). */
  withoutStartTime: number;
  /** Milliseconds of silence behind 1C without CR that end a frame whose last segment is complete. */
  endTime: number;
  /** Milliseconds of silence after which a frame that may have ended is refused. */
  doubtTime: number;
}

export const DEFAULT_LIMITS: Readonly<MllpLimits> = Object.freeze({
  maxFrame: 16 * 1024 * 1024,
  maxJunk: 64 * 1024,
  frameTime: 60_000,
  idleTime: 0,
  maxConnections: 500,
  maxPerPeer: 200,
  maxUnread: 1024 * 1024,
  unreadTime: 60_000,
  handshakeTime: 10_000,
  lingerTime: 2000,
  withoutStartTime: 3000,
  endTime: 300,
  doubtTime: 3000,
});

const MAY_BE_OFF: ReadonlySet<keyof MllpLimits> = new Set(['maxJunk', 'frameTime', 'idleTime', 'unreadTime']);
/** Beyond it a timer would fire at once (Node's timers count in 32 bits). */
const MAX = 2 ** 31 - 1;

/**
 * The defaults with the given limits over them; `undefined` keeps the default; fractions are rounded.
 * @throws Hl7Error `LIMIT_INVALID` when a limit is no number in its range.
 */
export function resolveLimits(given: Partial<MllpLimits> = {}): MllpLimits {
  const limits = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof MllpLimits)[]) {
    const value = Math.round(given[name] ?? DEFAULT_LIMITS[name]);
    const least = MAY_BE_OFF.has(name) ? 0 : 1;
    if (!(value >= least && value <= MAX)) {
      throw new Hl7Error('LIMIT_INVALID', `The limit ${name} must be a number from ${least} to ${MAX}.`);
    }
    limits[name] = value;
  }
  return limits;
}
