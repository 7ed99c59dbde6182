import { expect } from 'chai';
import { convert, cut } from '../../../../nodes/lib/store/custom-table/convert';
import type { CustomType } from '../../../../nodes/lib/store/custom-table/types';

const SHAPE = { length: 5, precision: 6, scale: 2 };
const written = (type: CustomType, value: unknown, offset?: string): unknown => {
  const converted = convert(value, { type, ...SHAPE }, offset);
  return 'written' in converted ? converted.written : undefined;
};

describe('store: values of custom tables', () => {
  const CASES: [CustomType, unknown, string | undefined][] = [
    ['text', 'abcde', 'abcde'],
    ['text', 'abcdef', undefined],
    ['text', 'a\0', undefined],
    ['text', '\ud83d', undefined],
    ['text', '\u{1f600}', '\u{1f600}'],
    ['text', 12, '12'],
    ['text', false, 'false'],
    ['text', [1], '[1]'],
    ['text', Symbol('x'), undefined],
    ['text', () => 1, undefined],
    ['long text', 'abcdef', 'abcdef'],
    ['long text', '\0', undefined],
    ['integer', '007', '7'],
    ['integer', '-0', '0'],
    ['integer', '+12.00', '12'],
    ['integer', '1.5', undefined],
    ['integer', '1e3', undefined],
    ['integer', '>5', undefined],
    ['integer', '.', undefined],
    ['integer', ' 5 ', '5'],
    ['integer', '9223372036854775807', '9223372036854775807'],
    ['integer', '9223372036854775808', undefined],
    ['integer', '-9223372036854775808', '-9223372036854775808'],
    ['integer', '1'.repeat(10_000), undefined],
    ['integer', 5n, '5'],
    ['integer', 1e21, undefined],
    ['integer', Number.NaN, undefined],
    ['decimal', '1234.50', '1234.5'],
    ['decimal', '.5', '0.5'],
    ['decimal', '5.', '5'],
    ['decimal', '-1234.567', undefined],
    ['decimal', '12345', undefined],
    ['decimal', '0001234', '1234'],
    ['decimal', 0.1, '0.1'],
    ['decimal', '1,5', undefined],
    ['decimal', '+4.5', '4.5'],
    ['decimal', '4.', '4'],
    ['decimal', ' 4.5 ', '4.5'],
    ['decimal', '4 500', undefined],
    ['decimal', '1e3', undefined],
    // Without a message there are no components.
    ['decimal', '=^4.5', undefined],
    ['decimal', '^4.5', undefined],
    ['date', '19700101', '1970-01-01'],
    ['date', '20240229', '2024-02-29'],
    ['date', '20230229', undefined],
    ['date', '1970', undefined],
    ['date', '197001', undefined],
    ['date', '1970+0100', undefined],
    ['date', '197001+0100', undefined],
    ['date', '20240229235959-0800', '2024-02-29'],
    ['date', '2024-02-29', '2024-02-29'],
    ['date', '20240229^D', '2024-02-29'],
    ['date', 'yesterday', undefined],
    ['timestamp', '20240229', '2024-02-29 00:00:00'],
    ['timestamp', '2024022910', '2024-02-29 10:00:00'],
    ['timestamp', '202402291011', '2024-02-29 10:11:00'],
    ['timestamp', '20240229101112.1234', '2024-02-29 10:11:12.1234'],
    ['timestamp', '20240229101112.120000000', '2024-02-29 10:11:12.12'],
    ['timestamp', '20240229101112.123456789', undefined],
    ['timestamp', '20240229101112+1400', '2024-02-29 10:11:12'],
    ['timestamp', '20240229101112+9900', undefined],
    ['timestamp', '202402', undefined],
    ['timestamp', '20240229251112', undefined],
    ['timestamp', '2024-02-29T10:11:12.500Z', '2024-02-29 10:11:12.5'],
    ['timestamp', new Date('2024-02-29T10:11:12.500Z'), '2024-02-29 10:11:12.5'],
    ['timestamp', new Date(Number.NaN), undefined],
    ['instant', '20240229101112', undefined],
    ['instant', '20240229101112-0500', '2024-02-29 15:11:12.000'],
    ['instant', '2024-02-29T10:11:12+01:30', '2024-02-29 08:41:12.000'],
    ['instant', new Date('2024-02-29T10:11:12.500Z'), '2024-02-29 10:11:12.500'],
    ['boolean', 'Y', '1'],
    ['boolean', 'n', '0'],
    ['boolean', true, '1'],
    ['boolean', 0, '0'],
    ['boolean', 'maybe', undefined],
    ['boolean', {}, undefined],
    ['bytes', 'ä', 'c3a4'],
    ['bytes', Buffer.from([0, 255]), '00ff'],
    ['bytes', 5, undefined],
    ['base64', 'JVBE\r\nRg==', '25504446'],
    ['base64', 'JVBERg', '25504446'],
    ['base64', 'JVBE=Rg', undefined],
    ['base64', 'JVBER', undefined],
    ['base64', 'a b%', undefined],
  ];
  for (const [type, value, expected] of CASES) {
    const shown =
      value instanceof Date || typeof value === 'symbol' || typeof value === 'function'
        ? typeof value
        : JSON.stringify(typeof value === 'bigint' ? `${value}n` : value)?.slice(0, 40);
    it(`${type} of ${shown}: ${expected ?? 'does not fit'}`, () => expect(written(type, value)).to.equal(expected));
  }

  it('an instant takes the offset of the message; a day is never one', () => {
    expect(written('instant', '20240229101112', '+0200')).to.equal('2024-02-29 08:11:12.000');
    expect(written('instant', '20240229101112-0500', '+0200')).to.equal('2024-02-29 15:11:12.000');
    expect(written('instant', '19700101', '+0200')).to.equal(undefined);
    expect(written('date', '19700101', '+0200')).to.equal('1970-01-01');
    expect(written('timestamp', '20240229101112', '+0200')).to.equal('2024-02-29 10:11:12');
  });

  it('says why a value does not fit, and not what it is', () => {
    for (const [type, value] of CASES.filter(([, , expected]) => expected === undefined)) {
      const converted = convert(value, { type, ...SHAPE });
      const reason = 'misfit' in converted ? converted.misfit : '';
      expect(reason).to.match(/^(is|has|holds) [a-zA-Z0-9 ]+$/);
      if (typeof value === 'string' && value.length > 5) expect(reason).to.not.contain(value);
    }
  });

  it('cuts texts alone, at a whole character', () => {
    expect(cut('abcdefg', { type: 'text', ...SHAPE })).to.equal('abcde');
    expect(cut('abcd\u{1f600}', { type: 'text', ...SHAPE })).to.equal('abcd');
    expect(cut('a\0b\ud83d', { type: 'long text', ...SHAPE })).to.equal('a\u2400b\ufffd');
    expect(cut('123456', { type: 'integer', ...SHAPE })).to.equal(undefined);
  });
});
