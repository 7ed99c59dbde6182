import { expect } from 'chai';
import { WRITTEN } from '../../../../nodes/lib/store/columns';
import { oracleDdl } from '../../../../nodes/lib/store/dialects/oracle/ddl';
import { statementsOf } from '../../../../nodes/lib/store/dialects/oracle/statements';
import { OracleWriter } from '../../../../nodes/lib/store/dialects/oracle/writer';
import { makeRecord } from '../../../../nodes/lib/store/record/record';
import { answer, row } from '../helper';
import { type Call, ora, session } from './fake';

const NOW = new Date('2024-03-01T01:02:03.004Z');
const SQL = statementsOf(oracleDdl(''));

function stored(key: string, id: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const message = { ID: id, DEDUPE_KEY: key, DEVIATIONS: null, BATCH_TOKEN: 't', DELIVERIES: 1 };
  return { ...message, STORED_AT: '2024-03-01T01:02:03.004', ...changes };
}

const kinds = (calls: readonly Call[]): string[] =>
  calls.map(({ sql }) =>
    sql
      .split(/[\s(]+/, 3)
      .join(' ')
      .replace(/^SELECT.*/, 'SELECT'),
  );

describe('store: writing to Oracle', () => {
  it('sends the messages of a batch as one statement for all rows, long values last, and commits once', async () => {
    const [a, b] = [
      makeRecord(row('A')),
      makeRecord(row('\u00e4', { answers: [answer('CA', 'c'), answer('AA', 'a')] })),
    ];
    const { calls, session: one } = await session([
      ['SELECT m.id', { rows: [stored(b.key, 8, { DEVIATIONS: 'CONTROL_ID_REUSED' }), stored(a.key, 7)] }],
      ['INSERT INTO hl7_acks', { outBinds: [{ v_id: [21] }, { v_id: [22] }, { v_id: [23] }] }],
    ]);
    const offered = await new OracleWriter(one, SQL).insertBatch([a, b], NOW, 't');
    expect(offered).to.have.deep.members([
      { id: 7, key: a.key, controlIdReused: false, inserted: true, answerIds: [21] },
      { id: 8, key: b.key, controlIdReused: true, inserted: true, answerIds: [22, 23] },
    ]);
    expect(kinds(calls)).to.deep.equal([
      'INSERT INTO hl7_messages',
      'SELECT',
      'INSERT INTO hl7_identifiers',
      'INSERT INTO hl7_acks',
      'COMMIT',
    ]);
    const [insert, , identifiers, acks] = calls as [Call, Call, Call, Call];
    const values = insert.values as Record<string, unknown>[];
    expect(values).to.have.length(2);
    expect(values[1]).to.include({
      v_control_id: '\u00e4',
      v_stored_at: '2024-03-01T01:02:03.004',
      v_batch_token: 't',
    });
    expect(Object.keys(values[0]!)).to.deep.equal(WRITTEN.map((column) => `v_${column}`));
    expect(Object.keys(values[0]!).slice(-2)).to.deep.equal(['v_raw', 'v_text']);
    expect(insert.options).to.include({ autoCommit: false, batchErrors: true });
    expect(insert.options.bindDefs).to.deep.include({
      v_control_id: { type: 'VARCHAR', maxSize: 2 },
      v_size: { type: 'NUMBER' },
      v_raw: { type: 'RAW', maxSize: maxOf(a, b, 'raw') },
      v_text: { type: 'VARCHAR', maxSize: maxOf(a, b, 'text') },
    });
    expect(calls[1]!.values).to.deep.equal([JSON.stringify([a.key, b.key])]);
    expect(identifiers.values).to.have.length(2);
    expect((identifiers.values as object[])[0]).to.include({ v_message_id: 7, v_position: 1, v_value: '4711' });
    expect((acks.values as object[]).map((one) => (one as { v_message_id: number }).v_message_id)).to.deep.equal([
      7, 8, 8,
    ]);
    expect(acks.options.bindDefs).to.deep.include({ v_id: { type: 'NUMBER', dir: 3003 } });
  });

  it('skips a message whose key is there, and finds what an earlier attempt at the batch wrote', async () => {
    const [mine, other] = [makeRecord(row('1')), makeRecord(row('2'))];
    const { calls, session: one } = await session([
      ['INSERT INTO hl7_messages', { batchErrors: [0, 1].map((offset) => Object.assign(ora(1), { offset })) as never }],
      ['SELECT m.id', { rows: [stored(mine.key, 5, { BATCH_TOKEN: 'mine' }), stored(other.key, 6)] }],
      [
        'SELECT id, message_id',
        {
          rows: [
            { ID: 9, MESSAGE_ID: 5, KIND: 'accept', CODE: 'CA', ANSWERED_AT: '2024-03-01T01:02:03.004', SENT_AT: null },
          ],
        },
      ],
    ]);
    const offered = await new OracleWriter(one, SQL).insertBatch([mine, other], NOW, 'mine');
    expect(offered).to.deep.equal([{ id: 5, key: mine.key, controlIdReused: false, inserted: true, answerIds: [9] }]);
    expect(kinds(calls)).to.deep.equal(['INSERT INTO hl7_messages', 'SELECT', 'SELECT', 'COMMIT']);
  });

  it('takes everything back for a row that is refused for another reason', async () => {
    const refused = Object.assign(ora(12899), { offset: 1 }) as never;
    const { calls, session: one } = await session([['INSERT INTO hl7_messages', { batchErrors: [refused] }]]);
    const error = await new OracleWriter(one, SQL)
      .insertBatch([makeRecord(row('1')), makeRecord(row('2'))], NOW, 't')
      .catch((reason: Error) => reason);
    expect(error).to.equal(refused);
    expect(kinds(calls)).to.deep.equal(['INSERT INTO hl7_messages', 'ROLLBACK']);
  });

  it('puts empty bytes and texts where Oracle would put NULL', async () => {
    const empty = makeRecord(row('1', { raw: Buffer.alloc(0), text: '', answers: [] }));
    const { calls, session: one } = await session([['SELECT m.id', { rows: [stored(empty.key, 1)] }]]);
    await new OracleWriter(one, SQL).insertMessages([empty], NOW, 't');
    expect(calls.slice(1, 3).map(({ sql }) => sql)).to.deep.equal([SQL.emptyRaw, SQL.emptyText]);
    expect(calls[1]!.values).to.deep.equal([{ v_dedupe_key: empty.key }]);
  });

  it('adds to deliveries in the order of the keys, and reads the rows again', async () => {
    const { calls, session: one } = await session([
      ['SELECT m.id', { rows: [stored('a', 1, { DELIVERIES: 3 }), stored('b', 2), stored('c', 3)] }],
    ]);
    const counts = new Map([
      ['c', 2],
      ['b', 0],
      ['a', 1],
    ]);
    const found = await new OracleWriter(one, SQL).addDeliveries(counts);
    expect(calls[0]!.values).to.deep.equal([
      { v_n: 1, v_dedupe_key: 'a' },
      { v_n: 2, v_dedupe_key: 'c' },
    ]);
    expect(found[0]).to.deep.equal({
      id: 1,
      key: 'a',
      controlIdReused: false,
      storedAt: NOW,
      deliveries: 3,
      token: 't',
    });
  });

  it('reads answers with what Oracle holds as NULL, in UTC', async () => {
    const text = '2024-03-01T01:02:03.004';
    const raw = Buffer.from('MSA');
    const { calls, session: one } = await session([
      [
        'SELECT id, message_id',
        {
          rows: [
            {
              ID: 9,
              MESSAGE_ID: 5,
              KIND: 'accept',
              CODE: 'CA',
              CONTROL_ID: null,
              RAW: raw,
              ANSWERED_AT: text,
              SENT_AT: text,
            },
          ],
        },
      ],
    ]);
    const answers = await new OracleWriter(one, SQL).answersOf([5]);
    expect(answers.get(5)).to.deep.equal([
      { id: 9, kind: 'accept', code: 'CA', controlId: '', raw, answeredAt: NOW, sentAt: NOW },
    ]);
    expect(calls[0]!.options.fetchInfo).to.deep.equal({ RAW: { type: 'BUFFER' } });
  });

  it('notes what was sent, and commits', async () => {
    const { calls, session: one } = await session([]);
    await new OracleWriter(one, SQL).recordSentTimes(new Map([[4, NOW]]));
    expect(calls[0]!.values).to.deep.equal([{ v_at: '2024-03-01T01:02:03.004', v_id: 4 }]);
    expect(kinds(calls)).to.deep.equal(['UPDATE hl7_acks SET', 'COMMIT']);
  });

  it('merges own rows again when another writer was first with a key', async () => {
    let attempts = 0;
    const { session: one } = await session([]);
    const writer = new OracleWriter(one, SQL);
    one.client.execute = async () => {
      attempts += 1;
      if (attempts % 2 === 1) throw ora(1);
      return {};
    };
    const limits = { lockMs: 500, statementMs: 1000 };
    await writer.own({ sql: 'MERGE INTO t', parameters: [] }, limits);
    expect(attempts).to.equal(2);
    const error = await writer
      .own({ sql: 'INSERT INTO t', parameters: [] }, limits)
      .catch((reason: Error) => reason.message);
    expect(error).to.match(/^ORA-00001/);
  });
});

function maxOf(a: ReturnType<typeof makeRecord>, b: ReturnType<typeof makeRecord>, column: 'raw' | 'text'): number {
  return Math.max(...[a, b].map(({ columns }) => Buffer.byteLength(columns[column] as string)));
}
