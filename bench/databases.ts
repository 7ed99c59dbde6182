/** The databases that a benchmark can run on. */
import type { StoreOptions } from '../nodes/lib/store';
import { type TestDatabase, testDatabases } from '../test/support/databases';

/** A database of the tests by its dialect. @throws Error for one that is not known */
export function databaseOf(dialect: string): TestDatabase {
  const all = testDatabases();
  const found = all.find((database) => database.dialect === dialect);
  if (found === undefined) {
    throw new Error(`There is no database "${dialect}". Known: ${all.map((one) => one.dialect).join(', ')}.`);
  }
  return found;
}

/** A new database. @throws Error that says how to name a server when none answers */
export async function freshOf(database: TestDatabase): Promise<StoreOptions> {
  try {
    return await database.fresh();
  } catch (cause) {
    const variable = `HL7_TEST_${database.dialect.toUpperCase()}_URL`;
    throw new Error(`No ${database.title} answers: start it, or name another in ${variable}.`, { cause });
  }
}
