import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'chai';
import {
  type ServerDialectName,
  type ServerOptions,
  Store,
  type StoreOptions,
  schemaScript,
} from '../../../nodes/lib/store';
import { schemaStatements } from '../../../nodes/lib/store/dba-script';
import { forEachDatabase, type TestDatabase } from '../../support/databases';
import { answer, rejection, row, rowsOf } from './helper';

const PASSWORD = 'Only-4-tests!';

/** How an administrator makes a user without any right, and takes it away again. */
const USERS: Record<ServerDialectName, { home: string; make(user: string): string[]; drop(user: string): string[] }> = {
  postgres: {
    home: 'postgres',
    make: (user) => [`CREATE ROLE ${user} LOGIN PASSWORD '${PASSWORD}'`],
    drop: (user) => [`DROP ROLE IF EXISTS ${user}`],
  },
  mysql: mysqlUsers(),
  mariadb: mysqlUsers(),
  mssql: {
    home: 'master',
    make: (user) => [`CREATE LOGIN ${user} WITH PASSWORD = '${PASSWORD}'`, `CREATE USER ${user} FOR LOGIN ${user}`],
    drop: (user) => [`DROP LOGIN ${user}`],
  },
  oracle: {
    home: '',
    make: (user) => [`CREATE USER ${user} IDENTIFIED BY "${PASSWORD}"`],
    drop: (user) => [`DROP USER ${user} CASCADE`],
  },
};

function mysqlUsers() {
  return {
    home: 'information_schema',
    make: (user: string) => [`CREATE USER '${user}'@'%' IDENTIFIED BY '${PASSWORD}'`],
    drop: (user: string) => [`DROP USER IF EXISTS '${user}'@'%'`],
  };
}

forEachDatabase('store: the SQL for a DBA', (database: TestDatabase) => {
  const { dialect } = database;

  it('makes what the store would make; applied twice, it changes nothing', async () => {
    const [own, byHand] = [await database.fresh(), await database.fresh()];
    const { tables } = schemaStatements(dialect);
    if (byHand.dialect === 'sqlite') mkdirSync(dirname(byHand.file), { recursive: true });
    else byHand.createTables = false;
    for (let n = 0; n < 2; n++) await database.sql(byHand, ...tables);
    const found: string[] = [];
    for (const options of [own, byHand]) {
      const store = await Store.open(options);
      const { schema } = await store.check();
      await store.append(row('1'));
      await store.close();
      const [message] = await database.sql(options, 'SELECT * FROM hl7_messages');
      found.push(JSON.stringify([schema, Object.keys(message!)]));
    }
    expect(found[1]).to.equal(found[0]);
    expect(found[0]).to.include('0001-log-tables');
  });

  it('stands in one text, each statement with its end', () => {
    const script = schemaScript(dialect);
    const { tables, grants } = schemaStatements(dialect);
    for (const statement of [...tables, ...grants]) expect(script).to.include(statement);
    const code = script.replace(/^--.*$/gm, '').trim();
    expect(code).to.match(/;$|\/$/);
  });

  if (dialect === 'sqlite') return;

  describe('a user with the least rights', () => {
    const { home, make, drop } = USERS[dialect];
    const user = `hl7_least_${process.pid}`;
    const stores: Store[] = [];
    let options: ServerOptions;

    before(async () => {
      options = (await database.fresh()) as ServerOptions;
      await database.sql(options, ...make(user));
    });
    afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));
    // After the databases, in which the user has its rights.
    after(async () => {
      await database.dispose();
      await database.sql({ ...options, database: home === '' ? options.database : home }, ...drop(user));
    });

    const asUser = (more: Partial<ServerOptions> = {}): StoreOptions => ({
      ...options,
      user,
      password: PASSWORD,
      createTables: false,
      ...more,
    });

    async function open(more: Partial<ServerOptions> = {}): Promise<Store> {
      const store = await Store.open(asUser(more));
      stores.push(store);
      return store;
    }

    async function apply(schema = ''): Promise<void> {
      const { tables, grants } = schemaStatements(dialect, schema, user);
      for (let n = 0; n < 2; n++) await database.sql(options, ...tables, ...grants);
    }

    it('is told which change of the schema is missing, and what to do', async () => {
      // A database for which a user has no right at all cannot be looked into everywhere; the administrator can.
      const error = await rejection(Store.open({ ...options, createTables: false }));
      expect(error.code).to.equal('STORE_SCHEMA_MISSING');
      expect(error.message).to.include('0001-log-tables').and.include('Show SQL').and.include(options.database);
    });

    it('stores, counts, answers again, reads, and cannot change the tables', async () => {
      await apply();
      const store = await open();
      const { receipt } = await store.append(row('1'));
      expect((await store.append(row('1'))).receipt).to.include({ id: receipt.id, duplicate: true, deliveries: 2 });
      await store.append(row('2', { again: 'store' }));
      await store.append(row('2', { again: 'store' }));
      const recorded = await store.recordAnswers(receipt.id, [answer('AE', 'later')]);
      store.recordSentTimes(
        recorded.map(({ id }) => id),
        new Date(),
      );
      expect((await store.check()).schema).to.deep.equal(['0001-log-tables', '0002-retention', '0003-custom-rows']);
      expect(await rowsOf(store, 'Message')).to.have.length(3);
      await store.close();
      const reader = await open();
      const acks = await rowsOf(reader, 'Ack');
      expect(acks.filter(({ code }) => code === 'AE')).to.have.length(1);
      expect(acks.find(({ code }) => code === 'AE')?.sent_at, 'the mark').to.not.equal(null);
      const models = await reader.models();
      const refused = await models.Message.drop().then(
        () => 'dropped',
        (error: Error) => error.name,
      );
      expect(refused).to.equal('SequelizeDatabaseError');
      expect(await rowsOf(reader, 'Identifier')).to.have.length(3);
    });

    it('drops and deletes what is due by the retention', async () => {
      await apply();
      const store = await open({ retention: { messages: 1 } });
      for (const id of ['due 1', 'due 2', 'kept']) await store.append(row(id));
      const before = (await rowsOf(store, 'Message')).length;
      expect(await store.runRetention()).to.include({ messagesDeleted: before - 1 });
      expect(await rowsOf(store, 'Identifier')).to.have.length(1);
    });

    // The schema of the others is the database, or the user.
    if (dialect !== 'postgres' && dialect !== 'mssql') return;
    it('works in a schema of its own', async () => {
      await apply('hl7 log');
      const store = await open({ schema: 'hl7 log' });
      await store.append(row('in a schema'));
      await store.close();
      const [found] = await database.sql(options, 'SELECT control_id FROM "hl7 log".hl7_messages');
      expect(found).to.deep.equal({ control_id: 'in a schema' });
    });
  });
});

describe('store: the SQL for a DBA, whatever the names', () => {
  it('quotes schema and user', () => {
    const script = schemaScript('postgres', 'my"schema', 'o\'x"y');
    expect(script).to.include('CREATE SCHEMA IF NOT EXISTS "my""schema"');
    expect(script).to.include('TO "o\'x""y"');
  });

  it('refuses names with line breaks, and databases that there are none of', () => {
    for (const [schema, user] of [
      ['a\nDROP TABLE x', ''],
      ['', 'a\r--'],
    ]) {
      expect(() => schemaScript('postgres', schema, user))
        .to.throw()
        .with.property('code', 'CONFIG_INVALID');
    }
    expect(() => schemaScript('dbase' as 'postgres'))
      .to.throw()
      .with.property('code', 'STORE_DIALECT_UNKNOWN');
  });
});
