/** A version as numbers: `2.5.1` is `[2, 5, 1]`. */
export type Version = readonly [number, number, number];

/** What a message without a version, or with one that is no number, is answered as. */
export const ASSUMED_VERSION = '2.3.1';

/**
 * Reads MSH-12.1. A version that does not exist behaves as the nearest: `2.6.1` as 2.6, `2.999` and `3` as the newest,
 * `1.0` as 2.1; none, or one that is no number, as {@link ASSUMED_VERSION}.
 */
export function readVersion(text: string): Version {
  const match = /^\s*(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?/.exec(text) ?? /^(2)\.(3)\.(1)$/.exec(ASSUMED_VERSION)!;
  return [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
}

/** True for that version and every later one. */
export function atLeast(version: Version, major: number, minor: number, patch: number = 0): boolean {
  if (version[0] !== major) return version[0] > major;
  if (version[1] !== minor) return version[1] > minor;
  return version[2] >= patch;
}
