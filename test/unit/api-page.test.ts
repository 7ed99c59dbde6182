import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as hl7 from '../../nodes/lib';
import { apiEntries, apiPage } from '../../scripts/api-page';
import { root } from '../support/require';

const VALUE = /^(.*?);? \/\/ => (.*)$/;

/** Runs an example; each line that ends in `// => value` must have that value. @returns how many had one */
function run(example: string): number {
  let checked = 0;
  const code = example.split('\n').map((line) => {
    const [, expression, value] = VALUE.exec(line) ?? [];
    if (expression === undefined) return line;
    checked++;
    return `assert.deepEqual(${expression}, ${value});`;
  });
  const load = (name: string): unknown => {
    assert.equal(name, '@hl7-logger/node-red');
    return hl7;
  };
  new Function('require', 'assert', code.join('\n'))(load, assert);
  return checked;
}

describe('docs/api.md', () => {
  it('is what `npm run docs` makes of the doc comments', () => {
    expect(readFileSync(join(root, 'docs', 'api.md'), 'utf8')).to.equal(apiPage(root));
  });

  it('has everything that the package exports, with words and an example', () => {
    const entries = apiEntries(root);
    expect(entries.map(({ name }) => name)).to.have.members(Object.keys(hl7));
    for (const { name, description, example } of entries) {
      expect(description.length, name).to.be.greaterThan(20);
      expect(example, name).to.be.a('string');
    }
  });

  it('lists what a message can be asked', () => {
    const members = apiEntries(root).find(({ name }) => name === 'Hl7Message')?.members ?? [];
    for (const method of ['static parse(', 'get(', 'set(', 'segments(']) {
      expect(
        members.some(({ signature }) => signature.startsWith(method)),
        method,
      ).to.equal(true);
    }
  });

  for (const { name, example = '' } of apiEntries(root)) {
    it(`has an example of ${name} that runs, and gives what it says`, () => {
      expect(run(example)).to.be.greaterThan(0);
    });
  }

  it('would notice an example that is wrong', () => {
    expect(() => run('const a = 1;\na; // => 2')).to.throw(assert.AssertionError);
  });
});
