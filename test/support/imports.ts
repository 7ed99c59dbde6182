/** Which module imports which, as the source files say it: types included, since a reader follows them, too. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';

/** What a file imports: the paths of the project's own files, below its root with `/`; all others as they are written. */
export type Imports = ReadonlyMap<string, readonly string[]>;

const STATEMENTS = [
  // `import x from 'y'`, `import type { a, b } from 'y'`, `export * from 'y'`, over several lines as well.
  /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^[ \t]*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
  /\brequire(?:\.resolve)?\(\s*['"]([^'"]+)['"]/g,
];

/** The modules that a source text imports, as written. */
export function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...new Set(STATEMENTS.flatMap((pattern) => [...code.matchAll(pattern)].map(([, name]) => name!)))];
}

/** Reads the imports of all TypeScript files below folders of the project. */
export function readImports(root: string, folders: readonly string[]): Imports {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.split(sep).join('/')}`)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')),
  );
  const known = new Set(files);
  const resolved = (from: string, name: string): string => {
    if (!name.startsWith('.')) return name;
    const path = posix.join(dirname(from).split(sep).join('/'), name);
    return [`${path}.ts`, `${path}/index.ts`, path].find((file) => known.has(file)) ?? path;
  };
  return new Map(
    files.map((file) => [file, importsOf(readFileSync(join(root, file), 'utf8')).map((name) => resolved(file, name))]),
  );
}

/** Groups of files that import each other in a circle, each sorted, the groups too (Tarjan's strongly connected components). */
export function cyclesOf(imports: Imports): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    stack.push(file);
    for (const next of imports.get(file) ?? []) {
      if (!imports.has(next)) continue;
      if (!index.has(next)) {
        visit(next);
        low.set(file, Math.min(low.get(file)!, low.get(next)!));
      } else if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, index.get(next)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file)).sort();
    if (group.length > 1 || (imports.get(file) ?? []).includes(file)) cycles.push(group);
  };
  for (const file of imports.keys()) if (!index.has(file)) visit(file);
  return cycles.sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
}
