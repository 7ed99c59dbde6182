import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ERROR_CODES, ERROR_GROUPS, type ErrorFacts, Hl7Error } from '../../nodes/lib/errors';
import { errorsPage } from '../../scripts/errors-page';

const root = join(__dirname, '..', '..');
const all = Object.entries(ERROR_CODES) as [keyof typeof ERROR_CODES, ErrorFacts][];

describe('docs/errors.md', () => {
  const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');

  it('is what `npm run docs` makes of nodes/lib/errors/codes.ts', () => {
    expect(page).to.equal(errorsPage());
  });

  it('lists every code once, and no other', () => {
    const codes = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
    expect(codes).to.have.members(Object.keys(ERROR_CODES));
    expect(new Set(codes).size).to.equal(codes.length);
  });

  it('has a row in every section', () => {
    for (const group of Object.keys(ERROR_GROUPS)) {
      expect(
        all.filter(([, facts]) => facts.group === group),
        group,
      ).to.not.be.empty;
    }
  });
});

describe('error codes', () => {
  it('each say in sentences what they mean and what to do', () => {
    for (const [code, { meaning, action }] of all) {
      expect(code).to.match(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
      for (const text of [meaning, action]) expect(text, code).to.match(/^[A-Z][^|\n]{5,}\.$/);
    }
  });

  it('decide the fault of an error that says nothing else', () => {
    for (const [code, { fault }] of all) expect(new Hl7Error(code, 'x').fault, code).to.equal(fault);
    expect(new Hl7Error('PARSE_NO_MSH', 'x', { fault: 'system' }).fault).to.equal('system');
  });

  it('are of our own side for a code that a program has made up', () => {
    for (const code of ['MINE', 'constructor', '__proto__'] as never[]) {
      expect(new Hl7Error(code, 'x').fault).to.equal('system');
    }
  });

  it('are each used in the code', () => {
    const files = readdirSync(join(root, 'nodes'), { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !/errors[\\/]codes\.ts$/.test(file),
    );
    const source = files.map((file) => readFileSync(join(root, 'nodes', file), 'utf8')).join('\n');
    const unused = Object.keys(ERROR_CODES).filter((code) => !new RegExp(`\\b${code}\\b`).test(source));
    expect(unused).to.deep.equal([]);
  });
});
