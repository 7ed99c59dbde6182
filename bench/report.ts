/** What the benchmarks print: one JSON line a result, and each ratio beside its bar. */
import { appendFileSync } from 'node:fs';

export class Lines {
  /** @param file that gets every line too; `''` for none */
  constructor(readonly file = '') {}

  write(line: object): void {
    const text = JSON.stringify(line);
    console.log(text);
    if (this.file !== '') appendFileSync(this.file, `${text}\n`);
  }

  /** Says by name what is left out. */
  skip(what: string, why: string): void {
    this.write({ skipped: what, why });
  }
}

/** A measured figure, and what it should be. */
export interface Bar {
  what: string;
  value: number;
  atLeast?: number;
  atMost?: number;
}

/** `0.101, bar >= 0.12: missed by 16 %`. */
export function barLine({ what, value, atLeast, atMost }: Bar): string {
  const figure = Number(value.toPrecision(3));
  if (atLeast === undefined && atMost === undefined) return `${what}: ${figure}`;
  const bar = atLeast ?? atMost!;
  const reached = atLeast === undefined ? value <= bar : value >= bar;
  const by = Math.abs(Math.round((value / bar - 1) * 100));
  const sign = atLeast === undefined ? '<=' : '>=';
  return `${what}: ${figure}, bar ${sign} ${Number(bar.toPrecision(3))}: ${reached ? 'reached' : `missed by ${by} %`}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** A table as Markdown. */
export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]): string => `| ${cells.map((cell) => cell ?? '-').join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
