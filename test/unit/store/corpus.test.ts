import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Store } from '../../../nodes/lib/store';
import { forEachDatabase } from '../../support/databases';
import { needsCorpus } from '../../support/require';
import { row, rowsOf } from './helper';

forEachDatabase('store: messages of the corpus', (database) => {
  it('are all stored, byte for byte, one row for each different one', async function () {
    const corpus = needsCorpus(this);
    const names = readFileSync(path.join(corpus, 'index.tsv'), 'utf8').trim().split('\n').slice(1);
    const contents = names.map((line) => readFileSync(path.join(corpus, line.split('\t', 1)[0]!)));
    const store = await Store.open(await database.fresh());
    const results = await Promise.all(
      contents.map((raw, n) => {
        const text = raw.toString(n % 2 === 0 ? 'utf8' : 'latin1');
        return store.append(row(String(n), { raw, text }));
      }),
    );
    const different = new Set(contents.map((raw) => raw.toString('latin1')));
    expect(results.filter((one) => !one.receipt.duplicate)).to.have.length(different.size);
    const found = new Map((await rowsOf(store, 'Message')).map((one) => [one.id, one]));
    expect(found.size).to.equal(different.size);
    for (const [n, { receipt }] of results.entries()) {
      const stored = found.get(receipt.id)!;
      expect((stored.raw as Buffer).equals(contents[n]!), names[n]).to.equal(true);
    }
    expect((await rowsOf(store, 'Identifier')).length).to.be.greaterThan(1000);
    await store.close();
  });
});
