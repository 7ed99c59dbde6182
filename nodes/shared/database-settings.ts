import { createPrivateKey } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import { Hl7Error } from '../lib/errors';
import { environmentVariable } from '../lib/lookup';
import { identifierPlaces } from '../lib/store/identifier-places';
import { policyOf, RULES } from '../lib/store/retention/policy';
import type { MssqlLogin, ServerDialectName, ServerOptions, StoreOptions, StoreTls } from '../lib/store/types';
import type { TlsNode } from './listener-settings';
import { choiceOf, demanded, demandedText, isSetting, numberOf, VariableMissing, variableOf } from './settings';

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
  userFrom: string;
  userVariable: string;
  passwordVariable: string;
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
export interface DatabasePlace {
  /** Where a relative path of a file starts. */
  userDir: string;
  /** The TLS configuration node, when one is chosen. */
  tls?: TlsNode | null;
  /** An environment variable; by default of the process. */
  variable?(name: string): string | undefined;
}

/** Elsewhere the schema is the database. */
const WITH_SCHEMA = new Set(['mssql', 'postgres', 'oracle']);

/**
 * The store's options, from the node's properties.
 * @throws Hl7Error CONFIG_INVALID, also as SettingMissing and VariableMissing; CONFIG_TLS, RETENTION_INVALID, IDENTIFIERS_INVALID
 */
export function databaseOptions(
  config: Partial<DatabaseConfig>,
  credentials: DatabaseCredentials,
  place: DatabasePlace,
): StoreOptions {
  const dialect = demandedText(config.dialect, 'The kind of database', 'sqlite');
  if (dialect === 'sqlite') return { dialect, file: fileOf(config.file, place.userDir), ...logOf(config) };
  const mssql = dialect === 'mssql';
  const instance = mssql ? demandedText(config.instance, labelOf('instance'), '') : '';
  const login = mssql ? loginOf(config) : undefined;
  return {
    // One that there is no store for is refused by the store.
    dialect: dialect as ServerDialectName,
    host: required(config.host, 'host'),
    ...(instance === '' ? { port: portOf(config.port) } : { instance }),
    database: required(config.database, dialect === 'oracle' ? 'service name' : 'name'),
    schema: WITH_SCHEMA.has(dialect) ? demandedText(config.schema, labelOf('schema'), '') || undefined : undefined,
    ...loggedIn(config, credentials, login, place.variable ?? environmentVariable),
    tls: tlsOf(config, place.tls),
    connectMs: seconds(config.connectTime, 'The time to connect', 10, 120),
    statementMs: seconds(config.statementTime, 'The time of a statement', 15, 3600),
    createTables: demandedText(config.createTables, 'The choice to create missing tables', 'true') !== 'false',
    driverOptions: driverOptionsOf(config.driverOptions),
    ...logOf(config),
  };
}

/** Milliseconds that opening and asking a database may take in all, with these options. */
export function longestMs(options: StoreOptions): number {
  return options.dialect === 'sqlite' ? 30_000 : (options.connectMs ?? 0) + (options.statementMs ?? 0);
}

/** What the log keeps, and which identifiers it lists; refused here, so that it is not tried again as a database is. */
function logOf(config: Partial<DatabaseConfig>): Pick<StoreOptions, 'retention' | 'identifiers'> {
  const number = (name: keyof typeof RULES & keyof DatabaseConfig, fallback = '0'): number =>
    Number(demandedText(config[name], RULES[name].what, fallback));
  const retention = policyOf({
    contentDays: number('contentDays'),
    contentMessages: number('contentMessages'),
    days: number('days'),
    messages: number('messages'),
    everyMinutes: number('everyMinutes', '60'),
  });
  // As it was typed: an error counts its lines.
  const text = asTyped(config.identifiers, 'The list of places of identifiers');
  const identifiers = text.trim() === '' ? undefined : text.split(/\r\n|[\r\n]/);
  if (identifiers) identifierPlaces(identifiers);
  return { ...(retention && { retention }), ...(identifiers && { identifiers }) };
}

/** How an error names a setting. */
const labelOf = (what: string): string => `The ${what} of the database`;

function fileOf(value: unknown, userDir: string): string {
  const file = demandedText(value, labelOf('file'), 'hl7-log.sqlite');
  // What is no file is left for the store to refuse.
  return isAbsolute(file) || /^(:memory:|file:)/.test(file) ? file : resolve(userDir, file);
}

