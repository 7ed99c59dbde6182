/**
 * How long one message can hold up the event loop of the shipped flow in a real Node-RED, and with it every other
 * sender: messages of hostile shapes one after another, each several times. What the garbage collector and the machine add
 * is in the figures.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MllpClient } from '../test/support/mllp-client';
import { NodeRed } from '../test/support/node-red';
import { freePort } from '../test/support/ports';
import type { CleanUp } from '../test/support/temp';
import { pause } from '../test/support/wait';
import { databaseOf, freshOf } from './databases';
import { numberOf, optionsOf } from './options';
import { barLine, Lines, median, table } from './report';
import { SHAPES } from './shapes';

/** Milliseconds that no message may take at a time. */
const MOST_MS = 50;
/** Milliseconds until what happened to a message has been printed. */
const SETTLED_MS = 200;
const HELD_UP = /loop held up ([\d.]+) ms/g;

interface Held {
  answer: string;
  /** Milliseconds from the message to its answer. */
  answered: number;
  /** The longest time without a turn of the event loop, milliseconds. */
  longest: number;
}

/** `npm run bench -- stalls`: see README of the options in `run.ts`. */
export async function stalls(args: string[], cleanUp: CleanUp): Promise<void> {
  const options = optionsOf(args, { database: 'sqlite', rounds: '3', json: '' });
  const lines = new Lines(options.json);
  const database = databaseOf(options.database!);
  cleanUp.add(() => database.dispose());
  const { flows, env } = database.flow(await freshOf(database));
  const port = await freePort();
  const nodeRed = await NodeRed.start({
    flows,
    env: { ...env, HL7_MLLP_PORT: String(port) },
    ports: [port],
    execArgv: [`--import=${pathToFileURL(join(__dirname, 'loop-delay.mjs')).href}`],
  });
  cleanUp.add(() => nodeRed.dispose());
  const client = await MllpClient.connect({ port, timeoutMs: 60_000 });
  cleanUp.add(async () => client.destroy());

  const held = async (text: string): Promise<Held> => {
    await pause(SETTLED_MS);
    const from = nodeRed.log.length;
    const began = performance.now();
    const answer = (await client.send(text)).toString('latin1');
    const answered = performance.now() - began;
    await pause(SETTLED_MS);
    const times = [...nodeRed.log.slice(from).matchAll(HELD_UP)].map(([, ms]) => Number(ms));
    return { answer: /MSA\|(\w\w)/.exec(answer)?.[1] ?? '', answered, longest: Math.max(0, ...times) };
  };

  const rows: unknown[][] = [];
  let worst = 0;
  for (const [shape, make] of Object.entries(SHAPES)) {
    const seen: Held[] = [];
    for (let round = 0; round < numberOf(options, 'rounds'); round++) seen.push(await held(make()));
    const longest = median(seen.map((one) => one.longest));
    const answered = Math.round(median(seen.map((one) => one.answered)));
    const { answer } = seen[0] as Held;
    worst = Math.max(worst, longest);
    lines.write({ shape, answer, answeredMs: answered, longestMs: longest, eachMs: seen.map((one) => one.longest) });
    rows.push([shape, answer, answered, longest === 0 ? '< 5' : longest]);
  }
  console.log(`\n${table(['message', 'answer', 'answered after ms', 'event loop held up ms'], rows)}\n`);
  console.log(barLine({ what: 'the longest hold-up by one message, ms', value: worst, atMost: MOST_MS }));
}
