/**
 * The shipped flow in a real Node-RED, against a bare framing server, in turns, under the same load on the same machine.
 * Only the ratio means something on another machine.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../test/support/child';
import type { TestDatabase, TestFlow } from '../test/support/databases';
import { type FlowNode, NodeRed, nodeRedVersion } from '../test/support/node-red';
import { freePort } from '../test/support/ports';
import { type CleanUp, dropFolder, tempFolder } from '../test/support/temp';
import { within } from '../test/support/wait';
import { type Cpu, cpuBetween, cpuOf } from './cpu';
import { databaseOf, freshOf } from './databases';
import { numberOf, type Options, optionsOf } from './options';
import { selfTimes } from './profile';
import { barLine, Lines, median } from './report';

export interface Result {
  rate: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
  messages: number;
  positive: number;
  negative: number;
  /** Microseconds of CPU a message, where the system tells. */
  cpu?: Cpu;
  failed?: string;
}

/** Sends messages from a process of its own, for so many seconds or up to a count. @throws Error when an answer is missing */
export async function load(options: Options, port: number, seconds: number, count = 0): Promise<Result> {
  const args = ['--import=tsx', join(__dirname, 'load.ts'), '--port', String(port), '--seconds', String(seconds)];
  args.push('--count', String(count));
  for (const name of ['connections', 'window', 'size', 'corpus']) {
    if (options[name]) args.push(`--${name}`, options[name]);
  }
  const child = new Child(process.execPath, args);
  try {
    await within('the load to end', child.exit, seconds * 1000 + 60_000);
  } finally {
    await child.kill();
  }
  const line = child.output.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`The load failed:\n${child.output}`);
  const result = JSON.parse(line) as Result;
  if (result.failed) throw new Error(`The load failed: ${result.failed}\n${line}`);
  return result;
}

/** The shipped flow; all connections of the load come from one address, so that limit alone is raised. */
export function shippedFlow({ flows }: TestFlow, withoutParse: boolean): FlowNode[] {
  const parse = flows.find((node) => node.type === 'hl7-parse');
  return flows.map((node) => {
    if (node.type !== 'hl7-mllp-in') return node;
    const wires = withoutParse && parse?.wires ? parse.wires : node.wires;
    return { ...node, wires, maxPerPeer: '1000', maxConnections: '1000' };
  });
}

/** Megabytes of memory a process occupies (Linux); undefined elsewhere. */
function memoryOf(pid: number | undefined): number | undefined {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? undefined : Math.round(Number(found[1]) / 1024);
  } catch {
    return undefined;
  }
}

/** Megabytes that V8's last full collection left, by what `--trace-gc` prints; undefined before the first. */
function liveHeapOf(output: string): number | undefined {
  const last = [...output.matchAll(/Mark-Compact [\d.]+ \([\d.]+\) -> ([\d.]+)/g)].at(-1);
  return last === undefined ? undefined : Number(last[1]);
}

/**
 * Sends many messages and looks at the memory in between: what the process occupies, which V8 lets grow to collect less
 * often, and what is left of its heap after a full collection, which must not grow.
 * @returns the growth of the latter after the first 50,000, megabytes; undefined where there was no collection
 */
async function memory(options: Options, nodeRed: NodeRed, port: number, lines: Lines): Promise<number | undefined> {
  const all = numberOf(options, 'messages');
  const part = Math.min(10_000, Math.ceil(all / 10));
  let settled: number | undefined;
  let live: number | undefined;
  let sent = 0;
  while (sent < all) {
    sent += (await load(options, port, 3600, Math.min(part, all - sent))).messages;
    live = liveHeapOf(nodeRed.log);
    lines.write({ messages: sent, megabytes: memoryOf(nodeRed.pid), liveHeap: live });
    if (sent >= Math.min(50_000, all / 2)) settled ??= live;
  }
  return live === undefined || settled === undefined ? undefined : Number((live - settled).toFixed(1));
}

function table(rows: Record<string, Result[]>): string {
  const lines = ['| server | messages/s | p50 ms | p90 ms | p99 ms | CPU µs/message |', '|---|---|---|---|---|---|'];
  for (const [name, results] of Object.entries(rows)) {
    const of = (key: 'rate' | 'p50' | 'p90' | 'p99'): number => median(results.map((result) => result[key]));
    const cpu = results.flatMap((result) => result.cpu?.all ?? []);
    const figures = [Math.round(of('rate')), of('p50').toFixed(2), of('p90').toFixed(2), of('p99').toFixed(2)];
    lines.push(`| ${name} | ${figures.join(' | ')} | ${cpu.length > 0 ? Math.round(median(cpu)) : '-'} |`);
  }
  return lines.join('\n');
}

