import { expect } from 'chai';
import type { StoreOptions } from '../../nodes/lib/store';
import { forEachDatabase } from '../support/databases';
import type { LogReader } from '../support/log-table';
import { NodeRed } from '../support/node-red';
import { freePort } from '../support/ports';
import { Senders } from '../support/senders';
import { CleanUp } from '../support/temp';
import { pause, until, within } from '../support/wait';

const SENDERS = 10;
/** As many as somebody wants who has the time. */
const KILLS = Number(process.env.HL7_TEST_KILLS) || 10;

forEachDatabase('the shipped flow under load', function (database) {
  this.timeout(30_000 + KILLS * 12_000);
  let table: LogReader;
  let options: StoreOptions;
  let cleanUp: CleanUp;
  let nodeRed: NodeRed;
  let senders: Senders;

  beforeEach(async () => {
    cleanUp = new CleanUp();
    const port = await freePort();
    options = await database.fresh();
    table = database.log(options);
    const { flows, env } = database.flow(options);
    nodeRed = await NodeRed.start({ flows, env: { ...env, HL7_MLLP_PORT: String(port) }, ports: [port] });
    cleanUp.add(() => nodeRed.dispose());
    senders = new Senders(port, SENDERS);
    cleanUp.add(() => senders.abort());
  });
  afterEach(() => cleanUp.run());

  async function someMore(count: number): Promise<void> {
    const before = senders.settled;
    await until(`${count} more answered messages`, () => senders.settled >= before + count, 30_000);
  }

  it(`killed ${KILLS} times at random moments: what was answered is there once, and its answer too`, async () => {
    senders.start();
    for (let kill = 0; kill < KILLS; kill++) {
      await someMore(20);
      await pause(Math.random() * 700);
      await nodeRed.kill();
      const faults = await senders.compare(table);
      expect(faults, `after kill ${kill + 1}`).to.deep.equal([]);
      await nodeRed.restart();
    }
    await someMore(20);
    await within('the last answers', senders.finish(), 30_000);
    expect(await senders.compare(table)).to.deep.equal([]);
    expect(await table.count(), 'rows').to.equal(senders.sent.length);
    expect(senders.settled).to.equal(senders.sent.length);
    const repeated = senders.sent.filter((one) => one.attempts > 1).length;
    expect(repeated, 'messages that a kill interrupted').to.be.greaterThan(0);
    if (database.dialect !== 'sqlite') return;
    expect(await database.sql(options, 'PRAGMA integrity_check')).to.deep.equal([{ integrity_check: 'ok' }]);
  });

  it('killed between two custom tables beside the log: each message has its rows in all, once', async () => {
    const columns = [{ column: 'control_id', kind: 'path', source: 'MSH-10', type: 'text' }];
    const own = { write: 'both', table: 'own_rows', create: true, mode: 'insert', rows: 'message', columns };
    const fresh = await database.fresh();
    const { flows, env } = database.flow(fresh);
    const port = await freePort();
    const other = await NodeRed.start({
      // A second db store behind the first: a kill may come when a message is in one table and not in the other.
      flows: flows.flatMap((node) => {
        if (node.type !== 'hl7-db-store') return [node];
        const second = { ...node, ...own, id: 'second-store', table: 'more_rows' };
        return [{ ...node, ...own, wires: [[second.id]] }, second];
      }),
      env: { ...env, HL7_MLLP_PORT: String(port) },
      ports: [port],
    });
    cleanUp.add(() => other.dispose());
    const more = new Senders(port, SENDERS);
    cleanUp.add(() => more.abort());
    more.start();
    for (let kill = 0; kill < 4; kill++) {
      const before = more.settled;
      await until('20 more answered messages', () => more.settled >= before + 20, 30_000);
      await pause(Math.random() * 300);
      await other.kill();
      await other.restart();
    }
    await within('the last answers', more.finish(), 30_000);
    expect(await more.compare(database.log(fresh))).to.deep.equal([]);
    const ids = async (name: string) =>
      (await database.sql(fresh, `SELECT control_id FROM ${name}`)).map((row) => String(row.control_id)).sort();
    expect(await ids('own_rows')).to.deep.equal(await ids('hl7_messages'));
    expect(await ids('more_rows')).to.deep.equal(await ids('hl7_messages'));
    expect(await ids('own_rows')).to.have.length(more.sent.length);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`stopped with ${signal}: ends by itself, and what was answered is there`, async function () {
      // Windows has no signals that a process could handle: there it is a kill.
      if (process.platform === 'win32') this.skip();
      senders.start();
      await someMore(50);
      await nodeRed.stop(signal, 12_000);
      expect(await senders.compare(table)).to.deep.equal([]);
      await nodeRed.restart();
      await someMore(20);
      await within('the last answers', senders.finish(), 30_000);
      expect(await senders.compare(table)).to.deep.equal([]);
      expect(await table.count(), 'rows').to.equal(senders.sent.length);
      expect(nodeRed.log).to.not.match(/Uncaught|UnhandledPromise|TypeError|Error stopping node/);
    });
  }
});
