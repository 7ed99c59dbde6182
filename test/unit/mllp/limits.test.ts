import { mock } from 'node:test';
import { expect } from 'chai';
import { DEFAULT_LIMITS, resolveLimits } from '../../../nodes/lib/mllp/limits';
import { BufferBudget, DEFAULT_BUDGET, processBudget } from '../../../nodes/lib/mllp/server/buffer-budget';
import { closeAll, Harness, type Peer, peerOf } from './peers';
import { bytes, framed, MESSAGE } from './streams';

/** A second sender is served as if nothing had happened. */
async function servesOthers(harness: Harness): Promise<void> {
  const before = harness.frames.length;
  const peer = await peerOf(harness);
  peer.send(framed(MESSAGE));
  const frame = (await harness.gotFrames(before + 1))[before]!;
  await frame.reply.settle([bytes('AA')]);
  await peer.got('AA');
}

async function closedFor(harness: Harness, peer: Peer, reason: string): Promise<void> {
  await peer.gone();
  await harness.saw(`disconnect ${reason}`);
  expect(harness.listener.statistics().closes).to.include({ [reason]: 1 });
}

describe('mllp limits', () => {
  afterEach(closeAll);

  it('have the documented defaults', () => {
    expect(resolveLimits()).to.deep.equal({
      maxFrame: 16_777_216,
      maxJunk: 65_536,
      frameTime: 60_000,
      idleTime: 0,
      maxConnections: 500,
      maxPerPeer: 200,
      maxUnread: 1_048_576,
      unreadTime: 60_000,
      handshakeTime: 10_000,
      lingerTime: 2000,
      withoutStartTime: 3000,
      endTime: 300,
      doubtTime: 3000,
    });
    expect(DEFAULT_BUDGET).to.equal(134_217_728);
    expect(processBudget.limit).to.equal(DEFAULT_BUDGET);
  });

  it('are checked', () => {
    for (const wrong of [{ maxFrame: 0 }, { frameTime: -1 }, { idleTime: Number.NaN }, { unreadTime: 2 ** 31 }]) {
      expect(() => resolveLimits(wrong))
        .to.throw(/^The limit \w+ must be/)
        .with.property('code', 'LIMIT_INVALID');
    }
    expect(resolveLimits({ frameTime: 0, maxFrame: undefined })).to.deep.equal({ ...DEFAULT_LIMITS, frameTime: 0 });
    expect(resolveLimits({ maxFrame: 1024.4 }).maxFrame).to.equal(1024);
    expect(() => new Harness({ maxInFlight: 0 }))
      .to.throw('window')
      .with.property('code', 'LIMIT_INVALID');
  });

  it('FRAME_TOO_LARGE', async () => {
    const harness = await new Harness({ limits: { maxFrame: 100 } }).open();
    const peer = await peerOf(harness);
    peer.send(`\x0b${'x'.repeat(101)}`);
    await closedFor(harness, peer, 'FRAME_TOO_LARGE');
    await servesOthers(harness);
  });

  it('FRAME_TOO_LARGE with a header: is refused by its first bytes after those before it, and then closed', async () => {
    const harness = await new Harness({ limits: { maxFrame: 10_000 } }).open();
    const peer = await peerOf(harness);
    peer.send(`${framed(MESSAGE)}\x0b${MESSAGE.replace('|1|P', '|BIG|P')}`);
    const [first] = await harness.gotFrames(1);
    // Much more than the sockets hold: the sender must be able to write it all before it reads.
    const rest = Buffer.alloc(30_000_000, 'x');
    const written = new Promise((resolve) => peer.socket.write(rest, resolve));
    await first!.reply.settle([bytes('A1')]);
    const frame = (await harness.gotFrames(2))[1]!;
    expect(frame).to.include({ refused: 'FRAME_TOO_LARGE' });
    expect(frame.deviations).to.deep.equal(['FRAME_TOO_LARGE']);
    expect(frame.content.length).to.be.at.most(10_000);
    expect(frame.answerTo?.toString('latin1')).to.contain('|BIG|P');
    await written;
    expect(harness.budget.total).to.be.at.most(20_000);
    peer.send(`\x1c\r${framed(MESSAGE)}`);
    await frame.reply.settle([bytes('AR')]);
    await peer.got('AR');
    await closedFor(harness, peer, 'FRAME_TOO_LARGE');
    expect(peer.received).to.equal(framed('A1') + framed('AR'));
    expect(harness.frames).to.have.length(2);
    expect(harness.budget.total).to.equal(0);
    await servesOthers(harness);
  });

  it('JUNK_BEFORE_START', async () => {
    const harness = await new Harness({ limits: { maxJunk: 100 } }).open();
    const peer = await peerOf(harness);
    peer.send('x'.repeat(101));
    await closedFor(harness, peer, 'JUNK_BEFORE_START');
    await servesOthers(harness);
  });

  describe('FRAME_TIMEOUT', () => {
    // The clock of the timers stands still but for `tick`; the sockets are real.
    beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
    afterEach(() => mock.timers.reset());

    it('comes however steadily bytes trickle in', async () => {
      const harness = await new Harness().open();
      const peer = await peerOf(harness);
      for (let received = 0; received < 60; received++) {
        peer.send(received === 0 ? '\x0b' : 'x');
        await harness.received(received + 1);
        expect(harness.listener.statistics().connections).to.equal(1);
        mock.timers.tick(1000);
      }
      await closedFor(harness, peer, 'FRAME_TIMEOUT');
      await servesOthers(harness);
    });

    it('runs from each start anew, and not between frames', async () => {
      const harness = await new Harness().open();
      const peer = await peerOf(harness);
      peer.send(`\x0b${MESSAGE}`);
      for (let i = 1; i <= 6; i++) {
        mock.timers.tick(59_999);
        // The piece ends a frame and begins the next: one is always unfinished, none for too long.
        peer.send(`\x1c\r\x0b${MESSAGE}`);
        await (await harness.gotFrames(i))[i - 1]!.reply.settle(undefined);
      }
      peer.send('\x1c\r');
      await (await harness.gotFrames(7))[6]!.reply.settle(undefined);
      mock.timers.tick(1_000_000);
      await servesOthers(harness);
      expect(harness.listener.statistics().closes).to.deep.equal({});
    });

    it('does not run while we do not read, and runs in full then', async () => {
      const harness = await new Harness().open();
      const peer = await peerOf(harness);
      peer.send(`${framed('MSH|1')}\x0bMSH|2`);
      const [first] = await harness.gotFrames(1);
      mock.timers.tick(1_000_000);
      await first!.reply.settle([bytes('A1')]);
      await peer.got('A1');
      mock.timers.tick(59_999);
      expect(harness.listener.statistics().closes).to.deep.equal({});
      mock.timers.tick(1);
      await closedFor(harness, peer, 'FRAME_TIMEOUT');
    });
  });

  it('IDLE_TIMEOUT, but not while an answer is open', async () => {
    const harness = await new Harness({ limits: { idleTime: 30 } }).open();
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    await new Promise((resolve) => setTimeout(resolve, 80));
    await frame!.reply.settle([bytes('AA')]);
    await peer.got('AA');
    await closedFor(harness, peer, 'IDLE_TIMEOUT');
  });

  it('TOO_MANY_CONNECTIONS', async () => {
    const harness = await new Harness({ limits: { maxConnections: 2 } }).open();
    const [first] = [await peerOf(harness), await peerOf(harness)];
    await (await peerOf(harness)).gone();
    await harness.saw('rejected TOO_MANY_CONNECTIONS');
    expect(harness.listener.statistics()).to.deep.include({ connections: 2, closes: { TOO_MANY_CONNECTIONS: 1 } });
    first.socket.end();
    await harness.saw('disconnect ordinary');
    await servesOthers(harness);
  });

  it('TOO_MANY_FROM_PEER', async () => {
    const harness = await new Harness({ limits: { maxPerPeer: 2 } }).open();
    const [first] = [await peerOf(harness), await peerOf(harness)];
    await (await peerOf(harness)).gone();
    await harness.saw('rejected TOO_MANY_FROM_PEER');
    first.socket.end();
    await harness.saw('disconnect ordinary');
    await servesOthers(harness);
  });

  it('BUFFER_LIMIT closes the connection with the most unfinished bytes', async () => {
    const harness = await new Harness({ maxBuffered: 300_000 }).open();
    const greatest = await peerOf(harness);
    greatest.send(`\x0b${'x'.repeat(100_000)}`);
    await harness.received(100_001);
    const others = [await peerOf(harness), await peerOf(harness)];
    for (const other of others) other.send(`\x0b${'x'.repeat(60_000)}`);
    await harness.received(220_003);
    const honest = await peerOf(harness);
    honest.send(`\x0b${MESSAGE.padEnd(120_000, 'x')}`);
    await closedFor(harness, greatest, 'BUFFER_LIMIT');
    honest.send('\x1c\r');
    await harness.gotFrames(1);
    expect(others.map((other) => other.closed)).to.deep.equal([false, false]);
    expect(harness.budget.total).to.be.at.most(300_000);
  });

  it('ANSWERS_NOT_READ by time', async () => {
    const harness = await new Harness({ limits: { unreadTime: 30 } }).open();
    const peer = await peerOf(harness);
    peer.socket.pause();
    peer.send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    const lost = frame!.reply.settle([Buffer.alloc(30_000_000, 'x')]).catch((error) => error.code);
    await harness.saw('disconnect ANSWERS_NOT_READ');
    expect(await lost).to.equal('CONNECTION_CLOSED');
    await servesOthers(harness);
  });

  it('ANSWERS_NOT_READ by bytes', async () => {
    const harness = await new Harness({ maxInFlight: 3, limits: { maxUnread: 1000, unreadTime: 0 } }).open();
    const peer = await peerOf(harness);
    peer.socket.pause();
    peer.send(framed(MESSAGE).repeat(2));
    const frames = await harness.gotFrames(2);
    const lost = frames.map((frame) =>
      frame.reply.settle([Buffer.alloc(20_000_000, 'x')]).then(
        () => 'sent',
        (error) => error.code,
      ),
    );
    await harness.saw('disconnect ANSWERS_NOT_READ');
    expect(await Promise.all(lost)).to.deep.equal(['CONNECTION_CLOSED', 'CONNECTION_CLOSED']);
  });

  it('HTTP_REQUEST and TLS_ON_PLAIN_PORT', async () => {
    const harness = await new Harness().open();
    const http = await peerOf(harness);
    http.send('GET / HTTP/1.1\r\n\r\n');
    await closedFor(harness, http, 'HTTP_REQUEST');
    const tls = await peerOf(harness);
    tls.send('\x16\x03\x01\x02\0');
    await closedFor(harness, tls, 'TLS_ON_PLAIN_PORT');
    await servesOthers(harness);
  });
});