/** `npm run bench`: see README of the options in `run.ts`. */
export async function flow(args: string[], cleanUp: CleanUp): Promise<void> {
  const options = optionsOf(args, {
    database: 'sqlite',
    messages: '0',
    connections: '32',
    window: '1',
    size: '2000',
    seconds: '5',
    rounds: '3',
    warmup: '8',
    corpus: '',
    'without-parse': '',
    profile: '',
    json: '',
  });
  const lines = new Lines(options.json);
  const database: TestDatabase = databaseOf(options.database!);
  cleanUp.add(() => database.dispose());
  const store = await freshOf(database);
  const shipped = database.flow(store);

  const bare = new Child(process.execPath, ['--import=tsx', join(__dirname, 'bare.ts'), String(await freePort())]);
  cleanUp.add(() => bare.kill());
  const barePort = Number((await bare.printed(/listening (\d+)/))[1]);

  const port = await freePort();
  const profiles = tempFolder('profile');
  cleanUp.add(() => dropFolder(profiles));
  const launched = performance.now();
  const nodeRed = await NodeRed.start({
    flows: shippedFlow(shipped, options['without-parse'] !== ''),
    env: { ...shipped.env, HL7_MLLP_PORT: String(port) },
    ports: [port],
    execArgv: [
      ...(options.profile ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : []),
      ...(numberOf(options, 'messages') > 0 ? ['--trace-gc'] : []),
    ],
  });
  cleanUp.add(() => nodeRed.dispose());

  const servers = [
    { name: 'bare framing server, constant answer', key: 'bare', port: barePort, pid: bare.pid },
    { name: `shipped flow, ${database.title}`, key: 'flow', port, pid: nodeRed.pid },
  ] as const;
  const results: Record<string, Result[]> = {};
  let answered = 0;
  for (const server of servers) {
    const warm = await load(options, server.port, numberOf(options, 'warmup'));
    if (server.key === 'flow') answered += warm.positive;
  }
  const warmedUp = performance.now() - launched;
  for (let round = 1; round <= numberOf(options, 'rounds'); round++) {
    for (const server of servers) {
      const before = cpuOf(server.pid);
      const result = await load(options, server.port, numberOf(options, 'seconds'));
      result.cpu = cpuBetween(before, cpuOf(server.pid), result.messages);
      if (server.key === 'flow') answered += result.positive;
      results[server.name] = [...(results[server.name] ?? []), result];
      lines.write({ server: server.key, round, node: process.version, nodeRed: nodeRedVersion(), ...result });
    }
  }

  let growth: number | undefined;
  if (numberOf(options, 'messages') > 0) {
    growth = await memory(options, nodeRed, port, lines);
    if (growth === undefined) lines.skip('memory', 'V8 did not collect the whole heap: send more messages');
    answered += numberOf(options, 'messages');
  }
  const rows = await database.log(store).count();
  const [one, two] = servers.map(({ name }) => median((results[name] ?? []).map((result) => result.rate)));
  const ratio = (two as number) / (one as number);
  lines.write({ database: database.dialect, ratio: Number(ratio.toFixed(3)), answered, rows, growth });
  const size = options.corpus ? 'corpus messages' : `${options.size} bytes`;
  console.log(
    `\n${options.connections} connections, window ${options.window}, ${size}, Node.js ${process.version}, Node-RED ${nodeRedVersion()}`,
  );
  console.log(`\n${table(results)}\n\nRatio of the rates: ${ratio.toFixed(3)}`);
  console.log(
    barLine({ what: `shipped flow on ${database.title} : bare framing server`, value: ratio, atLeast: 0.12 }),
  );
  if (growth !== undefined) {
    console.log(barLine({ what: 'live heap after the first 50,000 messages, MB more', value: growth, atMost: 20 }));
  }
  if (!options.corpus && rows !== answered)
    throw new Error(`${answered} messages were accepted, ${rows} rows are in the log.`);

  if (options.profile) {
    await nodeRed.stop('SIGINT');
    console.log('\nSelf time in the shipped flow, the longest first:');
    for (const { where, milliseconds, share } of selfTimes(profiles, 40, warmedUp)) {
      console.log(`${(share * 100).toFixed(1).padStart(5)} % ${String(milliseconds).padStart(7)} ms  ${where}`);
    }
  }
}
