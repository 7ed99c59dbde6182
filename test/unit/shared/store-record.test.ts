import { expect } from 'chai';
import { rowsInTime } from '../../../nodes/db-store/store-record';
import type { Hl7Error } from '../../../nodes/lib/errors';

describe('the rows of a custom table', () => {
  it('are there when their expressions have ended', async () => {
    expect(await rowsInTime(Promise.resolve(7))).to.equal(7);
  });

  it('fail as their expressions do', async () => {
    const failed = await rowsInTime(Promise.reject(new Error('why'))).catch((error: Error) => error.message);
    expect(failed).to.equal('why');
  });

  it('fail when their expressions do not end', async () => {
    const error = await rowsInTime(new Promise(() => undefined), 20).catch((thrown: Hl7Error) => thrown);
    expect(error).to.include({ code: 'STORE_VALUE_TIMEOUT', fault: 'system' });
  });
});
