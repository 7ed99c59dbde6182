import { createPrivateKey } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import { choiceOf, demanded, demandedText, numberOf, processVariable, VariableMissing } from '../common/settings';
import { HL7_DATABASE } from '../common/settings-table/hl7-database';
import { migrate } from '../common/settings-table/migrations';
import type { TextSetting } from '../common/settings-table/setting';
import { type Lookup, substitute, wholeReference } from '../common/variables';
import { Hl7Error } from '../lib/errors';
import {
  identifierPlaces,
  type MssqlLogin,
  policyOf,
  type RULES,
  type ServerDialectName,
  type ServerOptions,
  type StoreOptions,
  type StoreTls,
} from '../lib/store';
import type { TlsNode } from '../mllp-in/settings';

/** The properties of an `hl7 database` node, as the editor saves them. */
export interface DatabaseConfig {
  dialect: string;
  file: string;
  host: string;
  port: string;
  instance: string;
  database: string;
  schema: string;
  login: string;
  domain: string;
  tenant: string;
  client: string;
  encryption: string;
  tls: string;
  connectTime: string;
  statementTime: string;
  createTables: boolean;
  driverOptions: string;
  contentDays: string;
  contentMessages: string;
  days: string;
  messages: string;
  everyMinutes: string;
  identifiers: string;
}

/** What Node-RED keeps apart from the flow. The client secret of a service principal is its password. */
export interface DatabaseCredentials {
  user?: string;
  password?: string;
}

/** What the settings need of where they are read. */
interface DatabasePlace {
  /** Where a relative path of a file starts. */
  userDir: string;
  /** The TLS configuration node, when one is chosen. */
  tls?: TlsNode | null;
  /** An environment variable; by default of the process. */
  variable?: Lookup;
}

/** Elsewhere the schema is the database. */
const WITH_SCHEMA = new Set(['mssql', 'postgres', 'oracle']);

/**
 * The store's options, from the node's properties.
 * @throws Hl7Error CONFIG_INVALID, also as SettingMissing and VariableMissing; CONFIG_TLS, RETENTION_INVALID, IDENTIFIERS_INVALID
 */
export function databaseOptions(
  given: Partial<DatabaseConfig>,
  stored: DatabaseCredentials,
  place: DatabasePlace,
): StoreOptions {
  const lookup: Lookup = place.variable ?? processVariable;
  const { config, credentials: migrated } = migrate('hl7-database', given);
  const credentials = { ...stored, ...migrated };
  const text = (value: unknown, { label, default: fallback }: TextSetting): string =>
    demandedText(value, label, fallback, lookup);
  const dialect = demandedText(config.dialect, HL7_DATABASE.dialect.label, 'sqlite', lookup);
  if (dialect === 'sqlite') {
    return { dialect, file: fileOf(text(config.file, HL7_DATABASE.file), place.userDir), ...logOf(config, lookup) };
  }
  const mssql = dialect === 'mssql';
  const instance = mssql ? text(config.instance, HL7_DATABASE.instance) : '';
  const login = mssql ? loginOf(config, lookup) : undefined;
  const createTables = demandedText(config.createTables, HL7_DATABASE.createTables.label, 'true', lookup);
  return {
    // One that there is no store for is refused by the store.
    dialect: dialect as ServerDialectName,
    host: required(config.host, 'host', lookup),
    ...(instance === '' ? { port: numberOf(config.port, HL7_DATABASE.port, lookup) } : { instance }),
    database: required(config.database, dialect === 'oracle' ? 'service name' : 'name', lookup),
    schema: WITH_SCHEMA.has(dialect) ? text(config.schema, HL7_DATABASE.schema) || undefined : undefined,
    ...loggedIn(config, credentials, login, lookup),
    tls: tlsOf(config, place.tls, dialect, lookup),
    connectMs: (numberOf(config.connectTime, HL7_DATABASE.connectTime, lookup) ?? 0) * 1000,
    statementMs: (numberOf(config.statementTime, HL7_DATABASE.statementTime, lookup) ?? 0) * 1000,
    createTables: createTables !== 'false',
    driverOptions: driverOptionsOf(text(config.driverOptions, HL7_DATABASE.driverOptions)),
    ...logOf(config, lookup),
  };
}

/** Milliseconds that opening and asking a database may take in all, with these options. */
export function longestMs(options: StoreOptions): number {
  return options.dialect === 'sqlite' ? 30_000 : (options.connectMs ?? 0) + (options.statementMs ?? 0);
}

/** What the log keeps, and which identifiers it lists; refused here, so that it is not tried again as a database is. */
function logOf(config: Partial<DatabaseConfig>, lookup: Lookup): Pick<StoreOptions, 'retention' | 'identifiers'> {
  const number = (name: keyof typeof RULES & keyof DatabaseConfig): number =>
    numberOf(config[name], HL7_DATABASE[name], lookup, 'RETENTION_INVALID') ?? 0;
  const retention = policyOf({
    contentDays: number('contentDays'),
    contentMessages: number('contentMessages'),
    days: number('days'),
    messages: number('messages'),
    everyMinutes: number('everyMinutes'),
  });
  // As it was typed: an error counts its lines.
  const { text } = substitute(demanded(config.identifiers, HL7_DATABASE.identifiers.label, lookup) ?? '', lookup);
  const identifiers = text.trim() === '' ? undefined : text.split(/\r\n|[\r\n]/);
  if (identifiers) identifierPlaces(identifiers);
  return { ...(retention && { retention }), ...(identifiers && { identifiers }) };
}

