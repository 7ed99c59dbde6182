import { expect } from 'chai';
import { aboveDriver } from '../../bench/ingest/above-driver';
import type { StoreOptions } from '../../nodes/lib/store';

describe('bench: the cost of our own code a row', () => {
  for (const dialect of ['sqlite', 'postgres', 'mariadb', 'mysql', 'mssql'] satisfies StoreOptions['dialect'][]) {
    it(`is measured for ${dialect}`, async () => {
      expect(await aboveDriver(dialect, 300, 1)).to.be.greaterThan(0);
    });
  }

  it('is not measured where a batch is written step by step', async () => {
    expect(await aboveDriver('oracle', 300, 1)).to.equal(undefined);
  });
});
