import { expect } from 'chai';
import { MllpDecoder } from '../../../nodes/lib/mllp/framing/decoder';
import { DEFAULT_LIMITS } from '../../../nodes/lib/mllp/limits';

describe('a message without start and end', () => {
  const decoder = (): MllpDecoder => {
    const made = new MllpDecoder({ withoutStart: true });
    made.push(Buffer.from('MSH|^~\\&|A\rPID|1\r'));
    return made;
  };

  it('that silence ends is refused, as it may be a part', () => {
    const [message] = decoder().flush();
    expect(message).to.have.deep.property('deviations', ['MESSAGE_WITHOUT_START', 'ENDED_BY_SILENCE']);
    expect(message).to.have.property('refused', 'ENDED_BY_SILENCE');
  });

  it('that its sender ends with the connection is refused, too', () => {
    const [message] = decoder().end();
    expect(message).to.have.deep.property('deviations', ['MESSAGE_WITHOUT_START', 'INCOMPLETE_FRAME']);
    expect(message).to.have.property('refused', 'INCOMPLETE_FRAME');
  });

  it('is given three seconds between two segments', () => {
    expect(DEFAULT_LIMITS.withoutStartTime).to.equal(3000);
  });
});
