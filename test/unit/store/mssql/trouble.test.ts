import { expect } from 'chai';
import { Hl7Error } from '../../../../nodes/lib/errors';
import { classifyError, connectionIsOf, openReason } from '../../../../nodes/lib/store/dialects/mssql/error-classes';

const UNIQUE = 'hl7_messages_dedupe_key';

/** As the driver makes an error of the server, and Sequelize wraps it. */
function ofServer(number: number, message = '', severity = 16): Error {
  const error = Object.assign(new Error(message), { code: 'EREQUEST', number, class: severity });
  return Object.assign(new Error('wrapped'), { name: 'SequelizeDatabaseError', original: error });
}

function ofDriver(code: string | undefined, message = '', cause?: unknown): Error {
  const error = Object.assign(new Error(message, cause === undefined ? undefined : { cause }), code ? { code } : {});
  return Object.assign(new Error('wrapped'), { name: 'SequelizeConnectionError', parent: error });
}

describe('store: what errors of SQL Server mean', () => {
  for (const number of [1205, 1222, 3960, 701]) {
    it(`${number}: the same batch may succeed later, on the same connection`, () => {
      expect(classifyError(ofServer(number, '', 13), UNIQUE)).to.equal('busy');
      expect(connectionIsOf(ofServer(number))).to.equal(false);
    });
  }

  it('a key that another writer wrote at the same moment: the second attempt finds it', () => {
    const texts = [
      "Cannot insert duplicate key row in object 'dbo.hl7_messages' with unique index 'hl7_messages_dedupe_key'. The duplicate key value is (ab).",
      'duplicate key value violates unique constraint "hl7_messages_dedupe_keyhl7_mess116ab304847fcb5d100ccb654110948ef"',
    ];
    for (const text of texts) {
      for (const number of [2601, 2627]) expect(classifyError(ofServer(number, text), UNIQUE)).to.equal('busy');
    }
    expect(classifyError(ofServer(2601, "unique index 'of_the_user'"), UNIQUE)).to.equal('data');
  });

  for (const number of [515, 547, 8152, 2628, 8115, 245, 241, 2627, 50_000, 51_234]) {
    it(`${number}: a row's values were refused`, () => {
      expect(classifyError(ofServer(number), UNIQUE)).to.equal('data');
      expect(connectionIsOf(ofServer(number))).to.equal(false);
    });
  }

  for (const number of [1101, 1105, 9002, 229]) {
    it(`${number}: nothing can be written, and a new connection would not change that`, () => {
      expect(classifyError(ofServer(number, '', 17), UNIQUE)).to.equal('unavailable');
      expect(connectionIsOf(ofServer(number, '', 17))).to.equal(false);
    });
  }

  for (const number of [
    208, 4060, 18456, 40197, 40501, 40613, 10928, 10929, 233, 64, 10053, 10054, 10060, 6005, 17142,
  ]) {
    it(`${number}: the connection or the schema is made anew`, () => {
      expect(classifyError(ofServer(number), UNIQUE)).to.equal('unavailable');
      expect(connectionIsOf(ofServer(number))).to.equal(true);
    });
  }

  it('goes by the severity where it does not know the number', () => {
    const meaning = (severity: number) => {
      const error = ofServer(99_999 - 60_000, '', severity);
      return [classifyError(error, UNIQUE), connectionIsOf(error)];
    };
    expect(meaning(16)).to.deep.equal(['statement', false]);
    expect(meaning(17)).to.deep.equal(['unavailable', false]);
    expect(meaning(20)).to.deep.equal(['unavailable', true]);
  });

  it('goes by the text where a server has one number for most errors', () => {
    const meaning = (text: string) => {
      const error = ofServer(33_557_097, text);
      return [classifyError(error, UNIQUE), connectionIsOf(error)];
    };
    expect(meaning('relation "hl7_messages" does not exist')).to.deep.equal(['unavailable', true]);
    expect(meaning('terminating connection due to administrator command')).to.deep.equal(['unavailable', true]);
    expect(meaning('deadlock detected')).to.deep.equal(['busy', false]);
    expect(meaning('invalid byte sequence for encoding "UTF8": 0x00')).to.deep.equal(['data', false]);
    expect(meaning('syntax error near "x"')).to.deep.equal(['statement', false]);
  });

  it('takes the errors of the driver that have no number for those of the network', () => {
    for (const code of ['ESOCKET', 'ECONNRESET', 'ECONNCLOSED', 'ETIMEOUT', 'ECLOSE', 'EINVALIDSTATE', 'ENOTFOUND']) {
      expect(classifyError(ofDriver(code), UNIQUE), code).to.equal('unavailable');
      expect(connectionIsOf(ofDriver(code)), code).to.equal(true);
    }
    for (const text of [
      'socket hang up',
      'Connection lost - socket hang up',
      'Connection was closed by remote server',
    ]) {
      expect(connectionIsOf(ofDriver(undefined, text)), text).to.equal(true);
    }
  });

  it("has nothing to say of what is neither the server's nor the driver's", () => {
    expect(classifyError(new TypeError('x is not a function'), UNIQUE)).to.equal(undefined);
    expect(classifyError(ofDriver('EREQUEST'), UNIQUE)).to.equal(undefined);
    expect(classifyError('text', UNIQUE)).to.equal(undefined);
    expect(connectionIsOf(undefined)).to.equal(false);
  });

  it('a wrong custom table is not a wrong connection', () => {
    for (const number of [207, 208]) {
      const error = new Hl7Error('STORE_OWN_TABLE', 'x', { cause: ofServer(number) });
      expect(connectionIsOf(error), `${number}`).to.equal(false);
    }
  });

  it('says why a database cannot be opened, and what to do', () => {
    const refused = new AggregateError(
      [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
      'Could not connect',
    );
    expect(openReason(ofDriver('ESOCKET', 'Failed to connect', refused), 'log')?.text).to.match(/No server answers/);
    expect(openReason(ofDriver('ELOGIN', "Login failed for user 'log'."), 'log')?.text).to.match(/password is wrong/);
    const missing = 'Cannot open database "log" requested by the login. The login failed.';
    expect(openReason(ofDriver('ELOGIN', missing), 'log')?.text).to.match(/no database of this name/);
    expect(openReason(ofDriver('EINSTLOOKUP'), 'log')?.text).to.match(/SQL Server Browser/);
    expect(openReason(ofDriver('EFEDAUTH'), 'log')?.text).to.match(/Entra ID/);
    expect(openReason(ofServer(262), 'log')?.text).to.match(/Show SQL/);
    expect(openReason(ofServer(2760), 'log')?.text).to.match(/no schema of this name/);
    expect(openReason(new Error('x'), 'log')).to.equal(undefined);
  });
});
