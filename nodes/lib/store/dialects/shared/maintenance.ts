import type { ErrorClass, Maintenance, RetentionSql, Row, Run } from '../contract';
import type { Session } from './session';

/** What the dialect lends to it. */
interface Lent {
  sql: RetentionSql;
  table(name: string): string;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  classify(error: unknown): ErrorClass;
}

/** Maintenance through a connection of its own, beside the one that writes messages. */
export class ServerMaintenance implements Maintenance {
  readonly sql: RetentionSql;

  constructor(
    readonly session: Session,
    readonly lent: Lent,
  ) {
    this.sql = lent.sql;
  }

  readonly table = (name: string): string => this.lent.table(name);

  readonly read: Run = (sql) => this.session.run<Row>(sql);

  async transaction<T>(steps: (run: Run) => Promise<T>): Promise<T> {
    await this.lent.begin();
    try {
      const result = await steps((sql) => this.session.run<Row>(sql));
      await this.lent.commit();
      return result;
    } catch (error) {
      await this.lent.rollback().catch(() => this.session.end());
      throw error;
    }
  }

  classify(error: unknown): ErrorClass {
    return this.lent.classify(error);
  }

  abort(): void {
    this.session.end();
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
