import { expect } from 'chai';
import { buildAck, buildBatchAck, peekBatchHeader, peekHeader } from '../../../nodes/lib/hl7';

const TIME = new Date('2026-01-02T03:04:05Z');
const FILE = peekBatchHeader('FHS|^~\\&|LAB^1|WEST|HIS|MAIN|2025||name.hl7|remark|F|1\r'.replace('F|1', 'F1'))!;
const BATCH = peekBatchHeader('BHS$%*!=$LAB%1$WEST$HIS$MAIN$2025$$name$remark$B1$OLD\r')!;
const ACKS = ['1', '2'].map((id) =>
  buildAck(peekHeader(`MSH|^~\\&|A|B|C|D|||ADT^A01|${id}|P|2.5`), {
    code: 'AA',
    controlId: `X${id}`,
    time: TIME,
    offset: 0,
  }),
);

function options(): { time: Date; offset: number; newId: () => string } {
  let n = 0;
  return { time: TIME, offset: 0, newId: () => `N${++n}` };
}

describe('batch acknowledgment', () => {
  const bhs = 'BHS$%*!=$HIS$MAIN$LAB%1$WEST$20260102030405+0000$$$$N1$B1\r';
  const fhs = 'FHS|^~\\&|HIS|MAIN|LAB^1|WEST|20260102030405+0000||||N2|F1\r';

  it('comes in the envelope that the batch had', () => {
    const acks = ACKS.join('');
    const batch = [{ batch: BATCH, acks: ACKS }];
    expect(buildBatchAck(undefined, batch, options())).to.equal(`${bhs}${acks}BTS$2\r`);
    expect(buildBatchAck(FILE, batch, options())).to.equal(`${fhs}${bhs}${acks}BTS$2\rFTS|1\r`);
    expect(buildBatchAck(FILE, [{ acks: ACKS }], options())).to.equal(`${fhs.replace('N2', 'N1')}${acks}FTS|1\r`);
    expect(buildBatchAck(undefined, [{ acks: ACKS }])).to.equal(acks);
  });

  it('is empty when nothing is to be reported', () => {
    expect(buildBatchAck(undefined, [{ batch: BATCH, acks: [] }], options())).to.equal(`${bhs}BTS$0\r`);
  });

  it('answers a file of several batches', () => {
    const text = buildBatchAck(
      FILE,
      [
        { batch: BATCH, acks: ACKS },
        { batch: BATCH, acks: [] },
      ],
      options(),
    );
    expect(text.split('\r').map((line) => line.slice(0, 3))).to.deep.equal([
      'FHS',
      'BHS',
      'MSH',
      'MSA',
      'MSH',
      'MSA',
      'BTS',
      'BHS',
      'BTS',
      'FTS',
      '',
    ]);
    expect(text)
      .to.contain('BTS$2\r')
      .and.to.contain('BTS$0\r')
      .and.to.match(/FTS\|2\r$/);
  });

  it('has ids and times of its own, and our identity', () => {
    const identity = { application: 'LOG', facility: 'A$B^1' };
    const header = peekBatchHeader(buildBatchAck(undefined, [{ batch: BATCH, acks: [] }], { identity }))!;
    expect(header.fields[3]).to.equal('LOG');
    expect(header.fields[4]).to.equal('A!F!B%1');
    expect(header.fields[7]).to.match(/^20\d{12}[+-]\d{4}$/);
    expect(header.fields[11]).to.match(/^[0-9A-Z]{20}$/);
    expect(header.fields[12]).to.equal('B1');
  });

  it('keeps a truncation character, and answers the shortest envelopes', () => {
    const header = (text: string): string =>
      buildBatchAck(undefined, [{ batch: peekBatchHeader(text), acks: [] }], options()).split('\r')[0]!;
    expect(header('BHS|^~\\&#|A')).to.equal('BHS|^~\\&#|||A||20260102030405+0000||||N1');
    expect(header('BHS|')).to.equal('BHS|^~\\&|||||20260102030405+0000||||N1');
  });
});
