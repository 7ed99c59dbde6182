import { expect } from 'chai';
import { secondMessage, splitMessages } from '../../../nodes/lib/mllp/framing/frame-content';

describe('a frame of several messages', () => {
  it('is searched once for each kind of segment end', () => {
    const content = Buffer.from(`${'MSH|^~\\&|A\r'.repeat(100)}\n`);
    let searches = 0;
    content.indexOf = ((value: Buffer, from: number) => {
      if (value[0] === 0x0a) searches++;
      return Buffer.prototype.indexOf.call(content, value, from);
    }) as typeof content.indexOf;
    const second = secondMessage(content);
    searches = 0;
    expect(splitMessages(content, second)).to.have.length(100);
    expect(searches).to.equal(1);
  });

  it('is cut at every segment end before MSH', () => {
    const parts = ['MSH|1\n', 'MSH|2\r', 'MSH|3\r\n', 'MSH|4\rMSHX|5\nMSHY|6\n', 'MSH|7'];
    const content = Buffer.from(parts.join(''));
    expect(splitMessages(content, secondMessage(content))?.map(String)).to.deep.equal(parts);
  });

  it('whose segments end with CR is not cut at a quoted header behind a line feed', () => {
    const quoted = 'MSH|^~\\&|A\rNTE|1||see:\nMSH|^~\\&|B\nPID|1\n\nMSH|^~\\&|C\rPV1|1\r';
    expect(secondMessage(Buffer.from(quoted))).to.equal(-1);
    const parts = [`${quoted}\n\n`, quoted, `${quoted}\n`, quoted];
    const content = Buffer.from(parts.join(''));
    expect(splitMessages(content, secondMessage(content))?.map(String)).to.deep.equal(parts);
    // Nor one whose segments end with CR LF, where the line feed stands alone.
    expect(secondMessage(Buffer.from('MSH|^~\\&|A\r\nNTE|1||see:\nMSH|^~\\&|B\r\n'))).to.equal(-1);
  });
});
