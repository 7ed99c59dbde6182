import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { channelName, TRACE, type TraceEvent, traceLine } from '../../nodes/lib/util';
import type { TraceFacts } from '../../nodes/lib/util/trace';
import { message } from '../support/messages';
import { MllpClient } from '../support/mllp-client';
import { until } from '../support/wait';
import { Flow } from './harness';

const CANARY = 'KANARIENVOGEL';
const events = Object.keys(TRACE) as TraceEvent[];

interface Told {
  event: TraceEvent;
  facts: Record<string, unknown>;
}

describe('the trace', () => {
  let flow: Flow;
  let client: MllpClient;
  let told: Told[];
  const listeners = new Map(
    events.map((event) => [
      event,
      (facts: unknown) => {
        told.push({ event, facts: facts as Record<string, unknown> });
      },
    ]),
  );
  beforeEach(async () => {
    told = [];
    for (const [event, listener] of listeners) subscribe(channelName(event), listener);
    flow = await Flow.create();
    await flow
      .listener(['parse'])
      .add('parse', 'hl7-parse', [['store']])
      .store([['ack']])
      .ackOut()
      .watch()
      .start();
    client = await MllpClient.connect({ port: flow.port });
  });
  afterEach(async () => {
    for (const [event, listener] of listeners) unsubscribe(channelName(event), listener);
    client.destroy();
    await flow.end();
  });

  const of = <E extends TraceEvent>(event: E): TraceFacts[E][] =>
    told.filter((one) => one.event === event).map(({ facts }) => facts as unknown as TraceFacts[E]);

  it('follows a message from its connection by its session and control ID to its end', async () => {
    const text = message({ controlId: 'TRACE1' });
    await client.send(text);
    client.destroy();
    await until('the connection to be closed', () => of('connection closed').length === 1);
    expect(told.map(({ event }) => event)).to.deep.equal([
      'connection opened',
      'frame received',
      'message handed on',
      'batch committed',
      'message stored',
      'answer composed',
      'answer sent',
      'connection closed',
    ]);
    const [{ connection, session, ...handedOn }] = of('message handed on') as [TraceFacts['message handed on']];
    const bytes = text.length;
    expect(handedOn).to.deep.equal({
      node: 'in',
      controlId: 'TRACE1',
      type: 'ADT^A01',
      kind: 'message',
      bytes,
      charset: 'us-ascii',
      deviations: [],
    });
    expect(of('connection opened')[0]).to.include({ connection, localPort: flow.port, tls: false });
    expect(of('frame received')).to.deep.equal([{ connection, frame: 1, bytes, deviations: [], refused: undefined }]);
    const table = 'hl7_messages';
    expect(of('message stored')).to.deep.equal([
      { session, node: 'store', controlId: 'TRACE1', table, id: 1, duplicate: false, deliveries: 1 },
    ]);
    expect(of('batch committed')[0]).to.deep.include({ messages: 1, ids: [1] });
    expect(of('answer composed')).to.deep.equal([{ session, controlId: 'TRACE1', codes: ['AA'] }]);
    expect(of('answer sent')[0]).to.deep.include({ session, controlId: 'TRACE1', codes: ['AA'] });
    expect(of('connection closed')[0]).to.deep.include({ connection, frames: 1, reason: 'PEER_CLOSED' });
  });

  it('says when a message was there before', async () => {
    const text = message({ controlId: 'TRACE2' });
    await client.send(text);
    await client.send(text);
    expect(of('message stored').map(({ id, duplicate, deliveries }) => [id, duplicate, deliveries])).to.deep.equal([
      [1, false, 1],
      [1, true, 2],
    ]);
  });

  it('says why a frame or a message was refused', async () => {
    await client.send(`${message()}${message()}`);
    await client.send('no message at all');
    const refused = of('frame received').map((one) => one.refused);
    expect(refused).to.deep.equal(['SEVERAL_MESSAGES', undefined]);
    expect(of('message failed').map(({ code, fault }) => [code, fault])).to.deep.equal([
      ['SEVERAL_MESSAGES', 'content'],
      ['PARSE_NO_MSH', 'content'],
    ]);
    const sessions = of('message handed on').map(({ session }) => session);
    expect(of('message failed').map(({ session }) => session)).to.deep.equal(sessions);
    expect(of('answer sent').map(({ session, codes }) => [session, ...codes])).to.deep.equal(
      sessions.map((session) => [session, 'AE']),
    );
  });

  it('follows each message of a batch', async () => {
    const ids = ['BATCH1', 'BATCH2'];
    const parts = ids.map((controlId) => message({ controlId })).join('');
    await client.send(`BHS|^~\\&|A|B\r${parts}BTS|2\r`);
    const [{ session }] = of('message handed on') as [TraceFacts['message handed on']];
    expect(of('message split off').map(({ batch, controlId }) => [batch, controlId])).to.deep.equal(
      ids.map((id) => [session, id]),
    );
    const own = of('message split off').map((one) => one.session);
    expect(of('message stored').map((one) => one.session)).to.deep.equal(own);
    expect(of('answer sent').map((one) => one.session)).to.have.members(own);
  });

  it('says that an answer was given up', async () => {
    await flow.end();
    flow = await Flow.create();
    await flow.listener(['kept']).watch('kept').start();
    const other = await MllpClient.connect({ port: flow.port });
    other.write(Buffer.concat([Buffer.from([0x0b]), Buffer.from(message()), Buffer.from([0x1c, 0x0d])]));
    await flow.message('kept');
    await flow.end();
    expect(of('answer given up').map(({ code }) => code)).to.deep.equal(['ABANDONED']);
    other.destroy();
    flow = await Flow.create();
  });

  it('holds no data of a patient, whatever goes wrong', async () => {
    const person = { name: `${CANARY}^ANNA`, patientId: `${CANARY}^^^H^MR`, sendingApplication: CANARY };
    await client.send(message(person));
    await client.send(message({ ...person, characterSet: CANARY, version: CANARY }));
    await client.send(`${message(person)}${message(person)}`);
    await client.send(`${CANARY}|no message`);
    await client.send(`BHS|^~\\&|${CANARY}\r${message(person)}${CANARY}|stray\rBTS|9\r`);
    expect(told.length).to.be.greaterThan(20);
    for (const { event, facts } of told) expect(traceLine(event, facts)).not.to.contain(CANARY);
    expect(JSON.stringify(told)).not.to.contain(CANARY);
  });
});

