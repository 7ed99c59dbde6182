/**
 * What a test needs and a machine may lack. An absent thing skips the test, by name; where HL7_TEST_REQUIRE (a list with
 * commas) names it, its absence is a failure.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Context } from 'mocha';

/** The checkout's root. */
export const root = resolve(__dirname, '..', '..');

export function isRequired(name: string): boolean {
  return (process.env.HL7_TEST_REQUIRE ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .includes(name);
}

/**
 * Skips the running test or suite when something is absent, and says so in its title.
 * @param context `this` of a test or a hook.
 * @param present whether it is there, or the thing itself.
 * @throws Error when it is absent although HL7_TEST_REQUIRE names it.
 */
export function needs(context: Context, name: string, present: unknown, reason = 'not found on this machine'): void {
  if (present) return;
  if (isRequired(name)) throw new Error(`HL7_TEST_REQUIRE demands "${name}": ${reason}.`);
  const running = context.test as { type?: string; title: string; parent?: { title: string } } | undefined;
  // A hook skips the whole suite: then the reason stands in the suite's title.
  const titled = running?.type === 'hook' ? running.parent : running;
  if (titled) titled.title += ` [needs ${name}: ${reason}]`;
  context.skip();
}

/** The folder of the message corpus, when it stands beside the checkout. */
export function corpusFolder(): string | undefined {
  const folder = resolve(root, '..', 'shared', 'corpus');
  return existsSync(join(folder, 'index.tsv')) ? folder : undefined;
}

/** The same folder; without one the running test or suite is skipped. */
export function needsCorpus(context: Context): string {
  const folder = corpusFolder();
  needs(context, 'corpus', folder, 'no message corpus beside the checkout');
  return folder as string;
}

/** The path of a Chromium or Chrome, when there is one. HL7_TEST_CHROMIUM names another. */
export function chromiumPath(): string | undefined {
  const places = [
    process.env.HL7_TEST_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  return places.find((place) => place && existsSync(place));
}
