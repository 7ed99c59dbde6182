/** npm in a process of its own, found without a shell, on every system. */
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { Child } from './child';
import { within } from './wait';

/** The script that npm is. */
function npmScript(): string {
  const nodeFolder = dirname(process.execPath);
  const places = [
    process.env.npm_execpath,
    join(nodeFolder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(nodeFolder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    places.push(join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'));
    // Elsewhere than on Windows `npm` is a link to the script.
    if (existsSync(join(folder, 'npm'))) places.push(realpathSync(join(folder, 'npm')));
  }
  const found = places.find((place) => place?.endsWith('npm-cli.js') && existsSync(place));
  if (!found) throw new Error('npm was not found.');
  return found;
}

/**
 * Runs npm and gives what it printed.
 * @throws Error with its output when it fails.
 */
export async function npm(args: string[], cwd: string, timeoutMs = 240_000): Promise<string> {
  // What an npm that started us says of its own project must not lead this one there.
  const env: Record<string, undefined> = {};
  for (const name of Object.keys(process.env)) {
    if (/^npm_(package|lifecycle|command|config_local_prefix|config_prefix)/.test(name)) env[name] = undefined;
  }
  const child = new Child(process.execPath, [npmScript(), ...args], { cwd, env });
  try {
    const code = await within(`npm ${args[0]}`, child.exit, timeoutMs);
    if (code !== 0) throw new Error(`npm ${args[0]} ended with ${code}`);
    return child.output;
  } catch (error) {
    await child.kill();
    throw new Error(`${(error as Error).message}\n--- output ---\n${child.output.slice(-4000)}`);
  }
}
