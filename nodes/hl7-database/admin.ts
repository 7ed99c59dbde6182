import type { NodeAPI } from 'node-red';
import type { DatabaseNode } from '../common/database-node';
import { asHl7Error } from '../common/fail-message';
import { variablesOf } from '../common/settings';
import { migrate } from '../common/settings-table/migrations';
import { hasReference, wholeReference } from '../common/variables';
import { Hl7Error } from '../lib/errors';
import { type DialectName, StoreManager, schemaScript } from '../lib/store';
import type { TlsNode } from '../mllp-in/settings';
import { type DatabaseConfig, type DatabaseCredentials, databaseOptions, longestMs } from './settings';

/** What the editor shows in place of a stored password. */
const STORED = '__PWRD__';

/** The ways for the editor to try a database out, to show its SQL, and what its retention did. */
export function registerDatabaseAdmin(RED: NodeAPI): void {
  registerTest(RED);
  registerSql(RED);
  registerRetention(RED);
}

interface TestRequest {
  /** Of the node whose dialog it is: its password is stored under this. */
  id: string;
  config: Partial<DatabaseConfig>;
  credentials: DatabaseCredentials;
}

/** What decides where a password goes, and how it is protected on its way. */
const PLACE = [
  'dialect',
  'host',
  'port',
  'instance',
  'login',
  'domain',
  'tenant',
  'client',
  'encryption',
  'tls',
  'driverOptions',
] as const satisfies readonly (keyof DatabaseConfig)[];

/** What an empty property means. */
const DEFAULTS: Readonly<Record<string, string>> = {
  dialect: 'sqlite',
  login: 'sql',
  encryption: 'off',
};

const textOf = (value: unknown): string => String(value ?? '').trim();

const settingOf = (config: object, name: keyof DatabaseConfig): string =>
  textOf((config as Record<string, unknown>)[name]) || (DEFAULTS[name] ?? '');

/** `POST hl7-logger/database/test`: opens the database with the values of a dialog, and answers with one line. */
function registerTest(RED: NodeAPI): void {
  const test = async ({ id, credentials, config }: TestRequest, mayDeploy: () => Promise<boolean>): Promise<string> => {
    const node = RED.nodes.getNode(id);
    const { deployed, stored } = deployedSettings(RED, id);
    const samePlace = deployed !== undefined && isSamePlace(config, credentials, deployed, stored);
    const usesStored = settingOf(config, 'dialect') !== 'sqlite' && credentials.password === STORED;
    if (usesStored && textOf(stored.password) !== '' && !samePlace) throw passwordNeeded();
    if (readsVariables(config, credentials)) {
      const known = samePlace && readsNoOthers(config, credentials, deployed, stored);
      if (!known && !(await mayDeploy())) throw variablesRefused();
    }
    const variable = variablesOf(RED, node as never);
    const password = credentials.password === STORED ? stored.password : credentials.password;
    const options = databaseOptions(
      config,
      { user: credentials.user, password },
      {
        userDir: RED.settings.userDir ?? process.cwd(),
        tls: RED.nodes.getNode(config.tls ?? '') as unknown as TlsNode | null,
        variable,
      },
    );
    // Nothing is dropped or deleted by values that are only tried out.
    return StoreManager.test({ ...options, retention: undefined }, longestMs(options));
  };
  RED.httpAdmin?.post(
    '/hl7-logger/database/test',
    RED.auth.needsPermission('hl7-logger.write'),
    (request, response) => {
      const tried = async (): Promise<string> => test(requestOf(request.body), () => may(RED, 'flows.write', request));
      tried().then(
        (message) => response.json({ ok: true, message }),
        (thrown: unknown) => {
          const { code, message } = asHl7Error(thrown, 'STORE_OPEN_FAILED', 'The database could not be opened.');
          response.json({ ok: false, code, message });
        },
      );
    },
  );
}

/**
 * A request's body by its parts.
 * @throws Hl7Error CONFIG_INVALID for one that the dialog does not send
 */
function requestOf(body: unknown): TestRequest {
  const { id, credentials, ...config } = objectOf(body, 'The request');
  const { user, password } = objectOf(credentials ?? {}, 'The property credentials of the request');
  for (const [name, value] of Object.entries({ id, user, password })) {
    if (value !== undefined && value !== null && typeof value !== 'string') throw wrongType(name, 'a text');
  }
  for (const [name, value] of Object.entries(config)) {
    if (value !== null && !['string', 'number', 'boolean', 'undefined'].includes(typeof value)) {
      throw wrongType(name, 'a text, a number or a boolean');
    }
  }
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const known = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
  const migrated = migrate<Partial<DatabaseConfig>>('hl7-database', known);
  return {
    id: text(id) ?? '',
    config: migrated.config,
    credentials: { user: text(user), password: text(password), ...migrated.credentials },
  };
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Hl7Error('CONFIG_INVALID', `${what} must be a JSON object.`);
}

