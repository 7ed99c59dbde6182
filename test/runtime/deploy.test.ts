import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { FlowFile } from '../support/flows';
import { messageParts } from '../support/hl7-text';
import { message } from '../support/messages';
import { MllpClient } from '../support/mllp-client';
import { type FlowNode, NodeRed } from '../support/node-red';
import { freePort, isListening } from '../support/ports';
import { CleanUp } from '../support/temp';
import { until } from '../support/wait';

function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on('error', () => undefined).destroy());
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(server));
  });
}

describe('deployments and ports of a running Node-RED', function () {
  this.timeout(60_000);
  const cleanUp = new CleanUp();
  const file = new FlowFile();
  let nodeRed: NodeRed;
  let port: number;
  let taken: number;
  let blocker: Server | undefined;
  let listener: string;
  let bystander: string;
  let store: string;

  const changed = (id: string, properties: Partial<FlowNode>): FlowNode[] =>
    file.nodes.map((node) => (node.id === id ? Object.assign(node, properties) : node));

  async function connect(to = port): Promise<MllpClient> {
    const client = await MllpClient.connect({ port: to });
    cleanUp.add(() => client.destroy());
    return client;
  }

  async function expectAccepted(client: MllpClient): Promise<void> {
    const sent = message();
    const answer = await client.send(sent);
    expect(messageParts(answer).code).to.equal('AA');
    expect(messageParts(answer).acknowledges).to.equal(messageParts(sent).controlId);
    const rows = await nodeRed.table().byControlId(messageParts(sent).controlId);
    expect(rows.map((row) => row.raw.toString())).to.deep.equal([sent]);
  }

  before(async () => {
    port = await freePort();
    taken = await freePort();
    blocker = await occupy(taken);
    cleanUp.add(() => blocker?.close());
    const database = file.database();
    const main = file.tab('main', database);
    store = main.store([main.ackOut()]);
    listener = main.mllpIn(port, [main.parse([store])]);
    const busy = file.tab('busy', database);
    busy.mllpIn(taken, [busy.store([busy.ackOut()])]);
    const other = file.tab('other', database);
    bystander = other.func('return msg;', []);
    nodeRed = await NodeRed.start({ flows: file.nodes, ports: [port] });
    cleanUp.add(() => nodeRed.dispose());
  });
  after(() => cleanUp.run());

  it('a port in use: Node-RED lives, says so, and takes the port when it is free', async () => {
    await nodeRed.logged(new RegExp(`STATUS busy hl7-mllp-in red ring port ${taken} in use`));
    expect(nodeRed.isRunning).to.equal(true);
    await expectAccepted(await connect());
    await new Promise((resolve) => blocker?.close(resolve));
    blocker = undefined;
    await nodeRed.logged(/STATUS busy hl7-mllp-in green dot/, 35_000);
    await expectAccepted(await connect(taken));
  });

  it('a deployment of another node leaves connections as they are', async () => {
    const client = await connect();
    await expectAccepted(client);
    await nodeRed.deploy(changed(bystander, { func: 'return [msg];' }));
    expect(client.isOpen).to.equal(true);
    await expectAccepted(client);
  });

  it('a deployment of the db store alone leaves connections as they are', async () => {
    const client = await connect();
    await expectAccepted(client);
    await nodeRed.deploy(changed(store, { name: 'renamed' }));
    expect(client.isOpen).to.equal(true);
    await expectAccepted(client);
  });

  it('a deployment of the listener on another port frees the old one', async () => {
    const client = await connect();
    await expectAccepted(client);
    const moved = await freePort();
    await nodeRed.deploy(changed(listener, { port: String(moved) }));
    await client.closed;
    await nodeRed.listens(moved);
    const old = await occupy(port);
    await new Promise((resolve) => old.close(resolve));
    port = moved;
    await expectAccepted(await connect());
  });

  it('a deployment of the listener on the same port listens again', async () => {
    await nodeRed.deploy(changed(listener, { name: 'renamed' }));
    await nodeRed.listens(port);
    await expectAccepted(await connect());
  });

  it('a full deployment starts everything anew, with the data of before', async () => {
    const rows = await nodeRed.table().count();
    await nodeRed.deploy(file.nodes, 'full');
    await nodeRed.listens(port);
    await expectAccepted(await connect());
    expect(await nodeRed.table().count()).to.equal(rows + 1);
  });

  it('a listener whose settings are not usable stays away, and the others work', async () => {
    await nodeRed.deploy(changed(listener, { timeout: 'never' }));
    await nodeRed.logged(/\[error\] \[hl7-mllp-in:renamed\].* time to answer must be a number/);
    await until('the port to be free', async () => !(await isListening(port)));
    await expectAccepted(await connect(taken));
    await nodeRed.deploy(changed(listener, { timeout: '30' }));
    await nodeRed.listens(port);
    await expectAccepted(await connect());
  });

  it('has reported no unforeseen error', () => {
    expect(nodeRed.log).to.not.match(/Uncaught|UnhandledPromise|TypeError|ReferenceError|Error stopping node/);
  });
});
