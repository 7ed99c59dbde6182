import { expect } from 'chai';
import { field, messageParts } from '../support/hl7-text';
import { query } from '../support/log-table';
import { message, newControlId } from '../support/messages';
import { frame, type MllpClient } from '../support/mllp-client';
import { Flow, LATE } from './harness';

interface Asked {
  type: string;
  /** The segments behind MSH. */
  rest: string[];
  acceptAck?: string;
  applicationAck?: string;
}

function text({ type, rest, acceptAck = '', applicationAck = '' }: Asked, controlId: string): string {
  const msh = `MSH|^~\\&|ANALYSER|LAB|LOG|HOSP|20260401||${type}|${controlId}|P|2.5|||${acceptAck}|${applicationAck}`;
  return [msh, ...rest].map((segment) => `${segment}\r`).join('');
}

const MSA = (code: string, controlId = 'OURS1'): string[] => [`MSA|${code}|${controlId}`, 'PID|1||4711^^^HOSP^MR'];

/** What is due for a message of any kind, by MSH-15 and MSH-16: stored well. */
const BY_MSH: Record<string, string> = {
  '': 'AA',
  'AL ': 'CA',
  'AL AL': 'CA AA',
  'ER ': '',
  'SU ': 'CA',
  'NE ': '',
  'NE AL': 'AA',
  ' AL': 'AA',
};
/** The same for a response. */
const ACCEPT_ONLY: Record<string, string> = {
  '': '',
  'AL ': 'CA',
  'AL AL': 'CA',
  'AL NE': 'CA',
  'al ': 'CA',
  'ER ': '',
  'SU ': 'CA',
  'NE ': '',
  'NE AL': '',
  ' AL': '',
  'ALWAYS ': '',
};
const NEVER: Record<string, string> = { '': '', 'AL ': '', 'AL AL': '', 'SU ': '', ' AL': '' };

const KINDS: { name: string; types: string[]; rest: string[]; due: Record<string, string> }[] = [
  {
    name: 'an application acknowledgment',
    types: ['ACK', 'ACK^A01^ACK', 'MCF', ' ack '],
    rest: MSA('AA'),
    due: ACCEPT_ONLY,
  },
  { name: 'a negative application acknowledgment', types: ['ACK^R01'], rest: MSA('AE'), due: ACCEPT_ONLY },
  {
    name: 'a response',
    types: ['RSP^K22^RSP_K21', 'ORR^O02', 'MFK^M02', 'ORF^R04', 'RTB^K13', 'ORL^O22', 'ADR^A19', 'DSR^Q03', 'EAR^U08'],
    rest: MSA('AA'),
    due: ACCEPT_ONLY,
  },
  { name: 'a response behind SFT', types: ['RSP^K22'], rest: ['SFT|x|1', 'UAC|y', ...MSA('AE')], due: ACCEPT_ONLY },
  { name: 'an answer that says no type', types: ['', '""'], rest: MSA('AA'), due: ACCEPT_ONLY },
  { name: 'an accept acknowledgment', types: ['ACK', 'ACK^A01^ACK', 'RSP^K22', ''], rest: MSA('CA'), due: NEVER },
  { name: 'a refusal to accept', types: ['ACK^A01'], rest: MSA('CR'), due: NEVER },
  { name: 'an error in accepting', types: ['MCF'], rest: MSA(' ce '), due: NEVER },
  { name: 'an ACK without MSA', types: ['ACK', 'MCF'], rest: ['PID|1||4711^^^HOSP^MR'], due: NEVER },
  { name: 'an ACK of no message', types: ['ACK^A01'], rest: MSA('AA', ''), due: NEVER },
  {
    name: 'a message that is no response, with an MSA',
    types: ['ORU^R01', 'ADT^A01', 'ZZZ^Z01', 'OUL^R22', 'MDM^T02'],
    rest: MSA('AA'),
    due: BY_MSH,
  },
  {
    name: 'a message without an MSA',
    types: ['ORU^R01', 'ADT^A01', 'RSP^K22', 'ORR^O02'],
    rest: ['PID|1||4711^^^HOSP^MR'],
    due: BY_MSH,
  },
];

