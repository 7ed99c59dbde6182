import { expect } from 'chai';
import { messageOffset, parseTime, peekHeader, readDelimiters } from '../../../nodes/lib/hl7';
import { formatTime, headerTime, offsetMinutes } from '../../../nodes/lib/hl7/syntax/time';

describe('HL7 time', () => {
  const precisions = {
    '2026': 'year',
    '202602': 'month',
    '20260228': 'day',
    '2026022823': 'hour',
    '202602282359': 'minute',
    '20260228235958': 'second',
    '20260228235958.1': 'fraction',
    '20260228235958.1234': 'fraction',
  };
  for (const [text, precision] of Object.entries(precisions)) {
    it(`${text} is exact to the ${precision}, and no instant`, () => {
      expect(parseTime(text)).to.deep.equal({ text, precision, offsetKnown: false });
    });
  }

  const instants = {
    '20260228235958+0100': '2026-02-28T22:59:58.000Z',
    '20260228235958.1234-0530': '2026-03-01T05:29:58.123Z',
    '202602282359+0000': '2026-02-28T23:59:00.000Z',
    '2026022823-0000': '2026-02-28T23:00:00.000Z',
    '20240229000000.5+1400': '2024-02-28T10:00:00.500Z',
    '00990101000000+0000': '0099-01-01T00:00:00.000Z',
    '20260228235958.123456789+0000': '2026-02-28T23:59:58.123Z',
  };
  for (const [text, iso] of Object.entries(instants)) {
    it(`${text} is ${iso}`, () => {
      const time = parseTime(text)!;
      expect(time.offsetKnown).to.equal(true);
      expect(time.utc!.toISOString()).to.equal(iso);
    });
  }

  it('takes the default offset, and its own first', () => {
    expect(parseTime('20260701120000', '+0200')!.utc!.toISOString()).to.equal('2026-07-01T10:00:00.000Z');
    expect(parseTime('20260701120000-0500', '+0200')!.utc!.toISOString()).to.equal('2026-07-01T17:00:00.000Z');
    expect(parseTime('20260701120000', 'CET')).to.not.have.property('utc');
  });

  it('never makes an instant of a date', () => {
    expect(parseTime('19800102', '+0100')).to.deep.equal({ text: '19800102', precision: 'day', offsetKnown: true });
    expect(parseTime('198001+0100')).to.not.have.property('utc');
  });

  for (const text of [
    '',
    '""',
    '202',
    '20261',
    '20261301',
    '20260001',
    '20260100',
    '20260230',
    '20230229',
    '2026010124',
    '202601010060',
    '20260101000060',
    '20260101000000.',
    '20260101000000.1234567890',
    '20260101+2400',
    '20260101000000+0160',
    '20260101000000-1300',
    '00000101',
    '2026-01-01',
    '20260101 0000',
    '20260101000000Z',
    '20260101000000^S',
    'x2026',
  ]) {
    it(`${JSON.stringify(text)} is none`, () => {
      expect(parseTime(text)).to.equal(undefined);
    });
  }

  it('has offsets from -1200 to +1400', () => {
    expect(offsetMinutes('-1200')).to.equal(-720);
    expect(offsetMinutes('+1400')).to.equal(840);
    expect(offsetMinutes('+0545')).to.equal(345);
    for (const wrong of ['+1401', '-1201', '0100', '+100', '']) expect(offsetMinutes(wrong), wrong).to.equal(undefined);
  });

  it('reads MSH-7 and what it means for the message', () => {
    const header = peekHeader('MSH|^~\\&|||||20260101120000+0100^S|')!;
    expect(headerTime(header)!.utc!.toISOString()).to.equal('2026-01-01T11:00:00.000Z');
    expect(messageOffset(header)).to.equal('+0100');
    const bare = peekHeader('MSH||||||20260101120000')!;
    expect(headerTime(bare)).to.include({ offsetKnown: false });
    expect(headerTime(bare, '-0100')!.utc!.toISOString()).to.equal('2026-01-01T13:00:00.000Z');
    expect(messageOffset(bare)).to.equal(undefined);
    expect(headerTime(peekHeader('MSH|^~\\&')!)).to.equal(undefined);
  });

  it('is written without an offset whose sign is a delimiter', () => {
    const time = new Date('2026-01-02T03:04:05Z');
    expect(formatTime(time, 60, readDelimiters('MSH+^~\\&+'))).to.equal('20260102040405');
    expect(formatTime(time, 60, readDelimiters('MSH|^+\\&|'))).to.equal('20260102040405');
    expect(formatTime(time, -60, readDelimiters('MSH-^~\\&-'))).to.equal('20260102020405');
    expect(formatTime(time, -60, readDelimiters('MSH+^~\\&+'))).to.equal('20260102020405-0100');
  });

  it('is written in the local time of an offset', () => {
    const time = new Date('2026-01-02T03:04:05.678Z');
    expect(formatTime(time, 0)).to.equal('20260102030405+0000');
    expect(formatTime(time, 345)).to.equal('20260102084905+0545');
    expect(formatTime(time, -330)).to.equal('20260101213405-0530');
    expect(parseTime(formatTime(time))!.utc!.toISOString()).to.equal('2026-01-02T03:04:05.000Z');
  });
});
