/** Reads the log as a report would: SQL on the SQLite file, read-only, with the product's own driver. */

interface Database {
  all(sql: string, params: unknown[], done: (error: Error | null, rows: unknown[]) => void): void;
  configure(option: 'busyTimeout', milliseconds: number): void;
  close(done: () => void): void;
}

interface Driver {
  OPEN_READONLY: number;
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

/** Runs one query. The file must exist. */
export function query<T>(file: string, sql: string, params: unknown[] = []): Promise<T[]> {
  // An ES module: `require` of it gives its default export as a property.
  const driver = require('@appthreat/sqlite3').default as Driver;
  return new Promise((resolve, reject) => {
    const database = new driver.Database(file, driver.OPEN_READONLY, (opened: Error | null) => {
      if (opened) {
        reject(opened);
        return;
      }
      database.configure('busyTimeout', 5000);
      database.all(sql, params, (failed: Error | null, rows: unknown[]) => {
        database.close(() => (failed ? reject(failed) : resolve(rows as T[])));
      });
    });
  });
}

export class LogTable {
  constructor(readonly file: string) {}

  /** All rows, oldest first. */
  messages(): Promise<MessageRow[]> {
    return query<MessageRow>(this.file, 'SELECT * FROM hl7_messages ORDER BY id');
  }

  /** The rows of one control ID, oldest first. */
  byControlId(controlId: string): Promise<MessageRow[]> {
    return query<MessageRow>(this.file, 'SELECT * FROM hl7_messages WHERE control_id = ? ORDER BY id', [controlId]);
  }

  /** What was answered to one message, in order. */
  acks(messageId: number): Promise<AckRow[]> {
    return query<AckRow>(this.file, 'SELECT * FROM hl7_acks WHERE message_id = ? ORDER BY id', [messageId]);
  }

  allAcks(): Promise<AckRow[]> {
    return query<AckRow>(this.file, 'SELECT * FROM hl7_acks ORDER BY id');
  }

  async count(): Promise<number> {
    const [row] = await query<{ n: number }>(this.file, 'SELECT count(*) AS n FROM hl7_messages');
    return row?.n ?? 0;
  }
}
