import { inspect } from 'node:util';
import { expect } from 'chai';
import type { Receipt } from '../../nodes/lib/message-contract';
import { field } from '../support/hl7-text';
import { LogTable, query } from '../support/log-table';
import { message } from '../support/messages';
import { MllpClient } from '../support/mllp-client';
import { Flow, type Message } from './harness';

type Properties = Record<string, unknown>;

const column = (name: string, kind: string, source: string, changes: Properties = {}): Properties => {
  return {
    column: name,
    kind,
    source,
    type: 'text',
    size: '100',
    key: false,
    missing: 'null',
    misfit: 'refuse',
    ...changes,
  };
};
const KEY = { key: true, missing: 'refuse' };
const PATIENTS = {
  table: 'patients',
  create: true,
  mode: 'upsert',
  rows: 'message',
  columns: [column('id', 'path', 'PID-3.1', KEY), column('name', 'path', 'PID-5.1', { missing: 'leave', size: '8' })],
};

describe('db store: custom table', () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  const receipt = (msg: Message): Receipt => msg.store as Receipt;
  const rows = (sql: string) => query<Properties>(flow.file, sql);

  const start = (properties: Properties) =>
    flow
      .store([['stored'], ['failed']], properties)
      .watch('stored', 'failed')
      .start();
  const store = (msg: object) => flow.pass('store', msg, 'stored');

  it('takes paths, properties, constants and expressions, each row for itself', async () => {
    const columns = [
      column('control_id', 'path', 'MSH-10', KEY),
      column('n', 'path', 'OBX-1', { ...KEY, type: 'integer' }),
      column('value', 'path', 'OBX-5', { type: 'decimal', size: '10,2' }),
      column('sender', 'property', 'mllp.remoteAddress'),
      column('absent', 'property', 'no.such.property'),
      column('kind', 'constant', 'result'),
      column(
        'title',
        'expression',
        `$hl7('OBX-3.2') & ' of ' & $hl7('PID-3.1') & ' #' & $occurrence & ' ' & $segment & ' ' & topic`,
      ),
      column('double', 'expression', `$number($hl7('OBX-5')) * 2`, { type: 'decimal', size: '10,2' }),
    ];
    await start({ write: 'both', table: 'results', create: true, rows: 'OBX', columns });
    const payload = message({ kind: 'ORU', controlId: 'C1' });
    const msg = await store({
      payload,
      topic: 'ORU^R01',
      mllp: { remoteAddress: '192.0.2.1', receivedAt: new Date().toISOString(), deviations: [], charset: 'utf-8' },
    });
    expect(receipt(msg).own).to.deep.equal({ table: 'results', rows: 2, cut: [] });
    expect(await rows('SELECT * FROM results ORDER BY n')).to.deep.equal([
      {
        control_id: 'C1',
        n: 1,
        value: 98,
        sender: '192.0.2.1',
        absent: null,
        kind: 'result',
        title: 'Glucose of 100001 #1 OBX ORU^R01',
        double: 196,
      },
      {
        control_id: 'C1',
        n: 2,
        value: 1.1,
        sender: '192.0.2.1',
        absent: null,
        kind: 'result',
        title: 'Creatinine of 100001 #2 OBX ORU^R01',
        double: 2.2,
      },
    ]);
    expect(await new LogTable(flow.file).count()).to.equal(1);
  });

  it('takes nothing for a property that every object has, unless the message has one of its own', async () => {
    const names = Object.getOwnPropertyNames(Object.prototype);
    const columns = [
      column('control_id', 'path', 'MSH-10', KEY),
      ...names.map((name, n) => column(`p${n}`, 'property', name)),
      ...names.map((name, n) => column(`q${n}`, 'property', `mine.${name}.name`)),
      column('own', 'property', 'mine.constructor'),
      column('length', 'property', 'raw.length'),
    ];
    await start({ write: 'own', table: 'names', create: true, columns });
    const payload = message({ controlId: 'C1' });
    await store({ payload, raw: Buffer.from(payload), mine: { constructor: 'mine' } });
    const [row = {}] = await rows('SELECT * FROM names');
    const { control_id: id, own, length, ...others } = row;
    expect([id, own, length]).to.deep.equal(['C1', 'mine', String(Buffer.byteLength(payload))]);
    expect(Object.keys(others)).to.have.length(2 * names.length);
    expect(new Set(Object.values(others))).to.deep.equal(new Set([null]));
  });

  it('refuses a message for a value, without a row in the log and without the value in the error', async () => {
    await start({ write: 'both', ...PATIENTS });
    flow.give('store', { payload: message({ name: 'MUCHTOOLONG' }) });
    const { error } = await flow.message('caught');
    expect(error).to.include({ code: 'STORE_VALUE_REFUSED' });
    expect((error as Properties).message)
      .to.contain('name')
      .and.not.contain('MUCHTOOLONG');
    await store({ payload: message({ name: 'SHORT' }) });
    expect(await rows('SELECT * FROM patients')).to.deep.equal([{ id: '100001', name: 'SHORT' }]);
    expect(await new LogTable(flow.file).count()).to.equal(1);
  });

  it('names an expression that fails, by its code alone', async () => {
    const failing = column('x', 'expression', `$number($hl7('PID-5.1'))`);
    await start({ write: 'both', ...PATIENTS, columns: [...PATIENTS.columns, failing] });
    flow.give('store', { payload: message({ name: 'SECRET' }) });
    const { error } = await flow.message('caught');
    expect(error).to.include({ code: 'STORE_VALUE_REFUSED' });
    expect((error as Properties).message)
      .to.match(/the column x has an expression that fails \(D\d+\)/)
      .and.not.contain('SECRET');
    const { cause } = error as { cause: Error };
    expect(cause)
      .to.have.property('code')
      .that.matches(/^D\d+$/);
    expect(inspect(cause, { depth: null, showHidden: true }) + cause.message).to.not.contain('SECRET');
  });

  describe('an expression that fails on a value', () => {
    const VALUES = { blank: '""', empty: '', fits: '5', less: '<5' };
    const results = (changes: Properties): Properties => ({
      write: 'both',
      table: 'results',
      create: true,
      mode: 'insert',
      rows: 'OBX',
      columns: [
        column('code', 'path', 'OBX-3'),
        column('n', 'expression', `$number($hl7('OBX-5'))`, { type: 'decimal', size: '10,2', ...changes }),
      ],
    });
    const payload = (values: object, controlId = 'C1'): string =>
      [
        `MSH|^~\\&|S|H|L|A|20240229101112||ORU^R01|${controlId}|P|2.5`,
        'PID|1||1',
        'OBR|1',
        ...Object.entries(values).map(([code, value], n) => `OBX|${n + 1}|ST|${code}||${value}`),
        'OBX|9|ST|none',
        '',
      ].join('\r');
    const stored = async (): Promise<Properties> =>
      Object.fromEntries((await rows('SELECT code, n FROM results')).map(({ code, n }) => [String(code), n]));

    it('has the choice for a value that does not fit; for want of a value, that for no value', async () => {
      await start(results({ misfit: 'null', missing: 'default', value: '-1' }));
      const msg = await store({ payload: payload(VALUES) });
      expect(await stored()).to.deep.equal({ blank: null, empty: -1, fits: 5, less: null, none: -1 });
      expect(receipt(msg).own).to.deep.equal({ table: 'results', rows: 5, cut: [], failed: ['n'] });
      const [log] = await rows('SELECT deviations FROM hl7_messages');
      expect(log).to.deep.equal({ deviations: 'EXPRESSION_FAILED' });
    });

    it('takes the default of that choice', async () => {
      await start(results({ misfit: 'default', missing: 'null', value: '-1' }));
      await store({ payload: payload(VALUES) });
      expect(await stored()).to.deep.equal({ blank: null, empty: null, fits: 5, less: -1, none: null });
    });

    it('has no deviation where only values lack', async () => {
      await start(results({ misfit: 'refuse', missing: 'null' }));
      const { less, ...others } = VALUES;
      const msg = await store({ payload: payload(others) });
      expect(receipt(msg).own).to.deep.equal({ table: 'results', rows: 4, cut: [] });
      flow.give('store', { payload: payload({ less }, 'C2') });
      const { error } = await flow.message('caught');
      expect(error).to.include({ code: 'STORE_VALUE_REFUSED' });
      flow.give('store', { payload: payload({ less: '""' }, 'C3') });
      expect(receipt(await flow.message('stored', 2)).own).to.include({ rows: 2 });
    });

    it('is told from one that can never succeed, which refuses the message whatever is set', async () => {
      const never = ['$nosuch($hl7("OBX-5"))', '$hl7("OBX/5")', '$hl7all("OBX/5")'];
      for (const source of never) {
        const properties = results({ misfit: 'null' });
        (properties.columns as Properties[])[1]!.source = source;
        await start(properties);
        flow.give('store', { payload: payload(VALUES) });
        const { error } = await flow.message('caught');
        expect(error, source).to.include({ code: 'STORE_VALUE_REFUSED' });
        expect((error as Properties).message, source).to.match(/the column n has an expression that fails/);
        await flow.end();
        flow = await Flow.create();
      }
    });

    it('is a failure by other functions and operators, too', async () => {
      const failing = [
        `$hl7('OBX-5') * 2`,
        `$error('no')`,
        `$toMillis($hl7('OBX-5'))`,
        `$assert(false, 'no')`,
        `-$hl7('OBX-3')`,
      ];
      for (const source of failing) {
        const properties = results({ misfit: 'default', missing: 'null', value: '-1' });
        (properties.columns as Properties[])[1]!.source = source;
        await start(properties);
        await store({ payload: payload({ less: '<5' }) });
        expect(await stored(), source).to.have.property('less', -1);
        await flow.end();
        flow = await Flow.create();
      }
    });
  });

  it('gives an expression all values of a path, and flags one that takes the first of several', async () => {
    const columns = [
      column('notes', 'expression', `$join($hl7all('NTE-3'), '; ')`),
      column('count', 'expression', `$count($hl7all('OBX-5'))`, { type: 'integer' }),
      column('first', 'expression', `$hl7('OBX-5')`),
      column('n', 'expression', '$repetition', { type: 'integer' }),
    ];
    await start({ write: 'both', table: 't', create: true, mode: 'insert', rows: 'OBX', columns });
    const text = [
      'MSH|^~\\&|S|H|L|A|20240229101112||ORU^R01|C1|P|2.5',
      'OBR|1',
      'OBX|1|TX|A||a~b',
      'NTE|1||one',
      'NTE|2||two',
    ];
    const msg = await store({ payload: [...text, 'OBX|2|TX|B', ''].join('\r') });
    expect(await rows('SELECT * FROM t')).to.deep.equal([
      { notes: 'one; two', count: 2, first: 'a', n: 0 },
      { notes: null, count: 0, first: null, n: 0 },
    ]);
    expect(receipt(msg).own?.leftOut).to.deep.equal(['first']);
  });

  it('numbers the rows of repetitions, and writes the id of the log row', async () => {
    const columns = [
      column('message', 'log', '', { type: 'integer', size: '' }),
      column('n', 'expression', '$repetition', { type: 'integer' }),
      column('street', 'path', 'PID-11.1'),
      column('city', 'expression', `$hl7('PID-11.3')`),
    ];
    await start({ write: 'both', table: 'addresses', create: true, mode: 'insert', rows: 'PID-11', columns });
    const text = 'MSH|^~\\&|S|H|L|A|20240229101112||ADT^A08|C1|P|2.5\rPID|1||1||||||||MAIN 1^^TOWN~SIDE 2^^CITY\r';
    const msg = await store({ payload: text });
    expect(receipt(msg).own).to.deep.equal({ table: 'addresses', rows: 2, cut: [] });
    expect(await rows('SELECT * FROM addresses')).to.deep.equal([
      { message: receipt(msg).id, n: 1, street: 'MAIN 1', city: 'TOWN' },
      { message: receipt(msg).id, n: 2, street: 'SIDE 2', city: 'CITY' },
    ]);
  });

  it('alone has no id of a log row', async () => {
    const columns = [column('message', 'log', '', { type: 'integer', size: '' }), column('id', 'path', 'PID-3.1')];
    await start({ write: 'own', table: 't', create: true, mode: 'insert', rows: 'message', columns });
    await store({ payload: message() });
    expect(await rows('SELECT * FROM t')).to.deep.equal([{ message: null, id: '100001' }]);
  });

  it('alone counts as stored: the sender gets its AA, and no log is written', async () => {
    flow
      .listener(['store'])
      .store([['ack']], { write: 'own', ...PATIENTS })
      .ackOut(['stored'])
      .collect('stored');
    await flow.start();
    const client = await MllpClient.connect({ port: flow.port });
    const first = await client.send(message({ name: 'ONE' }));
    expect(field(first, 'MSA', 1)).to.equal('AA');
    expect(field(await client.send(message({ name: 'TWO' })), 'MSA', 1)).to.equal('AA');
    const refused = await client.send(message({ name: 'MUCHTOOLONG' }));
    expect(field(refused, 'MSA', 1)).to.equal('AE');
    expect(field(refused, 'ERR', 2)).to.equal('PID^1^5^1^1');
    expect(receipt(await flow.message('stored', 2))).to.deep.include({
      id: null,
      table: 'patients',
      own: { table: 'patients', rows: 1, cut: [] },
    });
    expect(await rows('SELECT * FROM patients')).to.deep.equal([{ id: '100001', name: 'TWO' }]);
    const log = new LogTable(flow.file);
    expect([await log.count(), await log.allAcks()]).to.deep.equal([0, []]);
    await client.end();
  });

  it('alone refuses a message that makes no row, of which nothing would be kept', async () => {
    await start({
      write: 'own',
      ...PATIENTS,
      mode: 'insert',
      rows: 'OBX',
      columns: [column('value', 'path', 'OBX-5')],
    });
    flow.give('store', { payload: message({ kind: 'ADT' }) });
    expect((await flow.message('caught')).error).to.include({ code: 'STORE_NO_ROWS' });
  });

  it('says what is wrong with its settings, at once and for each message', async () => {
    await start({ write: 'own', ...PATIENTS, columns: [] });
    await flow.status('store', 'red ring db-store.status.own-table');
    flow.give('store', { payload: message() });
    const { error } = await flow.message('caught');
    expect(error).to.include({ code: 'CONFIG_INVALID' });
    expect((error as Properties).message).to.match(/list of columns of patients is empty/);
  });

  describe('with an environment variable', () => {
    const NAME = 'HL7_NODES_UNSET';
    afterEach(() => {
      delete process.env[NAME];
    });

    const typed = `\${${NAME}}`;
    const with1 = (changes: Properties): Properties => ({
      columns: [column('id', 'path', 'PID-3.1', KEY), { ...column('x', 'constant', 'c'), ...changes }],
    });
    for (const [title, properties, label] of [
      ['the table', { table: typed }, 'The name of the custom table'],
      ['the table, written $(NAME)', { table: `$(${NAME})` }, 'The name of the custom table'],
      ['the schema', { schema: typed }, 'The schema of the custom table'],
      ['the rows', { rows: typed }, 'The choice of rows of the custom table'],
      ['the name of a column', with1({ column: typed }), 'The name of the column 2'],
      ['a constant', with1({ source: typed }), 'The source of the column x'],
      ['a length', with1({ size: typed }), 'The size of the column x'],
      [
        'a default',
        with1({ kind: 'path', source: 'PID-5', missing: 'default', value: typed }),
        'The default value of the column x',
      ],
      ['what to write to', { write: typed }, 'The choice of what to write to'],
      ['what is sent again', { again: typed }, 'The choice for a message that is sent again'],
      ['the way on failure', { onFailure: typed }, 'The choice of what to do on failure'],
      ['the database', { database: typed }, 'The choice of the database'],
    ] as const) {
      it(`that is missing or empty, fails each message by its name and the setting: ${title}`, async () => {
        for (const value of [undefined, '']) {
          if (value !== undefined) process.env[NAME] = value;
          await start({ write: 'own', ...PATIENTS, ...properties });
          expect(flow.statuses('store').at(-1)).to.equal(`red ring ${NAME} is not set`);
          flow.give('store', { payload: message() });
          const { error } = await flow.message('caught');
          expect(error).to.include({ code: 'CONFIG_INVALID' });
          expect((error as Properties).message)
            .to.include(`${label} cannot be read: the environment variable ${NAME} is missing or empty.`)
            .and.equal(`Hl7Error: ${flow.errors('store')[0]}`);
          await flow.end();
          flow = await Flow.create();
        }
      });
    }

    it('takes what it says, or its default', async () => {
      process.env[NAME] = 'patients';
      const columns = [column('id', 'path', 'PID-3.1', KEY), column('x', 'constant', `\${HL7_NODES_NONE:-usual}`)];
      await start({ write: 'own', ...PATIENTS, table: typed, columns });
      await store({ payload: message() });
      expect(await rows('SELECT x FROM patients')).to.deep.equal([{ x: 'usual' }]);
    });
  });

  it('says so when an expression cannot be read', async () => {
    await start({ write: 'own', ...PATIENTS, columns: [column('x', 'expression', '1 +')], mode: 'insert' });
    flow.give('store', { payload: message() });
    expect(((await flow.message('caught')).error as Properties).message).to.match(
      /expression of the column x cannot be read/,
    );
  });

  it('says so when a property can never be there', async () => {
    await start({ write: 'own', ...PATIENTS, columns: [column('x', 'property', 'msg.a..b')], mode: 'insert' });
    flow.give('store', { payload: message() });
    const { message: text } = (await flow.message('caught')).error as Properties;
    expect(text).to.match(/column x names no property of a message/);
  });

  it('is not looked at while the log alone is written', async () => {
    await start({ write: 'log', table: '', columns: [] });
    expect(receipt(await store({ payload: message() })).own).to.equal(undefined);
  });
});
