/** What our own code costs a row, with a driver that does nothing. */

import type { StoreOptions } from '../../nodes/lib/store';
import type { BatchedMessage, Dialect } from '../../nodes/lib/store/dialects/contract';
import { CAPABILITIES } from '../../nodes/lib/store/dialects/mssql/capabilities';
import { mssqlDdl } from '../../nodes/lib/store/dialects/mssql/ddl';
import { statementsOf as mssqlStatements } from '../../nodes/lib/store/dialects/mssql/statements';
import { MssqlWriter } from '../../nodes/lib/store/dialects/mssql/writer';
import { MysqlWriter } from '../../nodes/lib/store/dialects/mysql/writer';
import { postgresDdl } from '../../nodes/lib/store/dialects/postgres/ddl';
import { statementsOf } from '../../nodes/lib/store/dialects/postgres/statements';
import { PostgresWriter } from '../../nodes/lib/store/dialects/postgres/writer';
import { insertBatch } from '../../nodes/lib/store/dialects/sqlite/insert-batch';
import { GroupCommitter } from '../../nodes/lib/store/ingest/group-committer';
import { WriterConnection } from '../../nodes/lib/store/ingest/writer-connection';
import { type MessageRecord, makeRecord } from '../../nodes/lib/store/record/record';
import { DEFAULT_LIMITS } from '../../nodes/lib/store/store';
import { Rows } from './rows';

type Offer = (records: readonly MessageRecord[], token: string) => Promise<BatchedMessage[]>;

/** The statement builder of a dialect over nothing; undefined where there is none that takes a batch at once. */
function offerOf(dialect: StoreOptions['dialect']): Offer | undefined {
  const now = new Date();
  if (dialect === 'sqlite') {
    const written = [{ last: 0, lastAnswer: 0, reused: null, before: '[]' }];
    const connection = { all: async () => written, once: async () => written };
    return (records, token) => insertBatch(connection as never, records, now, token);
  }
  if (dialect === 'postgres') {
    const statements = statementsOf(postgresDdl(''));
    return (records, token) => {
      const rows = records.map(({ key }, n) => ({ id: String(n), dedupe_key: key, deviations: null, answers: [n] }));
      return new PostgresWriter({ run: async () => rows } as never, statements).insertBatch(records, now, token);
    };
  }
  if (dialect === 'mysql' || dialect === 'mariadb') {
    return (records, token) => {
      const ids = records.map((_, n) => ({ id: n + 1 }));
      const session = {
        location: '',
        run: async (sql: string) => (sql.includes('COMMIT') ? ids : []),
        do: async () => ({ affectedRows: records.length, insertId: 1 }),
      };
      return new MysqlWriter(session as never, 16_777_216).insertBatch(records, now, token);
    };
  }
  if (dialect === 'mssql') {
    const statements = mssqlStatements(mssqlDdl(''));
    return (records, token) => {
      const rows = records.map(({ key }, n) => ({
        id: String(n),
        dedupe_key: key,
        deviations: null,
        answer: String(n),
      }));
      const session = { location: '', run: async () => rows, keep: async () => undefined };
      return new MssqlWriter(session as never, statements, statements, CAPABILITIES).insertBatch(records, now, token);
    };
  }
  return undefined;
}

const ROWS = 1024;
const ROUNDS = 24;
const WARM_UP = 8;

/** Microseconds of CPU a row, from the offer to the receipt. */
export async function aboveDriver(
  dialect: StoreOptions['dialect'],
  size: number,
  rounds = ROUNDS,
): Promise<number | undefined> {
  const append = offerOf(dialect);
  if (append === undefined) return undefined;
  const stub = {
    name: dialect,
    location: '',
    oneWriter: dialect === 'sqlite',
    batchAtOnce: 1000,
    insertBatch: (records: readonly MessageRecord[], _storedAt: Date, token: string) => append(records, token),
  };
  const lane = new WriterConnection(stub as unknown as Dialect, 1000, 1000);
  const collector = new GroupCommitter(lane, DEFAULT_LIMITS, () => undefined);
  const source = new Rows(size);
  const rows = Array.from({ length: ROWS }, () => source.next());
  let start = process.cpuUsage();
  for (let round = 0; round < WARM_UP + rounds; round++) {
    if (round === WARM_UP) start = process.cpuUsage();
    const waiting = rows.map((row) => {
      const record = makeRecord(row);
      return collector.add({ kind: 'message', record, bytes: record.bytes });
    });
    await Promise.all(waiting);
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / (rounds * ROWS);
}
