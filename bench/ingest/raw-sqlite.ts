import { WRITTEN } from '../../nodes/lib/store/columns';
import { toSqlTime } from '../../nodes/lib/store/dialects/sqlite/batch';
import type { MessageRecord } from '../../nodes/lib/store/record/record';
import { valuesOf, type Ways } from './raw';

interface Statement {
  run(values: unknown[], done: (error: Error | null) => void): void;
  finalize(done: () => void): void;
}

interface Database {
  prepare(sql: string): Statement;
  exec(sql: string, done: (error: Error | null) => void): void;
  close(done: (error: Error | null) => void): void;
}

const promised = (start: (done: (error: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));

/** One prepared row at a time in a transaction, queued together; or all rows in one prepared statement. */
export async function sqliteWays(file: string, batch: number): Promise<Ways> {
  const { default: driver } = (await import('@appthreat/sqlite3')) as unknown as {
    default: { Database: new (file: string, done: (error: Error | null) => void) => Database };
  };
  let database!: Database;
  await promised((done) => {
    database = new driver.Database(file, done);
  });
  await promised((done) =>
    database.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000', done),
  );
  const row = `(${WRITTEN.map(() => '?').join(',')})`;
  const sql = `INSERT INTO hl7_messages (${WRITTEN.join(',')}) VALUES `;
  const [one, all] = [database.prepare(sql + row), database.prepare(sql + Array(batch).fill(row).join(','))];
  const values = (record: MessageRecord): unknown[] =>
    valuesOf(record, new Date()).map((value) => (value instanceof Date ? toSqlTime(value) : value));
  return {
    ways: [
      {
        name: 'prepared row by row',
        write: async (records) => {
          const steps = [promised((done) => database.exec('BEGIN IMMEDIATE', done))];
          await steps[0];
          for (const record of records) steps.push(promised((done) => one.run(values(record), done)));
          await Promise.all(steps);
          await promised((done) => database.exec('COMMIT', done));
        },
      },
      {
        name: 'prepared, all rows at once',
        write: (records) => promised((done) => all.run(records.flatMap(values), done)),
      },
    ],
    close: async () => {
      for (const statement of [one, all]) await new Promise<void>((resolve) => statement.finalize(resolve));
      await promised((done) => database.close(done));
    },
  };
}
