import type { QueryInterface, Sequelize } from 'sequelize';
import { SequelizeStorage, Umzug } from 'umzug';
import { MIGRATIONS } from './columns';
import { logTables } from './migrations/0001-log-tables';

/** One numbered change of the schema. Once released it never changes: a later one corrects it. */
export interface Migration {
  /** Number and name, e.g. `0001-log-tables`. */
  name: string;
  up(query: QueryInterface): Promise<void>;
}

const ALL: readonly Migration[] = [logTables];

/**
 * Applies what is missing of the schema. The caller holds a lock that keeps a second process from doing the same at
 * the same time, and a transaction where the database takes schema changes back.
 */
export async function migrate(sequelize: Sequelize, migrations: readonly Migration[] = ALL): Promise<void> {
  const storage = new SequelizeStorage({
    sequelize,
    modelName: MIGRATIONS,
    tableName: MIGRATIONS,
    columnName: 'name',
  });
  const umzug = new Umzug<QueryInterface>({
    migrations: migrations.map(({ name, up }) => ({ name, up: ({ context }) => up(context) })),
    context: sequelize.getQueryInterface(),
    storage,
    logger: undefined,
  });
  await umzug.up();
}