/** Undefined for the one that this kind of database usually has. */
function portOf(value: unknown): number | undefined {
  const port = demandedText(value, labelOf('port'), '');
  if (port === '') return undefined;
  return numberOf(port, { label: 'The port', default: 0, min: 1, max: 65535, whole: true });
}

function seconds(value: unknown, label: string, fallback: number, max: number): number {
  return numberOf(demanded(value, label), { label, default: fallback, min: 1, max }) * 1000;
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

function required(value: unknown, what: string, kind: SettingMissing['kind'] = 'settings'): string {
  const text = demandedText(value, labelOf(what), '');
  if (text === '') throw new SettingMissing(kind, what);
  return text;
}

type Login = Exclude<MssqlLogin, { type: 'azure-service-principal' }> | 'principal' | undefined;

function loginOf(config: Partial<DatabaseConfig>): Login {
  switch (demandedText(config.login, 'The kind of login', 'sql')) {
    case 'ntlm':
      return { type: 'ntlm', domain: required(config.domain, 'Windows domain') };
    case 'azure-password':
      return {
        type: 'azure-password',
        clientId: required(config.client, 'client ID'),
        tenantId: demandedText(config.tenant, labelOf('tenant ID'), '') || undefined,
      };
    case 'azure-service-principal':
      return 'principal';
    default:
      return undefined;
  }
}

function none(what: string): never {
  throw new SettingMissing('login', what);
}

function missing(what: string, variable: string, how: 'missing' | 'empty'): never {
  throw new VariableMissing(labelOf(what), variable, `is ${how}. Set it, and start Node-RED again.`);
}

/** User, password and kind of login. */
function loggedIn(
  config: Partial<DatabaseConfig>,
  credentials: DatabaseCredentials,
  login: Login,
  variable: (name: string) => string | undefined,
): Pick<ServerOptions, 'user' | 'password' | 'login'> {
  const fromEnvironment = demandedText(config.userFrom, 'The place of user and password', '') === 'environment';
  const names = { user: config.userVariable, password: config.passwordVariable };
  /** `''` where nothing was entered, and from a variable that is there and says nothing: a user without a password. */
  const given = (one: 'user' | 'password', what: string): string => {
    if (!fromEnvironment) return asTyped(credentials[one], labelOf(what));
    const name = demandedText(names[one], `The name of the variable of the ${what}`, '');
    if (name === '') return '';
    const value = variable(name);
    return isSetting(value) ? String(value) : missing(what, name, 'missing');
  };
  const needed = (one: 'user' | 'password', what: string): string => {
    const value = given(one, what);
    if (value.trim() !== '') return value;
    const name = fromEnvironment ? demandedText(names[one], '', '') : '';
    return name === '' ? none(what) : missing(what, name, 'empty');
  };
  if (login === 'principal') {
    return {
      login: {
        type: 'azure-service-principal',
        clientId: required(config.client, 'client ID'),
        tenantId: required(config.tenant, 'tenant ID'),
        clientSecret: needed('password', 'client secret'),
      },
    };
  }
  return { user: needed('user', 'user'), password: given('password', 'password') || undefined, login };
}

/** A text as it was typed, blanks and all; or what its environment variable says. */
function asTyped(value: string | undefined, label: string): string {
  return variableOf(value) === undefined ? String(value ?? '') : demandedText(value, label, '');
}

function tlsOf(config: Partial<DatabaseConfig>, node: TlsNode | null | undefined): StoreTls | undefined {
  const mode = choiceOf(demandedText(config.encryption, 'The choice of TLS', 'off'), ['off', 'on', 'verify']);
  if (mode === 'off') return undefined;
  if (!demanded(config.tls, labelOf('TLS configuration'))) return { mode };
  if (!node?.valid) {
    throw new Hl7Error(
      'CONFIG_TLS',
      'The TLS configuration of the database is missing or its files cannot be read. Open the TLS configuration and choose them, then deploy.',
    );
  }
  const { ca, cert, key, pfx, passphrase } = node.addTLSOptions({}) as Record<string, unknown>;
  if (pfx) {
    throw new Hl7Error(
      'CONFIG_TLS',
      'The TLS configuration of the database holds a PFX file. Choose certificate, key and CA as PEM files instead.',
    );
  }
  return {
    mode,
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

function driverOptionsOf(value: unknown): Record<string, unknown> | undefined {
  const text = demandedText(value, 'The further driver options', '');
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
