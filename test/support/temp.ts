/** Temporary folders and clean-up that runs even when a test fails. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

process.on('exit', () => {
  for (const folder of folders) remove(folder);
});

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  } catch {
    // A file that a dying process still holds (Windows) is left to the system's own cleaning.
  }
}

/** A new folder, removed by `dropFolder` or, at the latest, when the process ends. */
export function tempFolder(label: string): string {
  const folder = mkdtempSync(join(tmpdir(), `hl7-${label}-`));
  folders.add(folder);
  return folder;
}

export function dropFolder(folder: string): void {
  remove(folder);
  folders.delete(folder);
}

/** Collects what must be undone; `run` undoes it in reverse order and never stops half-way. */
export class CleanUp {
  private readonly steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.steps.push(step);
  }

  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
