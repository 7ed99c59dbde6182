import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { Hl7Error } from '../../../nodes/lib/errors';
import type { HeaderFacts } from '../../../nodes/lib/message-contract';
import type { PreparedAnswer, Row, Store } from '../../../nodes/lib/store';

/** A folder for one suite's database files, removed at its end. */
export function temporaryFolder(): { path(name: string): string } {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hl7-store-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return { path: (name) => path.join(folder, name) };
}

const FACTS: HeaderFacts = {
  type: 'ADT',
  event: 'A01',
  structure: 'ADT_A01',
  version: '2.5',
  controlId: '',
  processingId: 'P',
  sendingApplication: 'SENDER',
  sendingFacility: 'HOSPITAL',
  receivingApplication: 'LOGGER',
  receivingFacility: 'ARCHIVE',
  time: '20240229101112.5+0130',
  characterSet: 'UNICODE UTF-8',
  acceptAck: '',
  applicationAck: '',
  sequenceNumber: '',
};

export function messageText(controlId: string, more = ''): string {
  return (
    `MSH|^~\\&|SENDER|HOSPITAL|LOGGER|ARCHIVE|20240229101112.5+0130||ADT^A01^ADT_A01|${controlId}|P|2.5\r` +
    `PID|1||4711^^^HOSP^MR||DOE^JANE${more}\r`
  );
}

export function answer(code: string, controlId: string, kind: PreparedAnswer['kind'] = 'application'): PreparedAnswer {
  return { kind, code, controlId, raw: Buffer.from(`MSH|^~\\&|||||||ACK|${controlId}\rMSA|${code}|x\r`) };
}

/** A row to offer; `controlId` makes it a message of its own. */
export function row(controlId: string, changes: Partial<Row> & { facts?: Partial<HeaderFacts> } = {}): Row {
  const { facts, ...rest } = changes;
  const text = rest.text ?? messageText(controlId);
  return {
    raw: Buffer.from(text),
    text,
    hl7: { ...FACTS, controlId, ...facts },
    listener: 'mllp in',
    remoteAddress: '127.0.0.1',
    remotePort: 50_000,
    receivedAt: new Date('2024-02-29T09:41:12.345Z'),
    charset: 'utf-8',
    deviations: [],
    again: 'same',
    answers: [answer('AA', `A${controlId}`)],
    ...rest,
  };
}

/** The error a promise rejects with; fails the test when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Hl7Error> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Hl7Error)) throw new Error(`expected an Hl7Error, got ${String(error)}`);
  return error;
}

/** All that can be read of an error, its cause and all inside of it; a trace of the code tells nothing. */
export function toldBy(error: Hl7Error): string {
  const all = (one: unknown): unknown[] =>
    one instanceof Object
      ? Object.getOwnPropertyNames(one)
          .filter((name) => typeof (one as never)[name] !== 'function')
          .flatMap((name) => [name, ...all((one as Record<string, unknown>)[name])])
      : [String(one)];
  return [...all(error), JSON.stringify(error), inspect(error, { depth: null, showHidden: true })].join('\n');
}

/** Rows of a table as plain objects, by id. */
export async function rowsOf(
  store: Store,
  model: 'Message' | 'Ack' | 'Identifier',
): Promise<Record<string, unknown>[]> {
  const models = await store.models();
  const order = model === 'Identifier' ? ['message_id', 'position'] : ['id'];
  const found = await models[model].findAll({ order: order.map((column) => [column, 'ASC']) });
  return found.map((one) => one.get({ plain: true }) as Record<string, unknown>);
}

/** Runs SQL on a connection of its own, as another program would. */
export async function otherProgram(file: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const { default: sqlite } = (await import('@appthreat/sqlite3')) as unknown as { default: Sqlite };
  const database = await new Promise<Database>((resolve, reject) => {
    const opened: Database = new sqlite.Database(file, (error) => (error ? reject(error) : resolve(opened)));
  });
  let rows: Record<string, unknown>[] = [];
  try {
    for (const sql of statements) {
      rows = await new Promise((resolve, reject) => {
        database.all(sql, (error, found) => (error ? reject(error) : resolve(found)));
      });
    }
  } finally {
    await new Promise<void>((resolve) => database.close(() => resolve()));
  }
  return rows;
}

/** A connection of another program that stays open, to hold locks. */
export async function intruder(file: string): Promise<{ exec(sql: string): Promise<void>; close(): Promise<void> }> {
  const { default: sqlite } = (await import('@appthreat/sqlite3')) as unknown as { default: Sqlite };
  const database = await new Promise<Database>((resolve, reject) => {
    const opened: Database = new sqlite.Database(file, (error) => (error ? reject(error) : resolve(opened)));
  });
  return {
    exec: (sql) => new Promise((resolve, reject) => database.exec(sql, (error) => (error ? reject(error) : resolve()))),
    close: () => new Promise((resolve) => database.close(() => resolve())),
  };
}

/** Runs an open of a store and hands out its writing connection too, for settings that only that connection can have. */
export async function connectionOf(open: () => Promise<Store>): Promise<[Store, { exec(sql: string): Promise<void> }]> {
  const { default: sqlite } = (await import('@appthreat/sqlite3')) as unknown as { default: Sqlite };
  const { prototype } = sqlite.Database;
  const { exec } = prototype;
  let found: Database | undefined;
  prototype.exec = function (this: Database, sql, done) {
    // The one that writes comes first.
    found ??= this;
    return exec.call(this, sql, done);
  };
  try {
    const store = await open();
    const run = (sql: string): Promise<void> =>
      new Promise((resolve, reject) => exec.call(found!, sql, (error) => (error ? reject(error) : resolve())));
    return [store, { exec: run }];
  } finally {
    prototype.exec = exec;
  }
}

interface Database {
  all(sql: string, done: (error: Error | null, rows: Record<string, unknown>[]) => void): void;
  exec(sql: string, done: (error: Error | null) => void): void;
  close(done: () => void): void;
}

interface Sqlite {
  Database: { new (file: string, done: (error: Error | null) => void): Database; prototype: Database };
}
