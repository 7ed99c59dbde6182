/**
 * Loads every file of nodes/lib, for the coverage: what no test reaches must count, and a file that holds only types has
 * nothing to reach.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './require';

const lib = join(root, 'nodes', 'lib');
for (const file of readdirSync(lib, { recursive: true, encoding: 'utf8' })) {
  if (file.endsWith('.ts') && !file.endsWith('.d.ts')) require(join(lib, file));
}
