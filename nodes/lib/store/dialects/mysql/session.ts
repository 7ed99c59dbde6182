import type { Connection, QueryError, QueryResult } from 'mysql2';
import type { Sequelize } from 'sequelize';
import { Session, takeConnection } from '../shared';

/** What a statement that hands back no rows says of itself. */
interface Done {
  affectedRows: number;
  /** The first id the database gave out. */
  insertId: number;
}

/**
 * A connection to MySQL or MariaDB. A statement with parameters is prepared once for each text; one without may be several
 * behind one another, of which the last one's rows are handed back, or its `Done`.
 */
export class MysqlSession extends Session {
  private constructor(
    location: string,
    statementMs: number,
    readonly client: Connection,
    readonly release: () => Promise<void>,
  ) {
    super(location, statementMs);
    // Without a listener an error outside of a statement would end the process.
    client.on('error', () => this.gone());
    client.on('end', () => this.gone());
  }

  static async of(sequelize: Sequelize, location: string, statementMs: number): Promise<MysqlSession> {
    const { connection, release } = await takeConnection<Connection>(sequelize);
    return new MysqlSession(location, statementMs, connection, release);
  }

  /** Runs a statement that hands back no rows, as the last or only one of its text. */
  async do(sql: string, parameters: readonly unknown[] = []): Promise<Done> {
    const [done] = await this.run<Done>(sql, parameters);
    return done!;
  }

  protected override send(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const took = (error: QueryError | null, result: QueryResult): void => {
        if (error) reject(error);
        else resolve(lastOf(result));
      };
      if (parameters.length === 0) this.client.query(sql, took);
      else this.client.execute(sql, parameters as string[], took);
    });
  }

  protected override cut(): void {
    (this.client as unknown as { stream: { destroy(): void } }).stream.destroy();
  }

  protected override leave(): Promise<void> {
    return this.release();
  }
}

function isDone(result: unknown): boolean {
  return !Array.isArray(result) && typeof result === 'object' && result !== null && 'affectedRows' in result;
}

/** Rows; of several results, those of the last that has any. */
function lastOf(result: unknown): unknown[] {
  if (!Array.isArray(result)) return [result];
  if (!result.some((one) => Array.isArray(one) || isDone(one))) return result;
  const rows = result.filter((one) => Array.isArray(one)).at(-1);
  return rows ?? [result.at(-1)];
}
