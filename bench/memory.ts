/**
 * The memory of the shipped flow in a real Node-RED: after each of several steps of ordinary messages, then under
 * messages and senders of hostile shapes, then when all is quiet again. The bars are for what the process occupies (RSS),
 * which is what an operator sees and what a container limits.
 */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { message, newControlId } from '../test/support/messages';
import { frame, MllpClient } from '../test/support/mllp-client';
import { NodeRed, nodeRedVersion } from '../test/support/node-red';
import { freePort } from '../test/support/ports';
import type { CleanUp } from '../test/support/temp';
import { pause } from '../test/support/wait';
import { databaseOf, freshOf } from './databases';
import { load, shippedFlow } from './flow';
import { numberOf, optionsOf } from './options';
import { barLine, Lines, table } from './report';
import { SHAPES } from './shapes';

const MEGABYTE = 1024 * 1024;
/** Megabytes that the process may occupy with ordinary messages, and with hostile ones. */
const MOST_MB = 250;
const MOST_HOSTILE_MB = 350;
/** Megabytes that may come on top after `SETTLED` messages. */
const MOST_GROWTH_MB = 20;
const SETTLED = 100_000;
/** Milliseconds after each step: what it left behind is seen then. */
const PAUSE_MS = 1000;

/** Megabytes. */
interface Facts {
  rss: number;
  heapTotal: number;
  heapUsed: number;
  external: number;
  arrayBuffers: number;
}

const FACTS = ['rss', 'heapTotal', 'heapUsed', 'external', 'arrayBuffers'] as const;

/** The options for V8's heap that `npm start` has; docs/memory.md recommends them for a service. */
function limitsOfStart(): string[] {
  const { scripts } = require('../package.json') as { scripts: Record<string, string> };
  return scripts.start!.split(' ').filter((word) => word.startsWith('--max-'));
}

/** What was printed of the memory from a position on: the last line, and the greatest RSS. */
function factsOf(log: string, from: number): { last: Facts; peak: number } {
  const all = [...log.slice(from).matchAll(/^memory (\{.*\})$/gm)].map(([, line]) => JSON.parse(line!) as Facts);
  const last = all.at(-1);
  if (last === undefined) throw new Error('Node-RED printed nothing about its memory.');
  const megabytes = (bytes: number): number => Math.round(bytes / MEGABYTE);
  const rounded = Object.fromEntries(FACTS.map((name) => [name, megabytes(last[name])])) as unknown as Facts;
  return { last: rounded, peak: megabytes(Math.max(...all.map(({ rss }) => rss))) };
}

/** Opens connections that each send bytes and wait; ends them after a time. */
async function hold(port: number, connections: number, bytes: () => Buffer, milliseconds: number): Promise<void> {
  const sockets: Socket[] = [];
  for (let i = 0; i < connections; i++) {
    const socket = connect({ host: '127.0.0.1', port });
    // The listener may close it, which is what it is for.
    socket.on('error', () => undefined);
    socket.write(bytes());
    sockets.push(socket);
    if (i % 10 === 9) await pause(20);
  }
  await pause(milliseconds);
  for (const socket of sockets) socket.destroy();
}

const ordinary = (size: number): Buffer => frame(message({ controlId: newControlId(), size }));

/** Senders of hostile shapes beside the messages of `SHAPES`. */
const SENDERS: Readonly<Record<string, (port: number) => Promise<void>>> = {
  '40 frames of 15 MB that do not end': (port) =>
    hold(port, 40, () => Buffer.concat([Buffer.from('\x0bMSH|^~\\&|'), Buffer.alloc(15 * MEGABYTE, 0x41)]), 5000),
  '150 senders of 200 messages that read no answer': (port) =>
    hold(port, 150, () => Buffer.concat(Array.from({ length: 200 }, () => ordinary(2000))), 5000),
  '3,000 senders that do not wait for the answer': async (port) => {
    for (let i = 0; i < 30; i++) await hold(port, 100, () => ordinary(2000), 50);
  },
  '8 documents of 12 MB at once': async (port) => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => MllpClient.connect({ port, timeoutMs: 60_000 })));
    const make = SHAPES['a document of 12 MB']!;
    await Promise.all(clients.map((client) => client.send(make())));
    for (const client of clients) client.destroy();
  },
};

