import { expect } from 'chai';
import { instantOf } from '../../../nodes/lib/store/message-time';

describe('store: instant of a message time', () => {
  const instants: [string, string][] = [
    ['20240229101112+0100', '2024-02-29T09:11:12.000Z'],
    ['20240229101112.1234-0530', '2024-02-29T15:41:12.123Z'],
    ['202402291011+0000', '2024-02-29T10:11:00.000Z'],
    ['20240229101112.12345+0100', '2024-02-29T09:11:12.123Z'],
    ['2024022910+0000', '2024-02-29T10:00:00.000Z'],
    ['20240101003000+0200^S', '2023-12-31T22:30:00.000Z'],
    ['202401010000+1400', '2023-12-31T10:00:00.000Z'],
    ['0050010100+0000', '0050-01-01T00:00:00.000Z'],
  ];
  for (const [time, instant] of instants) {
    it(`knows that of ${time}`, () => expect(instantOf(time)?.toISOString()).to.equal(instant));
  }

  const none = ['', '20240229101112', '20230229101112+0100', '20241301+0000', '20240100+0000', '2024022924+0000'];
  none.push('202402291060+0000', '20240229101061+0000', '20240229+1500', '20240229+0060', '+0100', 'x20240229+0100');
  none.push('20240229101112+01', '0001010100+0100', '99991231235959-0100', '2024-02-29T10:11:12+0100');
  // A date is no instant, and no place on earth has such an offset.
  none.push('20240229+0100', '2024+1400', '202402291011+1430', '202402291011-1300', '2024022910.5+0000');
  for (const time of none) {
    it(`knows none of "${time}"`, () => expect(instantOf(time)).to.equal(null));
  }
});
