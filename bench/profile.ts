/** The functions that a V8 CPU profile spends the most time in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
}

interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

export interface SelfTime {
  where: string;
  milliseconds: number;
  /** Share of the time that was not idle. */
  share: number;
}

/** Where a function stands, short: the package or file, and the line. */
function placeOf({ functionName, url, lineNumber }: ProfileNode['callFrame']): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const path = url
    .replace(/^file:\/\//, '')
    .replace(/^.*node_modules[\\/]/, '')
    .replace(/^.*dist[\\/]/, 'dist/');
  return `${name}  ${path}:${lineNumber + 1}`;
}

/**
 * The self times of the newest profile in a folder, the longest first.
 * @param skipMs milliseconds from the start of the process that are left out.
 */
export function selfTimes(folder: string, top: number, skipMs: number): SelfTime[] {
  const file = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .sort()
    .at(-1);
  if (file === undefined) throw new Error(`There is no CPU profile in ${folder}.`);
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile;
  const places = new Map(profile.nodes.map((node) => [node.id, placeOf(node.callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  let passed = 0;
  for (const [i, id] of profile.samples.entries()) {
    const place = places.get(id) ?? '?';
    const time = (profile.timeDeltas[i] ?? 0) / 1000;
    passed += time;
    if (place === '(idle)' || passed < skipMs) continue;
    busy += time;
    times.set(place, (times.get(place) ?? 0) + time);
  }
  return [...times]
    .sort((a, b) => b[1] - a[1])
    .slice(0, top)
    .map(([where, time]) => ({ where, milliseconds: Math.round(time), share: time / busy }));
}
