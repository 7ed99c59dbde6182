// Builds dist/: tsc, then the files that the palette loader wants beside the compiled nodes; and resources/lib for the editor.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundles } from './editor-bundles.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const nodes = join(dist, 'nodes');
const require = createRequire(import.meta.url);

rmSync(dist, { recursive: true, force: true });
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
const done = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
if (done.status !== 0) process.exit(done.status ?? 1);

mkdirSync(nodes, { recursive: true });
for (const file of readdirSync(join(root, 'nodes'))) {
  if (file.endsWith('.html')) cpSync(join(root, 'nodes', file), join(nodes, file));
}
// Types that tsc takes but does not hand on.
cpSync(join(root, 'nodes/lib/hl7/hl7-standard.d.ts'), join(nodes, 'lib/hl7/hl7-standard.d.ts'));
// Node-RED sees only icons and locales that stand beside the node file.
for (const [from, to] of [
  ['icons', 'icons'],
  ['nodes/locales', 'locales'],
]) {
  if (existsSync(join(root, from))) cpSync(join(root, from), join(nodes, to), { recursive: true });
}

const scripts = join(root, 'resources', 'lib');
rmSync(scripts, { recursive: true, force: true });
mkdirSync(scripts, { recursive: true });
for (const [file, code] of bundles()) writeFileSync(join(scripts, file), code);
