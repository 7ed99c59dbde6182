import { expect } from 'chai';
import { cyclesOf, type Imports, importsOf, readImports } from '../support/imports';
import { root } from '../support/require';
import { FOLDERS, type ImportRule, PAST_DOORS, RULES } from './import-rules';

const isIn = (path: string, folders: readonly string[] = []): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));

/** `importing file > imported` for everything that a rule forbids, its exceptions included. */
function brokenBy(rule: ImportRule, imports: Imports): string[] {
  return [...imports]
    .filter(([file]) => isIn(file, [rule.from]))
    .flatMap(([file, imported]) => imported.map((name) => ({ file, name })))
    .filter(({ name }) => isIn(name, rule.never) && !isIn(name, rule.except))
    .map(({ file, name }) => `${file} > ${name}`)
    .sort();
}

describe('imports', () => {
  const imports = readImports(root, FOLDERS);

  it('are read from more than a hundred files', () => {
    expect(imports.size).to.be.greaterThan(100);
    for (const { from } of RULES)
      expect(
        [...imports.keys()].some((file) => isIn(file, [from])),
        from,
      ).to.equal(true);
  });

  for (const rule of RULES) {
    it(`obey: ${rule.name}`, () => {
      expect(brokenBy(rule, imports), 'exceptions of today, in test/unit/import-rules.ts').to.deep.equal(
        [...(rule.today ?? [])].sort(),
      );
    });
  }

  it('make no circles', () => {
    expect(cyclesOf(imports)).to.deep.equal([]);
  });

  it('of a module go through its index.ts', () => {
    expect(pastDoors(imports, PAST_DOORS)).to.deep.equal([]);
  });
});

/** `importing file > imported file` where the imported one is in a module with an `index.ts` that the other is not in. */
function pastDoors(imports: Imports, except: readonly string[]): string[] {
  const modules = [...imports.keys()]
    .filter((file) => file.endsWith('/index.ts'))
    .map((file) => file.slice(0, -'/index.ts'.length))
    .filter((folder) => folder !== 'nodes/lib');
  const past: string[] = [];
  for (const [file, imported] of imports) {
    if (isIn(file, except)) continue;
    for (const name of imported) {
      const closed = modules.find((folder) => isIn(name, [folder]) && !isIn(file, [folder]));
      if (closed !== undefined && name !== `${closed}/index.ts`) past.push(`${file} > ${name}`);
    }
  }
  return past.sort();
}

describe('the reader of imports', () => {
  it('finds every form', () => {
    const source = [
      "import a from 'a';",
      "import type { B } from './b';",
      'import {',
      '  c,',
      '  type D,',
      "} from '../c';",
      "import e = require('e');",
      "import 'f';",
      "export * from './g';",
      "export { h } from './h';",
      "const i = await import('i');",
      "const j = require('j');",
      "// import x from 'no';",
      "/* import y from 'no'; */",
      "const text = 'import z from nowhere';",
      "export const from = 'no';",
    ].join('\n');
    expect(importsOf(source).sort()).to.deep.equal(['../c', './b', './g', './h', 'a', 'e', 'f', 'i', 'j']);
  });

  it('finds circles', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c', 'node:fs']],
      ['c', ['a', 'd']],
      ['d', ['e']],
      ['e', []],
      ['self', ['self']],
    ]);
    expect(cyclesOf(imports)).to.deep.equal([['a', 'b', 'c'], ['self']]);
  });

  it('sees what goes past a door', () => {
    const imports = new Map([
      ['a/index.ts', ['a/x.ts', 'a/b/index.ts']],
      ['a/x.ts', ['a/b/y.ts']],
      ['a/b/index.ts', ['a/b/y.ts']],
      ['c.ts', ['a/index.ts', 'a/b/index.ts', 'a/x.ts']],
      ['d/e.ts', ['a/x.ts']],
    ]);
    expect(pastDoors(imports, ['d'])).to.deep.equal(['a/x.ts > a/b/y.ts', 'c.ts > a/b/index.ts', 'c.ts > a/x.ts']);
  });

  it('sees what a rule forbids', () => {
    const rule: ImportRule = { name: '', from: 'lib', never: ['net', 'nodes'], except: ['nodes/lib'] };
    const imports = new Map([
      ['lib/a.ts', ['net', 'network', 'nodes/lib/b.ts', 'nodes/c.ts']],
      ['other.ts', ['net']],
    ]);
    expect(brokenBy(rule, imports)).to.deep.equal(['lib/a.ts > net', 'lib/a.ts > nodes/c.ts']);
  });
});
