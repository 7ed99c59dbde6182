// Bundles the TypeScript that dialogs and runtime have in common for the editor: one script of resources/lib for each file of
// nodes/common/editor. Node-RED serves the folder resources to the editor.
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sources = join(root, 'nodes', 'common', 'editor');

/** The scripts by their file names, without writing them. */
export function bundles() {
  const entries = readdirSync(sources).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  return new Map(entries.map((file) => [`${basename(file, '.ts')}.js`, bundle(join(sources, file))]));
}

function bundle(entry) {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    tsconfigRaw: {},
  });
  return outputFiles[0].text;
}
