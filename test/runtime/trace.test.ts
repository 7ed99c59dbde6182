import { expect } from 'chai';
import { example } from '../support/flows';
import { message } from '../support/messages';
import { MllpClient } from '../support/mllp-client';
import { NodeRed } from '../support/node-red';
import { freePort } from '../support/ports';
import { CleanUp } from '../support/temp';

describe('the trace in the log of Node-RED', () => {
  const cleanUp = new CleanUp();
  afterEach(() => cleanUp.run());

  async function logOf(env: Record<string, string>): Promise<NodeRed> {
    const port = await freePort();
    const flows = example('01');
    const nodeRed = await NodeRed.start({ flows, env: { HL7_MLLP_PORT: String(port), ...env }, ports: [port] });
    cleanUp.add(() => nodeRed.dispose());
    const client = await MllpClient.connect({ port });
    cleanUp.add(async () => client.destroy());
    await client.send(message({ controlId: 'LOOK4ME', name: 'KANARIENVOGEL^ANNA' }));
    return nodeRed;
  }

  it('has one line an event with HL7_LOGGER_TRACE=1, by which a message can be followed', async () => {
    const nodeRed = await logOf({ HL7_LOGGER_TRACE: '1' });
    await nodeRed.logged(/\[hl7-logger\] answer sent .*controlId=LOOK4ME/);
    const lines = nodeRed.log.split('\n').filter((line) => line.includes('[hl7-logger]'));
    const [, connection, session] = /message handed on connection=(\S+) session=(\S+)/.exec(lines.join('\n'))!;
    expect(lines.some((line) => line.includes(`connection opened`) && line.includes(connection!))).to.equal(true);
    expect(lines.some((line) => line.includes(`frame received connection=${connection} frame=1`))).to.equal(true);
    for (const event of ['message stored', 'answer composed', 'answer sent']) {
      expect(lines.filter((line) => line.includes(`${event} session=${session}`)).length, event).to.equal(1);
    }
    expect(nodeRed.log).not.to.contain('KANARIENVOGEL');
  });

  it('is not there without it', async () => {
    const nodeRed = await logOf({});
    expect(nodeRed.log).not.to.contain('[hl7-logger]');
  });
});
