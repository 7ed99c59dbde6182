import type { NodeAPI } from 'node-red';
import { Keeper } from '../lib/store/keeper';
import { schemaScript } from '../lib/store/script';
import type { DialectName } from '../lib/store/types';
import type { DatabaseNode } from './database-node';
import { type DatabaseConfig, type DatabaseCredentials, databaseOptions, longestMs } from './database-settings';
import { asHl7Error } from './failure';
import type { TlsNode } from './listener-settings';
import { looked } from './settings';

/** What the editor shows in place of a stored password. */
const STORED = '__PWRD__';

/** The ways for the editor to try a database out, to show its SQL, and what its retention did. */
export function registerDatabaseAdmin(RED: NodeAPI): void {
  registerTest(RED);
  registerSql(RED);
  registerRetention(RED);
}

interface TestRequest extends Partial<DatabaseConfig> {
  /** Of the node whose dialog it is: its password is stored under this. */
  id?: string;
  credentials?: DatabaseCredentials;
}

/** `POST hl7-logger/database/test`: opens the database with the values of a dialog, and answers with one line. */
function registerTest(RED: NodeAPI): void {
  const test = async ({ id = '', credentials = {}, ...config }: TestRequest): Promise<string> => {
    const node = RED.nodes.getNode(id);
    const variable = (name: string): string | undefined => RED.util.getSetting(node as never, name);
    // As Node-RED does before a node sees its properties.
    const seen = <T>(value: T): T => looked(value, variable);
    const properties = Object.fromEntries(Object.entries(config).map(([property, value]) => [property, seen(value)]));
    const stored = (RED.nodes.getCredentials(id) ?? {}) as DatabaseCredentials;
    const password = credentials.password === STORED ? stored.password : credentials.password;
    const options = databaseOptions(
      properties,
      { user: seen(credentials.user), password: seen(password) },
      {
        userDir: RED.settings.userDir ?? process.cwd(),
        tls: RED.nodes.getNode(config.tls ?? '') as unknown as TlsNode | null,
        variable,
      },
    );
    // Nothing is dropped or deleted by values that are only tried out.
    return Keeper.test({ ...options, retention: undefined }, longestMs(options));
  };
  RED.httpAdmin?.post(
    '/hl7-logger/database/test',
    RED.auth.needsPermission('hl7-logger.write'),
    (request, response) => {
      test((request.body ?? {}) as TestRequest).then(
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
