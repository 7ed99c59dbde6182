import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import type { Hl7Error } from '../../../nodes/lib/errors';
import { bindError } from '../../../nodes/lib/mllp/server/port-binding';
import { closeAll, Harness, peerOf } from './peers';
import { framed, MESSAGE } from './streams';

describe('mllp listener, binding', () => {
  const busy: Server[] = [];
  afterEach(async () => {
    await closeAll();
    for (const server of busy.splice(0)) server.close();
  });

  async function takePort(): Promise<{ server: Server; port: number }> {
    const server = createServer();
    busy.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, port: (server.address() as AddressInfo).port };
  }

  it('tells that the port is in use, tries again with growing waits, and listens once it is free', async () => {
    const { server, port } = await takePort();
    const harness = new Harness({ port, retry: { first: 2, longest: 8 } });
    const errors: Hl7Error[] = [];
    const waits: number[] = [];
    harness.listener.on('bindError', (error, retryIn) => {
      errors.push(error);
      waits.push(retryIn);
    });
    harness.listener.open();
    await harness.until(() => waits.length >= 4);
    expect(waits.slice(0, 4)).to.deep.equal([2, 4, 8, 8]);
    expect(errors[0]).to.include({ code: 'EADDRINUSE' });
    expect(errors[0]?.message).to.contain(`port ${port} on 127.0.0.1`);
    expect(harness.listener.port).to.equal(undefined);
    server.close();
    await harness.saw('listening');
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    await harness.gotFrames(1);
  });

  it('stops trying when it is closed, also from within the event', async () => {
    const { server, port } = await takePort();
    const harness = new Harness({ port, retry: { first: 1, longest: 1 } });
    harness.listener.once('bindError', () => harness.listener.close());
    harness.listener.open();
    await harness.saw('bindError EADDRINUSE');
    await harness.listener.close();
    server.close();
    await once(server, 'close');
    // The port is free now: a try would succeed.
    const again = await new Harness({ port }).open();
    expect(again.listener.port).to.equal(port);
    expect(harness.events).to.deep.equal(['bindError EADDRINUSE']);
  });

  it('names the listener of the same process that has the port, on whichever of its addresses, and no other', async () => {
    const holders: (string | undefined)[] = [];
    const blocked = async (host: string, port: number): Promise<string> => {
      const harness = new Harness({ name: 'second', host, port });
      let message = '';
      harness.listener.on('bindError', (error, _, holder) => {
        message = error.message;
        holders.push(holder);
      });
      harness.listener.open();
      await harness.saw('bindError EADDRINUSE');
      await harness.listener.close();
      return message;
    };
    for (const [first, second] of [
      ['127.0.0.1', '127.0.0.1'],
      ['0.0.0.0', '127.0.0.1'],
      ['127.0.0.1', '0.0.0.0'],
      ['127.0.0.1', 'localhost'],
    ] as const) {
      const { listener } = await new Harness({ name: 'first', host: first }).open();
      const port = listener.port ?? 0;
      expect(await blocked(second, port)).to.contain(
        `The mllp in "first" of this Node-RED uses port ${port} on ${second}`,
      );
      await listener.close();
    }
    const { port } = await takePort();
    expect(await blocked('127.0.0.1', port)).to.contain('Another program uses port');
    expect(holders).to.deep.equal(['first', 'first', 'first', 'first', undefined]);
  });

  it('tells of an address that is not of this machine', async () => {
    const harness = new Harness({ host: '192.0.2.1' });
    harness.listener.open();
    await harness.saw('bindError EADDRNOTAVAIL');
  });

  it('tells of a port that is none, without throwing', async () => {
    const harness = new Harness({ port: 70_000 });
    harness.listener.open();
    await harness.saw('bindError ERR_SOCKET_BAD_PORT');
  });

  it('explains each error in plain words', () => {
    const of = (code: string): Hl7Error => bindError(Object.assign(new Error('x'), { code }), 'host', 104);
    for (const code of ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'ERR_SOCKET_BAD_PORT']) {
      expect(of(code)).to.include({ code });
      expect(of(code).message)
        .to.match(/104|host/)
        .and.match(/^[A-Z0-9].*\.$/);
    }
    expect(of('ERR_OSSL_PEM_NO_START_LINE')).to.include({ code: 'TLS_NOT_USABLE' });
    expect(of('EFOO')).to.include({ code: 'LISTEN_FAILED', message: 'Cannot listen on port 104 on host (EFOO).' });
    expect(bindError(undefined, 'host', 104).message).to.equal('Cannot listen on port 104 on host.');
  });
});
