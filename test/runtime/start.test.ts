import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ServerOptions } from '../../nodes/lib/store';
import { Child } from '../support/child';
import { testDatabases } from '../support/databases';
import { LogTable } from '../support/log-table';
import type { FlowNode } from '../support/node-red';
import { freePort, isListening } from '../support/ports';
import { needs, root } from '../support/require';
import { CleanUp, dropFolder, tempFolder } from '../support/temp';
import { until, within } from '../support/wait';

const [MAJOR = 0, MINOR = 0] = process.versions.node.split('.').map(Number);
const NEW_ENOUGH = MAJOR > 22 || (MAJOR === 22 && MINOR >= 9);

describe('npm start', function () {
  this.timeout(90_000);
  const cleanUp = new CleanUp();
  const processes = new CleanUp();
  let env: Record<string, string>;
  let dataDir: string;
  let mllp: number;
  let editor: number;

  function script(name: 'start' | 'send', args: string[] = [], more: Record<string, string> = {}): Child {
    const file = join(root, 'dist', 'scripts', `${name}.js`);
    const child = new Child(process.execPath, [file, ...args], { cwd: root, env: { ...env, ...more } });
    processes.add(() => child.kill());
    return child;
  }

  /** Waits for a start that must fail: exit code 1 and a text for people. */
  async function expectRefused(child: Child, text: RegExp): Promise<void> {
    expect(await within('npm start to give up', child.exit, 30_000)).to.equal(1);
    expect(child.output).to.match(text);
    expect(child.output, 'no stack').to.not.match(/^\s+at /m);
  }

  async function occupy(port: number): Promise<void> {
    const server = createServer((socket) => socket.on('error', () => undefined).destroy());
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
    });
    processes.add(() => new Promise((resolve) => server.close(resolve)));
  }

  async function flows(): Promise<FlowNode[]> {
    const response = await fetch(`http://127.0.0.1:${editor}/flows`, { headers: { accept: 'application/json' } });
    return (await response.json()) as FlowNode[];
  }

  async function stop(child: Child): Promise<void> {
    child.signal('SIGINT');
    const code = await within('npm start to end', child.exit, 15_000);
    // Windows has no SIGINT for a child: it is ended at once.
    if (process.platform !== 'win32') expect(code).to.equal(0);
  }

  before(async () => {
    dataDir = tempFolder('start');
    cleanUp.add(() => dropFolder(dataDir));
    mllp = await freePort();
    editor = await freePort();
    env = { HL7_MLLP_PORT: String(mllp), HL7_EDITOR_PORT: String(editor), HL7_DATA_DIR: dataDir };
  });
  afterEach(() => processes.run());
  after(() => cleanUp.run());

  if (!NEW_ENOUGH) {
    it('says which Node.js it needs when it runs on an older one', async () => {
      await expectRefused(script('start'), /needs Node 22\.9 or later/);
    });
  }

  describe('with a Node.js that Node-RED 5 takes', () => {
    before(function () {
      needs(this, 'Node.js 22.9', NEW_ENOUGH, `this is ${process.version}`);
    });

    it('prints its places, takes a message from "npm run send", and stops with Ctrl-C', async () => {
      const started = script('start');
      await started.printed(/npm run send/);
      for (const place of [`http://127.0.0.1:${editor}/`, `127.0.0.1:${mllp}`, join(dataDir, 'hl7-log.sqlite')]) {
        expect(started.output).to.include(place);
      }
      const page = await fetch(`http://127.0.0.1:${editor}/`);
      expect(page.status).to.equal(200);
      expect(await page.text()).to.include('HL7 Logger');
      const settings = await (await fetch(`http://127.0.0.1:${editor}/settings`)).json();
      expect(settings.paletteCategories, 'HL7 comes first in the palette').to.deep.equal(['HL7']);

      const sent = script('send');
      expect(await within('npm run send', sent.exit)).to.equal(0);
      const acknowledged = /\bMSA\|AA\|([^|\s]+)/.exec(sent.output)?.[1];
      const rows = await new LogTable(join(dataDir, 'hl7-log.sqlite')).messages();
      expect(rows.map((row) => row.control_id)).to.deep.equal([acknowledged]);
      await stop(started);
      expect(await isListening(mllp)).to.equal(false);
    });

    it('starts again with its data and the flow as the user changed it', async () => {
      const first = script('start');
      await first.printed(/npm run send/);
      const changed = (await flows()).map((node) => (node.type === 'tab' ? { ...node, label: 'My logger' } : node));
      const response = await fetch(`http://127.0.0.1:${editor}/flows`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(changed),
      });
      expect(response.status).to.equal(204);
      await stop(first);

      const second = script('start');
      await second.printed(/npm run send/);
      expect((await flows()).filter((node) => node.type === 'tab').map((node) => node.label)).to.deep.equal([
        'My logger',
      ]);
      await until('the listener', () => isListening(mllp));
      const sent = script('send');
      expect(await within('npm run send', sent.exit)).to.equal(0);
      expect(await new LogTable(join(dataDir, 'hl7-log.sqlite')).count()).to.equal(2);
      await stop(second);
    });

    it('runs another example by its number', async () => {
      const started = script('start', ['03']);
      await started.printed(/runs the flow "03 - Filter and route by message type"/);
      await until('the listener', () => isListening(mllp));
      const sent = script('send');
      expect(await within('npm run send', sent.exit)).to.equal(0);
      expect(sent.output).to.match(/\bMSA\|AA\|/);
      await stop(started);
    });

    it('runs an example on a database server, and prints where the messages are', async function () {
      const server = testDatabases().find(({ dialect }) => dialect === 'postgres')!;
      await server.present(this);
      const options = (await server.fresh()) as ServerOptions;
      processes.add(() => server.dispose());
      const variables = {
        HL7_DB_HOST: options.host,
        HL7_DB_PORT: String(options.port ?? 5432),
        HL7_DB_NAME: options.database,
        HL7_DB_USER: options.user ?? '',
        HL7_DB_PASSWORD: options.password ?? '',
      };
      const started = script('start', ['06 - HL7 logger on PostgreSQL'], variables);
      await started.printed(/npm run send/);
      const place = `${options.host}:${variables.HL7_DB_PORT}/${options.database}`;
      expect(started.output).to.include(`Data         PostgreSQL ${place}, table hl7_messages`);
      await until('the listener', () => isListening(mllp));
      const sent = script('send');
      expect(await within('npm run send', sent.exit)).to.equal(0);
      const acknowledged = /\bMSA\|AA\|([^|\s]+)/.exec(sent.output)?.[1];
      expect((await server.log(options).messages()).map((row) => row.control_id)).to.deep.equal([acknowledged]);
      await stop(started);
    });

    it('says which variable of the database is not set', async () => {
      const started = script('start', ['06'], { HL7_DB_USER: '' });
      await started.printed(/npm run send/);
      expect(started.output).to.match(/Data +not yet: The user of the database .* HL7_DB_USER is missing or empty/);
      await stop(started);
    });

    it('names the examples when there is no such one', async () => {
      await expectRefused(script('start', ['99']), /no example "99"[\s\S]*01 - HL7 logger/);
    });

    it('says what to do when the port of the editor is in use', async () => {
      await occupy(editor);
      await expectRefused(script('start'), new RegExp(`Port ${editor} .*in use[\\s\\S]*HL7_EDITOR_PORT`));
    });

    it('says what to do when the port for MLLP is in use', async () => {
      await occupy(mllp);
      await expectRefused(script('start'), new RegExp(`Port ${mllp} .*in use[\\s\\S]*HL7_MLLP_PORT`));
    });

    it('says what is wrong with a port that is none', async () => {
      await expectRefused(script('start', [], { HL7_MLLP_PORT: 'abc' }), /HL7_MLLP_PORT must be a port/);
    });
  });

  describe('npm run send', () => {
    it('says what to do when nothing listens', async () => {
      await expectRefused(
        script('send', [], { HL7_MLLP_PORT: String(await freePort()) }),
        /Nothing listens on .*npm start/,
      );
    });
  });
});
