import type { MssqlLogin, ServerOptions, StoreTls } from '../../types';

export const DEFAULT_PORT = 1433;

interface Timeouts {
  connectMs: number;
  statementMs: number;
}

/** The options of a store as the driver takes them. A named instance is looked up, instead of a port. */
export function driverOptions(options: ServerOptions, { connectMs, statementMs }: Timeouts): Record<string, unknown> {
  const { instance, tls, driverOptions: further = {} } = options;
  const { options: furtherOptions, ...rest } = further as { options?: object };
  return {
    authentication: authenticationOf(options),
    ...rest,
    options: {
      appName: 'HL7 Logger',
      connectTimeout: connectMs,
      requestTimeout: statementMs,
      ...(instance ? { instanceName: instance } : {}),
      ...encryptionOf(tls, options.login),
      useUTC: true,
      ...furtherOptions,
    },
  };
}

function authenticationOf({ user, password, login }: ServerOptions): { type: string; options: object } {
  const person = { userName: user, password };
  switch (login?.type) {
    case undefined:
      return { type: 'default', options: person };
    case 'ntlm':
      return { type: 'ntlm', options: { ...person, domain: login.domain } };
    case 'azure-password': {
      const { clientId, tenantId } = login;
      return {
        type: 'azure-active-directory-password',
        options: { ...person, clientId, ...(tenantId ? { tenantId } : {}) },
      };
    }
    case 'azure-service-principal': {
      const { clientId, clientSecret, tenantId } = login;
      return {
        type: 'azure-active-directory-service-principal-secret',
        options: { clientId, clientSecret, tenantId },
      };
    }
  }
}

function encryptionOf(tls: StoreTls | undefined, login: MssqlLogin | undefined): Record<string, unknown> {
  // Entra ID's tokens are taken over an encrypted connection alone.
  const azure = login?.type === 'azure-password' || login?.type === 'azure-service-principal';
  const mode = azure && (tls === undefined || tls.mode === 'off') ? 'verify' : (tls?.mode ?? 'off');
  if (mode === 'off') return { encrypt: false, trustServerCertificate: true };
  const { ca, cert, key, servername } = tls ?? {};
  return {
    encrypt: true,
    trustServerCertificate: mode === 'on',
    ...(servername ? { serverName: servername } : {}),
    cryptoCredentialsDetails: {
      minVersion: 'TLSv1.2',
      ...(ca ? { ca } : {}),
      ...(cert ? { cert } : {}),
      ...(key ? { key } : {}),
    },
  };
}
