import { expect } from 'chai';
import { Store, type StoreOptions } from '../../../nodes/lib/store';
import { classifyError, connectionIsOf } from '../../../nodes/lib/store/dialects/postgres/error-classes';
import { testDatabases } from '../../support/databases';
import { rejection, row, rowsOf } from './helper';
import { column, offered, oru, results } from './own/helper';

describe('store: errors of PostgreSQL', () => {
  const cases: [string, string, string | undefined, boolean][] = [
    ['a deadlock', '40P01', 'busy', false],
    ['a missing value', '23502', 'data', false],
    ['what a trigger raises', 'P0001', 'data', false],
    ['a row that a view does not take', '44000', 'data', false],
    ['what a trigger did not find', 'P0002', 'statement', false],
    ['a state of its own that a trigger raises', 'ZZ001', 'statement', false],
    ['a full disk', '53100', 'unavailable', false],
    ['an error of the file system', '58030', 'unavailable', false],
    ['a broken index', 'XX002', 'unavailable', false],
    ['a missing right', '42501', 'unavailable', false],
    ['a missing table', '42P01', 'unavailable', true],
    ['a server that only reads', '25006', 'unavailable', true],
    ['a shutdown', '57P01', 'unavailable', true],
    ['a connection that broke', '08006', 'unavailable', true],
    ['a pipe that broke', 'EPIPE', 'unavailable', true],
    ['a reset', 'ECONNRESET', 'unavailable', true],
  ];
  for (const [title, code, classify, reopen] of cases) {
    it(`${title}: ${classify}${reopen ? ', opened again' : ''}`, () => {
      const error = Object.assign(new Error('x'), { code });
      expect(classifyError(error)).to.equal(classify);
      expect(connectionIsOf(error)).to.equal(reopen);
    });
  }
});

for (const database of testDatabases().filter(({ dialect }) => dialect === 'postgres')) {
  describe(`store: triggers of the user's on ${database.title}`, function () {
    this.timeout(60_000);
    let options: StoreOptions;
    let store: Store;
    before(async function () {
      await database.present(this);
    });
    beforeEach(async () => {
      options = await database.fresh();
      store = await Store.open(options);
    });
    afterEach(() => store.close());
    after(() => database.dispose());

    const refuse = (table: string) =>
      database.sql(
        options,
        `CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN
           IF NEW.control_id LIKE 'bad%' THEN RAISE EXCEPTION 'poisoned DOE^JANE'; END IF;
           RETURN NEW;
         END $$ LANGUAGE plpgsql`,
        `CREATE TRIGGER refuse BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`,
      );

    it('refuse a message alone, for what it holds', async () => {
      await refuse('hl7_messages');
      const ids = Array.from({ length: 32 }, (_, n) => (n === 7 ? 'bad' : `good${n}`));
      const outcomes = await Promise.allSettled(ids.map((id) => store.append(row(id))));
      const reasons = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(reasons).to.have.length(1);
      expect(reasons[0]).to.include({ code: 'STORE_ROW_REFUSED', fault: 'content' });
      expect(reasons[0].message).to.not.include('DOE');
      expect(await rowsOf(store, 'Message')).to.have.length(31);
      expect(store.statistics()).to.include({ refused: 1, failed: 0, available: true });
    });

    it('refuse the row of a custom table for what it holds: the table is not wrong', async () => {
      const codes = results({ columns: [column('control_id', 'MSH-10'), column('code', 'OBX-3.1')] });
      const append = (id: string) => store.append(offered(codes, id, oru(id, ['1'])));
      await append('first');
      await refuse('results');
      const [error] = await Promise.all([rejection(append('bad')), append('good')]);
      expect(error).to.include({ code: 'STORE_ROW_REFUSED', fault: 'content' });
      expect(error.message).to.include('results').and.not.include('DOE');
    });
  });
}
