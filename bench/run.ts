/**
 * `npm run bench`: the shipped flow 01 on SQLite in a real Node-RED, against a bare framing server, in turns, under the
 * same load on the same machine. Only the ratio means something on another machine.
 *
 *     npm run bench -- --connections 32 --window 1 --size 2000 --seconds 5 --rounds 3 [--corpus folder]
 *                      [--without-parse] [--profile] [--json file]
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../test/support/child';
import { example } from '../test/support/flows';
import { type FlowNode, NodeRed, nodeRedVersion } from '../test/support/node-red';
import { freePort } from '../test/support/ports';
import { CleanUp, dropFolder, tempFolder } from '../test/support/temp';
import { within } from '../test/support/wait';
import { type Cpu, cpuBetween, cpuOf } from './cpu';
import { numberOf, type Options, optionsOf } from './options';
import { selfTimes } from './profile';

interface Result {
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

async function load(options: Options, port: number, seconds: number): Promise<Result> {
  const args = ['--import=tsx', join(__dirname, 'load.ts'), '--port', String(port), '--seconds', String(seconds)];
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
function shippedFlow(withoutParse: boolean): FlowNode[] {
  const flows = example('01');
  const parse = flows.find((node) => node.type === 'hl7-parse');
  return flows.map((node) => {
    if (node.type !== 'hl7-mllp-in') return node;
    const wires = withoutParse && parse?.wires ? parse.wires : node.wires;
    return { ...node, wires, maxPerPeer: '1000', maxConnections: '1000' };
  });
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
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

async function main(cleanUp: CleanUp): Promise<void> {
  const options = optionsOf(process.argv.slice(2), {
    connections: '32',
    window: '1',
    size: '2000',
    seconds: '5',
    rounds: '3',
    warmup: '2',
    corpus: '',
    'without-parse': '',
    profile: '',
    json: '',
  });
  const write = (line: object): void => {
    console.log(JSON.stringify(line));
    if (options.json) appendFileSync(options.json, `${JSON.stringify(line)}\n`);
  };

  const bare = new Child(process.execPath, ['--import=tsx', join(__dirname, 'bare.ts'), String(await freePort())]);
  cleanUp.add(() => bare.kill());
  const barePort = Number((await bare.printed(/listening (\d+)/))[1]);

  const port = await freePort();
  const profiles = tempFolder('profile');
  cleanUp.add(() => dropFolder(profiles));
  const launched = performance.now();
  const nodeRed = await NodeRed.start({
    flows: shippedFlow(options['without-parse'] !== ''),
    env: { HL7_MLLP_PORT: String(port) },
    ports: [port],
    execArgv: options.profile ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : [],
  });
  cleanUp.add(() => nodeRed.dispose());

  const servers = [
    { name: 'bare framing server, constant answer', key: 'bare', port: barePort, pid: bare.pid },
    { name: 'shipped flow 01, SQLite', key: 'flow', port, pid: nodeRed.pid },
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
      write({ server: server.key, round, node: process.version, nodeRed: nodeRedVersion(), ...result });
    }
  }

  const rows = await nodeRed.table().count();
  const [one, two] = servers.map(({ name }) => median((results[name] ?? []).map((result) => result.rate)));
  const ratio = (two as number) / (one as number);
  write({ ratio: Number(ratio.toFixed(3)), answered, rows });
  const size = options.corpus ? 'corpus messages' : `${options.size} bytes`;
  console.log(
    `\n${options.connections} connections, window ${options.window}, ${size}, Node.js ${process.version}, Node-RED ${nodeRedVersion()}`,
  );
  console.log(`\n${table(results)}\n\nRatio of the rates: ${ratio.toFixed(3)}`);
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

const cleanUp = new CleanUp();
const stop = (): void => {
  cleanUp.run().finally(() => process.exit(130));
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
main(cleanUp)
  .catch((error: Error) => {
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  })
  .finally(() => cleanUp.run());
