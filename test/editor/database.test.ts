import { expect } from 'chai';
import { type DialectName, type ServerOptions, schemaScript } from '../../nodes/lib/store';
import { DEFAULT_IDENTIFIERS } from '../../nodes/lib/store/record/identifier-fields';
import { testDatabases } from '../support/databases';
import { messageParts } from '../support/hl7-text';
import { message } from '../support/messages';
import { MllpClient } from '../support/mllp-client';
import { freePort } from '../support/ports';
import { needs } from '../support/require';
import { until } from '../support/wait';
import type { Editor } from './page';
import { READABLE, readings, SINCE_5 } from './readable';
import { Workbench } from './workbench';

const ON_SERVER = ['host', 'port', 'database', 'user', 'password'];
/** What each kind of database asks for, before any section is unfolded. */
const FIELDS: Record<DialectName, string[]> = {
  sqlite: ['file'],
  mssql: [...ON_SERVER, 'instance', 'schema', 'login'],
  postgres: [...ON_SERVER, 'schema'],
  mysql: ON_SERVER,
  mariadb: ON_SERVER,
  oracle: [...ON_SERVER, 'schema'],
};
const PORTS: Partial<Record<DialectName, string>> = {
  mssql: '1433',
  postgres: '5432',
  mysql: '3306',
  mariadb: '3306',
  oracle: '1521',
};
const UNFOLDED = new Set(Object.values(FIELDS).flat());
const SECTIONS = ['security', 'connection', 'tables', 'retention', 'identifiers', 'advanced'];
/** Those of every kind of database. */
const EVERYWHERE = ['tables', 'retention', 'identifiers'];

