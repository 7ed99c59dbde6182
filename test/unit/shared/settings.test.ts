import { expect } from 'chai';
import {
  choiceOf,
  demanded,
  listOf,
  numberOf,
  textOf,
  VariableMissing,
  variableOf,
} from '../../../nodes/common/settings';
import { decimal, whole } from '../../../nodes/common/settings-table/setting';
import { Hl7Error } from '../../../nodes/lib/errors';

const NAME = 'HL7_SETTINGS_UNIT_TEST';

describe('a setting', () => {
  afterEach(() => {
    delete process.env[NAME];
  });

  it('is text without the blanks around it, or the default', () => {
    expect(textOf(' x y ', 'd')).to.equal('x y');
    for (const empty of [undefined, null, '', '   ']) expect(textOf(empty, 'd')).to.equal('d');
    expect(textOf(2575, 'd')).to.equal('2575');
    expect(textOf(0, 'd')).to.equal('0');
  });

  it('is what an environment variable says, its own default, or the default', () => {
    expect(textOf(`\${${NAME}}`, 'd')).to.equal('d');
    expect(textOf(`\${${NAME}:-own}`, 'd')).to.equal('own');
    expect(textOf(`\${${NAME}:-}`, 'd')).to.equal('d');
    process.env[NAME] = 'set';
    expect(textOf(`\${${NAME}}`, 'd')).to.equal('set');
    expect(textOf(`\${${NAME}:-own}`, 'd')).to.equal('set');
    process.env[NAME] = '';
    expect(textOf(`\${${NAME}:-own}`, 'd')).to.equal('own');
    expect(textOf(`a\${${NAME}:-b}`, 'd')).to.equal('ab');
    expect(textOf(`a\${${NAME}}`, 'd')).to.equal('d');
    process.env[NAME] = 'set';
    expect(textOf(`a/\${${NAME}}/$(${NAME}).x`, 'd')).to.equal('a/set/set.x');
  });

  it('names a variable in both of the ways that Node-RED takes', () => {
    for (const text of [`\${${NAME}}`, `$(${NAME})`, ` \${${NAME}} `, `\${${NAME}:-own}`]) {
      expect(variableOf(text), text).to.equal(NAME);
    }
    expect(variableOf('$(A.b-c)')).to.equal('A.b-c');
    for (const text of [
      '',
      undefined,
      '$',
      `x\${${NAME}}`,
      `\${${NAME}`,
      `\${${NAME})`,
      `\${"a":1}`,
      '$(a b)',
      `\${}`,
      '$()',
    ]) {
      expect(variableOf(text), text).to.equal(undefined);
    }
    process.env[NAME] = 'set';
    expect(textOf(`$(${NAME})`, 'd')).to.equal('set');
  });

  it('is demanded of a variable that is missing or empty, unless it brings a default', () => {
    for (const value of [undefined, '']) {
      if (value !== undefined) process.env[NAME] = value;
      for (const text of [`\${${NAME}}`, `$(${NAME})`]) {
        expect(() => demanded(text, 'The port'), text)
          .to.throw(VariableMissing, `The port cannot be read: the environment variable ${NAME} is missing or empty.`)
          .with.property('variable', NAME);
      }
      expect(demanded(`\${${NAME}:-}`, 'The port')).to.equal(`\${${NAME}:-}`);
    }
    expect(demanded(5, 'The port')).to.equal(5);
  });

  it('is a number in its range', () => {
    const range = whole('The port', 2575, 1, 65535);
    expect(numberOf('2576', range)).to.equal(2576);
    expect(numberOf(1, range)).to.equal(1);
    expect(numberOf(' 65535 ', range)).to.equal(65535);
    expect(numberOf('', range)).to.equal(2575);
    expect(numberOf(undefined, range)).to.equal(2575);
    expect(numberOf('0.5', decimal('The time', 30, 0, 60, 's'))).to.equal(0.5);
    expect(numberOf('', whole('The port', undefined, 1, 65535))).to.equal(undefined);
    process.env[NAME] = '77';
    expect(numberOf(`\${${NAME}:-5}`, range)).to.equal(77);
  });

  it('is refused, by its name and range, when it is no such number', () => {
    const range = whole('The port', 2575, 1, 65535);
    for (const value of [
      '0',
      '65536',
      'x',
      '1e3',
      '0x10',
      '2575.5',
      '2,575',
      '2575 s',
      'Infinity',
      '-1',
      'NaN',
      '12 34',
    ]) {
      let error: unknown;
      try {
        numberOf(value, range);
      } catch (thrown) {
        error = thrown;
      }
      expect(error, value).to.be.instanceOf(Hl7Error);
      expect((error as Hl7Error).code).to.equal('CONFIG_INVALID');
      expect((error as Hl7Error).message).to.contain(
        'The port must be a whole number from 1 to 65535, in digits only.',
      );
    }
  });

  it('with a unit is refused with it, however it is written', () => {
    const time = decimal('The time to answer', 30, 0.1, 3600, 's');
    for (const value of ['30 s', '1,5', '0.05', '3600.1', '1e1', '0x1E', '.5', '5.', '+5']) {
      expect(() => numberOf(value, time), value).to.throw(
        Hl7Error,
        'The time to answer must be a number from 0.1 to 3600 s, in digits, with a point before a fraction and without the unit.',
      );
    }
  });

  it('is one of the choices, or the first', () => {
    expect(choiceOf('b', ['a', 'b'])).to.equal('b');
    for (const value of ['c', undefined, 5, 'A']) expect(choiceOf(value, ['a', 'b'])).to.equal('a');
  });

  it('is a list however it is written', () => {
    expect(listOf(' 10.0.0.1, 10.0.0.2;10.0.0.3\n10.0.0.4\t10.0.0.5 ')).to.deep.equal([
      '10.0.0.1',
      '10.0.0.2',
      '10.0.0.3',
      '10.0.0.4',
      '10.0.0.5',
    ]);
    for (const value of ['', undefined, ' , ; ']) expect(listOf(value)).to.deep.equal([]);
    process.env[NAME] = 'a,b';
    expect(listOf(`\${${NAME}}`)).to.deep.equal(['a', 'b']);
  });
});
