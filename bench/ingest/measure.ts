/** One measurement, in a process of its own: what it is told by its argument, a JSON object. Prints one JSON line. */

import type { StoreOptions } from '../../nodes/lib/store';
import { makeRecord } from '../../nodes/lib/store/record/record';
import { aboveDriver } from './above-driver';
import { type Contender, createOf, storeOf } from './contenders';
import { waysOf } from './raw';
import { Rows } from './rows';

export interface Task {
  what: 'store' | 'create' | 'raw' | 'above driver' | 'growth';
  options: StoreOptions;
  size: number;
  producers: number;
  seconds: number;
  /** Rows a batch, of `raw`. */
  batch: number;
  /** Of `growth`. */
  rows: number;
}

export interface Measured {
  rows: number;
  /** Rows a second. */
  rate: number;
  /** Milliseconds. */
  p50?: number;
  p99?: number;
  /** Microseconds of this process a row. */
  cpu: number;
  commits?: number;
  /** The best way of `raw`. */
  way?: string;
  /** Rows a second in each tenth of `growth`. */
  steps?: number[];
}

const percentile = (sorted: number[], share: number): number =>
  Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2));

/** So many that each send their next message when the one before is on disk. */
async function produce(contender: Contender, task: Task, more: (written: number) => boolean): Promise<Measured> {
  const source = new Rows(task.size);
  const latencies: number[] = [];
  let written = 0;
  const before = contender.commits?.() ?? 0;
  const used = process.cpuUsage();
  const start = performance.now();
  const producer = async (): Promise<void> => {
    while (more(written)) {
      const sent = performance.now();
      await contender.write(source.next());
      written++;
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: task.producers }, producer));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  latencies.sort((a, b) => a - b);
  const commits = contender.commits === undefined ? undefined : contender.commits() - before;
  return {
    rows: written,
    rate: Math.round(written / seconds),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpu: Math.round((user + system) / written),
    commits,
  };
}

async function contend(contender: Contender, task: Task): Promise<Measured> {
  const until = (end: number) => (): boolean => performance.now() < end;
  await produce(contender, task, until(performance.now() + Math.min(1000, task.seconds * 500)));
  const measured = await produce(contender, task, until(performance.now() + task.seconds * 1000));
  await contender.close();
  return measured;
}

/** Only the time of the writes counts. */
async function raw(task: Task): Promise<Measured> {
  const source = new Rows(task.size);
  const { ways, close } = await waysOf(task.options, task.batch);
  let best: Measured | undefined;
  for (const { name, write } of ways) {
    let written = 0;
    let spent = 0;
    let used = 0;
    for (let warm = true; spent < task.seconds * 1000; ) {
      const batch = Array.from({ length: task.batch }, () => makeRecord(source.next()));
      const cpu = process.cpuUsage();
      const start = performance.now();
      await write(batch);
      spent += performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      used += user + system;
      written += batch.length;
      if (!warm || spent < task.seconds * 250) continue;
      warm = false;
      [written, spent, used] = [0, 0, 0];
    }
    const rate = Math.round((written / spent) * 1000);
    if (rate > (best?.rate ?? 0)) best = { rows: written, rate, cpu: Math.round(used / written), way: name };
  }
  await close();
  return best!;
}

async function growth(task: Task): Promise<Measured> {
  const contender = await storeOf(task.options);
  const steps: number[] = [];
  let all: Measured | undefined;
  for (let step = 0; step < 10; step++) {
    all = await produce(contender, task, (written) => written < task.rows / 10);
    steps.push(all.rate);
  }
  await contender.close();
  return { ...all!, rows: task.rows, steps };
}

async function measure(task: Task): Promise<Measured> {
  switch (task.what) {
    case 'store':
      return await contend(await storeOf(task.options), task);
    case 'create':
      return await contend(await createOf(task.options), task);
    case 'raw':
      return await raw(task);
    case 'growth':
      return await growth(task);
    case 'above driver': {
      const cpu = await aboveDriver(task.options.dialect, task.size);
      return { rows: 0, rate: 0, cpu: cpu === undefined ? -1 : Number(cpu.toFixed(1)) };
    }
  }
}

if (require.main === module) {
  measure(JSON.parse(process.argv[2]!) as Task).then(
    (measured) => console.log(JSON.stringify(measured)),
    (error: Error) => {
      console.error(error.stack);
      process.exitCode = 1;
    },
  );
}
