/**
 * This version against another one: the shipped flow of both, each in a Node-RED and a database of its own, under the same
 * load in turns. Only the ratios mean something: what the machine does beside falls on both.
 */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Child } from '../test/support/child';
import { NodeRed, nodeRedVersion } from '../test/support/node-red';
import { npm } from '../test/support/npm';
import { freePort } from '../test/support/ports';
import { root } from '../test/support/require';
import { type CleanUp, dropFolder, tempFolder } from '../test/support/temp';
import { within } from '../test/support/wait';
import { cpuBetween, cpuOf } from './cpu';
import { databaseOf, freshOf } from './databases';
import { load, type Result, shippedFlow } from './flow';
import { numberOf, optionsOf } from './options';
import { Lines, median, table } from './report';

const MINUTES_MS = 300_000;

/** Runs a program to its end. @throws Error with its output when it fails */
async function run(command: string, args: string[], cwd: string): Promise<void> {
  const child = new Child(command, args, { cwd });
  const code = await within(`${command} ${args[0]}`, child.exit, MINUTES_MS);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${child.output.slice(-3000)}`);
}

/** A folder with a built package: the one that is named, or one made of the git ref. */
async function packageFolder(named: string, cleanUp: CleanUp): Promise<string> {
  const folder = resolve(named);
  if (existsSync(join(folder, 'package.json'))) {
    if (!existsSync(join(folder, 'dist', 'nodes'))) throw new Error(`${folder} is not built: run "npm install" there.`);
    return folder;
  }
  const made = tempFolder('against');
  cleanUp.add(() => dropFolder(made));
  await run('git', ['clone', '--quiet', '--no-checkout', '--shared', root, made], root);
  await run('git', ['checkout', '--quiet', '--detach', named], made).catch(() =>
    run('git', ['checkout', '--quiet', '--detach', `origin/${named}`], made),
  );
  const lock = (of: string): string => readFileSync(join(of, 'package-lock.json'), 'utf8');
  if (lock(made) === lock(root)) {
    symlinkSync(join(root, 'node_modules'), join(made, 'node_modules'), 'junction');
    await run(process.execPath, ['scripts/build.mjs'], made);
  } else await npm(['ci', '--no-audit', '--no-fund'], made, MINUTES_MS);
  return made;
}

interface Side {
  name: string;
  port: number;
  nodeRed: NodeRed;
  results: Result[];
}

/** `npm run bench -- --against`: see README of the options in `run.ts`. */
export async function against(args: string[], cleanUp: CleanUp): Promise<void> {
  const [named, ...rest] = args;
  if (named === undefined || named.startsWith('--')) throw new Error('Name a git ref or a folder after --against.');
  const options = optionsOf(rest, {
    database: 'sqlite',
    connections: '32',
    window: '1',
    size: '2000',
    seconds: '5',
    rounds: '5',
    warmup: '8',
    corpus: '',
    json: '',
  });
  const lines = new Lines(options.json);
  const database = databaseOf(options.database!);
  cleanUp.add(() => database.dispose());
  const other = await packageFolder(named, cleanUp);

  const start = async (name: string, nodesDir: string): Promise<Side> => {
    const shipped = database.flow(await freshOf(database));
    const port = await freePort();
    const env = { ...shipped.env, HL7_MLLP_PORT: String(port) };
    const nodeRed = await NodeRed.start({ flows: shippedFlow(shipped, false), env, ports: [port], nodesDir });
    cleanUp.add(() => nodeRed.dispose());
    await load(options, port, numberOf(options, 'warmup'));
    return { name, port, nodeRed, results: [] };
  };
  const before = await start(named, other);
  const now = await start('this folder', root);

  for (let round = 1; round <= numberOf(options, 'rounds'); round++) {
    // Whoever comes first finds the machine in another state: each does as often.
    for (const side of round % 2 === 1 ? [before, now] : [now, before]) {
      const cpu = cpuOf(side.nodeRed.pid);
      const result = await load(options, side.port, numberOf(options, 'seconds'));
      result.cpu = cpuBetween(cpu, cpuOf(side.nodeRed.pid), result.messages);
      side.results.push(result);
      lines.write({ version: side.name, round, ...result });
    }
  }

  const ratio = (of: (result: Result) => number | undefined): string => {
    const [theirs, ours] = [before, now].map(({ results }) => results.flatMap((result) => of(result) ?? []));
    return theirs?.length && ours?.length ? (median(ours) / median(theirs)).toFixed(3) : '-';
  };
  const rows = [
    ['messages a second', ratio(({ rate }) => rate), 'more is better'],
    ['p50 of the answer time', ratio(({ p50 }) => p50), 'less is better'],
    ['p99 of the answer time', ratio(({ p99 }) => p99), 'less is better'],
    ['CPU a message', ratio(({ cpu }) => cpu?.all), 'less is better'],
  ];
  lines.write({ against: named, database: database.dialect, ratios: Object.fromEntries(rows) });
  console.log(
    `\n${database.title}, ${options.connections} connections, window ${options.window}, ${options.rounds} rounds, Node.js ${process.version}, Node-RED ${nodeRedVersion()}`,
  );
  console.log(`\n${table([`this folder : ${named}`, 'ratio', ''], rows)}`);
}
