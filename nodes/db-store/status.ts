import type { Node, NodeAPI, NodeStatus } from 'node-red';
import type { DatabaseNode, DatabaseNodeState } from '../common/database-node';
import { VariableMissing } from '../common/settings';
import { StatusLine } from '../common/status-line';
import type { Hl7Error } from '../lib/errors';
import type { UnavailableReason } from '../lib/store';

/** Messages that wait for their commit, from which on the status tells them. */
export const MANY = 100;

const UNUSABLE = {
  settings: 'db-store.status.no-settings',
  login: 'db-store.status.no-login',
  tls: 'db-store.status.tls',
  wrong: 'db-store.status.settings',
} as const;

/** The status of a database that cannot be used; the log has the whole sentence. */
const TROUBLE: Readonly<Record<UnavailableReason, string>> = {
  away: 'db-store.status.away',
  login: 'db-store.status.login-refused',
  database: 'db-store.status.no-such-database',
  schema: 'db-store.status.no-such-schema',
  tables: 'db-store.status.tables',
  rights: 'db-store.status.rights',
  'read-only': 'db-store.status.read-only',
  full: 'db-store.status.full',
  tls: 'db-store.status.tls',
  version: 'db-store.status.version',
  driver: 'db-store.status.driver',
  dialect: 'db-store.status.dialect',
  file: 'db-store.status.file',
  locked: 'db-store.status.locked',
  disk: 'db-store.status.disk',
};

/** Tells on the canvas how a `db store` node and its database fare. */
export class StoreStatus {
  private readonly status: StatusLine;
  private readonly unwatch: (() => void) | undefined;
  private weak = false;
  private wrong = false;

  /** @param counts messages that were stored, and that wait for it */
  constructor(
    private readonly RED: NodeAPI,
    node: Node,
    database: DatabaseNode | null,
    private readonly counts: () => { stored: number; waiting: number },
  ) {
    this.status = new StatusLine(node);
    if (database === null) this.trouble('db-store.status.no-database');
    this.unwatch = database?.watch((state) => {
      if (!this.wrong) this.report(state);
    });
  }

  /** The counts, when there is nothing else to tell. */
  show(): void {
    if (!this.wrong) this.status.update(() => this.line());
  }

  /** The node's own settings cannot be used: that is what stands there from now on. */
  settingsAreWrong(error: Hl7Error, text: string): void {
    this.wrong = true;
    this.trouble(error instanceof VariableMissing ? this.notSet(error.variable) : text);
  }

  close(): void {
    this.unwatch?.();
    this.status.close();
  }

  private report(state: DatabaseNodeState): void {
    const { available, opening, warnings, unusable, variable, why = 'away' } = state;
    this.weak = warnings.length > 0;
    if (available) this.show();
    else if (opening) this.status.change({ fill: 'yellow', shape: 'ring', text: 'db-store.status.opening' });
    else if (variable !== undefined) this.trouble(this.notSet(variable));
    else this.trouble(unusable ? UNUSABLE[unusable] : TROUBLE[why]);
  }

  private trouble(text: string): void {
    this.status.change({ fill: 'red', shape: 'ring', text });
  }

  private notSet(variable: string): string {
    return this.RED._('db-store.status.variable', { variable });
  }

  private line(): NodeStatus {
    const { stored, waiting } = this.counts();
    if (waiting > MANY) {
      return {
        fill: 'yellow',
        shape: 'dot',
        text: this.RED._('db-store.status.queue', { waiting: waiting.toLocaleString('en-US') }),
      };
    }
    const text = this.RED._(this.weak ? 'db-store.status.weak' : 'db-store.status.stored', {
      stored: stored.toLocaleString('en-US'),
    });
    return { fill: this.weak ? 'yellow' : 'green', shape: 'dot', text };
  }
}
