import type { Node, NodeAPI, NodeDef } from 'node-red';
import { configurationOf } from '../common/configuration';
import type { DatabaseNode, DatabaseNodeState } from '../common/database-node';
import { asHl7Error } from '../common/fail-message';
import { RateLimitedLog } from '../common/rate-limited-log';
import { credentialsWithVariables, VariableMissing } from '../common/settings';
import { Hl7Error } from '../lib/errors';
import { StoreManager } from '../lib/store';
import type { TlsNode } from '../mllp-in/settings';
import { registerDatabaseAdmin } from './admin';
import { reportRetention } from './retention-status';
import { type DatabaseConfig, type DatabaseCredentials, databaseOptions, SettingMissing } from './settings';

/** Changes of state of one kind that are logged one by one, before they are counted. */
const STATES_LOGGED = 10;

type Self = DatabaseNode & Node<DatabaseCredentials>;

/** The state of a database whose settings cannot be used. */
function kindOf(error: Hl7Error): DatabaseNodeState['unusable'] {
  if (error instanceof SettingMissing) return error.kind;
  return error.code === 'CONFIG_TLS' ? 'tls' : 'wrong';
}

export = (RED: NodeAPI): void => {
  function keeperOf(node: Self, given: DatabaseConfig): StoreManager | Hl7Error {
    try {
      const { config, credentials, lookup } = configurationOf(RED, node, 'hl7-database', given);
      const options = databaseOptions(
        config,
        { ...credentialsWithVariables(RED, node), ...credentials },
        {
          userDir: RED.settings.userDir ?? process.cwd(),
          tls: RED.nodes.getNode(config.tls) as unknown as TlsNode | null,
          variable: lookup,
        },
      );
      return new StoreManager(options);
    } catch (error) {
      return asHl7Error(
        error,
        'CONFIG_INVALID',
        'The settings of the database cannot be used. Open the node and check them.',
      );
    }
  }

  function Database(this: Self, config: NodeDef & DatabaseConfig): void {
    RED.nodes.createNode(this, config);
    this.users = {};
    const keeper = keeperOf(this, config);
    if (keeper instanceof Hl7Error) {
      // There is no store: every use of it fails with the reason.
      this.warn(keeper.message);
      this.store = () => Promise.reject(keeper);
      this.retention = () => undefined;
      const state: DatabaseNodeState = {
        available: false,
        opening: false,
        text: keeper.message,
        warnings: [],
        unusable: kindOf(keeper),
        variable: keeper instanceof VariableMissing ? keeper.variable : undefined,
      };
      this.watch = (listener) => {
        listener(state);
        return () => undefined;
      };
      return;
    }
    // Of a database that takes one message and refuses the next, the state may change with each of them.
    const log = new RateLimitedLog((text) => this.warn(text), { burst: STATES_LOGGED });
    let warned = '';
    keeper.watch(({ available, opening, text, warnings, why }) => {
      if (available) log.report('available', text, () => this.log(text));
      else if (!opening) log.report(why === undefined ? 'unavailable' : `unavailable (${why})`, text);
      const weak = warnings.join('; ');
      if (weak !== '' && weak !== warned) log.report('not crash-safe', `Weak settings of the database: ${weak}.`);
      if (available) warned = weak;
    });
    keeper.watchRetention(reportRetention(this));
    keeper.watchWarnings((text) => this.warn(text));
    keeper.open();
    this.store = () => keeper.store();
    this.watch = (listener) => keeper.watch(listener);
    this.retention = () => keeper.retention;
    this.on('close', (done: () => void) => {
      log.close();
      keeper.close().then(done, done);
    });
  }
  RED.nodes.registerType('hl7-database', Database as never, {
    credentials: { user: { type: 'text' }, password: { type: 'password' } },
  });
  registerDatabaseAdmin(RED);
};
