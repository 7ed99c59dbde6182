import type { Sequelize } from 'sequelize';

/** What we use of the driver (the API of `sqlite3`). */
interface RawStatement {
  all(parameters: readonly unknown[], done: (error: Error | null, rows: unknown[]) => void): unknown;
  finalize(done?: (error?: Error) => void): unknown;
}

export interface RawDatabase {
  prepare(sql: string, done: (error: Error | null) => void): RawStatement;
  exec(sql: string, done: (error: Error | null) => void): unknown;
  close(done: (error: Error | null) => void): unknown;
  /** Ends the statement that is running, with SQLITE_INTERRUPT. */
  interrupt(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** An error of the driver: `code` is SQLite's primary result code by name, `errno` by number. */
interface SqliteError extends Error {
  code: string;
  errno: number;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && typeof (error as Partial<SqliteError>).errno === 'number';
}

/** Bytes of one statement's values up to which it stays prepared, with its values. */
export const KEEP_PREPARED_BYTES = 512 * 1024;

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

  /**
   * Runs a statement and hands back its rows. It stays prepared for the next time, with its last values, and so must not
   * run twice at once; after an error it is let go.
   */
  async all<T>(sql: string, parameters: readonly unknown[] = []): Promise<T[]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = await this.#prepare(sql);
      this.#statements.set(sql, statement);
    }
    try {
      return await run<T>(statement, parameters);
    } catch (error) {
      // A statement that found the database busy counts as running until it is let go, and no later commit would happen.
      this.#statements.delete(sql);
      await finalize(statement);
      throw error;
    }
  }

  /**
   * Runs a statement that is not kept: a rare one, or one with values too big to keep in memory.
   * @param milliseconds after which it is ended; without a limit by default
   */
  async once<T>(sql: string, parameters: readonly unknown[] = [], milliseconds?: number): Promise<T[]> {
    const statement = await this.#prepare(sql);
    const timer = milliseconds === undefined ? undefined : setTimeout(() => this.database.interrupt(), milliseconds);
    try {
      return await run<T>(statement, parameters);
    } finally {
      clearTimeout(timer);
      await finalize(statement);
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

function run<T>(statement: RawStatement, parameters: readonly unknown[]): Promise<T[]> {
  return new Promise<T[]>((resolve, reject) => {
    statement.all(parameters, (error, rows) => (error ? reject(error) : resolve(rows as T[])));
  });
}

function finalize(statement: RawStatement): Promise<void> {
  return new Promise((resolve) => {
    statement.finalize(() => resolve());
  });
}
