import type { ServerOptions } from '../../nodes/lib/store';
import { WRITTEN } from '../../nodes/lib/store/columns';
import { valuesOf, type Ways } from './raw';

/** All rows in one prepared statement; or as one text. */
export async function mysqlWays(options: ServerOptions, batch: number): Promise<Ways> {
  const { createConnection } = (await import('mysql2/promise')).default;
  const { host, port, database, user, password } = options;
  const client = await createConnection({ host, port, database, user, password, timezone: 'Z' });
  const row = `(${WRITTEN.map(() => '?').join(',')})`;
  const sql = `INSERT INTO hl7_messages (${WRITTEN.join(',')}) VALUES ${Array(batch).fill(row).join(',')}`;
  return {
    ways: [
      {
        name: 'prepared, all rows at once',
        write: async (records) => {
          await client.execute(sql, records.flatMap((record) => valuesOf(record, new Date())) as never);
        },
      },
      {
        name: 'text, all rows at once',
        write: async (records) => {
          await client.query(sql, records.flatMap((record) => valuesOf(record, new Date())) as never);
        },
      },
    ],
    close: () => client.end(),
  };
}
