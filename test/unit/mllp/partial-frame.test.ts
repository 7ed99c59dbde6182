import { expect } from 'chai';
import { FrameBuffer } from '../../../nodes/lib/mllp/framing/frame-buffer';

const MEGABYTE = 1024 * 1024;
const piece = Buffer.alloc(65_536, 'abcdefgh');

function filled(bytes: number): FrameBuffer {
  const frame = new FrameBuffer(bytes);
  while (frame.length < bytes) frame.append(piece, 0, Math.min(piece.length, bytes - frame.length));
  return frame;
}

describe('the part of a frame that came so far', () => {
  it('is handed out whole, however often it has grown', () => {
    for (const bytes of [1, 2047, 2048, 2049, 100_000, MEGABYTE + 1]) {
      const frame = filled(bytes);
      const content = frame.take(Buffer.from('xyz'), 1, 3);
      expect(content.length).to.equal(bytes + 2);
      expect(content.subarray(0, bytes).equals(Buffer.alloc(bytes, 'abcdefgh'))).to.equal(true);
      expect(content.subarray(bytes).toString()).to.equal('yz');
    }
  });

  it('leaves what it handed out alone when it goes on', () => {
    const frame = filled(3000);
    const first = frame.take(piece, 0, 0);
    frame.append(Buffer.alloc(5000, 'z'), 0, 5000);
    frame.clear();
    expect(first.equals(Buffer.alloc(3000, 'abcdefgh'))).to.equal(true);
  });

  it('can be taken when nothing came', () => {
    expect(new FrameBuffer(10).take(Buffer.from('abc'), 0, 3).toString()).to.equal('abc');
    expect(new FrameBuffer(10).take(Buffer.alloc(0), 0, 0).length).to.equal(0);
  });

  it('is handed out whole when it is larger than the address space that was reserved first', () => {
    const frame = filled(40 * MEGABYTE);
    const content = frame.take(Buffer.from('x'), 0, 1);
    expect(content.length).to.equal(40 * MEGABYTE + 1);
    for (const at of [0, MEGABYTE - 1, 16 * MEGABYTE, 17 * MEGABYTE, 40 * MEGABYTE - 65_536]) {
      expect(content.toString('latin1', at, at + 3)).to.equal('abcdefghab'.slice(at % 8, (at % 8) + 3));
    }
    expect(content.at(-1)).to.equal(0x78);
  });

  it('begins anew after a large frame, small or large', () => {
    const frame = filled(3 * MEGABYTE);
    frame.clear();
    expect([frame.length, frame.capacity, frame.lastByte]).to.deep.equal([0, 0, undefined]);
    frame.append(Buffer.from('small'), 0, 5);
    expect(frame.lastByte).to.equal(0x6c);
    expect(frame.take(Buffer.alloc(0), 0, 0).toString()).to.equal('small');
    while (frame.length < 2 * MEGABYTE) frame.append(piece, 0, piece.length);
    expect(frame.take(Buffer.alloc(0), 0, 0).equals(Buffer.alloc(2 * MEGABYTE, 'abcdefgh'))).to.equal(true);
  });

  it('takes hardly more memory than it has bytes', () => {
    const frame = filled(9 * MEGABYTE + 1);
    expect(frame.capacity).to.be.lessThan(10.5 * MEGABYTE);
  });

  it('gives its memory back at once when it is given up, not when V8 collects it', () => {
    const frames = Array.from({ length: 16 }, () => filled(8 * MEGABYTE));
    const held = process.memoryUsage.rss();
    for (const frame of frames) frame.clear();
    expect(held - process.memoryUsage.rss()).to.be.greaterThan(100 * MEGABYTE);
  });
});
