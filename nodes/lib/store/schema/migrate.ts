import { Umzug } from 'umzug';
import { MIGRATIONS } from '../columns';
import { type Ddl, type Migration, required, type Table, text } from './ddl';
import { logTables } from './migrations/0001-log-tables';
import { retention } from './migrations/0002-retention';
import { customRows } from './migrations/0003-custom-rows';

/** A database whose schema is looked after: how it writes statements, and who runs them. */
export interface SchemaTarget {
  ddl: Ddl;
  /** Runs one statement without parameters. */
  run(sql: string): Promise<Record<string, unknown>[]>;
}

const ALL: readonly Migration[] = [logTables, retention, customRows];

const APPLIED: Table = { name: MIGRATIONS, key: ['name'], columns: [required(text('name', 100))], indexes: [] };

/** Names of the schema changes that are not in the database yet, in order. */
export async function missing(target: SchemaTarget, migrations: readonly Migration[] = ALL): Promise<string[]> {
  const done = new Set(await applied(target));
  return migrations.map(({ name }) => name).filter((name) => !done.has(name));
}

/** Names of the schema changes that the database has, in order. */
export async function applied({ ddl, run }: SchemaTarget): Promise<string[]> {
  if ((await run(ddl.exists(MIGRATIONS))).length === 0) return [];
  const rows = await run(`SELECT name FROM ${ddl.table(MIGRATIONS)} ORDER BY name`);
  return rows.map((row) => String(row.name));
}

/**
 * Which table there is of a name of ours and is not the log's: it lacks a column. A sentence with what to do; undefined when
 * all that are there are whole.
 * @param ofTable true for an error that says that a column is not there; throws another one that ends the look
 */
export async function lacking(
  { ddl, run }: SchemaTarget,
  ofTable: (error: unknown) => boolean,
  migrations: readonly Migration[] = ALL,
): Promise<string | undefined> {
  const tables: Table[] = [];
  const seen: Ddl = {
    ...ddl,
    createTable: (table) => {
      tables.push(table);
      return [];
    },
  };
  for (const migration of migrations) migration.statements(seen);
  const fails = async (sql: string): Promise<boolean> => {
    try {
      await run(sql);
      return false;
    } catch (error) {
      if (ofTable(error)) return true;
      throw error;
    }
  };
  for (const { name, key, columns } of tables) {
    if ((await run(ddl.exists(name))).length === 0) continue;
    const wanted = [...(key === 'id' ? ['id'] : []), ...columns.map((column) => column.name)];
    const look = (list: readonly string[]): string =>
      `SELECT ${list.map((column) => ddl.column?.(column) ?? column).join(', ')} FROM ${ddl.table(name)} WHERE 1 = 0`;
    if (!(await fails(look(wanted)))) continue;
    for (const column of wanted) {
      if (!(await fails(look([column])))) continue;
      return `The table ${name} there is not the log's: it has no column ${column}. Give the log a database or schema where no other program has a table of this name, or add the column.`;
    }
  }
  return undefined;
}

/**
 * Applies what is missing of the schema. The caller holds a lock that keeps a second process from doing the same at
 * the same time, and a transaction where the database takes schema changes back.
 */
export async function migrate(target: SchemaTarget, migrations: readonly Migration[] = ALL): Promise<void> {
  const { ddl, run } = target;
  const umzug = new Umzug<SchemaTarget>({
    migrations: migrations.map((migration) => ({
      name: migration.name,
      up: async () => {
        for (const statement of migration.statements(ddl)) await run(statement);
      },
    })),
    context: target,
    storage: {
      executed: () => applied(target),
      logMigration: async ({ name }) => {
        await run(note(ddl, name));
      },
      unlogMigration: async () => undefined,
    },
    logger: undefined,
  });
  for (const statement of ddl.createTable(APPLIED)) await run(statement);
  await umzug.up();
}

/** The whole schema as statements, for a DBA who applies them by hand. They may be run again. */
export function schemaSql(ddl: Ddl, migrations: readonly Migration[] = ALL): string[] {
  const unnoted = (name: string): string =>
    `INSERT INTO ${ddl.table(MIGRATIONS)} (name) SELECT name FROM (SELECT '${name}' AS name${ddl.fromNothing ?? ''}) one WHERE NOT EXISTS (SELECT 1 FROM ${ddl.table(MIGRATIONS)} WHERE name = '${name}')`;
  return [...ddl.createTable(APPLIED), ...migrations.flatMap((one) => [...one.statements(ddl), unnoted(one.name)])];
}

function note(ddl: Ddl, name: string): string {
  return `INSERT INTO ${ddl.table(MIGRATIONS)} (name) VALUES ('${name}')`;
}
