import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer as listenRaw, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { example } from '../support/flows';
import { NodeRed, nodeRedFolder } from '../support/node-red';

const PASSWORD = 'only for this test';
/** By user: the editor's own, one who may try databases out and deploy nothing, and one who may read. */
const PERMISSIONS = { admin: '*', tester: ['hl7-logger.write', 'flows.read'], reader: 'read' };
type User = keyof typeof PERMISSIONS;

interface Answer {
  ok: boolean;
  code?: string;
  message: string;
}

describe('testing a database with the rights of a user of the editor', function () {
  this.timeout(120_000);
  let nodeRed: NodeRed;
  let server: Server;
  let connections = 0;
  let port = '';
  let deployed: Record<string, unknown>;
  const tokens = new Map<User, string>();

  before(async () => {
    server = listenRaw((socket) => {
      connections += 1;
      socket.on('error', () => undefined).destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = String((server.address() as AddressInfo).port);
    // Nothing listens there.
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const free = String((closed.address() as AddressInfo).port);
    await new Promise((resolve) => closed.close(resolve));
    const fromNodeRed = createRequire(join(nodeRedFolder(), 'package.json'));
    const bcrypt = fromNodeRed('bcryptjs') as { hashSync(text: string, rounds: number): string };
    const users = Object.entries(PERMISSIONS).map(([username, permissions]) => {
      return { username, password: bcrypt.hashSync(PASSWORD, 4), permissions };
    });
    const flows = example('01').map((node) => {
      if (node.type === 'hl7-mllp-in') return { ...node, host: '127.0.0.1', port: '0x' };
      if (node.type !== 'hl7-database') return node;
      deployed = {
        ...{ dialect: 'postgres', host: '127.0.0.1', port: free, database: 'hl7', userFrom: 'environment' },
        ...{ userVariable: 'HL7_TEST_DB_USER', passwordVariable: 'HL7_TEST_DB_PASSWORD', connectTime: '1' },
      };
      return { ...node, ...deployed };
    });
    const db = flows.find(({ type }) => type === 'hl7-database');
    deployed = { ...deployed, id: db?.id, encryption: db?.encryption, tls: db?.tls, driverOptions: db?.driverOptions };
    const env = { HL7_TEST_DB_USER: 'someone', HL7_TEST_DB_PASSWORD: 'a secret', HL7_TEST_OTHER: 'another-secret' };
    nodeRed = await NodeRed.start({ flows, env, settings: { adminAuth: { type: 'credentials', users } } });
    for (const user of Object.keys(PERMISSIONS) as User[]) {
      const body = {
        client_id: 'node-red-admin',
        grant_type: 'password',
        scope: '',
        username: user,
        password: PASSWORD,
      };
      const response = await call('/auth/token', body);
      tokens.set(user, ((await response.json()) as { access_token: string }).access_token);
    }
  });
  after(async () => {
    await nodeRed?.dispose();
    server?.close();
  });

  const call = (path: string, body: object, token?: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${nodeRed.adminPort}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
  async function test(user: User, changes: object): Promise<Answer> {
    const response = await call('/hl7-logger/database/test', { ...deployed, ...changes }, tokens.get(user));
    expect(response.status).to.equal(200);
    return (await response.json()) as Answer;
  }

  it('is refused without the right to it', async () => {
    expect((await call('/hl7-logger/database/test', deployed)).status).to.equal(401);
    expect((await call('/hl7-logger/database/test', deployed, tokens.get('reader'))).status).to.equal(401);
  });

  it('uses variables for the deployed server, whoever asks', async () => {
    for (const user of ['admin', 'tester'] as const) {
      expect(await test(user, {})).to.include({ ok: false, code: 'STORE_OPEN_FAILED' });
    }
  });

  it('sends the values of variables to no other place for those who may not deploy', async () => {
    const typed = { userFrom: 'stored' };
    for (const changes of [
      { port },
      { host: 'localhost', port },
      { encryption: 'on' },
      { driverOptions: `{"port":${port}}` },
      { passwordVariable: 'HL7_TEST_OTHER' },
      { ...typed, port, credentials: { user: 'me', password: `\${HL7_TEST_OTHER}` } },
      { ...typed, port, credentials: { user: `\${HL7_TEST_OTHER}`, password: 'x' } },
      { ...typed, port, credentials: { user: 'me', password: '$(HL7_TEST_OTHER)' } },
      { ...typed, host: `\${HL7_TEST_OTHER}`, credentials: { user: 'me', password: 'x' } },
      { ...typed, port, database: `\${HL7_TEST_OTHER}`, credentials: { user: 'me', password: 'x' } },
      { dialect: 'sqlite', file: `\${HL7_TEST_OTHER}` },
      { id: 'nowhere' },
    ]) {
      const answer = await test('tester', changes);
      expect(answer, JSON.stringify(changes)).to.include({ ok: false, code: 'STORE_PASSWORD_NEEDED' });
      expect(answer.message).to.not.match(/secret|someone/);
    }
    expect(connections).to.equal(0);
  });

  it('tries what is typed, and variables for those who may deploy', async () => {
    const typed = { userFrom: 'stored' };
    await test('tester', { ...typed, port, credentials: { user: 'me', password: 'typed' } });
    expect(connections).to.equal(1);
    expect(await test('admin', { port })).to.include({ ok: false, code: 'STORE_OPEN_FAILED' });
    expect(connections).to.equal(2);
  });
});
