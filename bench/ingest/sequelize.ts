/** Sequelize as an application would set it up, for what the store is compared with. */
import { createRequire } from 'node:module';
import { Sequelize } from 'sequelize';
import type { StoreOptions } from '../../nodes/lib/store';

const MODULES: Record<string, () => Promise<unknown>> = {
  postgres: () => import('pg'),
  mysql: () => import('mysql2'),
  // The driver that mssql brings along.
  mssql: async () => createRequire(require.resolve('mssql'))('tedious'),
};

/** @param connections of its pool; a SQLite file has one */
export async function sequelizeOf(options: StoreOptions, connections: number): Promise<Sequelize> {
  if (options.dialect === 'sqlite') {
    const { default: dialectModule } = (await import('@appthreat/sqlite3')) as unknown as { default: object };
    const sequelize = new Sequelize({ dialect: 'sqlite', storage: options.file, dialectModule, logging: false });
    // The file is in WAL mode already; a commit is on disk as with the store.
    await sequelize.query('PRAGMA synchronous = FULL');
    return sequelize;
  }
  const dialect = options.dialect === 'mariadb' ? 'mysql' : options.dialect;
  const loaded = (await MODULES[dialect]?.()) as { default?: object } | undefined;
  return new Sequelize(options.database, options.user ?? '', options.password ?? '', {
    dialect,
    dialectModule: loaded?.default ?? loaded,
    host: options.host,
    port: options.port,
    logging: false,
    dialectOptions: dialect === 'mssql' ? { options: { encrypt: true, trustServerCertificate: true } } : {},
    pool: { max: connections, acquire: 60_000 },
  });
}
