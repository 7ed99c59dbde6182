import type { CloseReason } from './close-reasons';

/** Counters of one listener since it was opened. Plain data. */
export interface ListenerStatistics {
  /** Connections open now. */
  connections: number;
  connectionsTotal: number;
  /** Frames handed on. */
  frames: number;
  /** Bytes received, frames and all else. */
  bytes: number;
  /** Frames that were answered. */
  answers: number;
  /** What was odd, by code: of the frames, and what its user notes of their texts. */
  deviations: Partial<Record<string, number>>;
  /** Connections ended or not accepted, by reason. */
  closes: Partial<Record<CloseReason, number>>;
}

export const emptyStatistics = (): ListenerStatistics => ({
  connections: 0,
  connectionsTotal: 0,
  frames: 0,
  bytes: 0,
  answers: 0,
  deviations: {},
  closes: {},
});

/** Adds one to a counter. */
export function count<K extends string>(counters: Partial<Record<K, number>>, key: K): void {
  counters[key] = ((counters[key] as number | undefined) ?? 0) + 1;
}
