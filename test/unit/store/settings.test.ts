import { expect } from 'chai';
import type { Connection } from '../../../nodes/lib/store/dialects/sqlite/driver';
import { applySettings } from '../../../nodes/lib/store/dialects/sqlite/settings';
import { rejection } from './helper';

/** A connection to an engine of which only version and settings are known. */
function engine(answers: Record<string, string | number>): { connection: Connection; ran: string[] } {
  const ran: string[] = [];
  const connection = {
    async once(sql: string) {
      ran.push(sql);
      const name = sql.startsWith('PRAGMA') ? sql.slice(7).split(' ')[0]! : 'version';
      return [{ [name]: answers[name] ?? '' }];
    },
    async exec(sql: string) {
      ran.push(sql);
    },
  };
  return { connection: connection as unknown as Connection, ran };
}

const GOOD = { version: '3.52.0', journal_mode: 'wal', synchronous: 2 };

describe('store: settings of SQLite', () => {
  it('are set and found in force', async () => {
    const { connection, ran } = engine(GOOD);
    await applySettings(connection, 'x.sqlite');
    expect(ran.join('\n'))
      .to.match(/synchronous = FULL/)
      .and.match(/journal_mode = WAL/);
  });

  it('are not tried on an engine that can lose commits', async () => {
    const { connection, ran } = engine({ ...GOOD, version: '3.50.4' });
    const error = await rejection(applySettings(connection, 'x.sqlite'));
    expect(error.code).to.equal('STORE_SQLITE_VERSION');
    expect(error.message).to.include('3.50.4').and.include('3.51.3');
    expect(ran).to.have.length(1);
  });

  for (const [name, value] of Object.entries({ journal_mode: 'delete', synchronous: 1 })) {
    it(`refuse the file when ${name} stays ${value}`, async () => {
      const error = await rejection(applySettings(engine({ ...GOOD, [name]: value }).connection, 'x.sqlite'));
      expect(error.code).to.equal('STORE_NOT_DURABLE');
      expect(error.message).to.include('x.sqlite').and.include(`${name} ${value}`);
    });
  }
});
