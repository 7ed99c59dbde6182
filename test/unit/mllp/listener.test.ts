import { connect } from 'node:net';
import { expect } from 'chai';
import type { Hl7Error } from '../../../nodes/lib/errors';
import type { InboundFrame } from '../../../nodes/lib/mllp/server/listener';
import { closeAll, Harness, Peer, peerOf } from './peers';
import { bytes, framed, MESSAGE, OTHER } from './streams';

const answer = (frame: InboundFrame, text: string, then: 'keep' | 'close' = 'keep'): Promise<void> =>
  frame.reply.settle([bytes(text)], then);

/** The code of the error a promise is rejected with; 'none' when it resolves. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: Hl7Error) => error.code,
  );

describe('mllp listener', () => {
  afterEach(closeAll);

  it('hands a frame on and sends its answer in a frame', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    expect(frame?.content.toString('latin1')).to.equal(MESSAGE);
    expect(frame?.deviations).to.deep.equal([]);
    expect(frame?.receivedAt).to.be.an.instanceOf(Date);
    expect(frame?.connection).to.include({
      listener: 'test',
      remoteAddress: '127.0.0.1',
      remotePort: peer.socket.localPort,
      localPort: harness.listener.port,
      tls: false,
    });
    await answer(frame!, 'MSA|AA');
    expect(frame?.reply.settled).to.equal(true);
    await peer.got('\x1c\r');
    expect(peer.received).to.equal(framed('MSA|AA'));
  });

  it('sends several messages of one answer in a frame each', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    await frame!.reply.settle([bytes('CA'), bytes('AA')]);
    await peer.got('AA\x1c\r');
    expect(peer.received).to.equal(framed('CA') + framed('AA'));
  });

  it('answers once', async () => {
    const harness = await new Harness().open();
    (await peerOf(harness)).send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    await answer(frame!, 'AA');
    expect(await codeOf(answer(frame!, 'AE'))).to.equal('ALREADY_SETTLED');
  });

  it('refuses an answer that cannot be framed, and takes another one then', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    expect(await codeOf(answer(frame!, 'A\x1cA'))).to.equal('CONTENT_NOT_FRAMABLE');
    expect(frame!.reply.settled).to.equal(false);
    await answer(frame!, 'AE');
    await peer.got('AE');
  });

  it('sends answers in arrival order, whatever the order of settling', async () => {
    const harness = await new Harness({ maxInFlight: 4 }).open();
    const peer = await peerOf(harness);
    peer.send([1, 2, 3, 4].map((n) => framed(`MSH|${n}`)).join(''));
    const frames = await harness.gotFrames(4);
    const settled: string[] = [];
    const all = [3, 1, 2, 0].map(async (i) => {
      await answer(frames[i]!, `A${i}`);
      settled.push(`A${i}`);
    });
    await Promise.all(all);
    await peer.got(framed('A3'));
    expect(peer.received).to.equal(['A0', 'A1', 'A2', 'A3'].map(framed).join(''));
    expect(settled).to.deep.equal(['A0', 'A1', 'A2', 'A3']);
  });

  it('goes on after a frame that gets no answer', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness);
    peer.send(framed('MSH|1') + framed('MSH|2'));
    await (await harness.gotFrames(1))[0]!.reply.settle(undefined);
    await answer((await harness.gotFrames(2))[1]!, 'A2');
    await peer.got('A2');
    expect(peer.received).to.equal(framed('A2'));
    expect(harness.listener.statistics().answers).to.equal(1);
  });

  for (const maxInFlight of [1, 3]) {
    it(`never hands on more than ${maxInFlight} unanswered of 1,000 frames sent at once, and holds little`, async () => {
      const harness = await new Harness({ maxInFlight }).open();
      let open = 0;
      let most = 0;
      let held = 0;
      const answers: Promise<void>[] = [];
      harness.listener.on('frame', (frame) => {
        open++;
        most = Math.max(most, open);
        held = Math.max(held, harness.budget.total);
        setImmediate(() => {
          open--;
          answers.push(answer(frame, `A${frame.content.toString('latin1').slice(4, 9)}`));
        });
      });
      const peer = await peerOf(harness);
      const numbers = Array.from({ length: 1000 }, (_, i) => String(10_000 + i));
      peer.send(numbers.map((n) => framed(`MSH|${n}${'x'.repeat(1000)}`)).join(''));
      await peer.got(framed('A10999'));
      await Promise.all(answers);
      expect(peer.received).to.equal(numbers.map((n) => framed(`A${n}`)).join(''));
      expect(most).to.equal(maxInFlight);
      // Two network buffers at most: the one being worked on, and one that came before the pause.
      expect(held).to.be.at.most(2 * 65_536 + 4096);
      expect(harness.budget.total).to.equal(0);
    });
  }

  it('answers a sender that ended its side', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness, { allowHalfOpen: true });
    peer.socket.end(bytes(framed('MSH|1') + framed('MSH|2')));
    await answer((await harness.gotFrames(1))[0]!, 'A1');
    await answer((await harness.gotFrames(2))[1]!, 'A2');
    await peer.gone();
    expect(peer.received).to.equal(framed('A1') + framed('A2'));
    await harness.saw('disconnect ordinary');
  });

  it('closes after an answer when asked to, and not before it is out', async () => {
    const harness = await new Harness({ maxInFlight: 2 }).open();
    const peer = await peerOf(harness);
    peer.send(framed('MSH|1') + framed('MSH|2'));
    const [first, second] = await harness.gotFrames(2);
    const late = codeOf(answer(second!, 'A2'));
    await answer(first!, 'A1', 'close');
    expect(await late).to.equal('CONNECTION_CLOSED');
    await peer.gone();
    expect(peer.received).to.equal(framed('A1'));
    await harness.saw('disconnect ordinary');
    expect(harness.listener.statistics().closes).to.deep.equal({ CLOSED_AFTER_ANSWER: 1 });
  });

  it('closes without an answer when asked to, and hands nothing more on', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness);
    peer.send(framed('MSH|1') + framed('MSH|2'));
    await (await harness.gotFrames(1))[0]!.reply.settle(undefined, 'close');
    await peer.gone();
    await harness.saw('disconnect ordinary');
    expect(harness.frames).to.have.length(1);
    expect(peer.received).to.equal('');
  });

  it('closes without an answer when asked to, and not before the answers before it are out', async () => {
    const harness = await new Harness({ maxInFlight: 2 }).open();
    const peer = await peerOf(harness);
    peer.send(framed('MSH|1') + framed('MSH|2'));
    const [first, second] = await harness.gotFrames(2);
    const closing = codeOf(second!.reply.settle(undefined, 'close'));
    expect(await codeOf(answer(first!, 'A1'))).to.equal('none');
    expect(await closing).to.equal('none');
    await peer.gone();
    expect(peer.received).to.equal(framed('A1'));
    await harness.saw('disconnect ordinary');
  });

  it('drops a peer that does not close after we did', async () => {
    const harness = await new Harness({ limits: { lingerTime: 20 } }).open();
    const peer = await peerOf(harness, { allowHalfOpen: true });
    peer.send(framed(MESSAGE));
    await answer((await harness.gotFrames(1))[0]!, 'A1', 'close');
    await peer.got('A1');
    peer.send(framed(OTHER));
    await harness.saw('disconnect ordinary');
    expect(harness.frames).to.have.length(1);
  });

  it('tells that a message cannot be answered when its sender is gone', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    const [frame] = await harness.gotFrames(1);
    peer.socket.resetAndDestroy();
    await harness.saw('disconnect PEER_RESET');
    expect(await codeOf(answer(frame!, 'AA'))).to.equal('CONNECTION_CLOSED');
    expect(harness.budget.total).to.equal(0);
  });

  it('rejects answers that wait for their turn when the sender goes', async () => {
    const harness = await new Harness({ maxInFlight: 2 }).open();
    const peer = await peerOf(harness);
    peer.send(framed('MSH|1') + framed('MSH|2'));
    const [, second] = await harness.gotFrames(2);
    const waiting = codeOf(answer(second!, 'A2'));
    peer.socket.resetAndDestroy();
    expect(await waiting).to.equal('CONNECTION_CLOSED');
  });

  it('delivers refused frames with a reason, and tells deviations', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE + OTHER));
    const [frame] = await harness.gotFrames(1);
    expect(frame).to.include({ refused: 'SEVERAL_MESSAGES' });
    expect(frame?.refusedReason).to.contain('more than one message');
    expect(frame?.answerTo?.toString('latin1')).to.equal(MESSAGE + OTHER);
    expect(harness.events).to.include('deviation SEVERAL_MESSAGES');
    await answer(frame!, 'AE');
    await peer.got('AE');
  });

  it('splits frames when asked to; each part is answered', async () => {
    const harness = await new Harness({ severalMessages: 'split' }).open();
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE + OTHER));
    await answer((await harness.gotFrames(1))[0]!, 'A1');
    await answer((await harness.gotFrames(2))[1]!, 'A2');
    await peer.got('A2');
    expect(harness.frames.map((f) => f.content.toString('latin1'))).to.deep.equal([MESSAGE, OTHER]);
  });

  it('ends a frame without CR after a silence behind the end of a segment, and refuses it elsewhere', async () => {
    const harness = await new Harness({ limits: { endTime: 20, doubtTime: 20 } }).open();
    const peer = await peerOf(harness);
    peer.send(`\x0b${MESSAGE}\x1c`);
    const [first] = await harness.gotFrames(1);
    expect([first?.content.toString('latin1'), first?.refused]).to.deep.equal([MESSAGE, undefined]);
    await answer(first!, 'A1');
    peer.send(`\x0b${MESSAGE}NTE|1||a\x1c`);
    const frame = (await harness.gotFrames(2))[1]!;
    expect([frame.content.toString('latin1'), frame.refused]).to.deep.equal([`${MESSAGE}NTE|1||a`, 'END_UNCERTAIN']);
    await answer(frame, 'AE');
    await peer.got('AE');
  });

  describe('bytes that come behind a frame', () => {
    const codes = (frame: InboundFrame): string[] => {
      const heard: string[] = [];
      frame.late.onCode((code) => heard.push(code));
      return heard;
    };

    it('are told of the frame that was handed on, before and after its answer', async () => {
      const harness = await new Harness().open();
      const peer = await peerOf(harness);
      peer.send(framed(MESSAGE));
      const [first] = await harness.gotFrames(1);
      const heard = codes(first!);
      peer.send('x');
      await harness.saw('warning BYTES_AFTER_END');
      expect(heard).to.deep.equal(['BYTES_AFTER_END']);
      await answer(first!, 'AE');
      await peer.got('AE');
      peer.send(framed(OTHER));
      const second = (await harness.gotFrames(2))[1]!;
      await answer(second, 'AA');
      await peer.got('AA');
      peer.send('y');
      await harness.until(() => harness.events.filter((event) => event === 'deviation BYTES_AFTER_END').length === 2);
      expect(codes(second)).to.deep.equal(['BYTES_AFTER_END']);
      // One warning a connection.
      expect(harness.events.filter((event) => event.startsWith('warning'))).to.have.length(1);
    });

    it('refuse a frame that was not handed on yet', async () => {
      const harness = await new Harness().open();
      const peer = await peerOf(harness);
      peer.send(framed(MESSAGE) + framed(OTHER) + framed('rest without a header'));
      const [first] = await harness.gotFrames(1);
      await harness.saw('warning BYTES_AFTER_END');
      await answer(first!, 'A1');
      const second = (await harness.gotFrames(2))[1]!;
      expect(second).to.include({ refused: 'BYTES_AFTER_END' });
      expect(second.deviations).to.deep.equal(['BYTES_AFTER_END']);
      expect(codes(first!)).to.deep.equal([]);
    });

    it('close the connection when the answer waits for those before it', async () => {
      const harness = await new Harness({ maxInFlight: 2 }).open();
      const peer = await peerOf(harness);
      peer.send(framed(MESSAGE) + framed(OTHER));
      const frames = await harness.gotFrames(2);
      const waiting = codeOf(answer(frames[1]!, 'A2'));
      peer.send('x');
      await harness.saw('disconnect BYTES_AFTER_END');
      expect(await waiting).to.equal('CONNECTION_CLOSED');
      await peer.gone();
      expect(peer.received).to.equal('');
    });
  });

  it('warns once a connection of messages without start', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness);
    for (let n = 1; n <= 3; n++) {
      peer.send(`${MESSAGE}\x1c\r\x0b\x1c\r`);
      await harness.until(() => harness.events.filter((event) => event === 'deviation EMPTY_FRAME').length === n);
    }
    expect(harness.events.filter((event) => event.startsWith('warning'))).to.deep.equal([
      'warning MESSAGE_WITHOUT_START',
    ]);
    expect(harness.frames).to.deep.equal([]);
  });

  it('takes a message without start after a silence, and refuses it', async () => {
    const harness = await new Harness({ withoutStart: true, limits: { withoutStartTime: 20 } }).open();
    const peer = await peerOf(harness);
    peer.send(MESSAGE);
    const [frame] = await harness.gotFrames(1);
    expect([frame?.content.toString('latin1'), frame?.refused]).to.deep.equal([MESSAGE, 'ENDED_BY_SILENCE']);
    await answer(frame!, 'AE');
    await peer.got('AE');
    expect(harness.events.filter((event) => event.startsWith('warning'))).to.deep.equal([]);
  });

  it('drops a half frame of a sender that closes, and says so', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness);
    peer.socket.end(bytes(`\x0b${MESSAGE}`));
    await harness.saw('disconnect PEER_CLOSED_INSIDE_FRAME');
    expect(harness.events).to.include('deviation INCOMPLETE_FRAME');
    expect(harness.frames).to.deep.equal([]);
  });

  it('still answers the message before a half frame', async () => {
    const harness = await new Harness().open();
    const peer = await peerOf(harness, { allowHalfOpen: true });
    peer.socket.end(bytes(`${framed(MESSAGE)}\x0b${OTHER}`));
    await answer((await harness.gotFrames(1))[0]!, 'A1');
    await peer.gone();
    expect(peer.received).to.equal(framed('A1'));
    expect(harness.frames).to.have.length(1);
  });

  it('is silent about health checks', async () => {
    const harness = await new Harness().open();
    (await peerOf(harness)).socket.end();
    await harness.saw('disconnect ordinary');
    (await peerOf(harness)).socket.resetAndDestroy();
    await harness.until(() => harness.events.filter((event) => event === 'disconnect ordinary').length === 2);
    expect(harness.listener.statistics().closes).to.deep.equal({ PEER_CLOSED: 2 });
  });

  it('lives through a storm of resets in every state', async () => {
    const harness = await new Harness({ maxInFlight: 2, limits: { maxPerPeer: 100 } }).open();
    harness.listener.on('frame', (frame) => {
      setImmediate(() => answer(frame, 'x'.repeat(100_000)).catch(() => {}));
    });
    const openings = ['', '\x0b', `\x0b${MESSAGE}`, framed(MESSAGE), framed(MESSAGE).repeat(20), 'junk'];
    for (let round = 0; round < 10; round++) {
      const peers = await Promise.all(openings.map(() => peerOf(harness)));
      peers.forEach((peer, i) => {
        peer.socket.write(bytes(openings[i]!), () => peer.socket.resetAndDestroy());
      });
      await Promise.all(peers.map((peer) => peer.gone()));
    }
    await harness.until(() => harness.listener.statistics().connections === 0);
    expect(harness.budget.total).to.equal(0);
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    await peer.got('\x1c\r');
    expect(peer.received).to.contain('x\x1c\r');
  });

  it('closes the connection, and lives, when a receiver of frames throws', async () => {
    const harness = await new Harness().open();
    harness.listener.on('frame', () => {
      throw new Error('thrown by the receiver');
    });
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    await peer.gone();
    await harness.saw('disconnect HANDLER_FAILED');
    expect(harness.events).to.include('failure HANDLER_FAILED');
  });

  it('lives when receivers of other events throw', async () => {
    const harness = await new Harness().open();
    for (const event of ['connection', 'disconnect', 'failure'] as const) {
      harness.listener.on(event, () => {
        throw new Error('thrown by the receiver');
      });
    }
    const peer = await peerOf(harness);
    peer.send(framed(MESSAGE));
    await answer((await harness.gotFrames(1))[0]!, 'AA');
    await peer.got('AA');
    expect(harness.events).to.include('failure RECEIVER_FAILED');
  });

  it('counts', async () => {
    const harness = await new Harness().open();
    let changes = 0;
    harness.listener.on('change', () => changes++);
    const peer = await peerOf(harness);
    const stream = `xx${framed(MESSAGE)}`;
    peer.send(stream);
    await answer((await harness.gotFrames(1))[0]!, 'AA');
    expect(harness.listener.statistics()).to.deep.equal({
      connections: 1,
      connectionsTotal: 1,
      frames: 1,
      bytes: stream.length,
      answers: 1,
      deviations: { JUNK_BEFORE_START: 1 },
      closes: {},
    });
    peer.socket.end();
    await harness.saw('disconnect ordinary');
    expect(harness.listener.statistics()).to.deep.include({ connections: 0, closes: { PEER_CLOSED: 1 } });
    expect(changes).to.equal(2);
  });

  describe('closing', () => {
    it('frees the port and ends connections; nothing can be answered then', async () => {
      const harness = await new Harness().open();
      const port = harness.listener.port!;
      const peers = [await peerOf(harness), await peerOf(harness)];
      peers[0]!.send(framed(MESSAGE));
      peers[1]!.send(`\x0b${MESSAGE}`);
      const [frame] = await harness.gotFrames(1);
      await harness.listener.close();
      await Promise.all(peers.map((peer) => peer.gone()));
      expect(await codeOf(answer(frame!, 'AA'))).to.equal('CONNECTION_CLOSED');
      expect(harness.listener.port).to.equal(undefined);
      expect(harness.listener.statistics().closes).to.deep.equal({ LISTENER_CLOSED: 2 });
      expect(harness.budget.total).to.equal(0);
      const again = await new Harness({ port }).open();
      expect(again.listener.port).to.equal(port);
    });

    it('lets an answer go out that was given already', async () => {
      const harness = await new Harness().open();
      const peer = await peerOf(harness);
      peer.send(framed(MESSAGE));
      const [frame] = await harness.gotFrames(1);
      const long = 'x'.repeat(8_000_000);
      const given = codeOf(answer(frame!, long));
      await harness.listener.close(1000);
      expect(await given).to.equal('none');
      await peer.gone();
      expect(peer.received.length).to.equal(long.length + 3);
    });

    it('lets go out what was given in the same turn, without waiting for it', async () => {
      const harness = await new Harness().open();
      const peer = await peerOf(harness);
      peer.send(framed(MESSAGE));
      const [frame] = await harness.gotFrames(1);
      void codeOf(answer(frame!, 'AA'));
      await harness.listener.close();
      await peer.gone();
      expect(peer.received).to.equal(framed('AA'));
    });

    it('does not wait for a peer that reads nothing', async () => {
      const harness = await new Harness().open();
      const peer = await peerOf(harness);
      peer.send(framed(MESSAGE));
      const [frame] = await harness.gotFrames(1);
      peer.socket.pause();
      const given = codeOf(answer(frame!, 'x'.repeat(30_000_000)));
      await harness.listener.close(20);
      expect(await given).to.equal('CONNECTION_CLOSED');
    });

    it('may be asked for twice, before opening, and at once after it', async () => {
      const harness = new Harness();
      await Promise.all([harness.listener.close(), harness.listener.close()]);
      harness.listener.open();
      expect(harness.listener.port).to.equal(undefined);
      const second = new Harness({ host: 'localhost' });
      second.listener.open();
      await second.listener.close();
      const probe = new Promise((resolve) => setImmediate(resolve));
      await probe;
      expect(second.listener.port).to.equal(undefined);
      expect(second.events).to.deep.equal([]);
    });

    it('turns connections away that come while it closes', async () => {
      const harness = await new Harness().open();
      const port = harness.listener.port!;
      const late = new Peer(connect(port, '127.0.0.1'));
      await Promise.all([harness.listener.close(), late.gone()]);
      expect(harness.frames).to.deep.equal([]);
    });
  });
});
