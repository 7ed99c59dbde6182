import { expect } from 'chai';
import { policyOf } from '../../../../nodes/lib/store';
import { OracleDialect } from '../../../../nodes/lib/store/dialects/oracle/dialect';
import type { OracleResult } from '../../../../nodes/lib/store/dialects/oracle/driver';
import type { Session } from '../../../../nodes/lib/store/dialects/shared/session';
import { type RunCounts, run, systemClock } from '../../../../nodes/lib/store/retention/run';
import type { RetentionPolicy } from '../../../../nodes/lib/store/types';
import { type Call, session } from './fake';

const NOW = new Date('2024-03-11T00:00:00Z');
const DUE = { ID: 7, RECEIVED_AT: new Date('2024-02-01T08:09:10.123Z'), BYTES: 100, DROPPED: null };

/** An open one, on a session from outside. */
class Opened extends OracleDialect {
  constructor(readonly one: Session) {
    super({ dialect: 'oracle', host: 'db', database: 'LOG', user: 'u', password: 'p', schema: 'HL7' });
  }

  override async reader(): Promise<never> {
    return undefined as never;
  }

  protected override async connect(): Promise<Session> {
    return this.one;
  }
}

describe('store: the retention on Oracle', () => {
  const retain = async (policy: RetentionPolicy, answers: [string, OracleResult][]) => {
    const { calls, session: one } = await session([
      ['SELECT value', { rows: [{ VALUE: 'AL32UTF8' }] }],
      ['SELECT holder', { rows: [{ HOLDER: 'me', TIME_NOW: NOW }] }],
      ...answers,
    ]);
    const maintenance = await new Opened(one).maintain();
    const begin = calls.length;
    const tally: RunCounts = { contentsDropped: 0, messagesDeleted: 0 };
    const clock = { ...systemClock, now: () => NOW, pause: async () => undefined };
    const never = (): boolean => false;
    const done = await run(
      { policy: policyOf(policy)!, maintenance, clock, holder: 'me', memory: {}, busy: never, stopped: never },
      tally,
    );
    await maintenance.close();
    return { done, tally, calls: calls.slice(begin).map(({ sql }: Call) => sql) };
  };
  const until = "SYSTIMESTAMP + NUMTODSINTERVAL(60, 'SECOND')";
  const prolonged = [
    `UPDATE HL7.hl7_leases SET held_until = ${until} WHERE name = 'retention' AND holder = 'me'`,
    "SELECT holder AS holder FROM HL7.hl7_leases WHERE name = 'retention'",
  ];
  const taken = [
    `UPDATE HL7.hl7_leases SET holder = 'me', held_until = ${until} WHERE name = 'retention' AND (holder = 'me' OR held_until IS NULL OR held_until < SYSTIMESTAMP)`,
    "SELECT holder AS holder, SYSTIMESTAMP AS time_now FROM HL7.hl7_leases WHERE name = 'retention'",
    'COMMIT',
  ];
  const released = [
    "UPDATE HL7.hl7_leases SET holder = NULL, held_until = NULL WHERE name = 'retention' AND holder = 'me'",
    'COMMIT',
  ];

  it('drops content by age in words that Oracle knows', async () => {
    const { done, tally, calls } = await retain({ contentDays: 10 }, [['SELECT id', { rows: [DUE] }]]);
    expect({ done, ...tally }).to.deep.equal({ done: true, contentsDropped: 1, messagesDeleted: 0 });
    expect(calls).to.deep.equal([
      ...taken,
      `SELECT id AS id, received_at AS received_at, "SIZE" AS bytes, content_dropped_at AS dropped FROM HL7.hl7_messages WHERE received_at < TIMESTAMP '2024-03-01 00:00:00.000 +00:00' ORDER BY received_at, id FETCH FIRST 500 ROWS ONLY`,
      ...prolonged,
      'UPDATE HL7.hl7_messages SET "RAW" = NULL, text = NULL, content_dropped_at = SYSTIMESTAMP WHERE id IN (7)',
      'COMMIT',
      ...released,
    ]);
  });

  it('deletes by number, what hangs on a message first', async () => {
    const { tally, calls } = await retain({ messages: 3 }, [
      ['SELECT (SELECT MIN', { rows: [{ LOWEST: 7, HIGHEST: 12 }] }],
      ['SELECT COUNT', { rows: [{ N: 5 }] }],
      ['SELECT id AS id FROM', { rows: [{ ID: 12 }, { ID: 11 }, { ID: 9 }] }],
      ['SELECT id AS id, received_at', { rows: [DUE] }],
    ]);
    expect(tally.messagesDeleted).to.equal(1);
    expect(calls).to.include(
      'SELECT (SELECT MIN(id) FROM HL7.hl7_messages) AS lowest, (SELECT MAX(id) FROM HL7.hl7_messages) AS highest FROM dual',
    );
    expect(calls).to.include(
      'SELECT id AS id FROM HL7.hl7_messages WHERE id >= 7 AND id < 13 ORDER BY id DESC FETCH FIRST 3 ROWS ONLY',
    );
    const deletes = calls.filter((sql) => sql.startsWith('DELETE'));
    expect(deletes).to.deep.equal([
      'DELETE FROM HL7.hl7_acks WHERE message_id IN (7)',
      'DELETE FROM HL7.hl7_identifiers WHERE message_id IN (7)',
      'DELETE FROM HL7.hl7_custom_rows WHERE message_id IN (7)',
      'DELETE FROM HL7.hl7_messages WHERE id IN (7)',
    ]);
    const at = calls.indexOf(deletes[0]!);
    expect(calls.slice(at - 2, at)).to.deep.equal(prolonged);
    expect(calls[at + 4]).to.equal('COMMIT');
  });

  it('makes its row where nobody had it, and leaves everything alone while another has it', async () => {
    const { calls, session: one } = await session([['SELECT value', { rows: [{ VALUE: 'AL32UTF8' }] }]]);
    const maintenance = await new Opened(one).maintain();
    const never = (): boolean => false;
    const clock = { ...systemClock, now: () => NOW };
    const policy = policyOf({ days: 1 })!;
    const options = { policy, maintenance, clock, holder: 'me', memory: {}, busy: never, stopped: never };
    const tally: RunCounts = { contentsDropped: 0, messagesDeleted: 0 };
    expect(await run(options, tally)).to.equal(false);
    const sql = calls.map((call) => call.sql);
    expect(sql).to.include(
      "INSERT INTO HL7.hl7_leases (name) SELECT name FROM (SELECT 'retention' AS name FROM dual) one WHERE NOT EXISTS (SELECT 1 FROM HL7.hl7_leases WHERE name = 'retention')",
    );
    expect(sql.filter((one) => /^(DELETE|UPDATE HL7.hl7_messages)/.test(one))).to.deep.equal([]);
  });
});
