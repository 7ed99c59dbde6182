import { expect } from 'chai';
import { FlowFile } from '../support/flows';
import { type FlowNode, NodeRed } from '../support/node-red';
import { freePort } from '../support/ports';
import { type PrivateServer, privateServers } from '../support/private-server';
import { Senders } from '../support/senders';
import { CleanUp } from '../support/temp';
import { until, within } from '../support/wait';

const SENDERS = 10;
/** Node-RED itself gives a node 15 s to close. */
const CLOSE_MS = 14_000;

for (const server of privateServers()) away(server);

function away(server: PrivateServer): void {
  describe(`a running Node-RED whose database goes away, ${server.title}`, function () {
    this.timeout(90_000);
    const cleanUp = new CleanUp();
    let nodeRed: NodeRed;
    let senders: Senders;
    let flows: FlowNode[];

    async function someMore(count = 30): Promise<void> {
      const before = senders.settled;
      await until(`${count} more answered messages`, () => senders.settled >= before + count, 30_000);
    }

    const changesOfState = (log: string): string[] => log.match(/^.*\[hl7-database:.*$/gm) ?? [];

    before(async function () {
      cleanUp.add(() => server.dispose());
      await server.prepare(this);
      const port = await freePort();
      const file = new FlowFile();
      const { dialect, host, port: databasePort, database, user, password } = server.options;
      const id = file.database();
      Object.assign(file.node(id), {
        dialect,
        host,
        port: String(databasePort),
        database,
        userFrom: 'environment',
        userVariable: 'HL7_DB_USER',
        passwordVariable: 'HL7_DB_PASSWORD',
        connectTime: '2',
        statementTime: '2',
      });
      const tab = file.tab('main', id);
      tab.mllpIn(port, [tab.parse([tab.store([tab.ackOut()])])]);
      flows = file.nodes;
      const env = { HL7_DB_USER: user ?? '', HL7_DB_PASSWORD: password ?? '' };
      nodeRed = await NodeRed.start({ flows, env, ports: [port] });
      cleanUp.add(() => nodeRed.dispose());
      senders = new Senders(port, SENDERS);
      cleanUp.add(() => senders.abort());
      senders.start();
    });
    after(() => cleanUp.run());

    const { password } = server;
    const outages: [title: string, go: () => Promise<unknown>, back: () => unknown][] = [
      ['stopped and started', () => server.stop(), () => server.start()],
      ['killed and started', () => server.crash(), () => server.start()],
      ['halted and resumed', () => server.halt(), () => server.resume()],
      ['given another password', () => server.changePassword('second'), () => server.changePassword(password)],
    ];
    for (const [title, go, back] of outages) {
      it(`${title}: every message waiting is refused, and all goes on by itself`, async () => {
        await someMore();
        const from = nodeRed.log.length;
        await go();
        await nodeRed.logged(/STATUS main hl7-db-store red ring/, 20_000, from);
        const refused = senders.refused;
        await until('every sender is refused', () => senders.refused >= refused + SENDERS, 30_000);
        await back();
        await nodeRed.logged(/STATUS main hl7-db-store green dot/, 40_000, from);
        await someMore();
        const told = changesOfState(nodeRed.log.slice(from));
        expect(told, 'lines of the log').to.have.length(2);
        expect(told[0])
          .to.match(/\[warn\]/)
          .and.include(server.database);
        expect(told[1])
          .to.match(/\[info\]/)
          .and.include('Messages go to');
      });
    }

    it('deployed anew while it hangs: the deployment is through, and all goes on', async () => {
      await someMore();
      await server.halt();
      const refused = senders.refused;
      await until('a sender is refused', () => senders.refused > refused, 30_000);
      await within('the deployment', nodeRed.deploy(flows, 'full'), CLOSE_MS);
      server.resume();
      await someMore();
    });

    it('stopped while it hangs: Node-RED ends, and after all of that the books are balanced', async () => {
      await someMore();
      await server.halt();
      const refused = senders.refused;
      await until('a sender is refused', () => senders.refused > refused, 30_000);
      await nodeRed.stop('SIGTERM', CLOSE_MS);
      server.resume();
      expect(await senders.compare(server.log)).to.deep.equal([]);
      await nodeRed.restart();
      await someMore();
      await within('the last answers', senders.finish(), 30_000);
      expect(await senders.compare(server.log)).to.deep.equal([]);
      expect(await server.log.count(), 'rows').to.equal(senders.sent.length);
      expect(senders.settled).to.equal(senders.sent.length);
      expect(nodeRed.log).to.not.match(/Uncaught|[Uu]nhandled|TypeError|Error stopping node|SAMPLE|100001/);
      expect(nodeRed.log).to.not.match(/first|second/);
    });
  });
}