describe('a line of the trace', () => {
  it('shows each fact by name, and nothing for one that is not there', () => {
    const facts = { connection: 'c-1', frame: 2, refused: undefined, deviations: [], codes: ['CA', 'AA'] };
    expect(traceLine('frame received', facts)).to.equal('frame received connection=c-1 frame=2 codes=CA,AA');
  });

  it('cannot be broken by what a peer sends as its control ID', () => {
    const line = traceLine('answer sent', { controlId: `A\nfake line controlId=B${'x'.repeat(500)}` });
    expect(line).not.to.contain('\n');
    expect(line.length).to.be.lessThan(120);
    expect(line).to.match(/^answer sent controlId="A\\nfake line/);
  });
});

describe('the channels of the trace', () => {
  it('have no subscribers unless somebody asked, so that nothing is computed', () => {
    for (const event of events) expect(TRACE[event].on, event).to.equal(false);
  });
});

describe('docs/trace.md', () => {
  it('lists every channel, and no other', () => {
    const page = readFileSync(join(__dirname, '..', '..', 'docs', 'trace.md'), 'utf8');
    const channels = [...page.matchAll(/^\| `(hl7-logger:[\w-]+)` \|/gm)].map(([, name]) => name);
    expect(channels).to.have.members(events.map(channelName));
  });
});
