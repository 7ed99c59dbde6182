import { expect } from 'chai';
import * as mllp from '../../../nodes/lib/mllp';
import { CLOSE_REASONS, closingOf } from '../../../nodes/lib/mllp/close-reasons';
import { encode, encodeAll } from '../../../nodes/lib/mllp/framing/encoder';
import { FrameBuffer } from '../../../nodes/lib/mllp/framing/frame-buffer';
import { secondMessage, segmentEnds } from '../../../nodes/lib/mllp/framing/frame-content';
import { allowList, plainAddress } from '../../../nodes/lib/mllp/server/admission';
import { FrameQueue } from '../../../nodes/lib/mllp/server/frame-queue';
import { closeAll, Harness, peerOf } from './peers';
import { bytes, decode, framed, MESSAGE, OTHER } from './streams';

describe('mllp encoder', () => {
  it('frames content so that the decoder gives it back', () => {
    expect(encode(bytes('AB')).toString('latin1')).to.equal('\x0bAB\x1c\r');
    expect(decode([encodeAll([bytes(MESSAGE), bytes(OTHER)])]).decoded).to.deep.equal([`${MESSAGE} []`, `${OTHER} []`]);
    expect(encodeAll([bytes('A')])).to.deep.equal(encode(bytes('A')));
  });

  it('refuses content that holds a byte of the frame', () => {
    for (const wrong of ['a\x0bb', 'a\x1c', '\x0b']) {
      expect(() => encode(bytes(wrong)))
        .to.throw('0B or 1C')
        .with.property('code', 'CONTENT_NOT_FRAMABLE');
      expect(() => encodeAll([bytes('x'), bytes(wrong)]))
        .to.throw()
        .with.property('code', 'CONTENT_NOT_FRAMABLE');
    }
  });
});

describe('mllp allow list', () => {
  it('allows everyone when it is empty', () => {
    for (const list of [undefined, [], ['', ' ']]) expect(allowList(list)('203.0.113.9')).to.equal(true);
  });

  it('knows addresses and ranges of both families', () => {
    const allowed = allowList([
      '192.0.2.7',
      ' 10.0.0.0/8 ',
      '2001:db8::/32',
      '::1',
      '::ffff:198.51.100.0/120',
      'fe80::/10',
    ]);
    const yes = ['192.0.2.7', '::ffff:192.0.2.7', '10.255.0.1', '2001:db8::5', '::1', '198.51.100.9', 'fe80::1%eth0'];
    const no = ['192.0.2.8', '11.0.0.1', '2001:db9::5', '::2', '198.51.101.1', 'localhost', ''];
    for (const address of yes) expect(allowed(address), address).to.equal(true);
    for (const address of no) expect(allowed(address), address).to.equal(false);
  });

  it('names an entry that it does not understand', () => {
    const wrong = [
      'hospital.example',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0/8',
      '::/129',
      '1.2.3.4/8/8',
      '::ffff:1.2.3.4/90',
      '1.2.3.4/-1',
    ];
    for (const entry of wrong) {
      expect(() => allowList(['::1', entry]), entry)
        .to.throw(`"${entry}"`)
        .with.property('code', 'ALLOW_LIST_INVALID');
    }
  });

  it('shows mapped addresses as plain ones', () => {
    expect(plainAddress('::FFFF:192.0.2.7')).to.equal('192.0.2.7');
    expect(plainAddress('::1')).to.equal('::1');
    expect(plainAddress('192.0.2.7')).to.equal('192.0.2.7');
  });

  describe('of a listener', () => {
    afterEach(closeAll);

    it('turns others away before a byte is read', async () => {
      const harness = await new Harness({ allow: ['192.0.2.0/24'] }).open();
      const peer = await peerOf(harness);
      peer.send(framed(MESSAGE));
      await peer.gone();
      await harness.saw('rejected NOT_ALLOWED');
      expect(harness.listener.statistics()).to.deep.include({
        connectionsTotal: 0,
        bytes: 0,
        closes: { NOT_ALLOWED: 1 },
      });
    });

    it('lets its own in', async () => {
      const harness = await new Harness({ allow: ['127.0.0.0/8'] }).open();
      (await peerOf(harness)).send(framed(MESSAGE));
      await harness.gotFrames(1);
    });
  });
});

