import { generateKeyPairSync } from 'node:crypto';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { VariableMissing } from '../../../nodes/common/settings';
import { type DatabaseConfig, databaseOptions, longestMs } from '../../../nodes/hl7-database/settings';
import { Hl7Error } from '../../../nodes/lib/errors';
import type { ServerOptions } from '../../../nodes/lib/store';

const FOLDER = resolve('user');
const HOST = 'HL7_DATABASE_UNIT_HOST';
const SECRET = 'HL7_DATABASE_UNIT_SECRET';
const NONE = 'HL7_DATABASE_UNIT_NONE';

const SERVER = { dialect: 'postgres', host: 'db', database: 'hl7' };
const USER = { user: 'logger', password: 'pass' };

function read(
  config: Partial<DatabaseConfig>,
  credentials: { user?: string; password?: string } = USER,
  place: Partial<Parameters<typeof databaseOptions>[2]> = {},
): ServerOptions {
  return databaseOptions(config, credentials, { userDir: FOLDER, ...place }) as ServerOptions;
}

function refusal(...given: Parameters<typeof read>): Hl7Error {
  try {
    read(...given);
  } catch (error) {
    if (error instanceof Hl7Error) return error;
  }
  throw new Error('The settings were taken.');
}

describe('the settings of a database', () => {
  afterEach(() => {
    delete process.env[HOST];
    delete process.env[SECRET];
  });

  it('SQLite: a file, from the user folder or wherever', () => {
    expect(read({})).to.deep.equal({ dialect: 'sqlite', file: join(FOLDER, 'hl7-log.sqlite') });
    expect(read({ dialect: 'sqlite', file: join('a', 'b.sqlite') })).to.include({
      file: join(FOLDER, 'a', 'b.sqlite'),
    });
    const absolute = resolve('elsewhere.sqlite');
    expect(read({ dialect: 'sqlite', file: absolute })).to.include({ file: absolute });
    for (const file of [':memory:', 'file:x?mode=memory'])
      expect(read({ dialect: 'sqlite', file })).to.include({ file });
  });

  it('a server with nothing but what it needs: the rest has its defaults', () => {
    expect(read(SERVER)).to.deep.equal({
      dialect: 'postgres',
      host: 'db',
      port: undefined,
      database: 'hl7',
      schema: undefined,
      user: 'logger',
      password: 'pass',
      login: undefined,
      tls: undefined,
      connectMs: 10_000,
      statementMs: 15_000,
      createTables: true,
      driverOptions: undefined,
    });
  });

  it('a server with everything', () => {
    const config = {
      ...SERVER,
      port: '5433',
      schema: 'log',
      connectTime: '5',
      statementTime: '60',
      createTables: false,
      driverOptions: '{"a":{"b":1}}',
      encryption: 'on',
    };
    expect(read(config)).to.include({
      port: 5433,
      schema: 'log',
      connectMs: 5000,
      statementMs: 60_000,
      createTables: false,
    });
    expect(read(config).driverOptions).to.deep.equal({ a: { b: 1 } });
    expect(read(config).tls).to.deep.equal({ mode: 'on' });
    expect(longestMs(read(config))).to.equal(65_000);
  });

  it('leaves a dialect that there is none of to the store', () => {
    expect(read({ ...SERVER, dialect: 'dbase' }).dialect).to.equal('dbase');
  });

  it('SQL Server: an instance instead of a port', () => {
    const config = { ...SERVER, dialect: 'mssql', port: '1433', instance: 'HL7' };
    expect(read(config)).to.include({ instance: 'HL7' }).and.not.have.property('port');
    expect(read({ ...config, instance: '' }))
      .to.include({ port: 1433 })
      .and.not.have.property('instance');
    expect(read({ ...config, dialect: 'mysql' }))
      .to.include({ port: 1433 })
      .and.not.have.property('instance');
  });

  it('SQL Server: each kind of login', () => {
    const config = { ...SERVER, dialect: 'mssql', domain: 'WARD', client: 'c1', tenant: 't1' };
    const login = (kind: string, more = {}) => read({ ...config, login: kind, ...more });
    expect(login('sql')).to.include({ user: 'logger', password: 'pass', login: undefined });
    expect(login('ntlm').login).to.deep.equal({ type: 'ntlm', domain: 'WARD' });
    expect(login('ntlm')).to.include(USER);
    expect(login('azure-password').login).to.deep.equal({ type: 'azure-password', clientId: 'c1', tenantId: 't1' });
    const principal = login('azure-service-principal');
    expect(principal.login).to.deep.equal({
      type: 'azure-service-principal',
      clientId: 'c1',
      tenantId: 't1',
      clientSecret: 'pass',
    });
    expect(principal).to.not.have.any.keys('user', 'password');
    for (const [kind, property, word] of [
      ['ntlm', 'domain', 'Windows domain'],
      ['azure-password', 'client', 'client ID'],
      ['azure-service-principal', 'tenant', 'tenant ID'],
    ] as const) {
      const error = refusal({ ...config, login: kind, [property]: '' });
      expect(error).to.include({ code: 'CONFIG_INVALID' });
      expect(error.message).to.include(word);
    }
    expect(refusal({ ...config, login: 'azure-service-principal' }, {}).message).to.include('client secret');
    expect(read({ ...SERVER, login: 'ntlm', domain: 'WARD' }).login, 'of another database').to.equal(undefined);
  });

  it('every value may come from an environment variable, with a default of its own', () => {
    expect(read({ ...SERVER, host: `\${${HOST}:-fallback}` }).host).to.equal('fallback');
    process.env[HOST] = 'db.example';
    const config = {
      ...SERVER,
      host: `\${${HOST}:-fallback}`,
      port: `\${${NONE}:-6543}`,
      database: `\${${HOST}}`,
    };
    expect(read(config)).to.include({ host: 'db.example', port: 6543, database: 'db.example' });
    expect(read({ ...SERVER, port: `\${${NONE}:-}` }).port).to.equal(undefined);
  });

  it('has a schema where a database has several', () => {
    for (const dialect of ['mssql', 'postgres', 'oracle'])
      expect(read({ ...SERVER, dialect, schema: 's' }).schema).to.equal('s');
    for (const dialect of ['mysql', 'mariadb'])
      expect(read({ ...SERVER, dialect, schema: 's' }).schema).to.equal(undefined);
  });

  it('names what is missing, and the variable that is not set', () => {
    expect(refusal({ ...SERVER, host: ' ' })).to.include({
      code: 'CONFIG_INVALID',
      message: 'The host of the database is missing. Open the hl7 database node and enter it.',
    });
    expect(refusal({ ...SERVER, database: `\${${HOST}}` }).message).to.include(
      `The name of the database cannot be read: the environment variable ${HOST} is missing or empty. Set it`,
    );
    expect(refusal({ ...SERVER, dialect: 'oracle', database: '' }).message).to.include('service name');
    expect(refusal(SERVER, { password: 'x' }).message).to.include('The user of the database is missing');
  });

  it('never takes a default because the variable of a setting is missing or empty: it names both', () => {
    const mssql = { ...SERVER, dialect: 'mssql' };
    const settings: [Partial<DatabaseConfig>, keyof DatabaseConfig, string][] = [
      [{}, 'dialect', 'The kind of database'],
      [{}, 'file', 'The file of the database'],
      [SERVER, 'host', 'The host of the database'],
      [SERVER, 'port', 'The port of the database'],
      [mssql, 'instance', 'The instance of the database'],
      [SERVER, 'database', 'The name of the database'],
      [SERVER, 'schema', 'The schema of the database'],
      [mssql, 'login', 'The kind of login'],
      [{ ...mssql, login: 'ntlm' }, 'domain', 'The Windows domain of the database'],
      [{ ...mssql, login: 'azure-password', client: 'c' }, 'tenant', 'The tenant ID of the database'],
      [{ ...mssql, login: 'azure-password' }, 'client', 'The client ID of the database'],
      [SERVER, 'encryption', 'The choice of TLS'],
      [{ ...SERVER, encryption: 'on' }, 'tls', 'The TLS configuration of the database'],
      [SERVER, 'connectTime', 'The time to connect'],
      [SERVER, 'statementTime', 'The time of a statement'],
      [SERVER, 'createTables', 'The choice to create missing tables'],
      [SERVER, 'driverOptions', 'The further driver options'],
      [SERVER, 'identifiers', 'The list of places of identifiers'],
      [SERVER, 'contentDays', 'The days that content is kept'],
      [SERVER, 'contentMessages', 'The number of messages that keep their content'],
      [SERVER, 'days', 'The days that messages are kept'],
      [{}, 'messages', 'The number of messages that are kept'],
      [{ days: '1' }, 'everyMinutes', 'The minutes between two runs of the retention'],
    ];
    for (const [config, property, label] of settings) {
      for (const value of [`\${${NONE}}`, `$(${NONE})`]) {
        const error = refusal({ ...config, [property]: value });
        expect(error, property)
          .to.be.instanceOf(VariableMissing)
          .and.include({ code: 'CONFIG_INVALID', variable: NONE });
        expect(error.message).to.include(
          `${label} cannot be read: the environment variable ${NONE} is missing or empty.`,
        );
      }
    }
    expect(refusal(SERVER, { user: `$(${NONE})` }).message)
      .to.include('The user of the database')
      .and.include(NONE);
    // Of another kind of database, and so of no account.
    expect(read({ ...SERVER, file: `\${${NONE}}`, instance: `\${${NONE}}`, tls: `\${${NONE}}` }).host).to.equal('db');
  });

  it('takes a password as it was typed, or from its variable', () => {
    const typed = ' $5 {x} ';
    expect(read(SERVER, { user: 'u', password: typed }).password).to.equal(typed);
    expect(read(SERVER, { user: 'u' }).password).to.equal(undefined);
    const fromVariable = [SERVER, { user: 'u', password: `\${${SECRET}}` }] as const;
    expect(refusal(...fromVariable).message)
      .to.include('The password of the database')
      .and.include(SECRET);
    expect(read(SERVER, { user: 'u', password: `\${${SECRET}:-}` }).password).to.equal(undefined);
    process.env[SECRET] = 'from outside';
    expect(read(SERVER, { user: 'u', password: `\${${SECRET}}` }).password).to.equal('from outside');
  });

  it('of an earlier version takes user and password from the variables that the flow names', () => {
    const old = (changes: object = {}): Partial<DatabaseConfig> => {
      const login = { userFrom: 'environment', userVariable: HOST, passwordVariable: SECRET, ...changes };
      return { ...SERVER, ...login };
    };
    const config = old();
    expect(refusal(config).message).to.include(HOST);
    process.env[HOST] = 'someone';
    process.env[SECRET] = '';
    expect(read(config), 'a user without a password').to.include({ user: 'someone', password: undefined });
    expect(read(old({ passwordVariable: '' }))).to.include({ user: 'someone', password: undefined });
    process.env[HOST] = '';
    expect(refusal(config).message).to.include(`The user of the database`).and.include(HOST);
    process.env[HOST] = 'someone';
    process.env[SECRET] = ' kept whole ';
    expect(read(config, {})).to.include({ user: 'someone', password: ' kept whole ' });
    const variable = (name: string): string => `${name} of the flow`;
    expect(read(config, {}, { variable })).to.include({ user: `${HOST} of the flow` });
    expect(read(old({ userFrom: 'stored' }))).to.include(USER);
  });

  it('takes a password that is no single variable as it was typed, and puts variables into any other text', () => {
    process.env[HOST] = 'ward';
    for (const typed of [`abc\${${HOST}}def`, `\${${HOST}`, `$(${HOST})x`, '${', '$$', `$\${${HOST}}`]) {
      expect(read(SERVER, { user: 'u', password: typed }).password, typed).to.equal(typed);
    }
    process.env[SECRET] = `\${${HOST}}`;
    expect(read(SERVER, { user: 'u', password: `\${${SECRET}}` }).password).to.equal(`\${${HOST}}`);
    expect(read(SERVER, { user: `DOMAIN\\\${${HOST}}`, password: 'x' }).user).to.equal('DOMAIN\\ward');
    const text = { host: `db-\${${HOST}}.local`, database: `hl7_$(${HOST})`, schema: `\${${HOST}}_\${${NONE}:-x}` };
    expect(read({ ...SERVER, ...text })).to.include({ host: 'db-ward.local', database: 'hl7_ward', schema: 'ward_x' });
    expect(read({ ...SERVER, driverOptions: `{"application_name":"\${${HOST}}"}` }).driverOptions).to.deep.equal({
      application_name: 'ward',
    });
    const identifiers = `\${${HOST}} PID-3 CX\n# $(${HOST})`;
    expect(read({ identifiers }).identifiers).to.deep.equal(['ward PID-3 CX', '# ward']);
  });

  it('puts variables into the path of a file, and makes no folder of the name of one that is missing', () => {
    process.env[HOST] = resolve('data');
    expect(read({ file: `\${${HOST}}/hl7/x.sqlite` })).to.include({ file: `${resolve('data')}/hl7/x.sqlite` });
    for (const file of [`\${${NONE}}/x.sqlite`, `a/$(${NONE})/x.sqlite`, `\${${HOST}}/\${${NONE}}`]) {
      expect(refusal({ file })).to.be.instanceOf(VariableMissing).and.include({ variable: NONE });
    }
    expect(read({ file: `$\${${NONE}}.sqlite` })).to.include({ file: join(FOLDER, `\${${NONE}}.sqlite`) });
  });

  for (const [property, values, words] of [
    [
      'port',
      ['0', '65536', 'x', '5432.5', '0x10', '1e3', '5,432'],
      'The port of the database must be a whole number from 1 to 65535',
    ],
    ['connectTime', ['0', '121'], 'The time to connect'],
    ['statementTime', ['0', '3601'], 'The time of a statement'],
    ['driverOptions', ['[1]', '1', '{', '"text"', 'null'], 'must be a JSON object'],
  ] as const) {
    it(`refuses ${property} with a reason`, () => {
      for (const value of values) {
        const error = refusal({ ...SERVER, [property]: value });
        expect(error.code, value).to.equal('CONFIG_INVALID');
        expect(error.message, value).to.include(words);
      }
    });
  }

  it('keeps everything by default, and what it is told to keep on any database', () => {
    const blank = {
      contentDays: '',
      contentMessages: '0',
      days: ' ',
      messages: '',
      everyMinutes: '',
      identifiers: ' ',
    };
    const set = { contentDays: '30.5', contentMessages: '1000', days: `\${${NONE}:-365}`, messages: '5000' };
    for (const database of [SERVER, { dialect: 'sqlite' }]) {
      expect(read({ ...database, ...blank })).to.not.have.any.keys('retention', 'identifiers');
      const policy = { contentDays: 30.5, contentMessages: 1000, days: 365, messages: 5000 };
      expect(read({ ...database, ...set }).retention).to.include({ ...policy, everyMinutes: 60 });
      expect(read({ ...database, days: '1', everyMinutes: '5' }).retention).to.include({ days: 1, everyMinutes: 5 });
    }
  });

  it('refuses a retention with a reason', () => {
    for (const [property, value, words] of [
      ['contentDays', 'x', 'The days that content is kept'],
      ['contentMessages', '1.5', 'whole number'],
      ['days', '-1', 'The days that messages are kept'],
      ['messages', '10000000000000', 'The number of messages that are kept'],
      ['days', '0x10', 'in digits'],
      ['messages', '1e3', 'in digits only'],
      ['everyMinutes', '0', 'The minutes between two runs'],
    ] as const) {
      const error = refusal({ ...SERVER, [property]: value });
      expect(error.code, property).to.equal('RETENTION_INVALID');
      expect(error.message).to.include(words);
    }
  });

  it('takes a list of identifiers, a line each, and names the line that is wrong', () => {
    const identifiers = 'patient PID-3 CX\r\n# a note\nvisit PV1-19 CX';
    expect(read({ ...SERVER, identifiers }).identifiers).to.deep.equal([
      'patient PID-3 CX',
      '# a note',
      'visit PV1-19 CX',
    ]);
    expect(read({ identifiers: '# none' }).identifiers).to.deep.equal(['# none']);
    process.env[HOST] = 'patient PID-3 CX\nvisit PV1-19 CX';
    expect(read({ identifiers: `\${${HOST}}` }).identifiers).to.have.length(2);
    const error = refusal({ identifiers: '\n\npatient PID3 CX' });
    expect(error.code).to.equal('IDENTIFIERS_INVALID');
    expect(error.message).to.include('Line 3');
  });

  it('does not tell what stands in driver options that are no JSON', () => {
    expect(refusal({ ...SERVER, driverOptions: '{"password":"very secret}' }).message).to.not.include('secret');
  });

  describe('TLS', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' });
    const node = (options: object, valid = true) => ({ valid, addTLSOptions: () => options });
    const config = { ...SERVER, encryption: 'verify', tls: 't1' };

    it('takes CA, certificate and key of the TLS configuration, and says itself whether to verify', () => {
      const tls = node({ ca: Buffer.from('CA'), cert: 'CERT', key: Buffer.from('KEY'), rejectUnauthorized: false });
      expect(read(config, USER, { tls }).tls).to.deep.equal({ mode: 'verify', ca: 'CA', cert: 'CERT', key: 'KEY' });
      expect(read({ ...config, encryption: 'off' }, USER, { tls }).tls).to.equal(undefined);
      const named = node({ ca: 'CA', servername: ' db.internal ' });
      expect(read(config, USER, { tls: named }).tls).to.include({ servername: 'db.internal' });
      expect(refusal({ ...config, dialect: 'oracle' }, USER, { tls: named })).to.include({ code: 'CONFIG_TLS' });
      expect(read({ ...config, dialect: 'oracle', encryption: 'on' }, USER, { tls: named }).tls?.mode).to.equal('on');
      expect(read({ ...config, tls: '' }, USER).tls).to.deep.equal({ mode: 'verify' });
    });

    it('opens a key with its passphrase', () => {
      const tls = node({ key: locked, passphrase: 'open' });
      expect(read(config, USER, { tls }).tls?.key).to.equal(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      const wrong = node({ key: locked, passphrase: 'wrong' });
      expect(refusal(config, USER, { tls: wrong })).to.include({ code: 'CONFIG_TLS' });
    });

    it('refuses one that is missing, faulty or holds a PFX file', () => {
      for (const tls of [undefined, null, node({}, false), node({ pfx: Buffer.from('x') })]) {
        expect(refusal(config, USER, { tls })).to.include({ code: 'CONFIG_TLS' });
      }
    });
  });
});
