import type { Sequelize } from 'sequelize';

/** What we use of the driver (the API of `sqlite3`). */
export interface RawStatement {
  all(parameters: readonly unknown[], done: (error: Error | null, rows: unknown[]) => void): unknown;
  finalize(done?: (error?: Error) => void): unknown;
}

export interface RawDatabase {
  prepare(sql: string, done: (error: Error | null) => void): RawStatement;
  exec(sql: string, done: (error: Error | null) => void): unknown;
  close(done: (error: Error | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** An error of the driver: `code` is SQLite's primary result code by name, `errno` by number. */
export interface SqliteError extends Error {
  code: string;
  errno: number;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && typeof (error as Partial<SqliteError>).errno === 'number';
}

/**
 * The connection of a Sequelize instance, with promises and prepared statements. Sequelize opens and keeps it, so there
 * is one connection for the schema changes and the rows.
 */
export class Connection {
  readonly #statements = new Map<string, RawStatement>();

  private constructor(readonly database: RawDatabase) {}

  static async of(sequelize: Sequelize): Promise<Connection> {
    const manager = sequelize.connectionManager as unknown as { getConnection(options: object): Promise<RawDatabase> };
    const database = await manager.getConnection({ type: 'write', uuid: 'default' });
    // Every call below has a callback; what is raised outside of a call would end the process.
    database.on('error', () => undefined);
    return new Connection(database);
  }

  /** Runs a statement and hands back its rows. It stays prepared for the next time, unless `once`. */
  async all<T>(sql: string, parameters: readonly unknown[] = [], once = false): Promise<T[]> {
    const statement = this.#statements.get(sql) ?? (await this.#prepare(sql));
    // A prepared statement keeps the values it was run with last: big ones are let go.
    if (once) this.#statements.delete(sql);
    else this.#statements.set(sql, statement);
    try {
      return await new Promise<T[]>((resolve, reject) => {
        statement.all(parameters, (error, rows) => (error ? reject(error) : resolve(rows as T[])));
      });
    } finally {
      if (once) await finalize(statement);
    }
  }

  /** Runs statements without parameters or results. */
  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.database.exec(sql, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Lets go of the prepared statements; the database cannot be closed before. */
  async release(): Promise<void> {
    const statements = [...this.#statements.values()];
    this.#statements.clear();
    await Promise.all(statements.map(finalize));
  }

  #prepare(sql: string): Promise<RawStatement> {
    return new Promise((resolve, reject) => {
      const statement = this.database.prepare(sql, (error) => (error ? reject(error) : resolve(statement)));
    });
  }
}

function finalize(statement: RawStatement): Promise<void> {
  return new Promise((resolve) => {
    statement.finalize(() => resolve());
  });
}