describe('the editor: the dialog of hl7 database', function () {
  this.timeout(90_000);
  const server = testDatabases().find(({ dialect }) => dialect === 'postgres')!;
  let bench: Workbench;
  let editor: Editor;
  let store: string;

  before(async function () {
    bench = await Workbench.start(this, [], { HL7_MLLP_PORT: String(await freePort()) });
    editor = await bench.open();
  });
  afterEach(function () {
    return bench?.keep(this.currentTest);
  });
  after(async () => {
    await bench?.close();
    await server.dispose();
  });

  const field = (name: string) => editor.configField(name);
  const details = (name: string) => editor.tray.locator(`details[data-section="${name}"]`);
  const choose = (name: string, value: string) => field(name).selectOption(value);
  const isWrong = async (name: string): Promise<boolean> =>
    /input-error/.test((await field(name).getAttribute('class')) ?? '');

  async function openNew(): Promise<void> {
    store = await editor.drag('hl7-db-store', { x: 300, y: 200 });
    await editor.openDialog(store);
    await editor.tray.locator('#node-input-btn-database-add').click();
    await field('dialect').waitFor();
    await editor.trayRests();
  }

  async function fill(values: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(values)) await editor.type(field(name), value);
  }

  async function result(pattern: RegExp): Promise<string> {
    const line = editor.tray.locator('#hl7-database-result');
    await until(`the result ${pattern}`, async () => pattern.test((await line.textContent()) ?? ''), 20_000);
    return (await line.textContent()) ?? '';
  }

  async function expectReadable(): Promise<void> {
    // A button under the mouse has the editor's own colours.
    await editor.page.mouse.move(1, 1);
    const seen = await readings(editor.page);
    expect(seen.length).to.be.greaterThan(6);
    expect(seen.filter(({ contrast }) => contrast < READABLE)).to.deep.equal([]);
  }

  async function unfold(name: string): Promise<void> {
    await details(name).locator('summary').click();
    await details(name).locator('> div').waitFor();
  }

  describe('its fields', () => {
    before(openNew);

    it('opens with SQLite and a file', async () => {
      expect(await field('dialect').inputValue()).to.equal('sqlite');
      expect(await field('file').inputValue()).to.equal('hl7-log.sqlite');
      await editor.picture('hl7 database, SQLite');
    });

    for (const dialect of Object.keys(FIELDS) as DialectName[]) {
      it(`${dialect}: shows its own fields and no others`, async () => {
        await choose('dialect', dialect);
        const shown: string[] = [];
        for (const name of UNFOLDED) if (await field(name).isVisible()) shown.push(name);
        expect(shown).to.have.members(FIELDS[dialect]);
        for (const name of SECTIONS) {
          const wanted = EVERYWHERE.includes(name) || dialect !== 'sqlite';
          expect(await details(name).isVisible(), name).to.equal(wanted);
        }
        if (dialect !== 'sqlite') expect(await field('port').getAttribute('placeholder')).to.equal(PORTS[dialect]);
        const name = editor.tray.locator('label[for="node-config-input-database"]');
        if (dialect !== 'sqlite') {
          expect((await name.textContent())?.trim()).to.equal(dialect === 'oracle' ? 'Service name' : 'Database name');
        }
        await expectReadable();
        await editor.picture(`hl7 database, ${dialect}`);
      });
    }

    it('SQL Server: each kind of login asks for what it needs', async () => {
      await choose('dialect', 'mssql');
      const asked: Record<string, string[]> = {
        sql: ['user', 'password'],
        ntlm: ['user', 'password', 'domain'],
        'azure-password': ['user', 'password', 'client', 'tenant'],
        'azure-service-principal': ['password', 'client', 'tenant'],
      };
      for (const [login, names] of Object.entries(asked)) {
        await choose('login', login);
        const shown: string[] = [];
        for (const name of ['user', 'password', 'domain', 'client', 'tenant']) {
          if (await field(name).isVisible()) shown.push(name);
        }
        expect(shown, login).to.have.members(names);
      }
      const secret = editor.tray.locator('label[for="node-config-input-password"]');
      expect((await secret.textContent())?.trim()).to.equal('Client secret');
      await editor.picture('hl7 database, service principal');
      await choose('login', 'sql');
      expect((await secret.textContent())?.trim()).to.equal('Password');
    });

    it('each section says its state when it is folded, and shows its fields when it is not', async () => {
      await choose('dialect', 'postgres');
      const states = {
        security: 'TLS off',
        connection: 'connect 10 s, statement 15 s',
        tables: 'created when missing',
        retention: 'everything is kept',
        identifiers: 'the usual places',
        advanced: "the driver's defaults",
      };
      for (const [name, state] of Object.entries(states)) {
        expect(await details(name).locator('.hl7-state').textContent()).to.equal(state);
        await unfold(name);
      }
      expect(await editor.tray.locator('.hl7-tls').isVisible()).to.equal(false);
      await choose('encryption', 'verify');
      await editor.tray.locator('.hl7-tls').waitFor();
      await field('createTables').uncheck();
      await expectReadable();
      await editor.picture('hl7 database, unfolded');
      for (const [name, state] of [
        ['security', 'TLS on, certificate verified'],
        ['tables', 'made by hand'],
      ] as const) {
        expect(await details(name).locator('.hl7-state').textContent()).to.equal(state);
      }
      await choose('encryption', 'off');
      await field('createTables').check();
    });

    it('the retention says what it keeps, and when it last ran', async () => {
      const env = `$\{HL7_KEEP_DAYS:-365}`;
      const state = details('retention').locator('.hl7-state');
      await fill({ contentDays: '90', contentMessages: '100000', days: env, messages: '0' });
      expect(await state.textContent()).to.equal('content: 90 d, the newest 100,000; messages: 365 d');
      const lastRun = editor.tray.locator('#hl7-database-last-run');
      await until('an answer', async () => (await lastRun.textContent()) === 'none since Node-RED was started');
      await fill({ contentDays: '', contentMessages: '', days: '' });
      expect(await state.textContent()).to.equal('everything is kept');
    });

    it('the list of places can start from the usual one', async () => {
      const state = details('identifiers').locator('.hl7-state');
      await editor.tray.locator('#hl7-database-places').click();
      expect((await field('identifiers').inputValue()).split('\n')).to.deep.equal(DEFAULT_IDENTIFIERS);
      expect(await state.textContent()).to.equal('a list of your own');
      await details('retention').scrollIntoViewIfNeeded();
      await expectReadable();
      await editor.picture('hl7 database, retention and identifiers');
      await editor.type(field('identifiers'), '# none');
      expect(await state.textContent()).to.equal('none');
      await editor.type(field('identifiers'), '');
      expect(await state.textContent()).to.equal('the usual places');
    });

    for (const [name, value, reason] of [
      [
        'host',
        'postgres://db:5432/hl7',
        'Host: enter the name or IP address of the database server, without port or path.',
      ],
      ['port', '99999', 'Port: enter a whole number from 1 to 65535, in digits only.'],
      ['database', '', 'Database name: enter the name of the database that holds the tables.'],
      ['user', '', `User: enter the user of the database, or an environment variable such as \${HL7_DB_USER}.`],
      [
        'connectTime',
        '0',
        'Connection timeout: enter a number from 1 to 120 s, in digits, with a point before a fraction and without the unit.',
      ],
      [
        'days',
        '-1',
        'Delete after: enter a number up to 36500 days, in digits, with a point before a fraction and without the unit, or leave it blank to keep everything.',
      ],
      [
        'messages',
        '1.5',
        'Keep at most: enter a whole number up to 1000000000000 messages, in digits only, or leave it blank to keep everything.',
      ],
      [
        'identifiers',
        'patient PID-3 CX\nward PV1-3 PL',
        'Places: line 2 has an unknown data type, enter CX, EI, EIP, CWE, ST, XCN or QIP.',
      ],
      ['driverOptions', '[1]', 'Driver options: enter a JSON object, such as {"keepAlive": true}.'],
    ] as const) {
      it(`${name} "${value}" is an error that says what to do`, async () => {
        await editor.type(field(name), value);
        await until('the error', () => isWrong(name));
        expect(await editor.reason(field(name))).to.equal(reason);
        if (name === 'host') await editor.picture('hl7 database, bad host');
        const good: Record<string, string> = { host: 'db', port: '', database: 'hl7', user: 'me', connectTime: '10' };
        await editor.type(field(name), good[name] ?? '');
        await until('no error', async () => !(await isWrong(name)));
      });
    }

    it('JSON that is none names the reason', async () => {
      await editor.type(field('driverOptions'), '{"a":');
      await until('the error', () => isWrong('driverOptions'));
      expect(await editor.reason(field('driverOptions'))).to.match(/^Driver options: not valid JSON \(.*JSON.*\)\.$/);
      await editor.type(field('driverOptions'), '');
      await until('no error', async () => !(await isWrong('driverOptions')));
    });

    it('"Show SQL" shows what a DBA needs for these values, and it can be copied', async () => {
      await fill({ schema: 'log', user: 'logger' });
      await editor.tray.locator('#hl7-database-show').click();
      const sql = editor.tray.locator('#hl7-database-sql');
      await until('the SQL', async () => (await sql.inputValue()) !== '');
      expect(await sql.inputValue()).to.equal(schemaScript('postgres', 'log', 'logger'));
      await expectReadable();
      await sql.scrollIntoViewIfNeeded();
      await editor.picture('hl7 database, SQL');
      await editor.ask(
        `document.addEventListener('copy', () => { window.copied = document.activeElement.value; }, { once: true })`,
      );
      await editor.tray.locator('#hl7-database-copy').click();
      await until('the copy', async () => (await editor.ask('window.copied')) === (await sql.inputValue()));
    });

    it('a test of a connection that cannot be made says why', async () => {
      await fill({ host: '127.0.0.1', port: String(await freePort()) });
      await editor.tray.locator('#hl7-database-test').click();
      expect(await result(/STORE_OPEN_FAILED/)).to.include('No server answers there');
      expect(await editor.tray.locator('#hl7-database-result').getAttribute('class')).to.include('hl7-bad');
    });

    it('Cancel leaves no database behind', async () => {
      await editor.page.locator('#node-config-dialog-cancel').click();
      await editor.trayRests();
      await editor.leaveDialog('#node-dialog-cancel');
      expect(await editor.ask(`RED.nodes.filterNodes({ type: 'hl7-database' }).length`)).to.equal(0);
    });
  });

  describe('PostgreSQL, from the dialog to the row', () => {
    let options: ServerOptions;
    let port: number;
    let listener: string;

    before(async function () {
      await server.present(this);
      options = (await server.fresh()) as ServerOptions;
      port = await freePort();
      await editor.load();
      await openNew();
    });

    it('the connection is tested with what the dialog holds', async () => {
      await choose('dialect', 'postgres');
      await fill({
        host: options.host,
        port: String(options.port ?? ''),
        database: options.database,
        user: options.user ?? '',
        password: options.password ?? 'not asked for',
      });
      await editor.tray.locator('#hl7-database-test').click();
      const line = await result(/^PostgreSQL \d+\.\d+, /);
      expect(line)
        .to.match(/schema \d{4}-/)
        .and.include(options.database)
        .and.not.match(/[\r\n]/);
      await editor.picture('hl7 database, PostgreSQL tested');
    });

    it('it is called by its kind, host and name, and kept with its password', async () => {
      await editor.leaveDialog('#node-config-dialog-ok');
      const chosen = editor.field('database').locator('option:checked');
      expect(await chosen.textContent()).to.equal(`PostgreSQL ${options.host}/${options.database}`);
      await editor.leaveDialog('#node-dialog-ok');
      await editor.triangle(store).waitFor({ state: 'hidden' });
      listener = await editor.drag('hl7-mllp-in', { x: 100, y: 200 });
      // Below the store, whose name may be long.
      const ack = await editor.drag('hl7-ack-out', { x: 550, y: 300 });
      await editor.wire(listener, store);
      await editor.wire(store, ack);
      await editor.openDialog(listener);
      await editor.type(editor.field('port'), String(port));
      await editor.leaveDialog('#node-dialog-ok');
      await editor.deploy();
      await editor.shows(store, /^0 stored$/);
      const flows = JSON.stringify(await bench.nodeRed.admin('GET', '/flows'));
      expect(flows).to.include(options.database).and.not.include('not asked for').and.not.include('"user"');
    });

    it('a message is in the table', async () => {
      const client = await MllpClient.connect({ port });
      bench.later(() => client.destroy());
      const sent = message();
      expect(messageParts(await client.send(sent)).code).to.equal('AA');
      const rows = await server.log(options).messages();
      expect(rows.map(({ raw }) => raw.toString())).to.deep.equal([sent]);
      await editor.shows(store, /^1 stored$/);
      await client.end();
    });

    it('opened again it holds its values, and is tested without the password typed again', async () => {
      await editor.load();
      await editor.openDialog(store);
      await editor.tray.locator('#node-input-btn-database-edit').click();
      await field('dialect').waitFor();
      await editor.trayRests();
      expect(await field('host').inputValue()).to.equal(options.host);
      expect(await field('user').inputValue()).to.equal(options.user);
      expect(await field('password').inputValue()).to.equal('__PWRD__');
      await editor.tray.locator('#hl7-database-test').click();
      await result(/^PostgreSQL /);
      await editor.leaveDialog('#node-config-dialog-ok');
      await editor.leaveDialog('#node-dialog-cancel');
    });
  });

  describe('in the dark theme', () => {
    before(async function () {
      needs(this, 'node-red-5', SINCE_5, 'the older editor has no dark theme');
      await editor.load();
      await editor.useTheme('dark');
      await openNew();
      await choose('dialect', 'mssql');
    });

    it('every text can be read', async () => {
      await choose('login', 'ntlm');
      await expectReadable();
      await editor.picture('dark, hl7 database, SQL Server');
      for (const name of SECTIONS) await unfold(name);
      await choose('encryption', 'on');
      await choose('dialect', 'postgres');
      await editor.tray.locator('#hl7-database-show').click();
      await until('the SQL', async () => (await editor.tray.locator('#hl7-database-sql').inputValue()) !== '');
      await expectReadable();
      await editor.picture('dark, hl7 database, unfolded');
    });
  });

  describe('afterwards', () => {
    it('no error in the console, no failed request, nothing unforeseen in Node-RED', () => {
      expect(bench.faults()).to.deep.equal([]);
    });
  });
});
