import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { expect } from 'chai';
import type { MllpListenerOptions } from '../../../nodes/lib/mllp';
import { distinguishedName } from '../../../nodes/lib/mllp/server/tls';
import { Child } from '../../support/child';
import { closeAll, Harness, Peer, peerOf } from './peers';
import { bytes, framed, MESSAGE } from './streams';

const pem = (name: string): string => readFileSync(join(__dirname, '../../fixtures/tls', `${name}.pem`), 'utf8');
const identity = (name: string) => ({ cert: pem(name), key: pem(`${name}.key`) });
const server = identity('server');
const ca = pem('ca');

const listen = (options: Partial<MllpListenerOptions> = {}): Promise<Harness> =>
  new Harness({ tls: server, ...options }).open();

const listenMutual = (): Promise<Harness> => listen({ tls: { ...server, ca }, requireClientCertificate: true });

/** Connects with TLS; resolves when it is agreed on or refused. */
async function tlsPeer(harness: Harness, options: ConnectionOptions = {}): Promise<Peer> {
  const socket = connect({ port: harness.listener.port, host: '127.0.0.1', servername: 'localhost', ca, ...options });
  const peer = new Peer(socket);
  await Promise.race([once(socket, 'secureConnect').catch(() => {}), peer.gone()]);
  return peer;
}

