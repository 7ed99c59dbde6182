import { expect } from 'chai';
import { LogTable } from '../support/log-table';
import { message } from '../support/messages';
import { Flow, helper } from './harness';

interface Answer {
  ok: boolean;
  message: string;
}

describe("the editor's test message", () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  const test = async (id: unknown): Promise<Answer> => {
    const response = await helper.request().post('/hl7-logger/listener/test').send({ id }).expect(200);
    return response.body as Answer;
  };

  it('goes through the flow as any other, and its answer is told', async () => {
    flow
      .listener(['store'])
      .store([['ack']])
      .ackOut();
    await flow.start();
    await flow.sender();
    expect(await test('in')).to.deep.equal({ ok: true, message: 'The answer is AA.' });
    const [row] = await new LogTable(flow.file).messages();
    expect(row?.control_id).to.match(/^TEST/);
  });

  it('is no success when the answer is negative', async () => {
    flow.listener(['ack']).ackOut();
    await flow.start();
    await flow.sender();
    expect(await test('in')).to.deep.equal({ ok: false, message: 'The answer is AR.' });
  });

  it('tells what went wrong', async () => {
    flow.listener([], { onFailure: 'close', timeout: '0.1' });
    await flow.start();
    await flow.sender();
    const answer = await test('in');
    expect(answer.ok).to.equal(false);
    expect(answer.message).to.contain('closed the connection and gave no answer');
  });

  it('needs a listener that is deployed and listens', async () => {
    flow.listener([], { port: 'x' }).add('parse', 'hl7-parse');
    await flow.start();
    for (const id of ['nobody', 'parse', undefined, 5, { $: 1 }]) {
      expect(await test(id)).to.include({ ok: false, message: 'This listener is not deployed yet. Deploy it first.' });
    }
    expect((await test('in')).message).to.contain('see its status');
  });
});

describe('the statistics of a listener', () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  it('count frames, answers and deviations, and hold nothing of a message', async () => {
    flow
      .listener(['store'])
      .store([['ack']])
      .ackOut();
    await flow.start();
    const client = await flow.sender();
    await client.send(message({ controlId: 'S1' }));
    await client.send(message({ controlId: 'S2' }).replaceAll('\r', '\n'));
    await client.send(message({ controlId: 'S3', acceptAck: 'MAYBE' }));
    const { body } = await helper.request().get('/hl7-logger/listener/in/statistics').expect(200);
    expect(body).to.include({ connections: 1, frames: 3, answers: 3 });
    expect(body.deviations).to.deep.equal({ SEGMENTS_END_LF: 1, ACCEPT_ACK_UNKNOWN: 1 });
    expect(JSON.stringify(body)).to.not.match(/S1|PID|MAYBE/);
    const rows = await new LogTable(flow.file).messages();
    expect(rows.map((row) => row.deviations)).to.deep.equal([null, 'SEGMENTS_END_LF', 'ACCEPT_ACK_UNKNOWN']);
  });

  it('are those of a listener that runs', async () => {
    flow.listener([], { port: 'x' });
    await flow.start();
    for (const id of ['in', 'nobody']) {
      await helper.request().get(`/hl7-logger/listener/${id}/statistics`).expect(404);
    }
  });
});
