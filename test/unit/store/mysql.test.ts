import { expect } from 'chai';
import { type Row, type ServerOptions, Store } from '../../../nodes/lib/store';
import { MysqlDialect } from '../../../nodes/lib/store/dialects/mysql/dialect';
import type { MysqlSession } from '../../../nodes/lib/store/dialects/mysql/session';
import { MysqlWriter } from '../../../nodes/lib/store/dialects/mysql/writer';
import type { Writer } from '../../../nodes/lib/store/dialects/shared/dialect';
import type { Session } from '../../../nodes/lib/store/dialects/shared/session';
import { GroupCommitter } from '../../../nodes/lib/store/ingest/group-committer';
import { WriterConnection } from '../../../nodes/lib/store/ingest/writer-connection';
import { makeRecord } from '../../../nodes/lib/store/record/record';
import { DEFAULT_LIMITS } from '../../../nodes/lib/store/store';
import type { StateChange, Stored } from '../../../nodes/lib/store/types';
import { testDatabases } from '../../support/databases';
import { answer, rejection, row, rowsOf } from './helper';

/** Bytes. */
const SMALL_PACKET = 40_000;

const NO_SUCH_THREAD = 1094;

/** As if the server had a small max_allowed_packet; its session is at hand. */
class SmallPackets extends MysqlDialect {
  protected override writer(session: Session): Writer {
    return new MysqlWriter(session as MysqlSession, SMALL_PACKET);
  }

  run<T>(sql: string): Promise<T[]> {
    return this.session.run<T>(sql);
  }
}

