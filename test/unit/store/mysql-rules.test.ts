import { expect } from 'chai';
import { Hl7Error } from '../../../nodes/lib/errors';
import { mysqlDdl } from '../../../nodes/lib/store/dialects/mysql/ddl';
import { classifyError, connectionIsOf, openReason } from '../../../nodes/lib/store/dialects/mysql/error-classes';
import { quoted, timeText } from '../../../nodes/lib/store/dialects/mysql/literals';
import { fits, parcels, textGroups } from '../../../nodes/lib/store/dialects/mysql/packets';
import { durabilityOf, engineOf, prepareWriter } from '../../../nodes/lib/store/dialects/mysql/settings';
import { MysqlWriter } from '../../../nodes/lib/store/dialects/mysql/writer';
import type { Session } from '../../../nodes/lib/store/dialects/shared/session';
import { makeRecord } from '../../../nodes/lib/store/record/record';
import { schemaSql } from '../../../nodes/lib/store/schema/migrate';
import { rejection, row } from './helper';

/** An error as mysql2 makes it of what the server says. */
function told(errno: number, sqlState: string): Error {
  return Object.assign(new Error('x'), { errno, sqlState, code: `ER_${errno}` });
}

describe('store: errors of MySQL and MariaDB', () => {
  const cases: [string, Error, string | undefined, boolean][] = [
    ['a deadlock', told(1213, '40001'), 'busy', false],
    ['a lock wait timeout', told(1205, 'HY000'), 'busy', false],
    ['text that is too long', told(1406, '22001'), 'data', false],
    ['a character that the column has not', told(1366, 'HY000'), 'data', false],
    ['a number out of range', told(1264, '22003'), 'data', false],
    ['a missing value', told(1048, '23000'), 'data', false],
    ['another unique key', told(1062, '23000'), 'data', false],
    ['a CHECK', told(3819, 'HY000'), 'data', false],
    ["a trigger's own error", told(1644, '45000'), 'data', false],
    ["a trigger's error with a state of its own", told(1644, '99001'), 'data', false],
    ['a query of a trigger that finds too much', told(1242, '21000'), 'statement', false],
    ['a full disk', told(1021, 'HY000'), 'unavailable', false],
    ['a full table', told(1114, 'HY000'), 'unavailable', false],
    ['an error of the file system', told(3, 'HY000'), 'unavailable', false],
    ['wrong SQL', told(1064, '42000'), 'unavailable', false],
    ['a missing table', told(1146, '42S02'), 'unavailable', true],
    ['a missing database', told(1049, '42000'), 'unavailable', true],
    ['a wrong password', told(1045, '28000'), 'unavailable', true],
    ['a server that became read-only', told(1290, 'HY000'), 'unavailable', true],
    ['a shutdown', told(1053, '08S01'), 'unavailable', true],
    ['a killed connection', told(1927, '70100'), 'unavailable', true],
    ['an idle connection that was ended', told(4031, 'HY000'), 'unavailable', true],
    ['a packet that became too large', told(1153, '08S01'), 'unavailable', true],
    ['too many connections, told before the greeting', told(1040, ''), 'unavailable', false],
    ['a reset', Object.assign(new Error('x'), { code: 'ECONNRESET', errno: -104, fatal: true }), 'unavailable', true],
    ['a closed connection', Object.assign(new Error('x'), { code: 'PROTOCOL_CONNECTION_LOST' }), 'unavailable', true],
    [
      'a command after the end',
      Object.assign(new Error("Can't add new command when connection is in closed state"), { fatal: true }),
      'unavailable',
      true,
    ],
    ['a fault of our own', new TypeError('x'), undefined, false],
  ];
  for (const [title, error, classify, reopen] of cases) {
    it(`${title}: ${classify ?? 'no error of the server'}${reopen ? ', opened again' : ''}`, () => {
      const wrapped = Object.assign(new Error('wrapped'), { name: 'SequelizeDatabaseError', original: error });
      for (const one of [error, wrapped]) {
        expect(classifyError(one)).to.equal(classify);
        expect(connectionIsOf(one)).to.equal(reopen);
      }
    });
  }

  it('are told in plain words when it cannot be opened', () => {
    expect(openReason(told(1045, '28000'))?.text).to.include('password');
    expect(openReason(told(1049, '42000'))?.text).to.include('database');
    expect(openReason(told(1040, ''))?.text).to.include('connection');
    expect(openReason(told(9999, 'HY000'))).to.equal(undefined);
  });
});

