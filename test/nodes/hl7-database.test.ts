import { rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DatabaseNode } from '../../nodes/common/database-node';
import { type RetentionResult, type ServerOptions, StoreManager, schemaScript } from '../../nodes/lib/store';
import { forEachServer, testDatabases } from '../support/databases';
import { LogTable, WriteLock } from '../support/log-table';
import { message } from '../support/messages';
import { until } from '../support/wait';
import { otherProgram } from '../unit/store/helper';
import { Flow, helper } from './harness';

const SERVER = { dialect: 'postgres', host: '127.0.0.1', database: 'hl7' };

/** A status as Status nodes hand it on. */
interface Heard {
  source: object;
  retention?: RetentionResult;
}

interface Answer {
  ok: boolean;
  message: string;
  code?: string;
}

async function post(path: string, body: object): Promise<Answer> {
  const response = await helper.request().post(path).send(body).expect(200);
  return response.body as Answer;
}

describe('hl7 database', () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  const database = (): DatabaseNode => flow.node('db') as unknown as DatabaseNode;

  it('opens the database when the flow starts', async () => {
    flow.store([['out']]).collect('out');
    await flow.start();
    await (await database().store()).check();
    await flow.status('store', 'green dot 0 stored');
    expect(await new LogTable(flow.file).count()).to.equal(0);
  });

  it('takes a relative path from the user folder of Node-RED', async () => {
    helper.settings({ userDir: flow.folder } as never);
    flow.after(() => helper.settings({ userDir: undefined } as never));
    flow.store([['out']]).collect('out');
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, { file: join('logs', 'own.sqlite') });
    await flow.start();
    await database().store();
    expect(await new LogTable(join(flow.folder, 'logs', 'own.sqlite')).count()).to.equal(0);
  });

  it('says that the database cannot be used, and goes on by itself when it can', async () => {
    const blocked = join(flow.folder, 'blocked');
    writeFileSync(blocked, 'a file where a folder should be');
    flow.store([['out']]).watch('out');
    const file = join(blocked, 'log.sqlite');
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, { file });
    await flow.start();
    await until('the failure is shown', () => flow.statuses('store').at(-1)?.startsWith('red ring '));
    expect(flow.warnings('db')).to.have.length(1);
    expect(flow.warnings('db')[0]).to.contain(blocked);
    flow.give('store', { payload: message() });
    expect((await flow.message('caught')).error).to.include({ code: 'STORE_OPEN_FAILED' });
    rmSync(blocked);
    await until('the database is there', () => flow.statuses('store').at(-1) === 'green dot 0 stored');
    flow.give('store', { payload: message() });
    await flow.message('out');
    expect(await new LogTable(file).count()).to.equal(1);
    expect(flow.warnings('db')).to.have.length(1);
  });

  it('is shared by several nodes, with one connection', async () => {
    flow
      .store([['out']])
      .add('store2', 'hl7-db-store', [['out']], { database: 'db' })
      .collect('out');
    await flow.start();
    for (const id of ['store', 'store2']) flow.give(id, { payload: message() });
    await flow.message('out', 2);
    expect(await database().store()).to.equal(await database().store());
    expect(await new LogTable(flow.file).count()).to.equal(2);
  });

  it('writes what it was given before it closes', async () => {
    flow.store([['out']]).collect('out');
    await flow.start();
    const store = await database().store();
    const lock = await WriteLock.take(flow.file);
    let stopping: unknown;
    try {
      for (let n = 0; n < 20; n++) flow.give('store', { payload: message() });
      await new Promise((resolve) => setImmediate(resolve));
      expect(store.statistics().stored).to.equal(0);
      stopping = helper.clearFlows();
    } finally {
      await lock.release();
    }
    await stopping;
    expect(await new LogTable(flow.file).count()).to.equal(20);
  });

  it('tries the values of the editor out', async () => {
    await flow.start();
    const path = '/hl7-logger/database/test';
    const good = await post(path, { dialect: 'sqlite', file: join(flow.folder, 'try.sqlite') });
    expect(good.ok, good.message).to.equal(true);
    expect(good.message).to.match(/^SQLite 3\./);
    writeFileSync(join(flow.folder, 'file'), '');
    const bad = await post(path, { file: join(flow.folder, 'file', 'x.sqlite') });
    expect(bad).to.include({ ok: false, code: 'STORE_OPEN_FAILED' });
    const unknown = await post(path, { ...SERVER, dialect: 'dbase', credentials: { user: 'u' } });
    expect(unknown).to.include({ ok: false, code: 'STORE_DIALECT_UNKNOWN' });
    const lacking = await post(path, { ...SERVER, host: '' });
    expect(lacking).to.include({ ok: false, code: 'CONFIG_INVALID' });
    expect(lacking.message).to.include('host');
  });

  it('answers about a server that takes the connection and says nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const sockets = new Set<Socket>();
    silent.on('connection', (socket) => sockets.add(socket));
    flow.after(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    await flow.start();
    const { port } = silent.address() as AddressInfo;
    const times = { connectTime: '1', statementTime: '1' };
    const asked = { ...SERVER, dialect: 'postgres', ...times, port: String(port), credentials: { user: 'u' } };
    const answer = await post('/hl7-logger/database/test', asked);
    expect(answer.ok).to.equal(false);
    expect(answer.code).to.match(/^STORE_(OPEN_FAILED|TIMEOUT)$/);
  });

  /** A listener that counts who connects, and answers nothing. */
  async function counter(): Promise<{ port: string; connections(): number }> {
    let count = 0;
    const server = createServer((socket) => {
      count += 1;
      socket.on('error', () => undefined).destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    flow.after(() => server.close());
    return { port: String((server.address() as AddressInfo).port), connections: () => count };
  }

  it('sends a stored password only to the server that it was deployed with', async () => {
    const [own, other] = [await counter(), await counter()];
    const deployed = {
      ...SERVER,
      ...{ port: own.port, connectTime: '1', statementTime: '1', encryption: 'off', tls: '', driverOptions: '' },
    };
    flow.store([['out']]).collect('out');
    // A failed open is tried again later; it must not be counted.
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, { ...deployed, driverOptions: 'not JSON' });
    await flow.start({ db: { user: 'me', password: 'stored' } });
    const path = '/hl7-logger/database/test';
    const credentials = { user: 'me', password: '__PWRD__' };
    const asked = { ...deployed, driverOptions: 'not JSON', id: 'db', credentials };
    // The stored values are taken; it is their own fault that they cannot be used.
    expect(await post(path, asked)).to.include({ ok: false, code: 'CONFIG_INVALID' });
    for (const change of [
      { port: other.port },
      { host: 'localhost' },
      { dialect: 'mysql' },
      { dialect: 'mssql', instance: 'X' },
      { login: 'ntlm', domain: 'D' },
      { login: 'azure-service-principal', client: 'c', tenant: 't' },
      { encryption: 'on' },
      { tls: 'another' },
      { driverOptions: '' },
      { driverOptions: '{"host":"evil.example"}' },
      { credentials: { ...credentials, user: 'another' } },
      { credentials: { password: '__PWRD__' } },
    ]) {
      const answer = await post(path, { ...asked, ...change });
      expect(answer, JSON.stringify(change)).to.include({ ok: false, code: 'STORE_PASSWORD_NEEDED' });
      expect(answer.message).to.include('type the password again').and.not.include('stored"');
    }
    expect([own.connections(), other.connections()]).to.deep.equal([0, 0]);
    // What decides nothing of where it goes may be changed; so may all, with the password typed again.
    const typed = { ...asked, driverOptions: '', port: other.port, credentials: { user: 'me', password: 'typed' } };
    expect(await post(path, typed)).to.include({ ok: false, code: 'STORE_OPEN_FAILED' });
    expect([own.connections(), other.connections()]).to.deep.equal([0, 1]);
    const unknown = await post(path, { ...typed, id: 'nowhere', credentials });
    expect(unknown.code).to.not.equal('STORE_PASSWORD_NEEDED');
  });

  it('takes a password that is not typed again from the stored ones, by the id of its node', async () => {
    // A service principal's secret is asked for before anything is sent.
    const asked = {
      ...SERVER,
      ...{ dialect: 'mssql', port: '9', login: 'azure-service-principal', client: 'c', tenant: 't' },
      ...{ connectTime: '1', statementTime: '1' },
    };
    flow.store([['out']]).collect('out');
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, asked);
    await flow.start({ db: { password: 'stored' } });
    const credentials = { user: '', password: '__PWRD__' };
    const path = '/hl7-logger/database/test';
    const same = { ...asked, encryption: 'off', userFrom: 'stored' };
    const unknown = await post(path, { ...same, id: 'another', credentials });
    expect(unknown.message).to.include('client secret');
    const known = await post(path, { ...same, database: 'another', id: 'db', credentials });
    expect(known.ok).to.equal(false);
    expect(known.code).to.not.match(/CONFIG_INVALID|STORE_PASSWORD_NEEDED/);
    expect(known.message).to.not.include('stored');
  });

  it('answers a request that no dialog sends by what is wrong with it', async () => {
    await flow.start();
    const path = '/hl7-logger/database/test';
    for (const body of [
      [],
      [SERVER],
      { ...SERVER, host: {} },
      { ...SERVER, host: ['x'] },
      { ...SERVER, id: { $: 1 } },
      { ...SERVER, id: 5 },
      { ...SERVER, tls: { id: 'x' } },
      { ...SERVER, credentials: 'x' },
      { ...SERVER, credentials: [] },
      { ...SERVER, credentials: { user: {}, password: 'x' } },
      { ...SERVER, credentials: { user: 'x', password: 7 } },
      { ...SERVER, driverOptions: { host: 'x' } },
    ]) {
      const answer = await post(path, body);
      expect(answer, JSON.stringify(body)).to.include({ ok: false, code: 'CONFIG_INVALID' });
      expect(answer.message).to.match(/must be/);
    }
    for (const body of [{}, { credentials: null, id: null, port: null }, { ...SERVER, port: 1, constructor: 'x' }]) {
      expect(await post(path, { ...body, file: join(flow.folder, 'x.sqlite') })).to.have.property('message');
    }
  });

  it('knows the variables of the flow for user and password, too, when its connection is tested', async () => {
    const env = [
      { name: 'HL7_ONLY_HERE', type: 'str', value: 'known' },
      { name: 'HL7_SECRET_HERE', type: 'str', value: 'known' },
    ];
    flow.store([['out']]).collect('out');
    Object.assign(flow.nodes.find(({ id }) => id === 'tab') ?? {}, { env });
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, { z: 'tab' });
    await flow.start();
    const asked = { ...SERVER, dialect: 'postgres', port: '1', connectTime: '1', statementTime: '1' };
    const path = '/hl7-logger/database/test';
    const known = await post(path, { ...asked, id: 'db', credentials: { user: `\${HL7_ONLY_HERE}` } });
    expect(known).to.include({ ok: false, code: 'STORE_OPEN_FAILED' });
    const principal = { ...asked, dialect: 'mssql', login: 'azure-service-principal', client: 'c', tenant: 't' };
    const credentials = { password: `\${HL7_SECRET_HERE}` };
    expect((await post(path, { ...principal, id: 'db', credentials })).code).to.not.equal('CONFIG_INVALID');
    const unknown = await post(path, { ...asked, id: 'db', credentials: { user: `\${HL7_NOWHERE}` } });
    expect(unknown).to.include({ ok: false, code: 'CONFIG_INVALID' });
  });

  it('says what is wrong with its settings, and fails each message by that', async () => {
    flow.store([['out']]).watch('out');
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, { ...SERVER, dialect: 'postgres', database: '' });
    await flow.start();
    expect(flow.warnings('db')).to.have.length(1);
    expect(flow.warnings('db')[0]).to.include('The name of the database is missing');
    expect(flow.statuses('store')).to.deep.equal(['red ring db-store.status.no-settings']);
    flow.give('store', { payload: message() });
    expect((await flow.message('caught')).error).to.include({ code: 'CONFIG_INVALID' });
  });

  /** Settings of `db` that cannot be used: what stands under `store`, what the log says, and what its message failed by. */
  async function unusable(properties: object, credentials: Record<string, string> = {}) {
    flow.store([['out']]).watch('out');
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, properties);
    await flow.start({ db: credentials });
    flow.give('store', { payload: message() });
    const { error } = await flow.message('caught');
    const code = 'tls' in properties ? 'CONFIG_TLS' : 'CONFIG_INVALID';
    expect(error).to.include({ code, message: `Hl7Error: ${flow.warnings('db')[0]}` });
    expect(flow.got('out')).to.deep.equal([]);
    const told = { statuses: flow.statuses('store'), warnings: flow.warnings('db') };
    await flow.end();
    flow = await Flow.create();
    return told;
  }

  it('says when there is no login, and when a setting is wrong; neither is a database that is away', async () => {
    for (const [properties, status, words] of [
      [{}, 'no-login', 'The user of the database is missing'],
      [{ port: '70000' }, 'settings', 'The port of the database must be a whole number'],
      [{ encryption: 'on', tls: 'gone' }, 'tls', 'The TLS configuration of the database is missing'],
    ] as const) {
      const login: Record<string, string> = status === 'no-login' ? {} : { user: 'someone' };
      const { statuses, warnings } = await unusable({ ...SERVER, database: 'hl7', ...properties }, login);
      expect(statuses).to.deep.equal([`red ring db-store.status.${status}`]);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.include(words);
    }
  });

  describe('with a setting whose environment variable is missing or empty', () => {
    const NAME = 'HL7_NODES_UNSET';
    afterEach(() => {
      delete process.env[NAME];
    });

    const login = { user: 'someone', password: 'secret' };
    const environment = { userFrom: 'environment', userVariable: NAME };
    for (const [title, properties, credentials, setting] of [
      ['the host', { host: `\${${NAME}}` }, login, 'The host of the database'],
      ['the port', { port: `\${${NAME}}` }, login, 'The port of the database'],
      ['the port, written $(NAME)', { port: `$(${NAME})` }, login, 'The port of the database'],
      ['the schema', { schema: `\${${NAME}}` }, login, 'The schema of the database'],
      ['a time', { statementTime: `\${${NAME}}` }, login, 'The time of a statement'],
      ['the file', { dialect: 'sqlite', file: `\${${NAME}}` }, {}, 'The file of the database'],
      ['the retention', { dialect: 'sqlite', days: `\${${NAME}}` }, {}, 'The days that messages are kept'],
      ['the user', {}, { ...login, user: `\${${NAME}}` }, 'The user of the database'],
      ['the password', {}, { ...login, password: `\${${NAME}}` }, 'The password of the database'],
      ['the user, by name', environment, {}, 'The user of the database'],
    ] as const) {
      it(`names it and the setting: ${title}`, async () => {
        for (const value of [undefined, '']) {
          if (value !== undefined) process.env[NAME] = value;
          const { statuses, warnings } = await unusable({ ...SERVER, ...properties }, { ...credentials });
          expect(statuses).to.deep.equal([`red ring ${NAME} is not set`]);
          expect(warnings).to.have.length(1);
          expect(warnings[0]).to.include(`${setting} cannot be read: the environment variable ${NAME} is `);
        }
      });
    }

    it('says so when the connection is tested', async () => {
      await flow.start();
      for (const value of [undefined, '']) {
        if (value !== undefined) process.env[NAME] = value;
        for (const port of [`\${${NAME}}`, `$(${NAME})`]) {
          const asked = { ...SERVER, port, credentials: login };
          const answer = await post('/hl7-logger/database/test', asked);
          expect(answer).to.include({ ok: false, code: 'CONFIG_INVALID' });
          expect(answer.message).to.include('The port of the database').and.include(NAME);
        }
      }
    });

    it('has the sender told at once that its message is not stored', async () => {
      flow
        .listener(['store'])
        .store([['ack']])
        .ackOut();
      Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, { file: `\${${NAME}}` });
      await flow.start();
      const client = await flow.sender();
      expect((await client.send(message())).toString()).to.match(/\rMSA\|A[ER]\|/);
    });

    it('takes its default, or what the variable says where Node-RED looks: in the flow, too', async () => {
      const [given, own] = [join(flow.folder, 'given.sqlite'), join(flow.folder, 'own.sqlite')];
      flow.store([['out']]).watch('out');
      flow.nodes[0]!.env = [{ name: NAME, value: given, type: 'str' }];
      const db = flow.nodes.find(({ id }) => id === 'db') ?? {};
      Object.assign(db, { file: `\${${NAME}:-${own}}`, z: 'tab' });
      await flow.start();
      await database().store();
      expect(await new LogTable(given).count()).to.equal(0);
    });
  });

  describe('with a retention', () => {
    const path = '/hl7-logger/database/db/retention';
    const last = async (): Promise<unknown> => (await helper.request().get(path).expect(200)).body;

    function keep(properties: object): void {
      flow
        .store([['out']])
        .add('told', 'status', [['heard']], { scope: ['store'] })
        .collect('out', 'heard');
      Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, properties);
    }
    async function storeSome(count: number): Promise<void> {
      for (let n = 0; n < count; n++) flow.give('store', { payload: message() });
      await flow.message('out', count);
    }
    const heard = () =>
      flow.got('heard').flatMap(({ status }) => ((status as Heard).retention ? [status as Heard] : []));

    it('drops and deletes what is due, and tells the log, the flow and the editor', async () => {
      keep({ messages: '3', contentMessages: '1' });
      await flow.start();
      await storeSome(5);
      expect(await last()).to.deep.equal({ ok: true, retention: null });
      const store = await database().store();
      const result = await store.runRetention();
      expect(result).to.include({ outcome: 'done', messagesDeleted: 2, contentsDropped: 2 });
      expect(await new LogTable(flow.file).count()).to.equal(3);
      expect(flow.logs('db')).to.include(`Retention: ${result?.text}`);
      expect(flow.warnings('db')).to.deep.equal([]);
      await until('the flow has heard', () => heard().length === 1);
      expect(heard()[0]).to.deep.include({ fill: 'green', text: result?.text, retention: result });
      expect(heard()[0]?.source).to.include({ id: 'db' });
      expect(await last()).to.deep.equal({ ok: true, retention: result });
      const lines = flow.logs('db').length;
      await store.runRetention();
      await until('the flow has heard again', () => heard().length === 2);
      expect(flow.logs('db'), 'nothing was due').to.have.length(lines);
    });

    it('is not run by values that are only tried out', async () => {
      keep({});
      await flow.start();
      await storeSome(2);
      const opened: unknown[] = [];
      const test = StoreManager.test.bind(StoreManager);
      StoreManager.test = async (options, ...more) => {
        opened.push(options.retention);
        return test(options, ...more);
      };
      flow.after(() => {
        StoreManager.test = test;
      });
      const asked = { dialect: 'sqlite', file: flow.file, messages: '1', everyMinutes: '1' };
      expect(await post('/hl7-logger/database/test', asked)).to.include({ ok: true });
      expect(opened).to.deep.equal([undefined]);
      const wrong = await post('/hl7-logger/database/test', { ...asked, days: 'x' });
      expect(wrong).to.include({ ok: false, code: 'RETENTION_INVALID' });
    });

    it('has none to tell of where there is no such database', async () => {
      keep({ identifiers: 'patient PID3 CX' });
      await flow.start();
      expect(flow.warnings('db')[0]).to.include('Line 1 of the list of identifiers');
      for (const id of ['db', 'store', 'nowhere']) {
        const { body } = await helper.request().get(`/hl7-logger/database/${id}/retention`).expect(200);
        expect(body, id).to.deep.equal({ ok: true, retention: null });
      }
    });
  });

  it('takes identifiers from the places that are typed', async () => {
    flow.store([['out']]).collect('out');
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, { identifiers: 'type PID-3 ST' });
    await flow.start();
    flow.give('store', { payload: message() });
    await flow.message('out');
    const found = await otherProgram(flow.file, 'SELECT DISTINCT kind, source FROM hl7_identifiers');
    expect(found).to.deep.equal([{ kind: 'type', source: 'PID-3' }]);
  });

  it('shows the SQL for a DBA', async () => {
    await flow.start();
    const path = '/hl7-logger/database/sql';
    const sql = async (query: object): Promise<{ ok: boolean; sql?: string; code?: string }> =>
      (await helper.request().get(path).query(query).expect(200)).body;
    const { sql: text } = await sql({ dialect: 'postgres', schema: 'log', user: 'me' });
    expect(text).to.equal(schemaScript('postgres', 'log', 'me'));
    expect((await sql({ dialect: 'sqlite' })).sql).to.include('CREATE TABLE IF NOT EXISTS hl7_messages');
    expect(await sql({ dialect: 'dbase' })).to.include({ ok: false, code: 'STORE_DIALECT_UNKNOWN' });
    expect(await sql({})).to.include({ ok: false });
    for (const dialect of Object.getOwnPropertyNames(Object.prototype)) {
      expect(await sql({ dialect }), dialect).to.include({ ok: false, code: 'STORE_DIALECT_UNKNOWN' });
    }
  });
});

