import type { Client } from 'pg';
import type { Sequelize } from 'sequelize';
import { Session, takeConnection } from '../shared';

/** Statements after which plans are made anew: so many for the first time, then twice as many each time, up to the last. */
const FIRST_PLAN = 16;
const LAST_PLAN = 4096;

/** Statements that stay prepared; custom tables have one for each set of columns that messages leave as they are. */
const MOST_NAMES = 200;

/** A connection to PostgreSQL. Statements with parameters are prepared once, under a name made of their number. */
export class PostgresSession extends Session {
  readonly #names = new Map<string, string>();
  #runs = 0;
  #nextPlan = FIRST_PLAN;

  private constructor(
    location: string,
    statementMs: number,
    readonly client: Client,
    readonly release: () => Promise<void>,
  ) {
    super(location, statementMs);
    // Without a listener an error outside of a statement would end the process.
    client.on('error', () => this.gone());
    client.on('end', () => this.gone());
  }

  static async of(sequelize: Sequelize, location: string, statementMs: number): Promise<PostgresSession> {
    const { connection, release } = await takeConnection<Client>(sequelize);
    return new PostgresSession(location, statementMs, connection, release);
  }

  protected override async send(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    if (parameters.length === 0) return (await this.client.query(sql)).rows ?? [];
    let name = this.#names.get(sql);
    if (name === undefined && this.#names.size < MOST_NAMES) {
      name = `hl7_${this.#names.size}`;
      this.#names.set(sql, name);
    }
    // A plan is kept until the tables are analyzed; one that was made for small tables must not stay for large ones.
    if (++this.#runs === this.#nextPlan) {
      this.#nextPlan += Math.min(this.#runs, LAST_PLAN);
      await this.client.query('DISCARD PLANS');
    }
    return (await this.client.query({ name, text: sql, values: [...parameters] })).rows;
  }

  protected override cut(): void {
    (this.client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  protected override leave(): Promise<void> {
    return this.release();
  }
}
