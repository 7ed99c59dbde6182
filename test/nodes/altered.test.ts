/** What a flow may write into a message before it is stored: the log holds, and an answer speaks for, what came in. */
import { expect } from 'chai';
import type { Node } from 'node-red';
import { field, messageParts } from '../support/hl7-text';
import { LogTable } from '../support/log-table';
import { message } from '../support/messages';
import { Flow, LATE, type Message } from './harness';

type Alter = (msg: Message) => void;

const raw = (msg: Message): Buffer => msg.raw as Buffer;
const mask: Alter = (msg) => void raw(msg).fill(0x2a, 40);

describe('a flow that writes into a message before db store', () => {
  let flow: Flow;
  let table: LogTable;
  beforeEach(async () => {
    flow = await Flow.create();
    table = new LogTable(flow.file);
  });
  afterEach(() => flow.end());

  /** A node that does what a Function node does. */
  function alters(id: string, alter: Alter): void {
    flow.node(id).on('input', function (this: Node, msg) {
      alter(msg as Message);
      this.send(msg);
    });
  }

  const inLine = async (alter: Alter, listener: object = {}): Promise<void> => {
    flow
      .listener(['change'], { ...LATE, ...listener })
      .collect('change', 'end')
      .store([['ack']])
      .ackOut(['end'])
      .watch();
    flow.nodes.find(({ id }) => id === 'change')!.wires = [['store']];
    await flow.start();
    alters('change', alter);
  };

  const IN_PLACE: Record<string, Alter> = {
    'masks its bytes': mask,
    'masks the bytes of a part of it': (msg) => void raw(msg).subarray(60).fill(0x2a),
    'masks the memory behind it': (msg) => void new Uint8Array(raw(msg).buffer).fill(0x2a),
    'masks a clone of it': (msg) => mask({ ...msg, raw: raw(msg).subarray() }),
    'takes the bytes away': (msg) => void delete (msg as Partial<Message>).raw,
    'copies the bytes': (msg) => void Object.assign(msg, { raw: Buffer.from(raw(msg)) }),
    'changes the facts of the header': (msg) =>
      void Object.assign(msg.hl7 as object, { controlId: 'SAME', type: 'XXX', sendingFacility: 5 }),
    'puts something else for the facts of the header': (msg) => void Object.assign(msg, { hl7: 'nothing' }),
    'changes how it came': (msg) =>
      void Object.assign(msg.mllp as object, {
        listener: 'other',
        charset: 'utf-16',
        receivedAt: 'never',
        deviations: 7,
      }),
    'takes away how it came': (msg) => void Object.assign(msg, { mllp: null }),
  };

  for (const [what, alter] of Object.entries(IN_PLACE)) {
    it(`and ${what} has it stored as it came in, each message by itself`, async () => {
      await inLine(alter);
      const client = await flow.sender();
      const sent = ['A1', 'A2'].map((controlId) => message({ controlId }));
      const answers = [await client.send(sent[0]!), await client.send(sent[1]!)];
      expect(answers.map((one) => [field(one, 'MSA', 1), field(one, 'MSA', 2)])).to.deep.equal([
        ['AA', 'A1'],
        ['AA', 'A2'],
      ]);
      const rows = await table.messages();
      expect(
        rows.map(({ control_id, message_type, deliveries }) => [control_id, message_type, deliveries]),
      ).to.deep.equal([
        ['A1', 'ADT', 1],
        ['A2', 'ADT', 1],
      ]);
      expect(rows.map((row) => row.raw.toString())).to.deep.equal(sent);
      expect(rows.map((row) => row.text)).to.deep.equal(sent);
    });
  }

  const OTHERS: Record<string, Alter> = {
    'other bytes': (msg) => {
      const masked = Buffer.from(raw(msg));
      masked.fill(0x2a, 60);
      msg.raw = masked;
    },
    'a part of the bytes': (msg) => void Object.assign(msg, { raw: raw(msg).subarray(0, 100) }),
    'another text and no bytes': (msg) =>
      void Object.assign(msg, { raw: undefined, payload: (msg.payload as string).replace('SAMPLE', 'MASKED') }),
  };

  for (const [what, alter] of Object.entries(OTHERS)) {
    it(`and puts ${what} there gets a row of that, and no positive answer`, async () => {
      await inLine(alter);
      const client = await flow.sender();
      const sent = message({ controlId: 'O1' });
      expect(field(await client.send(sent), 'MSA', 1)).to.not.equal('AA');
      const [row, ...more] = await table.messages();
      expect(more).to.deep.equal([]);
      expect(row?.raw.toString()).to.not.equal(sent);
      expect(await table.acks(row!.id)).to.deep.equal([]);
    });
  }

  it('on another branch, while it waits to be written, changes nothing', async () => {
    flow
      .listener(['store', 'change'], LATE)
      .collect('change', 'end')
      .store([['ack']])
      .ackOut(['end'])
      .watch();
    await flow.start();
    alters('change', mask);
    const client = await flow.sender();
    const sent = ['B1', 'B2', 'B3'].map((controlId) => message({ controlId }));
    for (const one of sent) expect(field(await client.send(one), 'MSA', 1)).to.equal('AA');
    expect((await table.messages()).map((row) => row.raw.toString())).to.deep.equal(sent);
  });

  it('on another branch before the store gets it changes nothing', async () => {
    flow
      .listener(['change', 'pass'], LATE)
      .collect('change', 'pass', 'end')
      .store([['ack']])
      .ackOut(['end'])
      .watch();
    flow.nodes.find(({ id }) => id === 'pass')!.wires = [['store']];
    await flow.start();
    alters('change', mask);
    alters('pass', () => undefined);
    const client = await flow.sender();
    const sent = ['B1', 'B2'].map((controlId) => message({ controlId }));
    for (const one of sent) expect(field(await client.send(one), 'MSA', 1)).to.equal('AA');
    expect((await table.messages()).map((row) => row.raw.toString())).to.deep.equal(sent);
  });

  it('has it stored as it came in also when it was answered on receipt', async () => {
    await inLine(mask, { acknowledge: 'receipt' });
    const client = await flow.sender();
    const sent = ['R1', 'R2'].map((controlId) => message({ controlId }));
    for (const one of sent) expect(field(await client.send(one), 'MSA', 1)).to.equal('AA');
    // The sender was answered before; ack out says so, behind db store.
    await flow.message('caught', 2);
    const rows = await table.messages();
    expect(rows.map((row) => row.raw.toString())).to.deep.equal(sent);
  });

  const WHERE: Record<string, (alter: Alter) => Promise<void>> = {
    'before it is split': async (alter) => {
      await startBatch('change', [['parse']], [['store']]);
      alters('change', alter);
    },
    'after it is split': async (alter) => {
      await startBatch('parse', [['store']], [['change']]);
      alters('change', alter);
    },
  };
  async function startBatch(first: string, change: string[][], parse: string[][]): Promise<void> {
    flow
      .listener([first], LATE)
      .collect('change', 'end')
      .add('parse', 'hl7-parse', parse)
      .store([['ack']])
      .ackOut(['end'])
      .watch();
    flow.nodes.find(({ id }) => id === 'change')!.wires = change;
    await flow.start();
  }
  const first = message({ controlId: 'P1' });
  const second = message({ controlId: 'P2' });
  const batch = `BHS|^~\\&|A|B\r${first}${second}BTS|2\r`;

  for (const [where, start] of Object.entries(WHERE)) {
    for (const what of ['masks its bytes', 'takes the bytes away', 'copies the bytes'] as const) {
      it(`and ${what}, of a batch ${where}, has each message stored as it came in`, async () => {
        await start(IN_PLACE[what]!);
        const client = await flow.sender();
        const answer = messageParts(await client.send(batch));
        expect(answer.segments.filter(([name]) => name === 'MSA').map((one) => one[1])).to.deep.equal(['AA', 'AA']);
        expect((await table.messages()).map((row) => row.raw.toString())).to.deep.equal([first, second]);
      });
    }
  }

  it('and puts other bytes in the place of a batch gets no positive answer', async () => {
    await WHERE['before it is split']!((msg) => {
      msg.raw = Buffer.from(raw(msg).toString().replaceAll('SAMPLE', 'MASKED'));
      msg.payload = raw(msg).toString();
    });
    const client = await flow.sender();
    const answer = messageParts(await client.send(batch));
    const codes = answer.segments.filter(([name]) => name === 'MSA').map((one) => one[1]);
    expect(codes).to.have.length(2);
    expect(codes).to.not.include('AA');
  });
});