forEachServer('hl7 database', (server) => {
  let flow: Flow;
  let options: ServerOptions;
  beforeEach(async () => {
    options = (await server.fresh()) as ServerOptions;
    flow = await Flow.create();
    flow.store([['out']]).watch('out');
  });
  afterEach(() => flow.end());

  const { USER, PASSWORD } = { USER: 'HL7_NODE_TEST_USER', PASSWORD: 'HL7_NODE_TEST_PASSWORD' };

  function properties(more: object = {}): object {
    const { dialect, host, port, database } = options;
    return { dialect, host, port: port === undefined ? '' : String(port), database, ...more };
  }

  function setUp(more: object = {}): void {
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, properties(more));
  }

  function environment(): void {
    process.env[USER] = options.user;
    process.env[PASSWORD] = options.password ?? '';
    flow.after(() => {
      delete process.env[USER];
      delete process.env[PASSWORD];
    });
  }

  async function storesOne(): Promise<void> {
    const sent = message();
    flow.give('store', { payload: sent });
    await flow.message('out');
    const rows = await server.log(options).messages();
    expect(rows.map(({ raw }) => raw.toString())).to.deep.equal([sent]);
  }

  it('writes with user and password of its own', async () => {
    setUp();
    await flow.start({ db: { user: options.user ?? '', password: options.password ?? '' } });
    await storesOne();
    await flow.status('store', 'green dot 1 stored');
  });

  it('writes with user and password from the variables that the flow names', async () => {
    environment();
    setUp({ userFrom: 'environment', userVariable: USER, passwordVariable: PASSWORD });
    await flow.start();
    await storesOne();
  });

  it('writes with variables typed where user and password stand', async () => {
    environment();
    setUp();
    await flow.start({ db: { user: `\${${USER}}`, password: `\${${PASSWORD}:-}` } });
    await storesOne();
  });

  it('is told in one line when its connection is tested', async () => {
    environment();
    await flow.start();
    const user = { userFrom: 'environment', userVariable: USER, passwordVariable: PASSWORD };
    const answer = await post('/hl7-logger/database/test', properties(user));
    expect(answer.ok, answer.message).to.equal(true);
    expect(answer.message).to.match(/\d+\.\d+/);
    const newest = schemaScript(options.dialect, '')
      .match(/\b\d{4}-[a-z-]+/g)
      ?.at(-1);
    expect(answer.message).to.include(`schema ${newest}`).and.include(options.database);
    expect(answer.message).to.not.match(/[\r\n]/);
    const wrong = await post('/hl7-logger/database/test', properties({ ...user, database: 'hl7_is_not_there' }));
    expect(wrong).to.include({ ok: false, code: 'STORE_OPEN_FAILED' });
  });

  it('leaves the tables alone when it is not to create them, and says so', async () => {
    setUp({ createTables: false });
    await flow.start({ db: { user: options.user ?? '', password: options.password ?? '' } });
    flow.give('store', { payload: message() });
    expect((await flow.message('caught')).error).to.include({ code: 'STORE_SCHEMA_MISSING' });
  });
});

describe('hl7 database on a server with a weak setting', () => {
  const server = testDatabases().find(({ dialect }) => dialect === 'postgres')!;
  const database = `hl7_test_weak_${process.pid}`;
  let options: ServerOptions;
  let flow: Flow;

  before(async function () {
    await server.present(this);
    options = (await server.fresh()) as ServerOptions;
    await server.sql(
      options,
      `CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
  });
  after(async () => {
    await flow?.end();
    if (options !== undefined) await server.sql(options, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await server.dispose();
  });

  it('goes on, shows it on the canvas, and names it in the log, once', async () => {
    flow = await Flow.create();
    flow.store([['out']]).collect('out');
    const { dialect, host, port, user = '' } = options;
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, { dialect, host, port: String(port), database });
    await flow.start({ db: { user, password: options.password ?? '' } });
    await flow.status('store', 'yellow dot 0 stored · not crash-safe');
    flow.give('store', { payload: message() });
    await flow.message('out');
    await flow.status('store', 'yellow dot 1 stored · not crash-safe');
    expect(flow.warnings('db')).to.have.length(1);
    expect(flow.warnings('db')[0]).to.match(/^Weak settings of the database: its encoding is LATIN1/);
  });
});
