import { OpenError } from '../../open-error';
import type { StoreTls } from '../../types';

/** A driver that cannot be loaded: Node-RED must be started again for one that is installed now. */
export function driverMissing(what: string, name: string, cause: unknown): OpenError {
  const todo = `Type in the Node-RED user folder: npm install ${name}, and start Node-RED again.`;
  return new OpenError(
    { why: 'driver', text: `${what}. ${todo}` },
    { code: 'STORE_DRIVER_MISSING', cause, final: true },
  );
}

/** Loads a driver that is needed only now. Throws `STORE_DRIVER_MISSING`, naming the line to type. */
export async function loadDriver<T>(name: string, load: () => Promise<unknown>): Promise<T> {
  try {
    const loaded = (await load()) as { default?: unknown };
    return (loaded.default ?? loaded) as T;
  } catch (cause) {
    throw driverMissing(`The driver ${name} is not installed`, name, cause);
  }
}

/** Text between quotes; those inside are doubled. */
export function inQuotes(text: string, quote: '"' | "'" | '`'): string {
  return `${quote}${text.replaceAll(quote, quote + quote)}${quote}`;
}

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
