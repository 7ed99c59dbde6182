/** One delivery, several stores: what is written for it, and what the log says that its sender was answered. */
import { join } from 'node:path';
import { expect } from 'chai';
import { field } from '../support/hl7-text';
import { LogTable, query, WriteLock } from '../support/log-table';
import { message } from '../support/messages';
import { frame, type MllpClient } from '../support/mllp-client';
import { until } from '../support/wait';
import { Flow, LATE, type Message } from './harness';

type Properties = Record<string, unknown>;

const column = (name: string, source: string, changes: Properties = {}): Properties => ({
  column: name,
  kind: 'path',
  source,
  type: 'text',
  size: '100',
  key: false,
  missing: 'null',
  misfit: 'refuse',
  ...changes,
});
const table = (name: string): Properties => ({
  write: 'both',
  table: name,
  create: true,
  mode: 'insert',
  rows: 'message',
  columns: [column('control_id', 'MSH-10')],
});

const batchOf = (...ids: string[]): string =>
  `BHS|^~\\&|A|B\r${ids.map((controlId) => message({ controlId })).join('')}BTS|${ids.length}\r`;

describe('one delivery in several stores', () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  const log = () => new LogTable(flow.file);
  const other = () => join(flow.folder, 'other.sqlite');
  const idsIn = async (name: string) =>
    (await query<Properties>(flow.file, `SELECT control_id FROM ${name} ORDER BY rowid`)).map((row) => row.control_id);
  const deliveries = async () => (await log().messages()).map((row) => [row.control_id, row.deliveries]);

  function second(wires: string[][], properties: Properties = {}): void {
    flow.add('second', 'hl7-db-store', wires, { database: 'db', ...properties });
  }

  const FLOWS: Record<string, [first: Properties, second: Properties, tables: string[]]> = {
    'the log and a table, then the log and another': [table('visits'), table('results'), ['visits', 'results']],
    'the log, then the log and a table': [{}, table('results'), ['results']],
    'the log and a table, then the log': [table('visits'), {}, ['visits']],
    'the log, then a table alone': [{}, { ...table('results'), write: 'own' }, ['results']],
    'repeats refused by both': [
      { ...table('visits'), again: 'refuse' },
      { ...table('results'), again: 'refuse' },
      ['visits', 'results'],
    ],
    'repeats stored again by both': [
      { ...table('visits'), again: 'store' },
      { ...table('results'), again: 'store' },
      ['visits', 'results'],
    ],
  };

  for (const [what, [one, two, tables]] of Object.entries(FLOWS)) {
    for (const branches of [false, true]) {
      it(`writes ${what}${branches ? ', on two branches' : ''}: both once, and one delivery`, async () => {
        flow.listener(branches ? ['store', 'second'] : ['store'], LATE);
        flow.store([branches ? ['end'] : ['second']], one);
        second([['ack']], two);
        flow.ackOut(['end']).watch('end');
        await flow.start();
        const client = await flow.sender();
        for (const controlId of ['D1', 'D2']) {
          expect(field(await client.send(message({ controlId })), 'MSA', 1)).to.equal('AA');
        }
        await flow.message('end', branches ? 4 : 2);
        expect(flow.got('caught')).to.deep.equal([]);
        for (const name of tables) expect(await idsIn(name), name).to.deep.equal(['D1', 'D2']);
        expect(await deliveries()).to.deep.equal([
          ['D1', 1],
          ['D2', 1],
        ]);
      });
    }
  }

  it('counts a repeat once, and writes nothing again', async () => {
    flow.listener(['store'], LATE).store([['second']], table('visits'));
    second([['ack']], table('results'));
    flow.ackOut(['end']).watch('end');
    await flow.start();
    const client = await flow.sender();
    const repeated = message({ controlId: 'D1' });
    const answers = [await client.send(repeated), await client.send(repeated), await client.send(repeated)];
    for (const answer of answers) expect(answer).to.deep.equal(answers[0]);
    expect([await idsIn('visits'), await idsIn('results')]).to.deep.equal([['D1'], ['D1']]);
    expect(await deliveries()).to.deep.equal([['D1', 3]]);
  });

  it('gets its rows one after another when it is stored twice at the same time by one node', async () => {
    flow
      .listener(['store', 'pass'], LATE)
      .collect('pass')
      .store([['end']], table('visits'))
      .watch('end');
    flow.nodes.find(({ id }) => id === 'pass')!.wires = [['store']];
    await flow.start();
    flow.node('pass').on('input', function (this: { send(msg: object): void }, msg: object) {
      this.send(msg);
    } as never);
    const client = await flow.sender();
    client.write(frame(message({ controlId: 'D1' })));
    await flow.message('end', 2);
    expect(await idsIn('visits')).to.deep.equal(['D1']);
    expect(await deliveries()).to.deep.equal([['D1', 1]]);
  });

  it('is not answered positively when a store on another branch has failed before', async () => {
    const refused = { ...table('results'), columns: [column('ward', 'PV1-99', { missing: 'refuse' })] };
    flow
      .listener(['second', 'pass'], LATE)
      .collect('pass')
      .store([['ack']])
      .ackOut(['end'])
      .watch('end');
    second([], refused);
    flow.nodes.find(({ id }) => id === 'pass')!.wires = [['store']];
    await flow.start();
    flow.node('pass').on('input', function (this: { send(msg: object): void }, msg: object) {
      this.send(msg);
    } as never);
    const client = await flow.sender();
    expect(field(await client.send(message({ controlId: 'D1' })), 'MSA', 1)).to.equal('AE');
    expect((await flow.message('caught')).error).to.include({ code: 'STORE_VALUE_REFUSED' });
  });

  describe('hl7_acks holds what has left', () => {
    interface Case {
      /** Adds the nodes, from the listener to the end. */
      build(): void;
      listener?: Properties;
      /** Sends, and waits for what there is to wait for. */
      act?(client: MllpClient): Promise<unknown>;
      /** Files of the logs that hold rows. */
      files?(): string[];
      /** Rows in each log; default 1. */
      rows?: number;
      /** How many of the answers of each row left; default 1. */
      left?: 0 | 1;
      /** The code of each answer; default AA. */
      code?: string;
    }

    const send = (client: MllpClient) => client.send(message({ controlId: 'E1' }));
    function twoLogs(wires: string[][] = [['ack']]): void {
      flow.store([['second']]);
      const database = flow.nodes.find(({ id }) => id === 'db')!;
      flow.nodes.push({ ...database, id: 'db2', file: other() });
      second(wires, { database: 'db2' });
    }
    const both = () => [flow.file, other()];

    const CASES: Record<string, Case> = {
      'of one log': {
        build: () =>
          flow
            .listener(['store'], LATE)
            .store([['ack']])
            .ackOut(),
      },
      'of two logs': {
        build: () => {
          flow.listener(['store'], LATE);
          twoLogs();
          flow.ackOut();
        },
        files: both,
      },
      'of one log that is written twice': {
        build: () => {
          flow.listener(['store'], LATE).store([['second']]);
          second([['ack']]);
          flow.ackOut();
        },
      },
      'of a repeat, in two logs': {
        build: () => {
          flow.listener(['store'], LATE);
          twoLogs();
          flow.ackOut();
        },
        act: async (client) => expect(await send(client)).to.deep.equal(await send(client)),
        files: both,
      },
      'when the flow refuses the message after two stores': {
        build: () => {
          flow.listener(['store'], LATE);
          twoLogs();
          flow.ackOut([], { answer: 'AE', text: 'not for us' });
        },
        files: both,
        code: 'AE',
      },
      'when the flow has a text of its own': {
        build: () => {
          flow.listener(['store'], LATE);
          twoLogs();
          flow.ackOut([], { text: 'well done' });
        },
        files: both,
      },
      'when a node fails behind the stores': {
        build: () => {
          flow.listener(['store'], LATE);
          twoLogs([['parse']]);
          flow
            .add('parse', 'hl7-parse', [['ack']], { property: 'nothing' })
            .ackOut()
            .catcher(['ack']);
        },
        files: both,
        code: 'AE',
      },
      'when the answer leaves on receipt': {
        build: () =>
          flow
            .listener(['store'], LATE)
            .store([['end']])
            .watch('end'),
        listener: { acknowledge: 'receipt' },
        act: async (client) => {
          await send(client);
          await flow.message('end');
        },
      },
      'when the answer leaves before the message is stored': {
        build: () => {
          flow.listener(['ack'], LATE).ackOut(['store'], { onlyStored: false });
          twoLogs([['end']]);
          flow.watch('end');
        },
        act: async (client) => {
          await send(client);
          await flow.message('end');
        },
        files: both,
      },
      'when the answer leaves as soon as the first store has the message': {
        build: () => {
          flow.listener(['store'], LATE);
          twoLogs([['end']]);
          flow.watch('end');
        },
        listener: { acknowledge: 'stored' },
        act: async (client) => {
          await send(client);
          await flow.message('end');
        },
        files: both,
      },
      'when the time ran out after the message was stored': {
        build: () => {
          flow.listener(['store']);
          twoLogs([['end']]);
          flow.watch('end');
        },
        listener: { timeout: '0.5' },
        files: both,
        code: 'AR',
      },
      'when the time ran out before the flow stored the message': {
        build: () =>
          flow
            .listener(['late'], LATE)
            .collect('late')
            .store([['end']])
            .watch('end'),
        listener: { timeout: '0.2' },
        act: async (client) => {
          await send(client);
          flow.give('store', flow.got('late')[0] as Message);
          await flow.message('end');
        },
        code: 'AR',
      },
      'when the time ran out while the message was being stored': {
        build: () =>
          flow
            .listener(['store'], LATE)
            .store([['end']])
            .watch('end'),
        listener: { timeout: '0.5' },
        act: async (client) => {
          const isOpen = () =>
            log()
              .count()
              .then(
                () => true,
                () => false,
              );
          await until('the database', isOpen);
          const lock = await WriteLock.take(flow.file);
          await send(client);
          await lock.release();
          await flow.message('end');
        },
        code: 'AR',
      },
      'and nothing where nothing leaves': {
        build: () => {
          flow.listener(['store'], LATE);
          twoLogs([['end']]);
          flow.watch('end');
        },
        listener: { timeout: '0.3', onFailure: 'close' },
        act: async (client) => {
          client.write(frame(message({ controlId: 'E1' })));
          await client.closed;
        },
        files: both,
        left: 0,
      },
      'of the messages of a batch': {
        build: () =>
          flow
            .listener(['parse'], LATE)
            .add('parse', 'hl7-parse', [['store']])
            .store([['ack']])
            .ackOut(),
        act: (client) => client.send(batchOf('E1', 'E2')),
        rows: 2,
      },
      'of a batch that is stored before it is split, and of its messages': {
        build: () => {
          flow.listener(['store'], LATE).store([['parse']]);
          flow.add('parse', 'hl7-parse', [['second']]);
          second([['ack']]);
          flow.ackOut();
        },
        act: (client) => client.send(batchOf('E1', 'E2')),
        rows: 3,
      },
      'of a batch that is answered on receipt': {
        build: () => {
          flow.listener(['parse'], LATE).add('parse', 'hl7-parse', [['store']]);
          flow.store([['end']]).watch('end');
        },
        listener: { acknowledge: 'receipt' },
        act: async (client) => {
          await client.send(batchOf('E1', 'E2'));
          await flow.message('end', 2);
        },
        rows: 2,
      },
      'but nothing for other bytes that the flow stores': {
        build: () => {
          flow
            .listener(['store', 'change'], LATE)
            .store([['ack']])
            .ackOut();
          second([['end']]);
          flow.collect('change').watch('end');
          flow.nodes.find(({ id }) => id === 'change')!.wires = [['second']];
        },
        act: async (client) => {
          flow.node('change').on('input', function (this: { send(msg: object): void }, msg: Message) {
            const raw = Buffer.from(String(msg.payload).replace('E1', 'X1'));
            this.send({ ...msg, raw });
          } as never);
          await send(client);
          await flow.message('end');
          expect((await log().messages()).map((row) => row.control_id)).to.have.members(['E1', 'X1']);
          const [changed] = await log().byControlId('X1');
          expect(await log().acks(changed!.id)).to.deep.equal([]);
        },
        rows: 2,
      },
    };

    for (const [what, one] of Object.entries(CASES)) {
      it(what, async () => {
        one.build();
        Object.assign(flow.nodes.find(({ id }) => id === 'in')!, one.listener);
        await flow.start();
        const client = await flow.sender();
        await (one.act ?? send)(client);
        for (const file of one.files?.() ?? [flow.file]) {
          const read = new LogTable(file);
          const rows = await read.messages();
          expect(rows).to.have.length(one.rows ?? 1);
          expect(rows.map((row) => row.deliveries)).to.not.include(0);
          const expected = what.startsWith('but') ? 1 : rows.length * (one.left ?? 1);
          const acks = await until(`the answers of ${rows.length} rows as sent`, async () => {
            const found = await read.allAcks();
            return found.length === expected && found.every((ack) => ack.sent_at !== null) ? found : undefined;
          });
          for (const ack of acks) {
            expect(ack.code).to.equal(one.code ?? 'AA');
            const got = client.answers.find((answer) => answer.includes(ack.raw));
            expect(got, 'an answer that the sender got').to.not.equal(undefined);
            const row = rows.find(({ id }) => id === ack.message_id);
            const whole = row?.raw.toString().startsWith('BHS') || client.answers[0]?.toString().startsWith('MSH');
            if (whole) expect(ack.raw).to.deep.equal(got);
            else expect(field(ack.raw, 'MSA', 2)).to.equal(row?.control_id);
          }
        }
      });
    }
  });

  describe('of one connection, whatever its columns wait for', () => {
    /** The expression of a message waits in a context store that answers when the test says so. */
    async function start(): Promise<Map<string, (value: string) => void>> {
      const columns = [
        column('patient', 'PID-3.1', { key: true, missing: 'refuse' }),
        column('control_id', 'MSH-10'),
        column('ward', '$flowContext($hl7("MSH-10"))', { kind: 'expression' }),
      ];
      flow.listener(['store'], { ...LATE, window: '5' });
      flow.store([['ack']], { ...table('wards'), mode: 'upsert', columns });
      flow.ackOut(['end']).watch('end');
      await flow.start();
      const waiting = new Map<string, (value: string) => void>();
      const get = (key: string, _store: unknown, done: (error: Error | null, value?: string) => void) =>
        waiting.set(key, (value) => (value === 'fail' ? done(new Error('no such store')) : done(null, value)));
      (flow.node('store') as unknown as { context: unknown }).context = () => ({ flow: { get }, global: { get } });
      return waiting;
    }
    const sentBy = (client: MllpClient, ...ids: string[]) =>
      client.write(Buffer.concat(ids.map((controlId) => frame(message({ controlId, patientId: '4711' })))));
    const wards = () => query<Properties>(flow.file, 'SELECT control_id, ward FROM wards');

    it('keeps their order, and the later one wins', async () => {
      const waiting = await start();
      const client = await flow.sender();
      sentBy(client, 'A', 'B', 'C');
      await until('three expressions', () => waiting.size === 3 || undefined);
      for (const id of ['C', 'B', 'A']) waiting.get(id)!(`of ${id}`);
      await flow.message('end', 3);
      expect((await log().messages()).map((row) => row.control_id)).to.deep.equal(['A', 'B', 'C']);
      expect(await wards()).to.deep.equal([{ control_id: 'C', ward: 'of C' }]);
    });

    it('does not keep those of other connections waiting', async () => {
      const waiting = await start();
      const [slow, quick] = [await flow.sender(), await flow.sender()];
      sentBy(slow, 'A');
      await until('the first expression', () => waiting.has('A') || undefined);
      sentBy(quick, 'B');
      await until('the second expression', () => waiting.has('B') || undefined);
      waiting.get('B')!('of B');
      await flow.message('end', 1);
      waiting.get('A')!('of A');
      await flow.message('end', 2);
      expect((await log().messages()).map((row) => row.control_id)).to.deep.equal(['B', 'A']);
    });

    it('goes on behind one that fails', async () => {
      const waiting = await start();
      const client = await flow.sender();
      sentBy(client, 'A', 'B');
      await until('two expressions', () => waiting.size === 2 || undefined);
      waiting.get('B')!('of B');
      waiting.get('A')!('fail');
      expect([await client.next(), await client.next()].map((answer) => field(answer, 'MSA', 1))).to.deep.equal([
        'AE',
        'AA',
      ]);
      expect(await wards()).to.deep.equal([{ control_id: 'B', ward: 'of B' }]);
    });
  });
});
