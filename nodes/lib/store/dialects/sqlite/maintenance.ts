import type { Sequelize } from 'sequelize';
import type { ErrorClass, Maintenance, Row, Run } from '../contract';
import { Connection } from './driver';
import { classifyError } from './error-classes';
import { retentionSql } from './retention-sql';

/** Maintenance that reads through a connection of its own, and writes through the only one that may. */
export class SqliteMaintenance implements Maintenance {
  readonly sql = retentionSql;

  private constructor(
    readonly sequelize: Sequelize,
    readonly reader: Connection,
    readonly transaction: Maintenance['transaction'],
  ) {}

  static async of(sequelize: Sequelize, transaction: Maintenance['transaction']): Promise<SqliteMaintenance> {
    return new SqliteMaintenance(sequelize, await Connection.of(sequelize), transaction);
  }

  readonly table = (name: string): string => name;

  readonly read: Run = (sql) => this.reader.once<Row>(sql);

  classify(error: unknown): ErrorClass {
    return classifyError(error);
  }

  /** A statement ends by itself: there is no server to wait for. */
  abort(): void {}

  async close(): Promise<void> {
    await this.sequelize.close().catch(() => undefined);
  }
}
