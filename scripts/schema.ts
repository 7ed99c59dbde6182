/**
 * `npm run --silent schema -- <database> [schema] [user]`: prints the SQL for a DBA: the tables of the log and the least
 * rights of the user that Node-RED connects as.
 */
import { DIALECTS, type DialectName, schemaScript } from '../nodes/lib/store';

const [dialect, schema, user] = process.argv.slice(2);
if (dialect === undefined) {
  console.error(`\nName the database: npm run --silent schema -- <${DIALECTS.join('|')}> [schema] [user]\n`);
  process.exitCode = 1;
} else {
  try {
    process.stdout.write(schemaScript(dialect as DialectName, schema, user));
  } catch (error) {
    console.error(`\n${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
