import { expect } from 'chai';
import { asReceived, copyForFlow, notePart, type Received } from '../../../nodes/lib/message/received';
import { atOnce } from '../../../nodes/lib/util';

const received = (bytes: Buffer | string): Received => ({
  bytes: Buffer.from(bytes),
  hl7: undefined,
  mllp: undefined,
  delivery: undefined,
});

describe("a flow's copy of what came in", () => {
  it('holds the same bytes in other memory', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('MSH|'), Buffer.alloc(9_000_000, 'abc')]) {
      const one = received(bytes);
      const raw = atOnce(copyForFlow(one));
      expect(raw.equals(bytes)).to.equal(true);
      expect(raw.buffer).to.not.equal(one.bytes.buffer);
      expect(asReceived(raw)).to.equal(one);
    }
  });

  it('of a large message is made in steps', () => {
    expect([...copyForFlow(received(Buffer.alloc(9_000_000)))]).to.have.length(2);
  });

  it('is known by its memory, whatever is written there', () => {
    const one = received('MSH|^~\\&|A\rPID|1\r');
    const raw = atOnce(copyForFlow(one));
    raw.fill(0x2a);
    for (const same of [raw, raw.subarray(), raw.subarray(0, raw.length), Buffer.from(raw.buffer)]) {
      expect(asReceived(same)?.bytes.toString()).to.equal('MSH|^~\\&|A\rPID|1\r');
    }
    expect(asReceived(raw.subarray(11))?.bytes.toString()).to.equal('PID|1\r');
    expect(asReceived(raw.subarray(11))?.hl7).to.equal(undefined);
  });

  it('knows the messages of a batch by their place', () => {
    const raw = atOnce(copyForFlow(received('BHS|\rMSH|1\rMSH|2\r')));
    const part = raw.subarray(5, 11);
    const mllp = { listener: 'ward' } as never;
    notePart(part, { hl7: { controlId: 'P1' } as never, mllp, delivery: undefined });
    raw.fill(0x2a);
    const found = asReceived(raw.subarray(5, 11));
    expect(found?.bytes.toString()).to.equal('MSH|1\r');
    expect([found?.hl7?.controlId, found?.mllp]).to.deep.equal(['P1', mllp]);
    expect(asReceived(raw.subarray(11))?.hl7).to.equal(undefined);
  });

  it('is not what another buffer is', () => {
    const raw = atOnce(copyForFlow(received('MSH|')));
    const shared = Buffer.from(new SharedArrayBuffer(4));
    for (const other of [Buffer.from(raw), Buffer.from('MSH|'), shared, undefined, null, 'MSH|', {}]) {
      expect(asReceived(other)).to.equal(undefined);
    }
    notePart(Buffer.from('MSH|'), { hl7: undefined, mllp: undefined, delivery: undefined });
  });
});
