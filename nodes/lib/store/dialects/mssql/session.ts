import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Sequelize } from 'sequelize';
import type { Connection, Request, TYPES } from 'tedious';
import { Session, takeConnection } from '../shared';

/** The parts of the driver that a session needs. */
export interface Tedious {
  Request: typeof Request;
  TYPES: typeof TYPES;
}

interface Cell {
  value: unknown;
  metadata: { colName: string };
}

/** A length that is always declared as `max`, so that the server makes one plan whatever the values are. */
const MAX = { length: Number.POSITIVE_INFINITY };

/** A connection to SQL Server. Parameters are `@p1`, `@p2`, …; the rows of all results of a text are handed back behind one another. */
export class MssqlSession extends Session {
  readonly #kept = new Map<string, string | undefined>();

  private constructor(
    location: string,
    statementMs: number,
    readonly driver: Tedious,
    readonly client: Connection,
    readonly release: () => Promise<void>,
  ) {
    super(location, statementMs);
    // Without a listener an error outside of a statement would end the process.
    client.on('error', () => this.gone());
    client.on('end', () => this.gone());
    // The driver leaves it out: a batch of several packets would wait for an acknowledgment of the network, often 40 ms.
    (client as unknown as { socket?: Socket }).socket?.setNoDelay(true);
  }

  static async of(sequelize: Sequelize, driver: Tedious, location: string, statementMs: number): Promise<MssqlSession> {
    const { connection, release } = await takeConnection<Connection>(sequelize);
    return new MssqlSession(location, statementMs, driver, connection, release);
  }

  /**
   * Keeps a text at the server, unless it is there, for as long as the connection lives, as a procedure in tempdb that is private to the connection and
   * that needs no right: it is not sent and read again with each batch. Where a server refuses that, it is sent.
   * @param types of the parameters
   */
  async keep(sql: string, types: readonly string[]): Promise<void> {
    if (this.#kept.has(sql)) return;
    // Of its own name: some TDS servers show it to all sessions.
    const name = `#hl7_${randomBytes(6).toString('hex')}`;
    this.#kept.set(sql, undefined);
    const parameters = types.map((type, n) => `@p${n + 1} ${type}`).join(', ');
    try {
      await this.run(`CREATE PROCEDURE ${name} ${parameters} AS\n${sql}`);
      this.#kept.set(sql, name);
    } catch (error) {
      if (this.lost) throw error;
    }
  }

  protected override send(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const rows: unknown[] = [];
      const kept = this.#kept.get(sql);
      const request = new this.driver.Request(kept ?? sql, (error) => (error ? reject(error) : resolve(rows)));
      // The session has a time-out of its own.
      request.setTimeout(0);
      request.on('row', (cells: Cell[]) => {
        rows.push(Object.fromEntries(cells.map(({ metadata, value }) => [metadata.colName, value])));
      });
      parameters.forEach((value, n) => {
        request.addParameter(`p${n + 1}`, this.#typeOf(value), value, MAX);
      });
      if (parameters.length === 0) this.client.execSqlBatch(request);
      else if (kept === undefined) this.client.execSql(request);
      else this.client.callProcedure(request);
    });
  }

  #typeOf(value: unknown) {
    const { TYPES } = this.driver;
    return Buffer.isBuffer(value) ? TYPES.VarBinary : TYPES.NVarChar;
  }

  protected override cut(): void {
    this.client.close();
  }

  protected override async leave(): Promise<void> {
    try {
      for (const name of this.#kept.values()) {
        if (name !== undefined) await this.run(`DROP PROCEDURE ${name}`);
      }
    } catch {
      // It goes with the connection.
    }
    await this.release();
  }
}