describe('messages that are themselves answers', () => {
  let flow: Flow;
  let client: MllpClient;
  const start = async (properties: Record<string, unknown> = {}, store: Record<string, unknown> = {}) => {
    flow = await Flow.create();
    flow
      .listener(['store'], { ...LATE, acknowledge: 'flow', ...properties })
      .store([['ack']], store)
      .ackOut(['out'])
      .watch('out');
    await flow.start();
    client = await flow.sender();
  };
  afterEach(() => flow.end());

  /** The answers to a message, up to that to the message behind it. */
  const answersTo = async (content: string): Promise<Buffer[]> => {
    const marker = message();
    client.write(Buffer.concat([frame(content), frame(marker)]));
    const answers: Buffer[] = [];
    for (;;) {
      const answer = await client.next();
      if (messageParts(answer).acknowledges === messageParts(marker).controlId) return answers;
      answers.push(answer);
    }
  };
  const codes = (answers: Buffer[]): string => answers.map((answer) => field(answer, 'MSA', 1)).join(' ');

  it('are answered by what they are and by MSH-15 and MSH-16, and stored in any case', async () => {
    await start();
    const wrong: string[] = [];
    const sent: string[] = [];
    for (const { name, types, rest, due } of KINDS) {
      for (const type of types) {
        for (const [asked, expected] of Object.entries(due)) {
          const [acceptAck = '', applicationAck = ''] = asked.split(' ');
          const controlId = newControlId();
          sent.push(controlId);
          const answers = await answersTo(text({ type, rest, acceptAck, applicationAck }, controlId));
          const got = codes(answers);
          const named = answers.every((answer) => field(answer, 'MSA', 2) === controlId);
          if (got !== expected || !named)
            wrong.push(`${name} (${type}, "${asked}"): "${got}" where "${expected}" was due`);
        }
      }
    }
    expect(wrong).to.deep.equal([]);
    const rows = await query<{ control_id: string }>(flow.file, 'SELECT control_id FROM hl7_messages');
    expect(rows.map((row) => row.control_id)).to.include.members(sent);
    expect(flow.got('caught').map(({ error }) => error)).to.deep.equal([]);
  });

  it('get CE when they are not stored, if they ask for that', async () => {
    await start({}, { database: 'nowhere' });
    for (const [acceptAck, expected] of [
      ['AL', 'CE'],
      ['ER', 'CE'],
      ['SU', ''],
      ['', ''],
      ['NE', ''],
    ] as const) {
      const asked = { type: 'RSP^K22', rest: MSA('AA'), acceptAck, applicationAck: 'AL' };
      const answers = await answersTo(text(asked, newControlId()));
      expect(codes(answers), acceptAck).to.equal(expected);
    }
  });

  it('get nothing in original mode, and by MSH-15 where all messages get accept acknowledgments', async () => {
    await start({ ackMode: 'original' });
    const asked = { type: 'RSP^K22', rest: MSA('AA') };
    expect(codes(await answersTo(text({ ...asked, acceptAck: 'AL' }, newControlId())))).to.equal('');
    await flow.end();
    await start({ ackMode: 'commit' });
    expect(codes(await answersTo(text({ ...asked, acceptAck: 'AL' }, newControlId())))).to.equal('CA');
    expect(codes(await answersTo(text(asked, newControlId())))).to.equal('');
  });

  it('are answered in a batch, too', async () => {
    flow = await Flow.create();
    flow
      .listener(['parse'], { ...LATE, acknowledge: 'flow' })
      .add('parse', 'hl7-parse', [['store']])
      .store([['ack']])
      .ackOut(['out'])
      .watch('out');
    await flow.start();
    client = await flow.sender();
    const parts = [
      text({ type: 'RSP^K22', rest: MSA('AA'), acceptAck: 'AL' }, 'R1'),
      text({ type: 'ACK^A01', rest: MSA('CA'), acceptAck: 'AL' }, 'R2'),
      text({ type: 'ORU^R01', rest: MSA('AA') }, 'R3'),
      text({ type: 'ORR^O02', rest: MSA('AA') }, 'R4'),
    ];
    const answer = await client.send(`BHS|^~\\&|A|B\r${parts.join('')}BTS|4\r`);
    const { segments } = messageParts(answer);
    const acks = segments.filter(([name]) => name === 'MSA').map((msa) => msa.slice(1, 3));
    expect(acks).to.deep.equal([
      ['CA', 'R1'],
      ['AA', 'R3'],
    ]);
  });

  it('do not make two systems answer each other without end', async () => {
    // A peer that acknowledges whatever it gets, and asks for an acknowledgment of that each time.
    for (const type of ['ACK^A01^ACK', 'RSP^K22', 'ORU^R01']) {
      await start();
      let answers = await answersTo(text({ type, rest: MSA('AA'), acceptAck: 'AL' }, newControlId()));
      expect(codes(answers), type).to.equal('CA');
      let rounds = 0;
      while (answers.length > 0 && rounds < 20) {
        rounds++;
        const id = field(answers[0]!, 'MSH', 10) ?? '';
        answers = await answersTo(text({ type, rest: MSA('AA', id), acceptAck: 'AL' }, newControlId()));
      }
      expect(rounds, type).to.equal(1);
      expect(flow.got('caught').map(({ error }) => error)).to.deep.equal([]);
      await flow.end();
    }
    await start();
  });
});
