/** The databases that a benchmark can run on. */
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
