/** A process of its own that writes to a store, for the tests that need two writers or kill one: options of the store (JSON), name, messages (0: endless). */
import { Store } from '../../../nodes/lib/store';
import { row } from './helper';

const [options = '', name = '', messages = '0'] = process.argv.slice(2);
const WINDOW = 16;

async function main(): Promise<void> {
  const store = await Store.open(JSON.parse(options));
  process.stdout.write('open\n');
  const total = Number(messages) || Number.POSITIVE_INFINITY;
  let next = 0;
  const produce = async (): Promise<void> => {
    while (next < total) {
      const id = `${name}-${next++}`;
      await store.append(row(id));
      // What is said here stands for the answer to the sender: from now on the message must be there.
      process.stdout.write(`${id}\n`);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, produce));
  await store.close();
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
