import { expect } from 'chai';
import { secondMessage, splitMessages } from '../../../nodes/lib/mllp/content';

describe('a frame of several messages', () => {
  it('is searched once for each kind of segment end', () => {
    const content = Buffer.from('MSH|^~\\&|A\r'.repeat(100));
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
    const parts = ['MSH|1\r', 'MSH|2\n', 'MSH|3\r\n', 'MSH|4\rMSHX|5\nMSHY|6\n', 'MSH|7'];
    const content = Buffer.from(parts.join(''));
    expect(splitMessages(content, secondMessage(content))?.map(String)).to.deep.equal(parts);
  });
});
