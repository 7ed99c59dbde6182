/** A connection of another program that stays open, to hold locks in a database on a server. */
import type { StoreOptions } from '../../nodes/lib/store';

export class HeldConnection {
  private constructor(
    readonly run: (sql: string) => Promise<unknown>,
    readonly end: () => Promise<void>,
  ) {}

  static async of(options: StoreOptions): Promise<HeldConnection> {
    if (options.dialect === 'sqlite') throw new Error('not a server');
    const { host, port, user, password, database } = options;
    if (options.dialect === 'postgres') {
      const { default: pg } = await import('pg');
      const client = new pg.Client({ host, port, user, password, database });
      await client.connect();
      return new HeldConnection(
        (sql) => client.query(sql),
        () => client.end(),
      );
    }
    if (options.dialect !== 'mysql' && options.dialect !== 'mariadb') throw new Error(`no ${options.dialect} here`);
    const { createConnection } = await import('mysql2');
    const client = createConnection({ host, port, user, password, database });
    return new HeldConnection(
      (sql) =>
        new Promise((resolve, reject) => client.query(sql, (error, rows) => (error ? reject(error) : resolve(rows)))),
      () => new Promise((resolve) => client.end(() => resolve())),
    );
  }
}
