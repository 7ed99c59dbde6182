import type { Sequelize } from 'sequelize';
import { Session, takeConnection } from '../shared';
import { bindDefs, Many, type OracleConnection, type OracleDriver, type OracleResult } from './driver';

/**
 * A connection to Oracle. A statement runs inside of a transaction until `COMMIT`; its rows have their columns' names in small
 * letters. With `Many` as its only parameter it runs for each of its rows, and hands back the driver's result.
 */
export class OracleSession extends Session {
  private constructor(
    location: string,
    statementMs: number,
    readonly driver: OracleDriver,
    readonly client: OracleConnection,
    readonly release: () => Promise<void>,
  ) {
    super(location, statementMs);
    // The driver releases the connection by itself as well, should this fail.
    client.callTimeout = statementMs + 1000;
    client.on('error', () => this.gone());
  }

  static async of(
    sequelize: Sequelize,
    driver: OracleDriver,
    location: string,
    statementMs: number,
  ): Promise<OracleSession> {
    const { connection, release } = await takeConnection<OracleConnection>(sequelize);
    return new OracleSession(location, statementMs, driver, connection, release);
  }

  /** Runs a statement for each row, and hands back what the driver says of them. */
  async many(sql: string, many: Many): Promise<OracleResult> {
    const [result] = await this.run<OracleResult>(sql, [many]);
    return result!;
  }

  protected override async send(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    if (sql === 'COMMIT') await this.client.commit();
    else if (sql === 'ROLLBACK') await this.client.rollback();
    else if (parameters[0] instanceof Many) return [await this.#many(sql, parameters[0])];
    else return await this.#rows(sql, parameters);
    return [];
  }

  #many(sql: string, { rows, binds, tolerant }: Many): Promise<OracleResult> {
    return this.client.executeMany(sql, rows, {
      autoCommit: false,
      bindDefs: bindDefs(this.driver, binds),
      batchErrors: tolerant,
    });
  }

  async #rows(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    const { OUT_FORMAT_OBJECT, BUFFER } = this.driver;
    const { rows = [] } = await this.client.execute(sql, [...parameters], {
      autoCommit: false,
      outFormat: OUT_FORMAT_OBJECT,
      // All of them: what the driver hands over otherwise may be cut by a setting of its own.
      maxRows: 0,
      fetchInfo: /"RAW"/.test(sql) ? { RAW: { type: BUFFER } } : {},
    });
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value])),
    );
  }

  protected override cut(): void {
    void this.client
      .break()
      .catch(() => undefined)
      .then(() => this.client.close())
      .catch(() => undefined);
  }

  protected override leave(): Promise<void> {
    return this.release();
  }
}
