/**
 * True for the SQLite versions that cannot lose a committed transaction when two connections write and checkpoint at
 * once (the WAL-reset bug of 3.7.0 to 3.51.2), and that have what our statements use (`jsonb_each`, of 3.51.0).
 */
export function isSafeVersion(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major !== 3) return major > 3;
  return minor > 51 || (minor === 51 && patch >= 3);
}