function wrongType(name: string, type: string): Hl7Error {
  return new Hl7Error('CONFIG_INVALID', `The property ${name.slice(0, 40)} of the request must be ${type}.`);
}

/** A node's settings as they were deployed; `deployed` is undefined for a node that was not. */
function deployedSettings(
  RED: NodeAPI,
  id: string,
): { deployed: Record<string, unknown> | undefined; stored: DatabaseCredentials } {
  const stored = (RED.nodes.getCredentials(id) ?? {}) as DatabaseCredentials;
  let found: Record<string, unknown> | undefined;
  RED.nodes.eachNode((node) => {
    if (node.id === id && node.type === 'hl7-database') found = node as unknown as Record<string, unknown>;
  });
  if (found === undefined) return { deployed: undefined, stored };
  const { config, credentials } = migrate('hl7-database', found);
  return { deployed: config, stored: { ...stored, ...credentials } };
}

function isSamePlace(
  config: Partial<DatabaseConfig>,
  credentials: DatabaseCredentials,
  deployed: Record<string, unknown>,
  stored: DatabaseCredentials,
): boolean {
  return (
    PLACE.every((name) => settingOf(config, name) === settingOf(deployed, name)) &&
    textOf(credentials.user) === textOf(stored.user)
  );
}

/** True for a setting whose text would be that of an environment variable. A password may hold `${` as it is. */
function isReference(name: string, value: unknown): boolean {
  const text = textOf(value);
  return name === 'password' ? wholeReference(text) !== undefined : hasReference(text);
}

/** True when values of environment variables would be used. */
function readsVariables(config: Partial<DatabaseConfig>, { user, password }: DatabaseCredentials): boolean {
  return Object.entries({ ...config, user, password }).some(([name, value]) => isReference(name, value));
}

/** True when none is read that the deployed node does not read, for the same property. */
function readsNoOthers(
  config: Partial<DatabaseConfig>,
  { user, password }: DatabaseCredentials,
  deployed: Record<string, unknown>,
  stored: DatabaseCredentials,
): boolean {
  const asked = { ...config, user, password: password === STORED ? stored.password : password };
  const known: Record<string, unknown> = { ...deployed, user: stored.user, password: stored.password };
  return Object.entries(asked).every(([name, value]) => {
    return !isReference(name, value) || (Object.hasOwn(known, name) && textOf(value) === textOf(known[name]));
  });
}

function passwordNeeded(): Hl7Error {
  return new Hl7Error(
    'STORE_PASSWORD_NEEDED',
    'The stored password is sent only to the server, as the user and with the protection that it was deployed with. These values differ: type the password again to test them, or deploy first.',
  );
}

function variablesRefused(): Hl7Error {
  return new Hl7Error(
    'STORE_PASSWORD_NEEDED',
    'Environment variables are read only for values that are deployed, unless you may deploy flows. Type the values, with the password, to test them.',
  );
}

type AdminRequest = Parameters<ReturnType<NodeAPI['auth']['needsPermission']>>[0];

/** True when who sent a request has a permission. Node-RED has no other way to ask than to let the request pass. */
function may(RED: NodeAPI, permission: string, request: AdminRequest): Promise<boolean> {
  return new Promise((resolve) => {
    const refused = {
      statusCode: 0,
      status: () => refused,
      setHeader: () => refused,
      send: () => resolve(false),
      json: () => resolve(false),
      end: () => resolve(false),
    };
    RED.auth.needsPermission(permission)(request, refused as never, (error?: unknown) => resolve(error === undefined));
  });
}

/**
 * `GET hl7-logger/database/sql?dialect=…&schema=…&user=…`: the SQL for a DBA. Variables are not looked up here: who may
 * read only must not learn them.
 */
function registerSql(RED: NodeAPI): void {
  RED.httpAdmin?.get('/hl7-logger/database/sql', RED.auth.needsPermission('hl7-logger.read'), (request, response) => {
    const text = (name: string): string => {
      const value: unknown = request.query[name];
      return typeof value === 'string' ? value.trim() : '';
    };
    try {
      const sql = schemaScript(text('dialect') as DialectName, text('schema'), text('user') || undefined);
      response.json({ ok: true, sql });
    } catch (thrown) {
      const { code, message } = asHl7Error(thrown, 'CONFIG_INVALID', 'There is no SQL for these settings.');
      response.json({ ok: false, code, message });
    }
  });
}

/** `GET hl7-logger/database/:id/retention`: what became of the last run of the retention; null before the first one. */
function registerRetention(RED: NodeAPI): void {
  RED.httpAdmin?.get(
    '/hl7-logger/database/:id/retention',
    RED.auth.needsPermission('hl7-logger.read'),
    (request, response) => {
      const node = RED.nodes.getNode(String(request.params.id)) as unknown as DatabaseNode | null;
      const retention = node?.type === 'hl7-database' ? node.retention() : undefined;
      response.json({ ok: true, retention: retention ?? null });
    },
  );
}