describe('store: settings of MySQL and MariaDB', () => {
  it('knows the engine by its version, behind a proxy too', () => {
    expect(engineOf('10.11.6-MariaDB-0+deb12u1')).to.deep.equal({ name: 'MariaDB', version: '10.11.6' });
    expect(engineOf('5.5.5-10.6.12-MariaDB-log')).to.deep.equal({ name: 'MariaDB', version: '10.6.12' });
    expect(engineOf('8.0.36')).to.deep.equal({ name: 'MySQL', version: '8.0.36' });
    expect(engineOf('8.4.3-commercial')).to.deep.equal({ name: 'MySQL', version: '8.4.3' });
  });

  it('refuses a version that is too old, by its name', async () => {
    for (const [version, text] of [
      ['10.5.29-MariaDB', 'MariaDB 10.5.29. Use MariaDB 10.6 or later'],
      ['5.7.44-log', 'MySQL 5.7.44. Use MySQL 8.0 or later'],
    ]) {
      const session = { run: async () => [{ version }] } as unknown as Session;
      const error = await rejection(prepareWriter(session, 'server/log'));
      expect(error.code).to.equal('STORE_OPEN_FAILED');
      expect(error.message).to.include(text).and.include('server/log');
    }
  });

  it('warns of each that loses what was committed', () => {
    const good: [string, string][] = [
      ['innodb_flush_log_at_trx_commit', '1'],
      ['innodb_doublewrite', 'ON'],
      ['log_bin', 'OFF'],
      ['sync_binlog', '0'],
    ];
    const warnings = (...changes: [string, string][]) => durabilityOf(new Map([...good, ...changes])).warnings;
    expect(warnings()).to.deep.equal([]);
    expect(warnings(['innodb_doublewrite', 'DETECT_AND_RECOVER'])).to.deep.equal([]);
    expect(warnings(['log_bin', 'ON'], ['sync_binlog', '1'])).to.deep.equal([]);
    expect(warnings(['innodb_flush_log_at_trx_commit', '2'])[0]).to.include('innodb_flush_log_at_trx_commit is 2');
    expect(warnings(['innodb_doublewrite', 'OFF'])[0]).to.include('innodb_doublewrite');
    expect(warnings(['innodb_doublewrite', 'DETECT_ONLY'])[0]).to.include('innodb_doublewrite');
    expect(warnings(['log_bin', 'ON'])[0]).to.include('sync_binlog is 0');
    expect(durabilityOf(new Map(good)).durability).to.have.keys(
      'innodb_flush_log_at_trx_commit',
      'innodb_doublewrite',
      'log_bin',
    );
  });

  it('makes a table with its indexes in one statement, that may be run again', () => {
    const statements = schemaSql(mysqlDdl).filter((sql) => sql.startsWith('CREATE'));
    expect(statements).to.have.length(6);
    for (const sql of statements)
      expect(sql).to.match(/^CREATE TABLE IF NOT EXISTS hl7_\w+ \([\s\S]*ENGINE=InnoDB.*utf8mb4_bin$/);
    expect(statements[1]).to.include('UNIQUE KEY hl7_messages_dedupe_key (dedupe_key)');
  });

  it('writes text and times as they are read', () => {
    expect(quoted(`O'Neil \\ "x"`)).to.equal(`'O''Neil \\ "x"'`);
    expect(quoted(null)).to.equal('NULL');
    expect(timeText(new Date('2024-02-29T08:41:12.005Z'))).to.equal('2024-02-29 08:41:12.005');
  });
});

describe('store: packets of MySQL and MariaDB', () => {
  const record = (text: string, raw = Buffer.from(text)) => makeRecord(row('1', { text, raw }));
  const at = 'server/log';

  it('hold as many messages as they take, in order', () => {
    const records = Array.from({ length: 5 }, () => record('x'.repeat(10_000)));
    const groups = parcels(records, 30_000, at);
    expect(groups.map((group) => group.length)).to.deep.equal([2, 2, 1]);
    expect(groups.flat().map((one) => one.record)).to.deep.equal(records);
    expect(parcels(records, 1_000_000, at)).to.have.length(1);
    expect(
      parcels(
        Array.from({ length: 2001 }, () => records[0]!),
        1e9,
        at,
      ).map((group) => group.length),
    ).to.deep.equal([2000, 1]);
  });

  it('hold no text that the server can make of the bytes', () => {
    const latin = '\xe4'.repeat(10_000);
    const ways = [
      parcels([record('x'.repeat(10_000))], 20_000, at),
      parcels([record(`\u{1f600}${'x'.repeat(9000)}`)], 20_000, at),
      parcels([record(latin, Buffer.from(latin, 'latin1'))], 60_000, at),
      parcels([record(latin, Buffer.from(latin, 'latin1'))], 26_000, at),
    ].map((groups) => groups[0]![0]!.text);
    expect(ways).to.deep.equal(['derived', 'derived', 'sent', 'apart']);
  });

  it('refuse what none of them takes, by its size and the setting alone', () => {
    const secret = 'DOE^JANE'.repeat(5000);
    for (const one of [record(secret), record('\xe4'.repeat(20_000), Buffer.alloc(20_000, 0xe4))]) {
      expect(() => parcels([record('x'), one], 30_000, at))
        .to.throw(Hl7Error, /max_allowed_packet/)
        .that.includes({ code: 'STORE_MESSAGE_TOO_LARGE', fault: 'content' })
        .and.has.property('message')
        .that.includes(at)
        .and.not.includes('DOE');
    }
    expect(() => textGroups(['x'.repeat(30_000)], 30_000, at))
      .to.throw(Hl7Error)
      .that.has.property('code', 'STORE_MESSAGE_TOO_LARGE');
    expect(textGroups(['a', 'b', 'c'.repeat(4000), 'd'.repeat(4000)], 10_000, at)).to.deep.equal([
      `a,b,${'c'.repeat(4000)}`,
      'd'.repeat(4000),
    ]);
    expect(fits(['x'.repeat(10_000)], 20_000)).to.equal(true);
    expect(fits(['x'.repeat(10_000), 'x'.repeat(10_000)], 20_000)).to.equal(false);
  });

  it('refuse half a character, which would go out as another one', () => {
    expect(() => parcels([record('a\ud83d')], 30_000, at))
      .to.throw(Hl7Error)
      .that.includes({ code: 'STORE_TEXT_INVALID', fault: 'content' });
  });
});

describe('store: what a batch on MySQL and MariaDB asks', () => {
  /** The texts of a batch that goes as usual, over a session that only takes them down. */
  async function textsOf(): Promise<string[]> {
    const texts: string[] = [];
    const records = ['a', 'b'].map((id) => makeRecord(row(id)));
    const session = {
      location: 'test',
      run: async (sql: string) => {
        texts.push(sql);
        return sql.includes('LAST_INSERT_ID()') ? [{ id: 1 }, { id: 2 }] : [];
      },
      do: async (sql: string) => {
        texts.push(sql);
        return { affectedRows: records.length, insertId: 7 };
      },
    };
    const written = await new MysqlWriter(session as never, 16_777_216).insertBatch(records, new Date(), 'token');
    expect(written.map(({ id, answerIds }) => [id, answerIds])).to.deep.equal([
      [7, [1]],
      [8, [2]],
    ]);
    return texts;
  }

  it('reads no messages inside an INSERT: that would lock the rows of other writers', async () => {
    const statements = (await textsOf()).flatMap((text) => text.split(/;\s*/));
    const inserts = statements.filter((one) => one.startsWith('INSERT'));
    expect(inserts).to.have.length(3);
    for (const one of inserts) expect(one).to.not.match(/FROM hl7_messages/);
  });

  it('proves the ids in its own transaction, before what hangs on them', async () => {
    const statements = (await textsOf()).flatMap((text) => text.split(/;\s*/));
    const at = (start: RegExp): number => statements.findIndex((one) => start.test(one));
    const places = [
      /^START TRANSACTION/,
      /^INSERT INTO hl7_messages/,
      /INTO @hl7_first FROM hl7_messages\s+WHERE id BETWEEN 7 AND 8 AND batch_token = 'token'/,
      /^INSERT INTO hl7_acks .*\(\(@hl7_first \+ 0\), .*\),\(8, /,
      /^INSERT INTO hl7_identifiers/,
      /^COMMIT/,
    ].map(at);
    expect(places)
      .to.deep.equal([...places].sort((a, b) => a - b))
      .and.not.include(-1);
  });
});
