import { expect } from 'chai';
import * as hl7 from '../../nodes/lib';

const TEXT = 'MSH|^~\\&|APP|FAC|US|HOME|20260101||ADT^A01|ID1|P|2.5\rPID|1||4711^^^HOSP^MR||DOE^JANE\r';

describe('what the package offers to Function nodes', () => {
  it('is these names', () => {
    expect(Object.keys(hl7).sort()).to.deep.equal([
      'Hl7Error',
      'Hl7Message',
      'headerFacts',
      'isBatch',
      'peekHeader',
      'schemaScript',
      'splitBatch',
      'toLive',
      'toObject',
      'toText',
    ]);
  });

  it('reads and writes fields by paths, as the help of hl7 parse shows', () => {
    const message = hl7.Hl7Message.parse(TEXT);
    expect(message.get('PID-3[1].1')).to.equal('4711');
    message.set('PID-5.2', 'JOAN');
    expect(message.toString()).to.equal(TEXT.replace('JANE', 'JOAN'));
  });

  it('converts between text and object', () => {
    expect(hl7.toText(hl7.toObject(TEXT))).to.equal(TEXT);
    expect(hl7.toLive(TEXT).build()).to.equal(TEXT);
    expect(() => hl7.toObject('PID|1\r'))
      .to.throw(hl7.Hl7Error)
      .with.property('code', 'PARSE_NO_MSH');
  });

  it('peeks at a header, and splits batches', () => {
    expect(hl7.headerFacts(hl7.peekHeader(TEXT))).to.include({ type: 'ADT', controlId: 'ID1' });
    expect([hl7.isBatch(TEXT), hl7.isBatch(TEXT + TEXT)]).to.deep.equal([false, true]);
    expect(hl7.splitBatch(TEXT + TEXT).messages.map(({ text }) => text)).to.deep.equal([TEXT, TEXT]);
  });
});
