import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { Hl7Error } from '../../../nodes/lib/errors';
import { sendOnce } from '../../../nodes/lib/mllp';
import { freePort } from '../../support/ports';

const MESSAGE = Buffer.from('MSH|^~\\&|A|B|C|D|20260101||ADT^A01|ID1|P|2.5\r');

describe('sending one message', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  });

  /** A server on a free port; tells what it was sent, once it has a whole frame. */
  function serve(answer: (socket: Socket, sent: Buffer) => void): Promise<number> {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      let sent = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        sent = Buffer.concat([sent, chunk]);
        if (sent.at(-1) === 0x0d && sent.at(-2) === 0x1c) answer(socket, sent);
      });
    });
    servers.push(server);
    return new Promise((resolve) => {
      server.listen({ host: '127.0.0.1', port: 0 }, () => resolve((server.address() as { port: number }).port));
    });
  }

  async function refused(port: number, timeoutMs?: number): Promise<Hl7Error> {
    const error = await sendOnce(MESSAGE, { host: '127.0.0.1', port, timeoutMs }).catch((failed: unknown) => failed);
    if (!(error instanceof Hl7Error)) throw new Error(`not refused: ${String(error)}`);
    expect(error.message).to.contain(`127.0.0.1:${port}`);
    return error;
  }

  it('frames it, and gives back the answer without its frame', async () => {
    let sent: Buffer | undefined;
    const port = await serve((socket, all) => {
      sent = all;
      socket.write('\x0bMSH|ACK');
      setImmediate(() => socket.write('\rMSA|AA|ID1\r\x1c\r'));
    });
    const answer = await sendOnce(MESSAGE, { host: '127.0.0.1', port });
    expect(answer.toString()).to.equal('MSH|ACK\rMSA|AA|ID1\r');
    expect(sent).to.deep.equal(Buffer.concat([Buffer.from('\x0b'), MESSAGE, Buffer.from('\x1c\r')]));
  });

  it('takes the first of several frames, and closes the connection', async () => {
    let closed: Promise<void> | undefined;
    const port = await serve((socket) => {
      closed = new Promise((resolve) => socket.once('close', () => resolve()));
      socket.write('\x0b\x06\x1c\r\x0bMSH|first\r\x1c\r\x0bMSH|second\r\x1c\r');
    });
    const answer = await sendOnce(MESSAGE, { host: '127.0.0.1', port });
    expect(answer.toString()).to.equal('MSH|first\r');
    await closed;
  });

  it('says that nothing listens', async () => {
    expect((await refused(await freePort())).code).to.equal('SEND_REFUSED');
  });

  it('says that the connection was closed without an answer', async () => {
    const port = await serve((socket) => socket.end('\x0bMSH|half of it'));
    expect((await refused(port)).code).to.equal('SEND_NO_ANSWER');
  });

  it('says that the connection failed', async () => {
    const port = await serve((socket) => socket.resetAndDestroy());
    const error = await refused(port);
    expect(error.code).to.equal('SEND_FAILED');
    expect(error.message).to.contain('ECONNRESET');
  });

  it('does not wait for ever', async () => {
    const port = await serve(() => undefined);
    const error = await refused(port, 30);
    expect(error.code).to.equal('SEND_TIMEOUT');
    expect(error.message).to.contain('0.03 s');
  });

  it('refuses what cannot be framed', async () => {
    const port = await serve(() => undefined);
    const error = await sendOnce(Buffer.from('MSH|\x1c'), { host: '127.0.0.1', port }).catch(
      (failed: unknown) => failed,
    );
    expect(error).to.include({ code: 'CONTENT_NOT_FRAMABLE' });
  });
});
