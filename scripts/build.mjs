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
// Node-RED reads the dialog, the catalogues and the icons of a node from the folder of its compiled file.
for (const name of readdirSync(join(root, 'nodes'))) {
  const folder = join(root, 'nodes', name);
  if (!existsSync(join(folder, `${name}.html`))) continue;
  cpSync(join(folder, `${name}.html`), join(nodes, name, `${name}.html`));
  cpSync(join(folder, 'locales'), join(nodes, name, 'locales'), { recursive: true });
  // Its own icon only, or the editor's icon picker would list each of them once a node.
  const icon = [`${name}.svg`, `hl7-${name}.svg`].find((file) => existsSync(join(root, 'icons', file)));
  if (icon !== undefined) cpSync(join(root, 'icons', icon), join(nodes, name, 'icons', icon));
}
// Types that tsc takes but does not hand on.
cpSync(join(root, 'nodes/lib/hl7/hl7-standard.d.ts'), join(nodes, 'lib/hl7/hl7-standard.d.ts'));
const scripts = join(root, 'resources', 'lib');
rmSync(scripts, { recursive: true, force: true });
mkdirSync(scripts, { recursive: true });
for (const [file, code] of bundles()) writeFileSync(join(scripts, file), code);
