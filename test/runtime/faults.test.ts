import { rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { FlowFile } from '../support/flows';
import { messageParts } from '../support/hl7-text';
import { WriteLock } from '../support/log-table';
import { message } from '../support/messages';
import { frame, MllpClient } from '../support/mllp-client';
import { NodeRed } from '../support/node-red';
import { freePort } from '../support/ports';
import { CleanUp, dropFolder, tempFolder } from '../support/temp';
import { pause, until } from '../support/wait';

describe('faults around a running Node-RED', function () {
  this.timeout(60_000);
  const cleanUp = new CleanUp();
  let nodeRed: NodeRed;
  let userDir: string;
  let port: number;
  let blockedPort: number;
  let secondPort: number;
  let closedPort: number;

  async function connect(to = port): Promise<MllpClient> {
    const client = await MllpClient.connect({ port: to });
    cleanUp.add(() => client.destroy());
    return client;
  }

  before(async () => {
    [port, blockedPort, secondPort, closedPort] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    userDir = tempFolder('faults');
    cleanUp.add(() => dropFolder(userDir));
    // A file where the folder of the database should be.
    writeFileSync(join(userDir, 'blocked'), '');
    const file = new FlowFile();
    const database = file.database();
    const blocked = file.database(join('blocked', 'log.sqlite'));
    const main = file.tab('main', database);
    main.mllpIn(port, [main.parse([main.store([main.ackOut()])])], { timeout: '60' });
    const down = file.tab('down', blocked);
    down.mllpIn(blockedPort, [down.store([down.ackOut()])], { timeout: '60' });
    const output = file.tab('output', blocked);
    const failed = output.func("node.log('SECOND ' + msg.error.code);\nreturn msg;", [output.ackOut()]);
    const store = output.store([output.ackOut()], { onFailure: 'output', outputs: 2 });
    file.node(store).wires?.push([failed]);
    output.mllpIn(secondPort, [store], { timeout: '60' });
    const closed = file.tab('closed', database);
    closed.mllpIn(closedPort, [closed.store([closed.ackOut()])], { allow: '10.1.2.0/24' });
    nodeRed = await NodeRed.start({ flows: file.nodes, userDir, ports: [port, blockedPort, secondPort] });
    cleanUp.add(() => nodeRed.dispose());
  });
  after(() => cleanUp.run());

  it('a database that cannot be used: AR at once, never AA, and all is well when it is back', async () => {
    const client = await connect(blockedPort);
    const sent = message();
    const refused = await client.send(sent);
    expect(messageParts(refused).code).to.equal('AR');
    expect(messageParts(refused).acknowledges).to.equal(messageParts(sent).controlId);
    await nodeRed.logged(/STATUS down hl7-db-store red ring/);

    const second = await connect(secondPort);
    expect(messageParts(await second.send(message())).code).to.equal('AR');
    await nodeRed.logged(/SECOND STORE_/);

    rmSync(join(userDir, 'blocked'));
    // The sender repeats what was refused until it is taken.
    const accepted = await until(
      'AA after the database came back',
      async () => {
        const answer = await client.send(sent);
        return messageParts(answer).code === 'AA' && answer;
      },
      30_000,
    );
    const rows = await nodeRed.table(join('blocked', 'log.sqlite')).byControlId(messageParts(sent).controlId);
    expect(rows.map((row) => row.raw.toString())).to.deep.equal([sent]);
    const acks = await nodeRed.table(join('blocked', 'log.sqlite')).acks(rows[0]?.id ?? 0);
    expect(acks.map((ack) => ack.raw.toString())).to.deep.equal([accepted.toString()]);
    await nodeRed.logged(/STATUS down hl7-db-store green dot/);
  });

  it('a database that another program has locked: no answer before the commit, then AA', async () => {
    const client = await connect();
    expect(messageParts(await client.send(message())).code).to.equal('AA');
    const lock = await WriteLock.take(join(userDir, 'hl7-log.sqlite'));
    const sent = message();
    try {
      client.write(frame(sent));
      await pause(500);
      expect(client.answers).to.have.length(1);
    } finally {
      await lock.release();
    }
    expect(messageParts(await client.next()).code).to.equal('AA');
    const rows = await nodeRed.table().byControlId(messageParts(sent).controlId);
    expect(rows.map((row) => row.raw.toString())).to.deep.equal([sent]);
  });

  it('a sender that goes away before its answer: the message is kept, and the next sender is served', async () => {
    const sent = message({ size: 19_000 });
    const socket = connectSocket({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    cleanUp.add(() => socket.destroy());
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    await new Promise<void>((resolve) => socket.write(frame(sent), () => resolve()));
    socket.resetAndDestroy();
    const client = await connect();
    const again = await client.send(sent);
    expect(messageParts(again).code).to.equal('AA');
    const rows = await nodeRed.table().byControlId(messageParts(sent).controlId);
    expect(rows.map((row) => row.raw.toString())).to.deep.equal([sent]);
    const acks = await nodeRed.table().acks(rows[0]?.id ?? 0);
    expect(acks.map((ack) => ack.raw.toString())).to.deep.equal([again.toString()]);
  });

  it('half a message and then nothing: no row, no answer', async () => {
    const before = await nodeRed.table().count();
    const client = await connect();
    client.write(frame(message()).subarray(0, 200));
    await client.end();
    expect(client.answers).to.have.length(0);
    expect(await nodeRed.table().count()).to.equal(before);
  });

  it('HTTP and TLS on a plain MLLP port are closed without an answer', async () => {
    for (const hello of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', Buffer.from('160301020001000001fc0303', 'hex')]) {
      const client = await connect();
      client.write(hello);
      await client.closed;
      expect(client.answers).to.have.length(0);
    }
  });

  it('a peer that is not on the allow list is closed', async () => {
    await nodeRed.listens(closedPort);
    const client = await connect(closedPort);
    client.write(frame(message()));
    await client.closed;
    expect(client.answers).to.have.length(0);
  });

  it('no patient data stands in the log of Node-RED', () => {
    expect(nodeRed.log).to.not.match(/SAMPLE|100001/);
    expect(nodeRed.log).to.not.match(/Uncaught|UnhandledPromise|TypeError|ReferenceError/);
  });
});
