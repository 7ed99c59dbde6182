import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { exchanges } from '../../nodes/lib/exchange';
import type { HeaderFacts, MllpFacts, Session } from '../../nodes/lib/message-contract';
import { processBudget } from '../../nodes/lib/mllp/server/buffer-budget';
import type { ListenerNode } from '../../nodes/mllp-in/admin';
import { field, messageParts } from '../support/hl7-text';
import { encoded, message } from '../support/messages';
import { frame, MllpClient } from '../support/mllp-client';
import { isListening } from '../support/ports';
import { onSlowClock } from '../support/slow-clock';
import { until } from '../support/wait';
import { Flow, LATE } from './harness';

const code = (raw: Buffer): string | undefined => field(raw, 'MSA', 1);

/** Holds a port of 127.0.0.1. */
async function occupy(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
  });
  return server;
}

describe('mllp in', () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  /** A listener that leads to a collecting node, with a Catch node. */
  const start = (properties: Record<string, unknown> = {}) =>
    flow
      .listener(['out'], { ...LATE, ...properties })
      .watch('out')
      .start();

  it('hands on what came in, as text, facts and bytes', async () => {
    await start({ name: 'ward', acknowledge: 'receipt' });
    const client = await flow.sender();
    const raw = encoded({ label: '8859/1', name: Buffer.from('MÜLLER', 'latin1') }, { controlId: 'M1' });
    await client.send(raw);
    const msg = await flow.message('out');
    expect(msg.raw).to.deep.equal(raw);
    expect(msg.payload).to.equal(raw.toString('latin1'));
    expect(msg.topic).to.equal('ADT^A01');
    expect(msg.hl7 as HeaderFacts).to.include({ type: 'ADT', event: 'A01', controlId: 'M1', version: '2.5.1' });
    expect(msg.mllp as MllpFacts).to.include({
      listener: 'ward',
      remoteAddress: '127.0.0.1',
      localPort: flow.port,
      tls: false,
      size: raw.length,
      charset: 'iso-8859-1',
      charsetFallback: false,
    });
    expect(msg._session as Session).to.have.property('type', 'mllp');
    expect(msg._msgid).to.be.a('string');
  });

  it('shows where it listens, and how many are connected', async () => {
    await start();
    const client = await flow.sender();
    expect(flow.statuses('in')[0]).to.equal(`yellow ring starting ${flow.port}`);
    await flow.status('in', `green dot listening ${flow.port} · 1 connected`);
    client.destroy();
    await until('nobody is connected', () => flow.statuses('in').at(-1) === `green dot listening ${flow.port}`);
  });

  it('says that its port is in use, and listens as soon as it is free', async () => {
    const other = await occupy(flow.port);
    flow.after(() => other.close());
    await start({ acknowledge: 'receipt' });
    await flow.status('in', `red ring port ${flow.port} in use`);
    expect(flow.warnings('in')).to.have.length(1);
    expect(flow.warnings('in')[0]).to.contain('Another program uses port').and.to.contain('Retrying');
    await new Promise((resolve) => other.close(resolve));
    const client = await flow.sender();
    expect(code(await client.send(message()))).to.equal('AA');
  });

  it('names the mllp in that has its port, by its name or else its id', async () => {
    for (const name of ['ward', '']) {
      flow.listener(['out'], { name }).collect('out');
      flow.add('second', 'hl7-mllp-in', [['out']], { host: '127.0.0.1', port: String(flow.port) });
      await flow.start();
      // Whichever of the two is started first has the port.
      const held = (id: string, by: string): boolean =>
        flow.statuses(id).at(-1) === `red ring port ${flow.port} in use by ${by}`;
      await until('the one without the port to say so', () => held('second', name || 'in') || held('in', 'second'));
      const words = [...flow.warnings('in'), ...flow.warnings('second')];
      expect(
        words.filter((text) => /The mllp in "(ward|in|second)" of this Node-RED uses port/.test(text)),
      ).to.have.length(1);
      await flow.end();
      flow = await Flow.create();
    }
  });

  it('says that it cannot listen on an address of another machine', async () => {
    await start({ host: '192.0.2.1' });
    await flow.status('in', "red ring not this machine's address");
    expect(flow.warnings('in')[0]).to.contain('does not have the address 192.0.2.1. Give one of its own');
  });

  it('says that nobody knows the name it is to listen on', async () => {
    await start({ host: 'nowhere.invalid' });
    await until('the trouble', () =>
      /red ring (unknown host name|DNS lookup failed)/.test(flow.statuses('in').at(-1) ?? ''),
    );
    expect(flow.statuses('in').join()).to.not.match(/ENOTFOUND|EAI_AGAIN/);
  });

  it('reads a message that calls itself UTF-16, which it cannot be, as one that names no set', async () => {
    await start({ acknowledge: 'receipt' });
    const client = await flow.sender();
    const sent = message({ characterSet: 'UNICODE UTF-16' });
    expect(code(await client.send(sent))).to.equal('AA');
    const msg = await flow.message('out');
    expect(msg.payload).to.equal(sent);
    expect(msg.mllp as MllpFacts).to.deep.include({ charset: 'us-ascii', deviations: ['CHARSET_UNKNOWN'] });
  });

  it('reads UTF-8 in a message whose MSH-18 names another set as it is set, notes it, and answers in what it read', async () => {
    const own = Buffer.from(message({ characterSet: '8859/1', name: 'Müller', sendingApplication: 'Łab' }));
    for (const [utf8, name, charset, label] of [
      [undefined, 'MÃ¼ller', 'windows-1252', '8859/1'],
      ['trust', 'MÃ¼ller', 'windows-1252', '8859/1'],
      ['prefer', 'Müller', 'utf-8', 'UNICODE UTF-8'],
    ] as const) {
      await start({ acknowledge: 'receipt', ...(utf8 && { utf8 }) });
      const client = await flow.sender();
      const answer = await client.send(own);
      expect(code(answer)).to.equal('AA');
      expect(answer.toString('latin1')).to.include(`|${label}`);
      // The sender's name goes back in its own bytes, whatever it was read as.
      expect(answer.includes(Buffer.from('|Łab|'))).to.equal(true);
      const msg = await flow.message('out');
      expect(msg.payload).to.include(name);
      expect(msg.mllp as MllpFacts).to.include({ charset });
      expect((msg.mllp as MllpFacts).deviations).to.include('CHARSET_DOUBTFUL');
      await flow.end();
      flow = await Flow.create();
    }
  });

  it('says that its settings are not usable; the rest of the flow works', async () => {
    for (const wrong of [
      { port: '99999' },
      { allow: 'nonsense' },
      { charset: 'MARTIAN' },
      { charset: 'UNICODE UTF-16' },
      { tls: 'gone' },
    ]) {
      flow
        .listener(['out'], wrong)
        .add('parse', 'hl7-parse', [['out']])
        .collect('out');
      await flow.start();
      await flow.status('in', `red ring mllp-in.status.${'tls' in wrong ? 'tls' : 'settings'}`);
      expect(flow.errors('in')[0]?.code).to.match(/^(CONFIG_INVALID|CONFIG_TLS|ALLOW_LIST_INVALID)$/);
      expect(await isListening(flow.port)).to.equal(false);
      flow.give('parse', { payload: message() });
      expect((await flow.message('out')).payload).to.have.property('MSH');
      await flow.end();
      flow = await Flow.create();
    }
  });

  for (const [property, value, reason] of [
    ['port', '2575.5', 'The port must be a whole number from 1 to 65535, in digits only.'],
    ['port', '0x10', 'The port must be a whole number'],
    ['port', '1e3', 'The port must be a whole number'],
    ['window', '1.5', 'The messages in flight a connection must be a whole number from 1 to 1000 a connection'],
    ['timeout', '30 s', 'The time to answer must be a number from 0.1 to 3600 s'],
    ['maxFrame', '1,5', 'The frame size must be a number from 0.001 to 512 MB'],
  ] as const) {
    it(`does not listen when ${property} is ${value}, and says what it may be`, async () => {
      await start({ [property]: value });
      expect(flow.errors('in')).to.have.length(1);
      expect(flow.errors('in')[0]).to.include({ code: 'CONFIG_INVALID' });
      expect(flow.errors('in')[0]?.message).to.include(reason);
      expect(await isListening(flow.port)).to.equal(false);
    });
  }

  describe('with an environment variable', () => {
    const NAME = 'HL7_NODES_UNSET';
    afterEach(() => {
      delete process.env[NAME];
    });

    for (const property of ['port', 'host', 'allow']) {
      it(`does not listen when ${property} is to come from one that is missing or empty, and names it`, async () => {
        for (const value of [undefined, '']) {
          if (value !== undefined) process.env[NAME] = value;
          await start({ [property]: `\${${NAME}}` });
          expect(flow.statuses('in')).to.deep.equal([`red ring ${NAME} is not set`]);
          expect(flow.errors('in')[0]).to.include({ code: 'CONFIG_INVALID' });
          expect(flow.errors('in')[0]?.message).to.contain(`environment variable ${NAME} is missing or empty`);
          expect(await isListening(flow.port)).to.equal(false);
          await flow.end();
          flow = await Flow.create();
        }
      });
    }

    it('listens where it says, or where its default does', async () => {
      process.env[NAME] = String(flow.port);
      await start({ port: `\${${NAME}}` });
      await flow.sender();
      await flow.end();
      flow = await Flow.create();
      process.env[NAME] = '';
      await start({ port: `\${${NAME}:-${flow.port}}` });
      await flow.sender();
    });
  });

  it('frees its port and leaves no sender waiting when it is stopped', async () => {
    await start();
    const client = await flow.sender();
    const waiting = client.send(message()).catch((error: Error) => error.message);
    const { _session } = await flow.message('out');
    const { port } = flow;
    await flow.end();
    expect(await waiting).to.equal('The listener closed the connection.');
    expect(await isListening(port)).to.equal(false);
    expect(exchanges.find((_session as Session).id)).to.equal(undefined);
    flow = await Flow.create();
  });

  it('hands nothing more on when it is stopped, and forgets what it handed on', async () => {
    await start();
    const client = await flow.sender();
    const ids = ['W1', 'W2', 'W3'];
    client.write(Buffer.concat(ids.map((controlId) => frame(message({ controlId })))));
    await flow.message('out');
    await flow.node('in').close(false);
    await client.closed;
    expect(flow.got('out').map(({ hl7 }) => (hl7 as HeaderFacts).controlId)).to.deep.equal(['W1']);
    expect(exchanges.size).to.equal(0);
  });

  /** So large, with line ends to be mended, that it is read in steps. */
  const large = (controlId: string): string =>
    `${message({ controlId })}${'NTE|1||a line of a long report\r\n'.repeat(20_000)}`;

  it('hands messages on in the order in which they came, also behind one that is read in steps', async () => {
    await start({ window: '3' });
    const client = await flow.sender();
    const ids = ['S1', 'S2', 'S3'];
    await onSlowClock(async () => {
      client.write(
        Buffer.concat([frame(large('S1')), ...['S2', 'S3'].map((controlId) => frame(message({ controlId })))]),
      );
      await flow.message('out', 3);
    });
    expect(flow.got('out').map(({ hl7 }) => (hl7 as HeaderFacts).controlId)).to.deep.equal(ids);
    expect(flow.got('out')[0]?.payload).to.equal(large('S1').replaceAll('\r\n', '\r'));
  });

  it('gives up what it still reads when it is stopped', async () => {
    const held = processBudget.total;
    await start();
    const client = await flow.sender();
    await onSlowClock(async () => {
      const node = flow.node('in') as ListenerNode;
      client.write(frame(large('G1')));
      while (node.statistics?.().frames !== 1) await new Promise((resolve) => setImmediate(resolve));
      expect(flow.got('out')).to.have.length(0);
      await node.close(false);
      await client.closed;
      await until('nothing is held', () => processBudget.total === held);
    });
    expect(flow.got('out')).to.deep.equal([]);
    expect(exchanges.size).to.equal(0);
  });

  it('gives messages on their way a shorter time after a deployment', async () => {
    const shortened: [string, number][] = [];
    const { shorten } = exchanges;
    exchanges.shorten = (owner, timeoutMs) => shortened.push([owner, timeoutMs]);
    flow.after(() => {
      exchanges.shorten = shorten;
    });
    await start();
    expect(shortened).to.deep.equal([['in', 5000]]);
  });

  it('disconnects who is not allowed, and says so once', async () => {
    await start({ allow: '10.1.2.0/24' });
    for (let n = 0; n < 3; n++) {
      const client = await flow.sender();
      await client.closed;
      expect(client.answers).to.deep.equal([]);
    }
    const told = flow.warnings('in').filter((text) => text.includes('NOT_ALLOWED'));
    expect(told).to.have.length(1);
    expect(told[0]).to.contain(`listener (port ${flow.port}), 127.0.0.1`);
  });

  it('keeps patient data out of what it logs', async () => {
    await start({ startInside: 'refuse' });
    const client = await flow.sender();
    client.write(`\x0b${message().slice(0, 300)}`);
    client.write(`\x0b${message()}\x1c\r`);
    await flow.message('caught');
    const words = [...flow.warnings('in'), ...flow.errors('in').map((error) => error.message)].join('\n');
    expect(words).to.not.match(/SAMPLE|100001|WARD 1/);
  });

  it('takes several senders at a time', async () => {
    await start({ acknowledge: 'receipt' });
    await flow.sender();
    const clients = await Promise.all([1, 2, 3].map(() => MllpClient.connect({ port: flow.port })));
    for (const client of clients) flow.after(() => client.destroy());
    const ids = ['S1', 'S2', 'S3'];
    const answers = await Promise.all(clients.map((client, n) => client.send(message({ controlId: ids[n] }))));
    expect(answers.map((raw) => messageParts(raw).acknowledges)).to.deep.equal(ids);
  });
});
