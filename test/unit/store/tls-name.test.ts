import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { Store } from '../../../nodes/lib/store';
import { openReason as ofMysql } from '../../../nodes/lib/store/dialects/mysql/error-classes';
import { openReason as ofPostgres } from '../../../nodes/lib/store/dialects/postgres/error-classes';
import { rejection } from './helper';

const FIXTURES = join(__dirname, '..', '..', 'fixtures', 'tls');
const read = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');

/** Bytes of the packet by which a MySQL client asks for TLS. */
const SSL_REQUEST = 36;

/** The first packet of a MySQL server that speaks TLS. */
function greeting(): Buffer {
  const low = 0x8000 | 0x0800 | 0x0200 | 0x0008;
  const body = Buffer.concat([
    Buffer.from([10]),
    Buffer.from('8.0.36\0'),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('12345678\0'),
    Buffer.from([low & 255, low >> 8, 45, 2, 0, 0x08, 0, 21]),
    Buffer.alloc(10),
    Buffer.from('123456789012\0mysql_native_password\0'),
  ]);
  return Buffer.concat([Buffer.from([body.length, 0, 0, 0]), body]);
}

describe('store: the name in the certificate of a database server', () => {
  let server: Server;
  let asked: (string | undefined)[];
  let secured: number;
  const sockets = new Set<Socket>();

  async function listen(greet: (socket: Socket, upgrade: () => void) => void): Promise<number> {
    [asked, secured] = [[], 0];
    server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      greet(socket, () => {
        const secureContext = createSecureContext({ cert: read('server.pem'), key: read('server.key.pem') });
        const secure = new TLSSocket(socket, {
          isServer: true,
          secureContext,
          SNICallback: (name, done) => {
            asked.push(name);
            done(null, secureContext);
          },
        });
        secure.on('error', () => undefined);
        secure.once('data', () => {
          secured += 1;
          secure.destroy();
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server.close();
  });

  const servers = {
    postgres: (socket: Socket, upgrade: () => void) => {
      socket.once('data', () => {
        socket.write('S');
        upgrade();
      });
    },
    mysql: (socket: Socket, upgrade: () => void) => {
      socket.write(greeting());
      socket.once('data', (data: Buffer) => {
        // The client does not wait for an answer before it begins with TLS.
        socket.pause();
        if (data.length > SSL_REQUEST) socket.unshift(data.subarray(SSL_REQUEST));
        upgrade();
      });
    },
  };
  for (const dialect of ['postgres', 'mysql'] as const) {
    it(`is that of the TLS configuration, whatever the host is called: ${dialect}`, async () => {
      const port = await listen(servers[dialect]);
      const open = (servername: string | undefined) =>
        rejection(
          Store.open({
            ...{ dialect, host: '127.0.0.1', port, database: 'hl7', user: 'u', password: 'p', connectMs: 3000 },
            tls: { mode: 'verify', ca: read('ca.pem'), ...(servername && { servername }) },
          }),
        );
      const other = await open('db.example');
      expect(asked, 'it is asked for by name').to.deep.equal(['db.example']);
      expect(other.message).to.include('certificate is for another host name');
      expect(secured, 'nothing is sent to it').to.equal(0);
      await open('localhost');
      expect(asked).to.deep.equal(['db.example', 'localhost']);
      expect(secured).to.equal(1);
    });
  }
});

describe('store: servers that take encrypted connections alone', () => {
  const error = (message: string, facts: object): Error => Object.assign(new Error(message), facts);

  it('are told so where TLS is off', () => {
    const refusedBy = (rest: string) =>
      error(`no pg_hba.conf entry for host "10.0.0.1", user "u", database "d"${rest}`, { code: '28000' });
    for (const rest of [', no encryption', ', SSL off']) {
      expect(ofPostgres(refusedBy(rest), false)).to.include({ why: 'tls' });
      expect(ofPostgres(refusedBy(rest), false)?.text).to.include('turn TLS on');
    }
    const german = error('kein pg_hba.conf-Eintrag für Host »10.0.0.1«, keine Verschlüsselung', { code: '28000' });
    expect(ofPostgres(german, false)?.text).to.include('turn TLS on');
    expect(ofPostgres(refusedBy(', SSL encryption'), true)?.why).to.equal('login');
    expect(ofPostgres(error('role "u" does not exist', { code: '28000' }), false)?.why).to.equal('login');
    const denied = error("Access denied for user 'u'@'x'", {
      errno: 1045,
      code: 'ER_ACCESS_DENIED_ERROR',
      sqlState: '28000',
    });
    expect(ofMysql(denied, false)?.text).to.include('turn TLS on');
    expect(ofMysql(denied, true)?.text).to.not.include('TLS');
  });
});
