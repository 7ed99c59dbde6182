/** CPU time of a process by the kind of its threads, from /proc (Linux). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Microseconds: in all, of the event loop, of libuv's threads (SQLite, hashing), of V8's own (garbage, compiling). */
export interface Cpu {
  all: number;
  loop: number;
  pool: number;
  v8: number;
}

const TICK_US = 10_000;

function ticks(file: string): { comm: string; us: number } | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    return { comm: text.slice(text.indexOf('(') + 1, end), us: (Number(fields[11]) + Number(fields[12])) * TICK_US };
  } catch {
    // The thread has ended.
    return undefined;
  }
}

/** CPU time of a process so far; undefined where the system does not tell. Threads have names from Node.js 24 on. */
export function cpuOf(pid: number | undefined): Cpu | undefined {
  const all = ticks(`/proc/${pid}/stat`);
  if (all === undefined || !existsSync(`/proc/${pid}/task`)) return undefined;
  const cpu: Cpu = { all: all.us, loop: 0, pool: 0, v8: 0 };
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const thread = ticks(`/proc/${pid}/task/${task}/stat`);
    if (thread === undefined) continue;
    if (Number(task) === pid) cpu.loop += thread.us;
    else if (thread.comm.startsWith('libuv')) cpu.pool += thread.us;
    else if (/^V8/.test(thread.comm)) cpu.v8 += thread.us;
  }
  return cpu;
}

/** What was used between two looks, for each of so many messages, in whole microseconds. */
export function cpuBetween(before: Cpu | undefined, after: Cpu | undefined, messages: number): Cpu | undefined {
  if (before === undefined || after === undefined || messages === 0) return undefined;
  const of = (key: keyof Cpu): number => Math.round((after[key] - before[key]) / messages);
  return { all: of('all'), loop: of('loop'), pool: of('pool'), v8: of('v8') };
}
