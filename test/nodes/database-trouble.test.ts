import { expect } from 'chai';
import { message } from '../support/messages';
import { type PrivateServer, privateServers } from '../support/private-server';
import { needs } from '../support/require';
import { until } from '../support/wait';
import { Flow } from './harness';

const status = (key: string): string => `red ring db-store.status.${key}`;

/** Its database node with other settings; `store` and what it hands on are collected. */
function setUp(flow: Flow, properties: object): void {
  flow.store([['out']]).watch('out');
  Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, properties);
}

/** A message that is not stored: the error that a Catch node sees is the sentence in the log. */
async function refusal(flow: Flow, code: string): Promise<string> {
  flow.give('store', { payload: message() });
  const caught = flow.got('caught').length;
  const { error } = (await flow.message('caught', caught + 1)) as { error?: { code?: string; message?: string } };
  expect(error?.code).to.equal(code);
  expect(flow.got('out')).to.deep.equal([]);
  return error?.message ?? '';
}

const waitUntil = (flow: Flow, text: string): Promise<unknown> =>
  until(`"${text}"`, () => flow.statuses('store').at(-1) === text, 15_000);

for (const server of privateServers()) {
  describe(`db store: why there is no database on a ${server.title}`, function () {
    this.timeout(60_000);
    let flow: Flow;
    before(async function () {
      await server.prepare(this);
    });
    after(() => server.dispose());
    beforeEach(async () => {
      flow = await Flow.create();
    });
    afterEach(() => flow.end());

    async function start(changes: Record<string, unknown> = {}, password = server.password): Promise<void> {
      const { dialect, host, database } = server.options;
      setUp(flow, { dialect, host, port: String(server.options.port), database, ...changes });
      await flow.start({ db: { user: server.user, password } });
    }
    const warned = (): string => flow.warnings('db').at(-1) ?? '';
    const place = (s: PrivateServer, database = s.database): string => `127.0.0.1:${s.options.port}/${database}`;

    it('the password is wrong: it says so, and goes on when it has been set right on the server', async () => {
      await start({}, 'of-yesterday');
      await waitUntil(flow, status('login-refused'));
      expect(warned()).to.include(`The database ${place(server)} cannot be opened. The user or the password is wrong`);
      expect(await refusal(flow, 'STORE_OPEN_FAILED')).to.equal(`Hl7Error: ${warned()}`);
      expect(flow.warnings('db').join()).to.not.match(/of-yesterday|SAMPLE|100001/);
      await server.changePassword('of-yesterday');
      await waitUntil(flow, 'green dot 0 stored');
      flow.give('store', { payload: message() });
      await flow.message('out');
    });

    it('there is no password', async () => {
      await start({}, '');
      await waitUntil(flow, status('login-refused'));
      expect(warned())
        .to.include(place(server))
        .and.match(/password/);
      await refusal(flow, 'STORE_OPEN_FAILED');
    });

    it('there is no database of the name, until somebody creates it', async () => {
      await start({ database: 'hl7_late' });
      // MariaDB tells a user without rights no more than that.
      await waitUntil(flow, status('no-such-database'));
      expect(warned())
        .to.include(place(server, 'hl7_late'))
        .and.match(/(no database|none) of this name/);
      expect(await refusal(flow, 'STORE_OPEN_FAILED')).to.equal(`Hl7Error: ${warned()}`);
      const owned = server.dialect === 'postgres' ? ` OWNER ${server.user}` : '';
      const grant = server.dialect === 'postgres' ? [] : [`GRANT ALL ON hl7_late.* TO ${server.user}@'%'`];
      await server.sql(
        server.dialect === 'postgres' ? 'postgres' : 'mysql',
        `CREATE DATABASE hl7_late${owned}`,
        ...grant,
      );
      await waitUntil(flow, 'green dot 0 stored');
    });

    it('its tables are missing, and are not to be created', async () => {
      const name = 'hl7_bare';
      const grant = server.dialect === 'postgres' ? [] : [`GRANT ALL ON ${name}.* TO ${server.user}@'%'`];
      await server.sql(server.dialect === 'postgres' ? 'postgres' : 'mysql', `CREATE DATABASE ${name}`, ...grant);
      await start({ database: name, createTables: false });
      await waitUntil(flow, status('tables'));
      expect(warned()).to.include(place(server, name)).and.include('Show SQL');
      await refusal(flow, 'STORE_SCHEMA_MISSING');
    });

    it('its password is changed while it is used: that is told, and it goes on with the old one', async () => {
      const old = server.password;
      await start();
      await waitUntil(flow, 'green dot 0 stored');
      await server.changePassword('of-tomorrow');
      expect(await refusal(flow, 'STORE_UNAVAILABLE')).to.include('The user or the password is wrong');
      await waitUntil(flow, status('login-refused'));
      expect(warned()).to.include(place(server)).and.include('password is wrong');
      await server.changePassword(old);
      await waitUntil(flow, 'green dot 0 stored');
    });

    it('it is not there: it is away', async () => {
      await start({ port: '1' });
      await waitUntil(flow, status('away'));
    });

    it('it has no TLS, or not the right one', async () => {
      await start({ encryption: 'verify' });
      await waitUntil(flow, status('tls'));
      expect(warned()).to.include(place(server));
    });
  });
}

describe('db store: why there is no database', () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  it('its driver is missing', async function () {
    let there = true;
    try {
      require.resolve('oracledb');
    } catch {
      there = false;
    }
    needs(this, 'absence of oracledb', !there, 'it is installed');
    setUp(flow, { dialect: 'oracle', host: 'server', port: '', database: 'LOG' });
    await flow.start({ db: { user: 'u', password: 'p' } });
    await waitUntil(flow, status('driver'));
    const told = 'The database server:1521/LOG cannot be opened. The driver oracledb is not installed. Type in the';
    expect(flow.warnings('db')).to.have.length(1);
    expect(flow.warnings('db')[0]).to.include(told).and.include('npm install oracledb, and start Node-RED again.');
    expect(await refusal(flow, 'STORE_DRIVER_MISSING')).to.include(told);
  });

  it('there is no such kind of database', async () => {
    setUp(flow, { dialect: 'dbase', host: 'server', database: 'log' });
    await flow.start({ db: { user: 'u', password: 'p' } });
    await waitUntil(flow, status('dialect'));
    expect(flow.warnings('db')[0]).to.include('server/log').and.include('there is no store for "dbase"');
    await refusal(flow, 'STORE_DIALECT_UNKNOWN');
  });
});
