import { expect } from 'chai';
import { isSafeVersion } from '../../../nodes/lib/store/dialects/sqlite/settings';

describe('store: SQLite versions that keep what was committed', () => {
  for (const version of ['3.51.3', '3.51.9', '3.52.0', '3.100.0', '4.0.0']) {
    it(`takes ${version}`, () => expect(isSafeVersion(version)).to.equal(true));
  }
  for (const version of ['3.7.0', '3.44.6', '3.50.7', '3.51.0', '3.51.2', '2.8.17', '', 'x']) {
    it(`refuses "${version}"`, () => expect(isSafeVersion(version)).to.equal(false));
  }
});