describe('mllp partial frame', () => {
  it('gives back what was appended, in place or copied', () => {
    const partial = new FrameBuffer(1_000_000);
    const expected: Buffer[] = [];
    for (let i = 0; i < 500; i++) {
      const chunk = bytes(`<${i}${'x'.repeat(i % 97)}>`);
      partial.append(chunk, 0, chunk.length - 1);
      expected.push(chunk.subarray(0, -1));
      expect(partial.lastByte).to.equal(chunk[chunk.length - 2]);
    }
    expect(partial.take(bytes('abc'), 1, 2).equals(Buffer.concat([...expected, bytes('b')]))).to.equal(true);
    expect([partial.length, partial.capacity, partial.lastByte]).to.deep.equal([0, 0, undefined]);
    expect(partial.take(bytes('abc'), 0, 3).toString()).to.equal('abc');
  });

  it('keeps no memory of a chunk, and grows no further than its limit', () => {
    const partial = new FrameBuffer(5000);
    const chunk = Buffer.alloc(4000, 'x');
    partial.append(chunk, 0, 4000);
    partial.append(chunk, 0, 1000);
    expect(partial.capacity).to.equal(5000);
    const content = partial.take(chunk, 0, 0);
    expect(content.buffer).not.to.equal(chunk.buffer);
    expect(content.length).to.equal(5000);
  });

  it('copies when most of its memory would be wasted', () => {
    const partial = new FrameBuffer(1_000_000);
    partial.append(bytes('ab'), 0, 2);
    expect(partial.take(bytes('c'), 0, 1).buffer.byteLength).to.equal(3);
  });
});

describe('mllp frame queue', () => {
  it('is first in, first out, and knows its bytes', () => {
    const queue = new FrameQueue();
    expect(queue.shift()).to.equal(undefined);
    for (const text of ['a', 'bb', 'ccc']) queue.push({ kind: 'frame', content: bytes(text), deviations: [] });
    expect([queue.length, queue.bytes]).to.deep.equal([3, 6]);
    expect(queue.shift()?.content.toString()).to.equal('a');
    expect([queue.length, queue.bytes]).to.deep.equal([2, 5]);
    queue.clear();
    expect([queue.length, queue.bytes, queue.shift()]).to.deep.equal([0, 0, undefined]);
  });
});

describe('mllp content', () => {
  it('finds the second message only at the beginning of a segment', () => {
    const at = (text: string): number => secondMessage(bytes(text));
    expect(at(MESSAGE)).to.equal(-1);
    expect(at(MESSAGE + OTHER)).to.equal(MESSAGE.length);
    expect(at(`${MESSAGE}NTE|1||MSH|x\r`)).to.equal(-1);
    expect(at('MSH|a\nMSH^b\n')).to.equal(6);
    expect(at('MSH|a\rMSHX|\r\nMSH|b')).to.equal(13);
    expect(at('\r\nMSH|a\r')).to.equal(-1);
    expect(at('\ufeffMSH|a\r')).to.equal(-1);
    expect(secondMessage(Buffer.from('\ufeffMSH|a\rMSH|b', 'utf8'))).to.equal(9);
    expect(at('NTE|1\rMSH|a\r')).to.equal(-1);
    expect(at('NTE|1\rMSH|a\rMSH|b\r')).to.equal(12);
    expect(at('FHS|a\rMSH|a\rMSH|b\r')).to.equal(-1);
  });

  it('tells how segments end', () => {
    const ends = (text: string): string | undefined => segmentEnds(bytes(text));
    expect(ends('MSH|a\rPID|b')).to.equal(undefined);
    expect(ends('MSH|a\r\n')).to.equal('SEGMENTS_END_CRLF');
    expect(ends('MSH|a\nPID|b')).to.equal('SEGMENTS_END_LF');
    expect(ends('\nMSH|a\rPID|b')).to.equal(undefined);
    expect(ends('MSH|a\rNTE|x\ny\r')).to.equal('LF_IN_SEGMENT');
    expect(ends('MSH|a\rNTE|x\nEnd of it\r')).to.equal('LF_IN_SEGMENT');
    expect(ends('MSH|a\r\nNTE|x\ny\r\n')).to.equal('SEGMENTS_END_CRLF');
    expect(ends('MSH|a\rNTE|x\nOBX\rOBX|2\r')).to.equal('SEGMENTS_END_MIXED');
    expect(ends('MSH|a\rPID|b\r\n')).to.equal('SEGMENTS_END_MIXED');
    expect(ends('MSH|a\rNTE|x\nMSH|b\nPID|c\rOBX|2\r')).to.equal('LF_IN_SEGMENT');
    expect(ends(`MSH|${'a\r'.repeat(40_000)}\n`)).to.equal(undefined);
  });
});

describe('mllp close reasons', () => {
  it('have a sentence each; ordinary ends are none', () => {
    for (const text of Object.values(CLOSE_REASONS)) expect(text).to.match(/^[A-Z].*\.$/);
    expect(closingOf('PEER_CLOSED')).to.equal(undefined);
    expect(closingOf('BUFFER_LIMIT')).to.deep.equal({ code: 'BUFFER_LIMIT', text: CLOSE_REASONS.BUFFER_LIMIT });
  });
});

describe('the mllp module', () => {
  it('shows its parts to the outside', () => {
    expect(mllp).to.include.all.keys('MllpListener', 'DEVIATIONS', 'giveUp', 'sendAnswers', 'sendOnce');
  });
});
