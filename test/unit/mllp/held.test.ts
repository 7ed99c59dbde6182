import { expect } from 'chai';
import { closeAll, Harness, peerOf } from './peers';
import { framed, MESSAGE } from './streams';

describe('a frame handed on, in the memory budget', () => {
  afterEach(closeAll);

  it('counts until it is settled, although its sender is gone', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    peer.socket.resetAndDestroy();
    await harness.until(() => harness.events.some((event) => event.startsWith('disconnect')));
    expect(harness.budget.total).to.equal(frame!.content.length);
    const failed = await frame!.reply.settle(undefined).catch((error: { code?: string }) => error.code);
    expect(failed).to.equal('CONNECTION_CLOSED');
    expect(harness.budget.total).to.equal(0);
  });
});

describe('the idle time of a connection', () => {
  afterEach(closeAll);

  it('begins anew with a message that gets no answer', async () => {
    const harness = await new Harness({ limits: { idleTime: 30 } }).open();
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    // The timer of the socket has rung once by then, and the open message has kept the connection.
    await new Promise((resolve) => setTimeout(resolve, 120));
    await frame!.reply.settle(undefined);
    await harness.saw('disconnect IDLE_TIMEOUT');
    await peer.gone();
  });
});