describe('mllp listener, TLS', () => {
  afterEach(closeAll);

  it('receives and answers, and tells the facts', async () => {
    const harness = await listen();
    const peer = await tlsPeer(harness);
    peer.send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    expect(frame?.connection.tls).to.include({ protocol: 'TLSv1.3', authorized: false, subject: '' });
    expect(frame?.connection.tls).to.have.property('cipher').that.contains('AES');
    expect(frame?.connection.remoteAddress).to.equal('127.0.0.1');
    await frame!.reply.settle([bytes('AA')]);
    await peer.got(framed('AA'));
  });

  it('answers a sender that ended its side', async () => {
    const harness = await listen();
    const peer = await tlsPeer(harness, { allowHalfOpen: true } as ConnectionOptions);
    peer.socket.end(bytes(framed(MESSAGE)));
    const [frame] = await harness.gotFrames(1);
    await new Promise((resolve) => setImmediate(resolve));
    await frame!.reply.settle([bytes('AA')]);
    await peer.gone();
    expect(peer.received).to.equal(framed('AA'));
    await harness.saw('disconnect ordinary');
  });

  it('keeps the order and the window over TLS, for many frames', async () => {
    const harness = await listen({ maxInFlight: 2 });
    harness.listener.on('frame', (frame) => {
      setImmediate(() => frame.reply.settle([frame.content]).catch(() => {}));
    });
    const peer = await tlsPeer(harness);
    const sent = Array.from({ length: 300 }, (_, i) => framed(`MSH|${i}${'x'.repeat(2000)}`)).join('');
    peer.send(sent);
    await peer.got(`MSH|299${'x'.repeat(2000)}\x1c\r`);
    expect(peer.received).to.equal(sent);
    expect(harness.budget.total).to.equal(0);
  });

  it('refuses TLS below 1.2', async () => {
    const harness = await listen({ tls: { ...server, minVersion: 'TLSv1' } });
    const peer = await tlsPeer(harness, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    await peer.gone();
    await harness.saw('rejected TLS_HANDSHAKE_FAILED');
    const modern = await tlsPeer(harness, { maxVersion: 'TLSv1.2' });
    modern.send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    expect(frame?.connection.tls).to.include({ protocol: 'TLSv1.2' });
  });

  it('keeps to TLS 1.3 when asked to', async () => {
    const harness = await listen({ tls: { ...server, minVersion: 'TLSv1.3' } });
    await (await tlsPeer(harness, { maxVersion: 'TLSv1.2' })).gone();
    await harness.saw('rejected TLS_HANDSHAKE_FAILED');
  });

  it('names plain MLLP and HTTP on a TLS port', async () => {
    const harness = await listen();
    const plain = await peerOf(harness);
    plain.send(framed(MESSAGE));
    await plain.gone();
    await harness.saw('rejected PLAIN_ON_TLS_PORT');
    const http = await peerOf(harness);
    http.send('GET / HTTP/1.1\r\n\r\n');
    await http.gone();
    await harness.saw('rejected HTTP_REQUEST');
    expect(harness.frames).to.deep.equal([]);
    expect(harness.listener.statistics().closes).to.deep.equal({ PLAIN_ON_TLS_PORT: 1, HTTP_REQUEST: 1 });
  });

  it('is silent about health checks, and ends them at once', async () => {
    const harness = await listen();
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const peer = await peerOf(harness);
      peer.socket[leave]();
      await peer.gone();
    }
    await tlsPeer(harness);
    await harness.until(() => harness.events.some((event) => event.startsWith('connection')));
    expect(harness.events.filter((event) => event.startsWith('rejected'))).to.deep.equal([]);
  });

  it('closes peers that never say anything, and counts them as connections until then', async () => {
    const harness = await listen({ limits: { handshakeTime: 30, maxPerPeer: 1 } });
    const silent = await peerOf(harness);
    const second = await peerOf(harness);
    await second.gone();
    await harness.saw('rejected TOO_MANY_FROM_PEER');
    await silent.gone();
    const third = await tlsPeer(harness);
    third.send(framed(MESSAGE));
    await harness.gotFrames(1);
  });

  it('names a handshake that breaks off', async () => {
    const harness = await listen({ limits: { handshakeTime: 30 } });
    const socket = connectPlain(harness.listener.port ?? 0, '127.0.0.1');
    const peer = new Peer(socket);
    peer.send('\x16\x03\x01\x02\x00\x01\x00');
    await peer.gone();
    await harness.saw('rejected TLS_HANDSHAKE_FAILED');
  });

  it('ends peers in the middle of the handshake when it is closed', async () => {
    const harness = await listen();
    const peer = await peerOf(harness);
    // The handshake has begun when the next peer is through with it.
    await tlsPeer(harness);
    await harness.listener.close();
    await peer.gone();
    expect(harness.listener.port).to.equal(undefined);
  });

  describe('client certificates', () => {
    it('are asked for, and their subject is told', async () => {
      const harness = await listenMutual();
      const peer = await tlsPeer(harness, identity('client'));
      peer.send(framed(MESSAGE));
      const [frame] = await harness.gotFrames(1);
      expect(frame?.connection.tls).to.include({
        authorized: true,
        subject: 'CN=lab-1, O=General Hospital\\, Lab, C=CH',
      });
      await frame!.reply.settle([bytes('AA')]);
      await peer.got('AA');
    });

    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`are required (${maxVersion})`, async () => {
        const harness = await listenMutual();
        const peer = await tlsPeer(harness, { maxVersion });
        peer.send(framed(MESSAGE));
        await peer.gone();
        await harness.saw('rejected CLIENT_CERTIFICATE_REJECTED');
        expect(harness.frames).to.deep.equal([]);
      });

      it(`must be signed by our authority (${maxVersion})`, async () => {
        const harness = await listenMutual();
        const peer = await tlsPeer(harness, { maxVersion, ...identity('stranger') });
        peer.send(framed(MESSAGE));
        await peer.gone();
        await harness.saw('rejected CLIENT_CERTIFICATE_REJECTED');
        expect(harness.frames).to.deep.equal([]);
      });
    }

    it('are rejected even when the TLS options say not to', async () => {
      const tls = { ...server, ca, requestCert: false, rejectUnauthorized: false };
      const harness = await listen({ tls, requireClientCertificate: true });
      const peer = await tlsPeer(harness, identity('stranger'));
      await peer.gone();
      await harness.saw('rejected CLIENT_CERTIFICATE_REJECTED');
    });

    it('cannot be required without an authority that signs them', async () => {
      const harness = new Harness({ tls: server, requireClientCertificate: true });
      harness.listener.open();
      await harness.saw('bindError TLS_CA_MISSING');
      expect(harness.listener.port).to.equal(undefined);
    });

    for (const { pfx, letIn, refused } of [
      { pfx: 'server-ca', letIn: ['client'], refused: ['stranger'] },
      { pfx: 'server', letIn: [], refused: ['client', 'stranger'] },
    ]) {
      it(`must be signed by the authority of a PFX, and by no public one (${pfx}.p12)`, async () => {
        const script = join(__dirname, 'child.ts');
        const fixtures = join(__dirname, '../../fixtures/tls');
        // The stranger's own authority is one that Node.js trusts by itself, as it does the public ones.
        const env = { NODE_EXTRA_CA_CERTS: join(fixtures, 'stranger.pem') };
        const child = new Child(process.execPath, ['--import=tsx', script, join(fixtures, `${pfx}.p12`)], { env });
        try {
          const port = Number((await child.printed(/port (\d+)/))[1]);
          for (const name of [...letIn, ...refused]) {
            const from = child.output.length;
            new Peer(connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...identity(name) }));
            const [said] = await child.printed(/let in|rejected \w+/, 10_000, from);
            expect(said, name).to.equal(letIn.includes(name) ? 'let in' : 'rejected CLIENT_CERTIFICATE_REJECTED');
          }
        } finally {
          await child.kill();
        }
      });
    }

    it('cannot be required without TLS', () => {
      expect(() => new Harness({ requireClientCertificate: true }))
        .to.throw()
        .with.property('code', 'TLS_MISSING');
    });
  });

  it('tells of a certificate that cannot be used, without throwing', async () => {
    const harness = new Harness({ tls: { cert: 'no certificate', key: 'no key' } });
    harness.listener.open();
    await harness.saw('bindError TLS_NOT_USABLE');
  });

  it('writes names in one form, with special characters escaped', () => {
    expect(distinguishedName(undefined)).to.equal('');
    const subject = { C: 'CH', O: 'A, "B"', OU: ['x', 'y'], CN: 'n\n1', __proto__: null };
    expect(distinguishedName(subject)).to.equal('CN=n\\0a1, O=A\\, \\"B\\", OU=x, OU=y, C=CH');
  });
});
