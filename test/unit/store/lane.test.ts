import { expect } from 'chai';
import { Hl7Error } from '../../../nodes/lib/errors';
import type { CustomTable } from '../../../nodes/lib/store';
import { CustomTableBusy } from '../../../nodes/lib/store/custom-table/sql';
import type { Dialect } from '../../../nodes/lib/store/dialects/contract';
import { WriterConnection } from '../../../nodes/lib/store/ingest/writer-connection';
import { rejection } from './helper';

describe('store: the lane to the connection that writes', () => {
  it('keeps its connection when a custom table is wrong, whatever that was made of', async () => {
    let opened = 0;
    const dialect = {
      needsReopen: () => true,
      classify: () => 'unavailable',
      open: async () => {
        opened++;
      },
      close: async () => undefined,
    } as unknown as Dialect;
    const lane = new WriterConnection(dialect, 0, 0);
    const fail = (code: string) => rejection(lane.run(() => Promise.reject(new Hl7Error(code as never, 'x'))));
    expect((await fail('STORE_OWN_TABLE')).code).to.equal('STORE_OWN_TABLE');
    expect([opened, lane.lost]).to.deep.equal([0, false]);
    await fail('STORE_CONNECTION_LOST');
    expect(opened).to.equal(1);
  });

  it('opens the database with the first job, and does not repeat one that has waited for a custom table', async () => {
    let [opened, tries] = [0, 0];
    const dialect = {
      needsReopen: () => true,
      classify: () => 'unavailable',
      open: async () => {
        opened++;
      },
      close: async () => undefined,
    } as unknown as Dialect;
    const lane = new WriterConnection(dialect, 60_000, 0, false);
    const late = new Hl7Error('STORE_TIMEOUT', 'x');
    const busy = new CustomTableBusy({ name: 't', schema: '' } as CustomTable, 'db', 'time', false, late);
    const job = async () => {
      tries++;
      throw busy;
    };
    expect(await rejection(lane.run(job))).to.equal(busy);
    expect([opened, tries, lane.lost]).to.deep.equal([1, 1, true]);
    await lane.run(async () => undefined);
    expect([opened, lane.lost]).to.deep.equal([2, false]);
  });
});
