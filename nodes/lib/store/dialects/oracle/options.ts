import type { ServerOptions } from '../../types';

export const DEFAULT_PORT = 1521;

/** The options of a store as the driver takes them, beside host, port, service and user. */
export function driverOptions(options: ServerOptions, connectMs: number): Record<string, unknown> {
  const { host, port, database, tls, driverOptions: further } = options;
  const seconds = Math.ceil(connectMs / 1000);
  const times = { connectTimeout: seconds, transportConnectTimeout: seconds };
  if (tls === undefined || tls.mode === 'off') return { ...times, ...further };
  // The driver takes key, certificate and CA as one text, and trusts the CAs of Node.js without it.
  const pem = [tls.key, tls.cert, tls.ca].filter(Boolean).join('\n');
  return {
    ...times,
    connectString: `tcps://${host}:${port ?? DEFAULT_PORT}/${database}`,
    // It always verifies who signed the certificate; whose it is only when asked to.
    sslServerDNMatch: tls.mode === 'verify',
    ...(pem === '' ? {} : { walletContent: pem }),
    ...further,
  };
}