/** `npm run bench -- memory`: see README of the options in `run.ts`. */
export async function memory(args: string[], cleanUp: CleanUp): Promise<void> {
  const options = optionsOf(args, {
    database: 'sqlite',
    messages: '300000',
    step: '25000',
    connections: '32',
    window: '1',
    size: '2000',
    corpus: '',
    'without-hostile': '',
    plain: '',
    json: '',
  });
  const lines = new Lines(options.json);
  const database = databaseOf(options.database!);
  cleanUp.add(() => database.dispose());
  const shipped = database.flow(await freshOf(database));
  const limits = options.plain === '' ? limitsOfStart() : [];
  const port = await freePort();
  const nodeRed = await NodeRed.start({
    flows: shippedFlow(shipped, false),
    env: { ...shipped.env, HL7_MLLP_PORT: String(port) },
    ports: [port],
    execArgv: [`--import=${pathToFileURL(join(__dirname, 'memory-facts.mjs')).href}`, ...limits],
  });
  cleanUp.add(() => nodeRed.dispose());
  if (process.env.DUMP)
    cleanUp.add(async () => (await import('node:fs')).writeFileSync(process.env.DUMP!, nodeRed.log));

  const rows: unknown[][] = [];
  const look = async (what: string, from: number): Promise<{ last: Facts; peak: number }> => {
    await pause(PAUSE_MS);
    const seen = factsOf(nodeRed.log, from);
    (await import('node:fs')).writeFileSync(
      '/tmp/habits-smaps',
      (await import('node:fs')).readFileSync(`/proc/${nodeRed.pid}/smaps`),
    );
    lines.write({ what, peak: seen.peak, ...seen.last });
    rows.push([what, seen.peak, ...FACTS.map((name) => seen.last[name])]);
    return seen;
  };
  await look('idle', 0);

  let sent = 0;
  let settled: number | undefined;
  let most = 0;
  let afterSettled = 0;
  const all = numberOf(options, 'messages');
  while (sent < all) {
    const from = nodeRed.log.length;
    sent += (await load(options, port, 3600, Math.min(numberOf(options, 'step'), all - sent))).messages;
    const { peak } = await look(`${sent.toLocaleString('en-US')} messages`, from);
    most = Math.max(most, peak);
    if (settled !== undefined) afterSettled = Math.max(afterSettled, peak);
    else if (sent >= SETTLED) settled = most;
  }

  let hostile = 0;
  if (options['without-hostile'] === '') {
    const client = await MllpClient.connect({ port, timeoutMs: 60_000 });
    cleanUp.add(async () => client.destroy());
    for (const [shape, make] of Object.entries(SHAPES)) {
      const from = nodeRed.log.length;
      await client.send(make());
      hostile = Math.max(hostile, (await look(shape, from)).peak);
    }
    for (const [shape, send] of Object.entries(SENDERS)) {
      const from = nodeRed.log.length;
      await send(port);
      hostile = Math.max(hostile, (await look(shape, from)).peak);
    }
    const from = nodeRed.log.length;
    await load(options, port, 3600, Math.min(10_000, all));
    await look('ordinary messages again', from);
  }

  console.log(
    `\n${database.title}, ${options.connections} connections, window ${options.window}, ${options.size} bytes, Node.js ${process.version}, Node-RED ${nodeRedVersion()}, ${limits.join(' ') || 'heap as Node.js sets it'}`,
  );
  console.log(`\n${table(['after', 'peak RSS MB', 'RSS', 'heap', 'heap in use', 'external', 'buffers'], rows)}\n`);
  console.log(barLine({ what: 'peak RSS with ordinary messages, MB', value: most, atMost: MOST_MB }));
  if (settled !== undefined && afterSettled > 0) {
    const value = Math.max(0, afterSettled - settled);
    console.log(barLine({ what: `growth of it after ${SETTLED} messages, MB`, value, atMost: MOST_GROWTH_MB }));
  }
  if (hostile > 0) console.log(barLine({ what: 'peak RSS, hostile, MB', value: hostile, atMost: MOST_HOSTILE_MB }));
}
