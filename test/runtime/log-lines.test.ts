import { writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { FlowFile } from '../support/flows';
import { message } from '../support/messages';
import { frame, MllpClient } from '../support/mllp-client';
import { NodeRed } from '../support/node-red';
import { freePort } from '../support/ports';
import { CleanUp, dropFolder, tempFolder } from '../support/temp';
import { until } from '../support/wait';

/** How often a test does what must not write a line each time. */
const MANY = 300;
const CLIENTS = 5;
/** A first line, a summary and an end, of two things. */
const FEW = 6;

/** Errors and warnings that a node of a tab wrote. */
function linesOf(log: string, name: string): string[] {
  return log.split('\n').filter((line) => /\[(error|warn)\]/.test(line) && line.includes(`:${name}]`));
}

/** How many errors of a code a node's lines stand for: those that were written, and those that were counted. */
function occurrences(lines: string[], code: string): number {
  const written = lines.filter((line) => !/ more in the last /.test(line)).length;
  const counted = lines.map((line) => new RegExp(`\\b${code} ([\\d,]+)`).exec(line)?.[1] ?? '0');
  return written + counted.reduce((sum, count) => sum + Number(count.replaceAll(',', '')), 0);
}

describe('lines in the log of a running Node-RED', function () {
  this.timeout(120_000);
  const cleanUp = new CleanUp();
  const ports: Record<string, number> = {};
  let nodeRed: NodeRed;

  before(async () => {
    const userDir = tempFolder('lines');
    cleanUp.add(() => dropFolder(userDir));
    // A file where the folder of the database should be.
    writeFileSync(join(userDir, 'blocked'), '');
    const file = new FlowFile();
    const database = file.database();
    const blocked = file.database(join('blocked', 'log.sqlite'));
    for (const name of ['away', 'caught', 'hasty', 'foreign', 'silent', 'faulty', 'parts'] as const) {
      ports[name] = await freePort();
      const tab = file.tab(name, name === 'away' || name === 'caught' ? blocked : database);
      const named = { name };
      const ack = tab.ackOut([], named);
      const store = tab.store([ack], named);
      const listen = (wires: string[], properties = {}) =>
        tab.mllpIn(ports[name]!, wires, { timeout: '60', ...properties });
      if (name === 'silent') listen([], { timeout: '1' });
      else if (name === 'foreign') listen([store], { allow: '10.1.2.0/24' });
      else if (name === 'parts') listen([tab.parse([store], { ...named, batch: 'refuse' })]);
      else if (name === 'hasty')
        listen([tab.func("node.log('TAKEN'); setTimeout(() => node.send(msg), 100);", [store])]);
      else listen([store]);
      if (name === 'caught') tab.catcher([ack]);
    }
    nodeRed = await NodeRed.start({ flows: file.nodes, userDir, ports: Object.values(ports) });
    cleanUp.add(() => nodeRed.dispose());
  });
  after(() => cleanUp.run());

  async function flood(name: string, text: () => string): Promise<void> {
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const client = await MllpClient.connect({ port: ports[name]! });
        cleanUp.add(() => client.destroy());
        for (let n = 0; n < MANY / CLIENTS; n++) await client.send(text());
      }),
    );
  }

  /** Connects, writes a message that the flow gets, and is gone; or only connects. */
  async function knock(name: string, text?: string): Promise<void> {
    const socket = connectSocket({ host: '127.0.0.1', port: ports[name]! });
    socket.on('error', () => undefined);
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    if (text === undefined) return gone;
    const from = nodeRed.log.length;
    socket.write(frame(text));
    await nodeRed.logged(/TAKEN/, 15_000, from);
    socket.resetAndDestroy();
    await gone;
  }

  it('a database that is away writes no line for each message, with or without a Catch node', async () => {
    await flood('away', message);
    await flood('caught', message);
    const caught = nodeRed.log.match(/CAUGHT caught STORE_\w+/g) ?? [];
    expect(caught, 'messages that a Catch node saw').to.have.length(MANY);
  });

  it('peers that go away before their answers, or may not come, write no line each', async () => {
    for (let n = 0; n < MANY; n++) await knock('hasty', message());
    for (let n = 0; n < MANY; n++) await knock('foreign');
    await until('the last message is stored', async () => (await nodeRed.table().count()) >= MANY, 30_000);
  });

  it('messages that nothing answers, or that cannot be parsed, write no line each', async () => {
    await flood('parts', () => `BHS|^~\\&|A\r${message()}BTS|1\r`);
    await flood('faulty', () => `MSH|^~\\&|A\r${'\u000b'}${message()}`);
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const client = await MllpClient.connect({ port: ports.silent! });
        cleanUp.add(() => client.destroy());
        for (let n = 0; n < 6; n++) await client.send(message());
      }),
    );
  });

  it('counts all of them, and writes the counts when Node-RED stops', async () => {
    await nodeRed.stop();
    const expected: [name: string, type: string, code: string, least: number][] = [
      ['away', 'hl7-db-store', 'STORE_\\w+', MANY],
      ['caught', 'hl7-db-store', 'STORE_\\w+', 0],
      ['hasty', 'hl7-ack-out', 'CONNECTION_CLOSED', MANY / 2],
      ['foreign', 'hl7-mllp-in', 'NOT_ALLOWED', MANY],
      ['silent', 'hl7-mllp-in', 'ACK_TIMEOUT', MANY],
      ['parts', 'hl7-parse', 'PARSE_BATCH', MANY],
      ['faulty', 'hl7-mllp-in', 'START_INSIDE_FRAME', MANY],
    ];
    for (const [name, type, code, least] of expected) {
      const all = linesOf(nodeRed.log, name);
      const lines = all.filter((line) => line.includes(`[${type}:`));
      expect(all.length, `${name}\n${all.join('\n')}`).to.be.at.most(FEW);
      expect(occurrences(lines, code), `${name}\n${all.join('\n')}`).to.be.at.least(least);
    }
    expect(linesOf(nodeRed.log, 'caught')).to.deep.equal([]);
    expect(nodeRed.log).to.not.match(/SAMPLE|100001|Uncaught|[Uu]nhandled|TypeError/);
  });
});
