/** Reads the log as a report would: SQL on the SQLite file, read-only, with the product's own driver. */

interface Database {
  all(sql: string, params: unknown[], done: (error: Error | null, rows: unknown[]) => void): void;
  configure(option: 'busyTimeout', milliseconds: number): void;
  close(done: () => void): void;
}

interface Driver {
  OPEN_READONLY: number;
  OPEN_READWRITE: number;
  Database: new (file: string, mode: number, opened: (error: Error | null) => void) => Database;
}

export interface MessageRow {
  id: number;
  listener: string;
  message_type: string | null;
  trigger_event: string | null;
  control_id: string | null;
  deliveries: number;
  deviations: string | null;
  character_set: string | null;
  patient_id: string | null;
  size: number;
  raw: Buffer;
  text: string;
}

export interface AckRow {
  id: number;
  message_id: number;
  kind: string;
  code: string;
  control_id: string;
  raw: Buffer;
  sent_at: string | null;
}

function open(file: string, mode: 'OPEN_READONLY' | 'OPEN_READWRITE'): Promise<Database> {
  // An ES module: `require` of it gives its default export as a property.
  const driver = require('@appthreat/sqlite3').default as Driver;
  return new Promise((resolve, reject) => {
    const database = new driver.Database(file, driver[mode], (failed) => {
      if (failed) {
        reject(failed);
        return;
      }
      database.configure('busyTimeout', 10_000);
      resolve(database);
    });
  });
}

function all<T>(database: Database, sql: string, params: unknown[] = []): Promise<T[]> {
  return new Promise((resolve, reject) => {
    database.all(sql, params, (failed, rows) => (failed ? reject(failed) : resolve(rows as T[])));
  });
}

function close(database: Database): Promise<void> {
  return new Promise((resolve) => database.close(() => resolve()));
}

/** Runs one query. The file must exist. */
export async function query<T>(file: string, sql: string, params: unknown[] = []): Promise<T[]> {
  const database = await open(file, 'OPEN_READONLY');
  try {
    return await all<T>(database, sql, params);
  } finally {
    await close(database);
  }
}

/** Holds the file's write lock, as another program would. */
export class WriteLock {
  private constructor(private readonly database: Database) {}

  static async take(file: string): Promise<WriteLock> {
    const database = await open(file, 'OPEN_READWRITE');
    await all(database, 'BEGIN IMMEDIATE');
    return new WriteLock(database);
  }

  async release(): Promise<void> {
    await all(this.database, 'ROLLBACK');
    await close(this.database);
  }
}

/** The log as a report reads it. */
export abstract class LogReader {
  protected abstract query<T>(sql: string): Promise<T[]>;

  /** All rows, oldest first. */
  messages(): Promise<MessageRow[]> {
    return this.query<MessageRow>('SELECT * FROM hl7_messages ORDER BY id');
  }

  /** The rows of one control ID, oldest first. */
  byControlId(controlId: string): Promise<MessageRow[]> {
    const id = controlId.replaceAll("'", "''");
    return this.query<MessageRow>(`SELECT * FROM hl7_messages WHERE control_id = '${id}' ORDER BY id`);
  }

  /** What was answered to one message, in order. */
  acks(messageId: number): Promise<AckRow[]> {
    return this.query<AckRow>(`SELECT * FROM hl7_acks WHERE message_id = ${messageId} ORDER BY id`);
  }

  allAcks(): Promise<AckRow[]> {
    return this.query<AckRow>('SELECT * FROM hl7_acks ORDER BY id');
  }

  async count(): Promise<number> {
    const [row] = await this.query<{ n: number | string }>('SELECT count(*) AS n FROM hl7_messages');
    return Number(row?.n ?? 0);
  }
}

/** The log in a SQLite file. */
export class LogTable extends LogReader {
  constructor(readonly file: string) {
    super();
  }

  protected override query<T>(sql: string): Promise<T[]> {
    return query<T>(this.file, sql);
  }
}