describe('buffer budget', () => {
  const holder = (budget: BufferBudget, unfinished: number) => {
    const made = {
      unfinished,
      closed: false,
      closeForBuffer() {
        made.closed = true;
        made.unfinished = 0;
        budget.change(-unfinished);
      },
    };
    budget.join(made);
    budget.change(unfinished);
    return made;
  };

  it('takes the greatest limit of the open listeners, and the default without one', () => {
    const budget = new BufferBudget();
    const [a, b] = [{}, {}];
    budget.allow(a, 100);
    expect(budget.limit).to.equal(100);
    budget.allow(b, 200);
    expect(budget.limit).to.equal(200);
    budget.withdraw(b);
    expect(budget.limit).to.equal(100);
    budget.withdraw(a);
    expect(budget.limit).to.equal(DEFAULT_BUDGET);
  });

  it('closes as many as it takes, the greatest first', () => {
    const budget = new BufferBudget();
    budget.allow({}, 100);
    const [a, b, c] = [holder(budget, 30), holder(budget, 40), holder(budget, 20)];
    const d = holder(budget, 60);
    expect([a, b, c, d].map((h) => h.closed)).to.deep.equal([false, false, false, true]);
    budget.change(60);
    expect([a, b, c].map((h) => h.closed)).to.deep.equal([true, true, false]);
    expect(budget.total).to.equal(80);
  });

  it('closes nothing for bytes that nobody has unfinished', () => {
    const budget = new BufferBudget();
    budget.allow({}, 100);
    const a = holder(budget, 0);
    budget.change(500);
    expect(a.closed).to.equal(false);
    budget.leave(a);
    budget.change(-500);
    expect(budget.total).to.equal(0);
  });
});