/** How an error names a setting. */
const labelOf = (what: string): string => `The ${what} of the database`;

function fileOf(file: string, userDir: string): string {
  // What is no file is left for the store to refuse.
  return isAbsolute(file) || /^(:memory:|file:)/.test(file) ? file : resolve(userDir, file);
}

/** Something that a database cannot be opened without was not entered. */
export class SettingMissing extends Hl7Error {
  /** @param kind what people look for: the login stands in other places than the rest */
  constructor(
    readonly kind: 'settings' | 'login',
    what: string,
  ) {
    super('CONFIG_INVALID', `${labelOf(what)} is missing. Open the hl7 database node and enter it.`);
  }
}

function required(value: unknown, what: string, lookup: Lookup, kind: SettingMissing['kind'] = 'settings'): string {
  const text = demandedText(value, labelOf(what), '', lookup);
  if (text === '') throw new SettingMissing(kind, what);
  return text;
}

type Login = Exclude<MssqlLogin, { type: 'azure-service-principal' }> | 'principal' | undefined;

function loginOf(config: Partial<DatabaseConfig>, lookup: Lookup): Login {
  switch (demandedText(config.login, HL7_DATABASE.login.label, 'sql', lookup)) {
    case 'ntlm':
      return { type: 'ntlm', domain: required(config.domain, 'Windows domain', lookup) };
    case 'azure-password':
      return {
        type: 'azure-password',
        clientId: required(config.client, 'client ID', lookup),
        tenantId: demandedText(config.tenant, labelOf('tenant ID'), '', lookup) || undefined,
      };
    case 'azure-service-principal':
      return 'principal';
    default:
      return undefined;
  }
}

/** User, password and kind of login. */
function loggedIn(
  config: Partial<DatabaseConfig>,
  credentials: DatabaseCredentials,
  login: Login,
  lookup: Lookup,
): Pick<ServerOptions, 'user' | 'password' | 'login'> {
  const user = (): string => required(credentials.user, 'user', lookup, 'login');
  if (login === 'principal') {
    const clientSecret = passwordOf(credentials.password, 'client secret', lookup);
    if (clientSecret.trim() === '') throw new SettingMissing('login', 'client secret');
    return {
      login: {
        type: 'azure-service-principal',
        clientId: required(config.client, 'client ID', lookup),
        tenantId: required(config.tenant, 'tenant ID', lookup),
        clientSecret,
      },
    };
  }
  return { user: user(), password: passwordOf(credentials.password, 'password', lookup) || undefined, login };
}

/**
 * A password as it was typed, blanks and all: `${` may be a part of one. Only a password that consists of one reference is
 * what its variable holds; `${NAME:-}` may be empty, for a user without a password.
 */
function passwordOf(value: string | undefined, what: string, lookup: Lookup): string {
  const reference = wholeReference(value ?? '');
  if (reference === undefined) return value ?? '';
  const found = lookup(reference.name);
  if (found !== undefined && found !== null && found !== '') return String(found);
  if (reference.fallback !== undefined) return substitute(reference.fallback, lookup).text;
  throw new VariableMissing(labelOf(what), reference.name);
}

function tlsOf(
  config: Partial<DatabaseConfig>,
  node: TlsNode | null | undefined,
  dialect: string,
  lookup: Lookup,
): StoreTls | undefined {
  const mode = choiceOf(demandedText(config.encryption, HL7_DATABASE.encryption.label, 'off', lookup), [
    ...HL7_DATABASE.encryption.choices,
  ]);
  if (mode === 'off') return undefined;
  if (!demanded(config.tls, labelOf('TLS configuration'), lookup)) return { mode };
  if (!node?.valid) {
    throw new Hl7Error(
      'CONFIG_TLS',
      'The TLS configuration of the database is missing or its files cannot be read. Open the TLS configuration and choose them, then deploy.',
    );
  }
  const { ca, cert, key, pfx, passphrase, servername } = node.addTLSOptions({}) as Record<string, unknown>;
  if (pfx) {
    throw new Hl7Error(
      'CONFIG_TLS',
      'The TLS configuration of the database holds a PFX file. Choose certificate, key and CA as PEM files instead.',
    );
  }
  const name = String(servername ?? '').trim();
  if (name !== '' && mode === 'verify' && dialect === 'oracle') {
    throw new Hl7Error(
      'CONFIG_TLS',
      "The TLS configuration of the database has a server name, which Oracle's driver does not take. Leave it empty, and enter the name that is in the server's certificate as the host.",
    );
  }
  return {
    mode,
    ...(name !== '' && { servername: name }),
    ca: pem(ca),
    cert: pem(cert),
    key: passphrase ? opened(pem(key), String(passphrase)) : pem(key),
  };
}

const pem = (value: unknown): string | undefined => (value ? String(value) : undefined);

/** A key without its passphrase. */
function opened(key: string | undefined, passphrase: string): string | undefined {
  if (key === undefined) return undefined;
  try {
    return createPrivateKey({ key, passphrase }).export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch (cause) {
    const text =
      'The key of the TLS configuration cannot be read with its passphrase. Open it and enter the right one.';
    throw new Hl7Error('CONFIG_TLS', text, { cause });
  }
}

function driverOptionsOf(text: string): Record<string, unknown> | undefined {
  if (text === '') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // What the parser says quotes the text, which may hold a secret.
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  throw new Hl7Error(
    'CONFIG_INVALID',
    'The further driver options must be a JSON object, such as {"keepAlive": true}. Open the hl7 database node and change them.',
  );
}
