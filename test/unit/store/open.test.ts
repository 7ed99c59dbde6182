import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { Store } from '../../../nodes/lib/store';
import { connectionOf, intruder, otherProgram, rejection, row, temporaryFolder } from './helper';

describe('store: opening', () => {
  const folder = temporaryFolder();
  const open = (file: string, dialect = 'sqlite'): Promise<Store> => Store.open({ dialect: dialect as 'sqlite', file });

  it('creates folder, file and tables, and reports what it found', async () => {
    const file = folder.path('a/b/c/log.sqlite');
    const store = await open(file);
    expect((await stat(file)).isFile()).to.equal(true);
    const [check] = await Promise.all([store.check(), store.check(), store.append(row('1'))]);
    expect(check).to.deep.include({
      dialect: 'sqlite',
      location: file,
      durable: true,
      schema: ['0001-log-tables', '0002-retention', '0003-custom-rows'],
    });
    expect(check.version).to.match(/^3\.\d+\.\d+$/);
    expect(check.durability).to.include({ journal_mode: 'wal', synchronous: 2 });
    expect(check.text).to.include(check.version).and.include(file).and.include('0003-custom-rows');
    expect(store.description).to.include('hl7_messages').and.include(file);
    await store.close();
  });

  it('finds rows and schema again', async () => {
    const file = folder.path('again.sqlite');
    for (const expected of [false, true]) {
      const store = await open(file);
      expect((await store.append(row('1'))).receipt.duplicate).to.equal(expected);
      expect((await store.check()).schema).to.deep.equal(['0001-log-tables', '0002-retention', '0003-custom-rows']);
      await store.close();
    }
  });

  it('refuses memory, nothing at all, and an unknown dialect', async () => {
    for (const file of ['', ':memory:', 'file:x?mode=memory']) {
      expect((await rejection(open(file))).code).to.equal('STORE_OPEN_FAILED');
    }
    expect((await rejection(open(folder.path('x.sqlite'), 'dbase'))).code).to.equal('STORE_DIALECT_UNKNOWN');
  });

  it('names a folder that cannot be made', async () => {
    const file = folder.path('plain');
    await writeFile(file, 'x');
    const error = await rejection(open(path.join(file, 'log.sqlite')));
    expect(error.code).to.equal('STORE_OPEN_FAILED');
    expect(error.message).to.include(file).and.include('folder');
  });

  it('names a folder that is there and takes no new one, instead of trying for ever', async function () {
    if (process.platform !== 'linux') this.skip();
    const error = await rejection(open('/proc/hl7-logger/data/log.sqlite'));
    expect(error.code).to.equal('STORE_OPEN_FAILED');
    expect(error.message).to.include('/proc/hl7-logger/data cannot be created');
  });

  it('names a path that is a folder', async () => {
    const file = folder.path('directory');
    await mkdir(file);
    const error = await rejection(open(file));
    expect(error.code).to.equal('STORE_OPEN_FAILED');
    expect(error.message).to.include(file).and.include('is a folder');
  });

  it('leaves a file alone that is no database', async () => {
    const file = folder.path('letter.txt');
    const text = 'Dear Sir or Madam, '.repeat(100);
    await writeFile(file, text);
    const error = await rejection(open(file));
    expect(error.code).to.equal('STORE_OPEN_FAILED');
    expect(error.message).to.include(file).and.include('not a SQLite database');
    expect((await stat(file)).size).to.equal(text.length);
  });

  it('refuses a file it may not write', async function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) this.skip();
    const file = folder.path('readonly.sqlite');
    await (await open(file)).close();
    await chmod(file, 0o444);
    const error = await rejection(open(file));
    expect(error.code).to.equal('STORE_OPEN_FAILED');
    expect(error.message).to.include(file).and.include('may not write');
  });

  it('waits for a program that holds the new file, and opens it then', async () => {
    const file = folder.path('held.sqlite');
    const other = await intruder(file);
    await other.exec('CREATE TABLE own (x); BEGIN EXCLUSIVE; INSERT INTO own VALUES (1)');
    const opening = open(file);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await other.exec('COMMIT');
    const store = await opening;
    expect((await store.append(row('1'))).receipt.id).to.equal(1);
    await store.close();
    await other.close();
  });

  it('takes back a schema change that failed', async () => {
    const file = folder.path('half.sqlite');
    await otherProgram(file, 'CREATE TABLE hl7_acks (x)');
    const error = await rejection(open(file));
    expect(error.code).to.equal('STORE_OPEN_FAILED');
    expect(error.message).to.include('table hl7_acks').and.include('no column id');
    const tables = await otherProgram(file, "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'hl7%'");
    expect(tables).to.deep.equal([{ name: 'hl7_acks' }]);
  });

  it('ends an open connection without a word when it closes twice, and takes nothing afterwards', async () => {
    const store = await open(folder.path('closed.sqlite'));
    await store.models();
    const append = store.append(row('1'));
    await Promise.all([store.close(), store.close()]);
    expect((await append).receipt.id).to.equal(1);
    expect((await rejection(store.append(row('2')))).code).to.equal('STORE_CLOSED');
    expect((await rejection(store.recordAnswers(1, []))).code).to.equal('STORE_CLOSED');
    expect((await rejection(store.models())).code).to.equal('STORE_CLOSED');
    expect((await rejection(store.check())).code).to.equal('STORE_CLOSED');
  });

  it('reads while it writes, on a connection that cannot write', async () => {
    const store = await open(folder.path('reading.sqlite'));
    await store.append(row('1'));
    const { Message } = await store.models();
    const found = await Message.findOne({ where: { control_id: '1' }, include: ['acks', 'identifiers'] });
    const plain = found!.get({ plain: true }) as { acks: { code: string }[]; identifiers: { value: string }[] };
    expect(plain.acks.map((one) => one.code)).to.deep.equal(['AA']);
    expect(plain.identifiers.map((one) => one.value)).to.deep.equal(['4711']);
    expect(await Message.destroy({ where: {} }).catch((error: Error) => error.name)).to.equal('SequelizeDatabaseError');
    expect((await store.models()).Message).to.equal(Message);
    await store.close();
  });

  it('says when a setting that keeps commits on disk is not in force any more', async () => {
    const file = folder.path('settings.sqlite');
    const [store, connection] = await connectionOf(() => open(file));
    await connection.exec('PRAGMA synchronous = OFF');
    expect((await store.check()).durable).to.equal(false);
    await store.close();
  });
});
