import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { configurationOf } from '../common/configuration';
import type { DatabaseNode } from '../common/database-node';
import { asHl7Error, failMessage, idInFlow } from '../common/fail-message';
import { limitedLog } from '../common/node-log';
import { traceToLog } from '../common/trace-log';
import { Hl7Error } from '../lib/errors';
import { exchanges, type StoreRecord } from '../lib/exchange';
import { receivedOf, rowOf, type Storable } from '../lib/message';
import { KeyedQueue, storing, TRACE } from '../lib/util';
import { registerCustomTableAdmin } from './admin';
import { CustomTableSource } from './custom-table';
import { type StoreConfig, type StoreSettings, storeSettings } from './settings';
import { MANY, StoreStatus } from './status';
import { inCustomTable, inLog, rowsInTime } from './store-record';

type Message = NodeMessageInFlow & Storable & { _session?: { id?: string }; store?: unknown; error?: unknown };

/** The connection that a message of other bytes came by; messages from elsewhere stand in one line. */
function lineOf({ mllp }: Storable): string {
  return typeof mllp?.connection === 'string' ? mllp.connection : '';
}

export = (RED: NodeAPI): void => {
  traceToLog(RED);
  function DbStore(this: Node, config: NodeDef & StoreConfig): void {
    RED.nodes.createNode(this, config);
    limitedLog(this);
    const database = RED.nodes.getNode(config.database) as unknown as DatabaseNode | null;
    const secondOutput = config.onFailure === 'output';
    let settings: StoreSettings | undefined;
    let own: CustomTableSource | undefined;
    let wrong: Hl7Error | undefined;
    let stored = 0;
    let waiting = 0;
    let closed = false;

    const storeStatus = new StoreStatus(RED, this, database, () => ({ stored, waiting }));
    try {
      const { config: today, lookup } = configurationOf(RED, this, 'hl7-db-store', config);
      settings = storeSettings(today, lookup);
      if (settings.table) own = new CustomTableSource(RED, this, settings.table);
    } catch (error) {
      wrong = asHl7Error(error, 'CONFIG_INVALID', 'The custom table of the db store node cannot be used.');
      storeStatus.settingsAreWrong(wrong, 'db-store.status.own-table');
      this.error(wrong.message);
    }
    if (database) database.users[this.id] = this;

    // A column whose expression waits must not let a later message of its sender overtake.
    const keyedQueue = new KeyedQueue();

    const store = async (msg: Message): Promise<void> => {
      if (wrong || !settings) throw wrong;
      const { write, again } = settings;
      if (!database) throw new Hl7Error('CONFIG_INVALID', 'The db store node has no database. Open it and choose one.');
      const exchange = msg._session?.id === undefined ? undefined : exchanges.find(msg._session.id);
      const row = rowOf(msg, again, []);
      // Whatever else a flow stores under a message's session, its sender gets answers about the message itself only.
      const answered = exchange?.isOf(row.raw) ? exchange : undefined;
      if (answered?.content !== undefined) row.raw = answered.content;
      const received = receivedOf(msg);
      const delivery = received === undefined ? answered?.delivery : received.delivery;
      const made = own?.rows(msg, row.text);
      const rows = made instanceof Promise ? rowsInTime(made) : made;
      // Told in its turn.
      if (rows instanceof Promise) rows.catch(() => undefined);
      let written: Promise<StoreRecord> | undefined;
      await keyedQueue.run(received?.mllp?.connection ?? lineOf(msg), async () => {
        const ready = rows instanceof Promise ? await rows : rows;
        row.own = ready && { ...ready, writer: idInFlow(this) };
        const target = await database.store();
        for (let other = delivery?.underWay(target.place); other; other = delivery?.underWay(target.place)) await other;
        if (write !== 'own') row.answers = [...(delivery?.answers ?? answered?.prepare() ?? [])];
        written = write === 'own' ? inCustomTable(target, row) : inLog(target, row, delivery);
        // The next message is offered when this one is, not when it is on disk; that is reported by its promise.
        written.catch(() => undefined);
      });
      const record = await written!;
      msg.store = record.receipt;
      if (TRACE['message stored'].on) {
        const { table, id, duplicate, deliveries } = record.receipt;
        const facts = { controlId: row.hl7.controlId, table, id, duplicate, deliveries };
        TRACE['message stored'].report({ session: msg._session?.id, node: this.id, ...facts });
      }
      stored++;
      if (answered !== undefined) await answered.stored(record, msg.error !== undefined);
      else delivery?.wrote(record).catch((error: Error) => this.warn(error.message));
      // A node that a deployment has stopped cannot hand a message on; its sender repeats it, and has it answered then.
      if (closed && exchange !== undefined && !exchange.settled) {
        exchange.fail(new Hl7Error('FLOW_STOPPED', 'The flow was deployed anew while the message was on its way.'));
        await exchange.answer({ failed: true });
      }
    };

    this.on('input', (msg: Message, send, done) => {
      const bytes = Buffer.isBuffer(msg.raw) ? msg.raw.length : 0;
      waiting++;
      storing.enter(bytes);
      if (waiting > MANY) storeStatus.show();
      store(msg).then(
        () => {
          waiting--;
          storing.leave(bytes);
          storeStatus.show();
          send(secondOutput ? [msg, null] : msg);
          done();
        },
        (thrown: unknown) => {
          waiting--;
          storing.leave(bytes);
          const error = asHl7Error(
            thrown,
            'STORE_FAILED',
            `The message was not stored: ${database?.name || 'hl7 database'} failed.`,
          );
          if (!secondOutput) return failMessage(RED, this, msg, error, done);
          const failed = Object.assign(msg, {
            error: {
              message: error.message,
              code: error.code,
              source: { id: this.id, type: this.type, name: this.name },
            },
          });
          failMessage(RED, this, failed, error, done, 1);
          send([null, failed]);
          done();
        },
      );
    });

    this.on('close', () => {
      closed = true;
      delete database?.users[this.id];
      storeStatus.close();
    });
  }
  RED.nodes.registerType('hl7-db-store', DbStore);
  registerCustomTableAdmin(RED);
};
