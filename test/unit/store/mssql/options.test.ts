import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { ServerOptions } from '../../../../nodes/lib/store';
import { driverOptions } from '../../../../nodes/lib/store/dialects/mssql/options';

interface Driver {
  Connection: new (config: object) => { close(): void };
}

const TIMES = { connectMs: 1000, statementMs: 2000 };

function made(changes: Partial<ServerOptions>): { authentication: { type: string; options: object }; options: object } {
  const options: ServerOptions = {
    dialect: 'mssql',
    host: 'db',
    database: 'log',
    user: 'u',
    password: 'p',
    ...changes,
  };
  return driverOptions(options, TIMES) as ReturnType<typeof made>;
}

describe('store: options of SQL Server as its driver takes them', () => {
  const { Connection } = createRequire(require.resolve('mssql'))('tedious') as Driver;
  /** The driver checks what it is given before it connects. */
  const takes = ({ authentication, options }: ReturnType<typeof made>): void => {
    new Connection({ server: 'db', authentication, options: { ...options, database: 'log' } }).close();
  };

  it('are user, password and times', () => {
    const found = made({});
    expect(found.authentication).to.deep.equal({ type: 'default', options: { userName: 'u', password: 'p' } });
    expect(found.options).to.include({ connectTimeout: 1000, requestTimeout: 2000, useUTC: true });
    takes(found);
  });

  it('are a login of a Windows domain', () => {
    const found = made({ login: { type: 'ntlm', domain: 'HOSPITAL' } });
    const options = { userName: 'u', password: 'p', domain: 'HOSPITAL' };
    expect(found.authentication).to.deep.equal({ type: 'ntlm', options });
    takes(found);
  });

  it('are a user of Entra ID, with or without a tenant, and always encrypted', () => {
    const found = made({ login: { type: 'azure-password', clientId: 'c', tenantId: 't' } });
    const options = { userName: 'u', password: 'p', clientId: 'c' };
    const type = 'azure-active-directory-password';
    expect(found.authentication).to.deep.equal({ type, options: { ...options, tenantId: 't' } });
    expect(found.options).to.include({ encrypt: true, trustServerCertificate: false });
    takes(found);
    const common = made({ login: { type: 'azure-password', clientId: 'c' }, tls: { mode: 'on' } });
    expect(common.authentication).to.deep.equal({ type, options });
    expect(common.options).to.include({ encrypt: true, trustServerCertificate: true });
    takes(common);
  });

  it('are an application of Entra ID', () => {
    const secret = { clientId: 'c', clientSecret: 's', tenantId: 't' };
    const found = made({ login: { type: 'azure-service-principal', ...secret }, user: undefined, password: undefined });
    const type = 'azure-active-directory-service-principal-secret';
    expect(found.authentication).to.deep.equal({ type, options: secret });
    takes(found);
  });

  it('encrypt and verify as they are told', () => {
    expect(made({}).options).to.include({ encrypt: false });
    expect(made({ tls: { mode: 'off' } }).options).to.include({ encrypt: false });
    expect(made({ tls: { mode: 'on' } }).options).to.include({ encrypt: true, trustServerCertificate: true });
    expect(made({ tls: { mode: 'verify', servername: 'db.internal' } }).options).to.include({
      serverName: 'db.internal',
    });
    expect(made({ tls: { mode: 'verify' } }).options).to.not.have.property('serverName');
    const found = made({ tls: { mode: 'verify', ca: 'CA', cert: 'CERT', key: 'KEY' } });
    expect(found.options).to.deep.include({
      encrypt: true,
      trustServerCertificate: false,
      cryptoCredentialsDetails: { minVersion: 'TLSv1.2', ca: 'CA', cert: 'CERT', key: 'KEY' },
    });
    expect(made({ tls: { mode: 'verify' } }).options).to.deep.include({
      cryptoCredentialsDetails: { minVersion: 'TLSv1.2' },
    });
  });

  it('name an instance, which is looked up instead of a port', () => {
    expect(made({ instance: 'LAB' }).options).to.include({ instanceName: 'LAB' });
    expect(made({}).options).to.not.have.property('instanceName');
  });

  it('are extended by those that are passed on', () => {
    const further = { options: { multiSubnetFailover: true, connectTimeout: 5 }, debug: true };
    const found = made({ driverOptions: further }) as unknown as { options: object; debug: boolean };
    expect(found.options).to.include({ multiSubnetFailover: true, connectTimeout: 5, requestTimeout: 2000 });
    expect(found.debug).to.equal(true);
  });
});
