import { stat } from 'node:fs/promises';
import { expect } from 'chai';
import { Sequelize } from 'sequelize';
import { Store } from '../../../nodes/lib/store';
import { Checkpointer } from '../../../nodes/lib/store/dialects/sqlite/checkpointer';
import { until } from '../../support/wait';
import { messageText, otherProgram, row, temporaryFolder } from './helper';

const PAGE_BYTES = 4096;
const MESSAGE_BYTES = 1_000_000;
/** The raw bytes and the text. */
const PAGES_A_MESSAGE = Math.ceil((2 * MESSAGE_BYTES) / PAGE_BYTES);

describe('store: the write-ahead log of SQLite', () => {
  const folder = temporaryFolder();
  let number = 0;
  let file = '';
  let store: Store;

  beforeEach(async () => {
    file = folder.path(`log-${++number}.sqlite`);
    store = await Store.open({ dialect: 'sqlite', file });
  });

  afterEach(() => store.close());

  const append = async (count: number): Promise<void> => {
    const filler = 'x'.repeat(MESSAGE_BYTES);
    for (let n = 0; n < count; n++) {
      await store.append(row(`${n}`, { text: messageText(`${n}`, `\rNTE|1||${filler}`) }));
    }
  };
  const pages = async (): Promise<{ log: number; checkpointed: number }> =>
    (await otherProgram(file, 'PRAGMA wal_checkpoint(NOOP)'))[0] as { log: number; checkpointed: number };

  it('is copied to the file beside the commits, before a commit has to do it', async () => {
    await append(20);
    await until('pages are copied', async () => (await pages()).checkpointed >= 4000);
    const { log } = await pages();
    expect(log).to.be.within(20 * PAGES_A_MESSAGE, 15_000, 'no commit has emptied it');
  });

  it('begins anew under load, and all that was in it is in the file', async () => {
    const count = 70;
    expect(count * PAGES_A_MESSAGE).to.be.greaterThan(30_000);
    await append(count);
    const { size } = await stat(`${file}-wal`);
    expect(size / PAGE_BYTES).to.be.lessThan(25_000);
    await store.close();
    const query = 'SELECT count(*) AS rows, min(length(raw)) AS bytes FROM hl7_messages';
    const [found] = await otherProgram(file, query);
    expect(found!.rows).to.equal(count);
    expect(found!.bytes).to.be.greaterThan(MESSAGE_BYTES);
    expect(await otherProgram(file, 'PRAGMA integrity_check')).to.deep.equal([{ integrity_check: 'ok' }]);
  });

  it('is left to the commits when it cannot be copied', async () => {
    const { default: dialectModule } = (await import('@appthreat/sqlite3')) as unknown as { default: object };
    const broken = folder.path('no-database.sqlite');
    const checkpointer = await Checkpointer.of(
      new Sequelize({ dialect: 'sqlite', storage: broken, dialectModule, logging: false }),
    );
    const runs: string[] = [];
    const { connection } = checkpointer;
    connection.all = async (sql: string) => {
      runs.push(sql);
      throw new Error('SQLITE_IOERR: disk I/O error');
    };
    for (let n = 0; n < 8; n++) checkpointer.wrote();
    expect(runs).to.deep.equal(['PRAGMA wal_checkpoint(NOOP)']);
    await checkpointer.close();
    checkpointer.wrote();
  });
});
