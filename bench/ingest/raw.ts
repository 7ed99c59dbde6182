/** The raw driver: batches of rows into the table of the messages alone, one connection, the best way that it has. */

import type { StoreOptions } from '../../nodes/lib/store';
import { WRITTEN } from '../../nodes/lib/store/columns';
import { modelsOf } from '../../nodes/lib/store/models';
import type { MessageRecord } from '../../nodes/lib/store/record/record';
import { mysqlWays } from './raw-mysql';
import { postgresWays } from './raw-postgres';
import { sqliteWays } from './raw-sqlite';
import { sequelizeOf } from './sequelize';

/** One way to write a batch; resolves when it is on disk. */
export interface Way {
  name: string;
  write(batch: readonly MessageRecord[]): Promise<void>;
}

export interface Ways {
  ways: Way[];
  close(): Promise<void>;
}

/** The values of a record, in the order of WRITTEN. */
export function valuesOf(record: MessageRecord, storedAt: Date): unknown[] {
  return WRITTEN.map((column) => {
    if (column === 'stored_at') return storedAt;
    return column === 'batch_token' ? 'bench' : record.columns[column];
  });
}

export async function waysOf(options: StoreOptions, batch: number): Promise<Ways> {
  if (options.dialect === 'sqlite') return await sqliteWays(options.file, batch);
  if (options.dialect === 'postgres') return await postgresWays(options, batch);
  if (options.dialect === 'mysql' || options.dialect === 'mariadb') return await mysqlWays(options, batch);
  return await bulkCreate(options);
}

/** Where there is no better way to compare with: Sequelize's own, in a transaction. */
async function bulkCreate(options: StoreOptions): Promise<Ways> {
  const sequelize = await sequelizeOf(options, 1);
  const { Message } = modelsOf(sequelize);
  const write = async (batch: readonly MessageRecord[]): Promise<void> => {
    const rows = batch.map(({ columns }) => ({
      ...columns,
      stored_at: new Date(),
      batch_token: 'bench',
      deliveries: 1,
    }));
    await sequelize.transaction((transaction) => Message.bulkCreate(rows, { transaction }));
  };
  return { ways: [{ name: 'bulkCreate', write }], close: () => sequelize.close() };
}
