/** The store alone, by rates of rows on disk, against one Model.create a message and against the raw driver. */
import { join } from 'node:path';
import { Store, type StoreOptions } from '../../nodes/lib/store';
import { Child } from '../../test/support/child';
import { privateServers } from '../../test/support/private-server';
import type { CleanUp } from '../../test/support/temp';
import { within } from '../../test/support/wait';
import { databaseOf, freshOf } from '../databases';
import { numberOf, type Options, optionsOf } from '../options';
import { type Bar, barLine, Lines, table } from '../report';
import { slowFsync } from '../slow-fsync';
import type { Measured, Task } from './measure';

/** Milliseconds added to each sync of the slow disk. */
const SLOW_MS = 2;

/** Where to measure: a new database each time, and what the measuring process needs. */
interface Place {
  disk: 'plain' | 'slow';
  fresh(): Promise<StoreOptions>;
  env: Record<string, string>;
}

async function run(task: Task, env: Record<string, string>): Promise<Measured> {
  const child = new Child(process.execPath, ['--import=tsx', join(__dirname, 'measure.ts'), JSON.stringify(task)], {
    env,
  });
  try {
    await within(
      'the measurement to end',
      child.exit,
      task.what === 'growth' ? 3_600_000 : task.seconds * 3000 + 60_000,
    );
  } finally {
    await child.kill();
  }
  const line = child.output.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`A measurement failed:\n${child.output}`);
  return JSON.parse(line) as Measured;
}

/** Bars of a database at 32 producers: how many times the rate of one Model.create a message. */
function createBar(dialect: string, disk: Place['disk']): number | undefined {
  if (dialect === 'sqlite') return disk === 'plain' ? 3 : 10;
  if (dialect === 'mssql') return undefined;
  return disk === 'plain' ? 2.5 : 4;
}

async function places(options: Options, cleanUp: CleanUp, lines: Lines): Promise<Place[]> {
  const database = databaseOf(options.database!);
  cleanUp.add(() => database.dispose());
  const found: Place[] = [];
  if (options.fsync !== 'slow') found.push({ disk: 'plain', fresh: () => freshOf(database), env: {} });
  if (options.fsync === 'plain') return found;
  const what = `${database.title} with ${SLOW_MS} ms added to each fsync`;
  const env = slowFsync(SLOW_MS * 1000);
  if (typeof env === 'string') lines.skip(what, env);
  else if (database.dialect === 'sqlite') found.push({ disk: 'slow', fresh: () => database.fresh(), env });
  else {
    const server = privateServers().find(({ dialect }) => dialect === database.dialect);
    if (!server?.available) lines.skip(what, 'a server of its own cannot be started here');
    else {
      cleanUp.add(() => server.dispose());
      await server.launch(env);
      let made = 0;
      const fresh = async (): Promise<StoreOptions> => {
        const name = `hl7_bench_${made++}`;
        const create = { postgres: `OWNER ${server.user}`, mariadb: 'CHARACTER SET utf8mb4' }[server.dialect];
        await server.sql(server.dialect === 'postgres' ? 'postgres' : 'mysql', `CREATE DATABASE ${name} ${create}`);
        if (server.dialect === 'mariadb') await server.sql('mysql', `GRANT ALL ON ${name}.* TO ${server.user}@'%'`);
        return { ...server.options, database: name };
      };
      found.push({ disk: 'slow', fresh, env: {} });
    }
  }
  return found;
}

export async function ingest(args: string[], cleanUp: CleanUp): Promise<void> {
  const options = optionsOf(args, {
    database: 'sqlite',
    producers: '1,8,32,128',
    seconds: '3',
    size: '2000',
    fsync: 'both',
    rows: '0',
    json: '',
  });
  const lines = new Lines(options.json);
  const dialect = options.database!;
  const bars: Bar[] = [];
  const rows: unknown[][] = [];
  const base = {
    size: numberOf(options, 'size'),
    seconds: numberOf(options, 'seconds'),
    batch: 0,
    rows: 0,
    producers: 64,
  };
  for (const place of await places(options, cleanUp, lines)) {
    const { disk, fresh, env } = place;
    const measure = async (task: Omit<Task, 'options'>): Promise<Measured> => {
      const store = await fresh();
      // The tables, for those that do not make them.
      await (await Store.open(store)).close();
      const measured = await run({ ...task, options: store }, env);
      const { what, producers } = task;
      lines.write({ database: dialect, disk, what, producers, node: process.version, ...measured });
      return measured;
    };
    for (const producers of options.producers!.split(',').map(Number)) {
      const create = await measure({ ...base, what: 'create', producers });
      const store = await measure({ ...base, what: 'store', producers });
      const batch = Math.max(1, Math.round(store.rows / (store.commits || store.rows)));
      const raw = await measure({ ...base, what: 'raw', producers, batch });
      const ratios = [store.rate / create.rate, store.rate / raw.rate, (store.commits ?? 0) / store.rows];
      const [toCreate, toRaw, commits] = ratios.map((one) => Number(one.toFixed(3))) as [number, number, number];
      lines.write({ database: dialect, disk, producers, batch, toCreate, toRaw, commits });
      rows.push([
        disk,
        producers,
        create.rate,
        store.rate,
        raw.rate,
        raw.way,
        toCreate,
        toRaw,
        commits,
        store.p99,
        store.cpu,
      ]);
      const where = `${dialect}, ${disk} disk, ${producers} producers: `;
      if (producers === 1) bars.push({ what: `${where}store : Model.create`, value: toCreate, atLeast: 0.9 });
      if (producers === 32) {
        bars.push({ what: `${where}store : Model.create`, value: toCreate, atLeast: createBar(dialect, disk) });
        bars.push({ what: `${where}commits a message`, value: commits, atMost: 1 / 16 });
      }
      // bulkCreate in a transaction is what stands there for a driver's best on a TDS server.
      if (producers >= 32) {
        bars.push({ what: `${where}store : ${raw.way}`, value: toRaw, atLeast: dialect === 'mssql' ? 4 : 0.7 });
      }
    }
    if (numberOf(options, 'rows') > 0) {
      const { steps = [] } = await measure({ ...base, what: 'growth', rows: numberOf(options, 'rows') });
      const value = (steps.at(-1) ?? 0) / (steps[0] ?? 1);
      bars.push({
        what: `${dialect}, ${disk} disk: rate in the last tenth of ${options.rows} rows : first`,
        value,
        atLeast: 0.6,
      });
    }
    if (disk === 'slow' && options.fsync === 'both') continue;
    const { cpu } = await measure({ ...base, what: 'above driver' });
    if (cpu < 0) lines.skip(`${dialect}: CPU above the driver`, 'there is no driver that does nothing for it');
    else bars.push({ what: `${dialect}: CPU µs a row above the driver`, value: cpu, atMost: 15 });
  }
  const head = [
    'disk',
    'producers',
    'create/s',
    'store/s',
    'raw/s',
    'raw by',
    'store : create',
    'store : raw',
    'commits a message',
    'p99 ms',
    'CPU µs/row',
  ];
  console.log(`\n${options.size} bytes a message, Node.js ${process.version}\n\n${table(head, rows)}\n`);
  for (const bar of bars) console.log(barLine(bar));
}
