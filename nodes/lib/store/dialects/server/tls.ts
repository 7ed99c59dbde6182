import type { StoreTls } from '../../types';

/** What a driver hands to Node's TLS; false for a connection without. */
export function tlsOptions(tls: StoreTls | undefined): false | Record<string, unknown> {
  if (tls === undefined || tls.mode === 'off') return false;
  const { mode, ca, cert, key } = tls;
  const options: Record<string, unknown> = { rejectUnauthorized: mode === 'verify', minVersion: 'TLSv1.2' };
  if (ca) options.ca = ca;
  if (cert) options.cert = cert;
  if (key) options.key = key;
  return options;
}