for (const database of testDatabases().filter((one) => ['mysql', 'mariadb'].includes(one.dialect))) {
  describe(`store: what is special on ${database.title}`, function () {
    this.timeout(60_000);
    let store: Store;
    let dialect: SmallPackets;
    let options: ServerOptions;
    before(async function () {
      await database.present(this);
    });
    after(() => database.dispose());
    beforeEach(async () => {
      options = (await database.fresh()) as ServerOptions;
      store = await Store.open(options);
      dialect = new SmallPackets(options);
      await dialect.open();
    });
    afterEach(async () => {
      await dialect.close();
      await store.close();
    });

    const append = async (rows: readonly Row[]): Promise<PromiseSettledResult<Stored>[]> => {
      const collector = new GroupCommitter(new WriterConnection(dialect, 1000, 0), DEFAULT_LIMITS, () => undefined);
      const records = rows.map(makeRecord);
      return await Promise.allSettled(
        records.map((record) => collector.add<Stored>({ kind: 'message', record, bytes: record.bytes })),
      );
    };

    it('is a version with its name, and says of its settings whether commits are on disk', async () => {
      const check = await store.check();
      expect(check.version).to.match(new RegExp(`^${database.title} \\d+\\.\\d+`));
      expect(check.durability).to.include.keys('innodb_flush_log_at_trx_commit', 'innodb_doublewrite', 'log_bin');
      expect(check.durable).to.equal(check.warnings.length === 0);
    });

    it('writes nothing twice when a batch comes again, and finds what it wrote', async () => {
      const [old] = await Promise.all([store.append(row('old'))]);
      const rows = [
        row('a', { answers: [answer('CA', 'a1', 'accept'), answer('AA', 'a2')] }),
        row('old'),
        row('none', { answers: [] }),
      ];
      const first = await dialect.insertBatch(rows.map(makeRecord), new Date(), 'token');
      const again = await dialect.insertBatch(rows.map(makeRecord), new Date(), 'token');
      expect(first.map((one) => one.id))
        .to.have.length(2)
        .and.not.include(old!.receipt.id);
      expect(again).to.deep.equal(first);
      expect(first.map((one) => one.answerIds.length)).to.deep.equal([2, 0]);
      expect(await dialect.insertBatch(rows.map(makeRecord), new Date(), 'another')).to.deep.equal([]);
      expect(await rowsOf(store, 'Message')).to.have.length(3);
      expect(await rowsOf(store, 'Ack')).to.have.length(3);
      expect(await rowsOf(store, 'Identifier')).to.have.length(3);
    });

    it('knows the ids of a server that gives them out in steps', async () => {
      await dialect.run('SET SESSION auto_increment_increment = 3');
      const records = ['a', 'b', 'c'].map((id) => makeRecord(row(id, id === 'a' ? { answers: [] } : {})));
      const offered = await dialect.insertBatch(records, new Date(), 'token');
      const [a, b, c] = await rowsOf(store, 'Message');
      expect([a!.control_id, b!.control_id, c!.control_id]).to.deep.equal(['a', 'b', 'c']);
      expect(Number(b!.id) - Number(a!.id)).to.equal(3);
      const ids = new Map(offered.map((one) => [one.key, one]));
      const acks = await rowsOf(store, 'Ack');
      for (const one of [a!, b!, c!]) {
        const { id, answerIds } = ids.get(String(one.dedupe_key))!;
        expect(id).to.equal(one.id);
        const own = acks.filter((ack) => ack.message_id === id);
        expect(own.map((ack) => ack.id)).to.deep.equal(answerIds);
        expect(own.map((ack) => ack.control_id)).to.deep.equal(one === a ? [] : [`A${one.control_id}`]);
      }
      expect(acks).to.have.length(2);
      expect((await rowsOf(store, 'Identifier')).map((one) => one.message_id)).to.have.members([a!.id, b!.id, c!.id]);
    });

    it('takes a batch of several packets as one, text of any character set, and refuses alone what no packet takes', async () => {
      const latin = `MSH|${'\xe4\xf6'.repeat(8000)}`;
      const rows = [
        ...Array.from({ length: 10 }, (_, n) => row(`m${n}`, { text: `MSH|${n}${'x'.repeat(10_000)}` })),
        row('latin', { text: latin, raw: Buffer.from(latin, 'latin1') }),
        row('bytes', { text: 'y'.repeat(60_000) }),
        row('answer', { answers: [{ ...answer('AA', 'big'), raw: Buffer.alloc(30_000) }] }),
        row('last'),
      ];
      const results = await append(rows);
      const refused = results.flatMap((one, n) => (one.status === 'rejected' ? [rows[n]!.hl7.controlId] : []));
      expect(refused).to.deep.equal(['bytes', 'answer']);
      for (const one of results) {
        if (one.status === 'fulfilled') continue;
        expect(one.reason).to.include({ code: 'STORE_MESSAGE_TOO_LARGE', fault: 'content' });
      }
      const found = await rowsOf(store, 'Message');
      expect(found).to.have.length(12);
      for (const one of found) {
        const { raw, text } = rows.find((each) => each.hl7.controlId === one.control_id)!;
        expect((one.raw as Buffer).equals(raw)).to.equal(true);
        expect(one.text === text).to.equal(true);
      }
      expect(await rowsOf(store, 'Ack')).to.have.length(12);
    });

    it('refuses a message alone that a trigger refuses, and leaves nothing of it', async () => {
      await database.sql(
        options,
        `CREATE TRIGGER poison BEFORE INSERT ON hl7_identifiers FOR EACH ROW
         IF EXISTS (SELECT 1 FROM hl7_messages WHERE id = NEW.message_id AND control_id LIKE 'bad%') THEN
           SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poisoned DOE^JANE'; END IF`,
      );
      const ids = Array.from({ length: 20 }, (_, n) => (n === 7 ? 'bad' : `good${n}`));
      const results = await Promise.allSettled(ids.map((id) => store.append(row(id))));
      expect(results.flatMap((one, n) => (one.status === 'rejected' ? [n] : []))).to.deep.equal([7]);
      const error = await rejection(store.append(row('bad')));
      expect(error).to.include({ code: 'STORE_ROW_REFUSED', fault: 'content' });
      expect(error.message).to.not.include('DOE');
      const messages = await rowsOf(store, 'Message');
      expect(messages.map((one) => one.control_id)).to.deep.equal(ids.filter((id) => id !== 'bad'));
      const of = messages.map((one) => one.id);
      expect((await rowsOf(store, 'Ack')).map((one) => one.message_id)).to.have.members(of);
      expect((await rowsOf(store, 'Identifier')).map((one) => one.message_id)).to.have.members(of);
    });

    it('goes on without a word when its connections are ended, idle or in the middle of a batch', async () => {
      const states: StateChange[] = [];
      store.on('state', (state) => states.push(state));
      await store.append(row('first'));
      await rowsOf(store, 'Message');
      await endAll();
      await store.append(row('second'));
      expect(await rowsOf(store, 'Message')).to.have.length(2);
      const offers = Array.from({ length: 500 }, (_, n) => store.append(row(`M${n}`)));
      await offers[40];
      await endAll();
      await Promise.all(offers);
      expect(states).to.deep.equal([]);
      expect(await rowsOf(store, 'Message')).to.have.length(502);
      expect(await rowsOf(store, 'Ack')).to.have.length(502);
      expect(store.statistics()).to.include({ stored: 502, duplicates: 0, available: true });
    });

    async function endAll(): Promise<void> {
      const list = `SELECT id AS id FROM information_schema.processlist
        WHERE db = '${options.database}' AND id <> CONNECTION_ID()`;
      // One of them may be on its way out by itself.
      for (const { id } of await database.sql(options, list)) {
        await database.sql(options, `KILL ${id}`).catch((error: { original?: { errno?: number } }) => {
          if (error.original?.errno !== NO_SUCH_THREAD) throw error;
        });
      }
    }
  });
}
