/** What takes one message at a time: the store, and one Model.create a message. */
import { type Row, Store, type StoreOptions } from '../../nodes/lib/store';
import { modelsOf } from '../../nodes/lib/store/models';
import { makeRecord } from '../../nodes/lib/store/record/record';
import { sequelizeOf } from './sequelize';

export interface Contender {
  /** Resolves when the message is on disk. */
  write(row: Row): Promise<unknown>;
  /** Transactions so far, where it counts them. */
  commits?(): number;
  close(): Promise<void>;
}

export async function storeOf(options: StoreOptions): Promise<Contender> {
  const store = await Store.open(options);
  return {
    write: (row) => store.append(row),
    commits: () => store.statistics().commits,
    close: () => store.close(),
  };
}

const CONNECTIONS = 8;

export async function createOf(options: StoreOptions): Promise<Contender> {
  const sequelize = await sequelizeOf(options, CONNECTIONS);
  const { Message } = modelsOf(sequelize);
  return {
    write: (row) => Message.create({ ...makeRecord(row).columns, stored_at: new Date(), deliveries: 1 }),
    close: () => sequelize.close(),
  };
}
