/**
 * `npm run bench`: the shipped flow against a bare framing server.
 *
 *     npm run bench -- [--database sqlite|postgres|mariadb|mysql|mssql] [--connections 32] [--window 1] [--size 2000]
 *                      [--seconds 5] [--rounds 3] [--corpus folder] [--without-parse] [--profile] [--messages 1000000]
 *                      [--json file]
 *
 * `npm run bench -- ingest`: the store alone against one Model.create a message and against the raw driver.
 *
 *     npm run bench -- ingest [--database …] [--producers 1,8,32,128] [--seconds 3] [--size 2000] [--fsync both|plain|slow]
 *                      [--rows 1000000] [--json file]
 *
 * `npm run bench -- stalls`: how long one message of a hostile shape holds up all others.
 *
 *     npm run bench -- stalls [--database …] [--rounds 3] [--json file]
 *
 * `npm run bench -- memory`: what the shipped flow occupies after steps of messages, and under hostile ones.
 *
 *     npm run bench -- memory [--database …] [--messages 300000] [--step 25000] [--connections 32] [--window 1] [--size 2000]
 *                      [--without-hostile] [--plain] [--json file]
 *
 * `npm run bench -- --against`: the shipped flow of this folder against that of another version, in turns.
 *
 *     npm run bench -- --against <git ref or folder> [--database …] [--connections 32] [--window 1] [--size 2000]
 *                      [--seconds 5] [--rounds 5] [--warmup 8] [--json file]
 *
 * Servers are those of the tests (HL7_TEST_POSTGRES_URL and the like), in databases made for the run.
 */
import { CleanUp } from '../test/support/temp';
import { against } from './against';
import { flow } from './flow';
import { ingest } from './ingest/run';
import { memory } from './memory';
import { stalls } from './stalls';

const cleanUp = new CleanUp();
const stop = (): void => {
  cleanUp.run().finally(() => process.exit(130));
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);

const [what, ...rest] = process.argv.slice(2);
const JOBS: Readonly<Record<string, typeof flow>> = { '--against': against, ingest, memory, stalls };
const named = JOBS[what ?? ''];
const job = named === undefined ? flow(process.argv.slice(2), cleanUp) : named(rest, cleanUp);
job
  .catch((error: Error) => {
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  })
  .finally(() => cleanUp.run());
