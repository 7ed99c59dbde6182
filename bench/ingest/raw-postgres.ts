import type { ServerOptions } from '../../nodes/lib/store';
import { WRITTEN } from '../../nodes/lib/store/columns';
import type { MessageRecord } from '../../nodes/lib/store/record/record';
import { valuesOf, type Ways } from './raw';

/** What we use of a connection of pg that a query of its own kind drives. */
interface Wire {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** COPY of one chunk, as a query that pg's client takes. */
class Copy {
  #failed: Error | undefined;

  constructor(
    readonly sql: string,
    readonly rows: Buffer,
    readonly done: (error?: Error) => void,
  ) {}

  submit(connection: Wire): void {
    connection.query(this.sql);
  }

  handleCopyInResponse(connection: Wire): void {
    connection.sendCopyFromChunk(this.rows);
    connection.endCopyFrom();
  }

  handleError(error: Error): void {
    this.#failed = error;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.done(this.#failed);
  }
}

const SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function field(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  if (Buffer.isBuffer(value)) return `\\\\x${value.toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  return String(value).replace(SPECIAL, (character) => ESCAPES[character]!);
}

/** COPY; or all rows in one prepared statement. */
export async function postgresWays(options: ServerOptions, batch: number): Promise<Ways> {
  const { Client } = (await import('pg')).default;
  const { host, port, database, user, password } = options;
  const client = new Client({ host, port, database, user, password });
  await client.connect();
  const columns = WRITTEN.join(',');
  const copy = `COPY hl7_messages (${columns}) FROM STDIN`;
  const rows = Array.from(
    { length: batch },
    (_, n) => `(${WRITTEN.map((_, c) => `$${n * WRITTEN.length + c + 1}`).join(',')})`,
  );
  const text = `INSERT INTO hl7_messages (${columns}) VALUES ${rows.join(',')}`;
  const values = (records: readonly MessageRecord[]): unknown[] =>
    records.flatMap((record) => valuesOf(record, new Date()));
  return {
    ways: [
      {
        name: 'COPY',
        write: (records) =>
          new Promise((resolve, reject) => {
            const lines = records.map((record) => `${valuesOf(record, new Date()).map(field).join('\t')}\n`);
            const done = (error?: Error): void => (error ? reject(error) : resolve());
            client.query(new Copy(copy, Buffer.from(lines.join('')), done) as never);
          }),
      },
      {
        name: 'prepared, all rows at once',
        write: async (records) => {
          await client.query({ name: 'bench', text, values: values(records) });
        },
      },
    ],
    close: () => client.end(),
  };
}
