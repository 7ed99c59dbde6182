import { expect } from 'chai';
import { Store, type StoreOptions } from '../../../nodes/lib/store';
import { OpenError } from '../../../nodes/lib/store/open-error';
import { forEachDatabase } from '../../support/databases';
import { rejection, row } from './helper';

forEachDatabase("store: another program's table of the log's name", (database) => {
  let options: StoreOptions;
  let store: Store | undefined;
  beforeEach(async () => {
    options = await database.fresh();
  });
  afterEach(() => store?.close());

  for (const [table, column] of [
    ['hl7_messages', 'received_at'],
    ['hl7_acks', 'message_id'],
    ['hl7_identifiers', 'message_id'],
  ]) {
    it(`is named when the database is opened, with the column that it lacks: ${table}`, async () => {
      if (options.dialect === 'sqlite') {
        const first = await Store.open(options);
        await first.close();
        await database.sql(options, 'DELETE FROM hl7_migrations', `DROP TABLE ${table}`);
      }
      await database.sql(options, `CREATE TABLE ${table} (id integer, body varchar(20))`);
      const error = await rejection(Store.open(options));
      expect(error).to.be.instanceOf(OpenError);
      expect(error).to.include({ code: 'STORE_OPEN_FAILED', why: 'tables' });
      expect(error.message).to.include(`table ${table}`).and.include(`no column ${column}.`);
    });
  }

  it('is named, too, when a column goes while the database is open', async () => {
    store = await Store.open({ ...options, limits: { reopenMs: 0 } });
    await store.append(row('1'));
    await database.sql(options, 'ALTER TABLE hl7_messages RENAME COLUMN visit_number TO visit_no');
    const error = await rejection(store.append(row('2')));
    expect(error.code).to.equal('STORE_UNAVAILABLE');
    expect(error.message).to.include('hl7_messages').and.include('visit_number');
    await database.sql(options, 'ALTER TABLE hl7_messages RENAME COLUMN visit_no TO visit_number');
    expect((await store.append(row('2'))).receipt.duplicate).to.equal(false);
  });
});
