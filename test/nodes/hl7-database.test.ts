import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DatabaseNode } from '../../nodes/shared/database-node';
import { LogTable, WriteLock } from '../support/log-table';
import { message } from '../support/messages';
import { until } from '../support/wait';
import { Flow, helper } from './harness';

interface Answer {
  ok: boolean;
  message: string;
  code?: string;
}

async function post(path: string, body: object): Promise<Answer> {
  const response = await helper.request().post(path).send(body).expect(200);
  return response.body as Answer;
}

describe('hl7 database', () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create();
  });
  afterEach(() => flow.end());

  const database = (): DatabaseNode => flow.node('db') as unknown as DatabaseNode;

  it('opens the database when the flow starts', async () => {
    flow.store([['out']]).collect('out');
    await flow.start();
    await (await database().store()).check();
    await flow.status('store', 'green dot 0 stored');
    expect(await new LogTable(flow.file).count()).to.equal(0);
  });

  it('takes a relative path from the user folder of Node-RED', async () => {
    helper.settings({ userDir: flow.folder } as never);
    flow.after(() => helper.settings({ userDir: undefined } as never));
    flow.store([['out']]).collect('out');
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, { file: join('logs', 'own.sqlite') });
    await flow.start();
    await database().store();
    expect(await new LogTable(join(flow.folder, 'logs', 'own.sqlite')).count()).to.equal(0);
  });

  it('says that the database cannot be used, and goes on by itself when it can', async () => {
    const blocked = join(flow.folder, 'blocked');
    writeFileSync(blocked, 'a file where a folder should be');
    flow
      .store([['out']])
      .catcher(['caught'])
      .collect('out', 'caught');
    const file = join(blocked, 'log.sqlite');
    Object.assign(flow.nodes.find(({ id }) => id === 'db') ?? {}, { file });
    await flow.start();
    await until('the failure is shown', () => flow.statuses('store').at(-1)?.startsWith('red ring '));
    expect(flow.warnings('db')).to.have.length(1);
    expect(flow.warnings('db')[0]).to.contain(blocked);
    flow.give('store', { payload: message() });
    expect((await flow.message('caught')).error).to.include({ code: 'STORE_OPEN_FAILED' });
    rmSync(blocked);
    await until('the database is there', () => flow.statuses('store').at(-1) === 'green dot 0 stored');
    flow.give('store', { payload: message() });
    await flow.message('out');
    expect(await new LogTable(file).count()).to.equal(1);
    expect(flow.warnings('db')).to.have.length(1);
  });

  it('is shared by several nodes, with one connection', async () => {
    flow
      .store([['out']])
      .add('store2', 'hl7-db-store', [['out']], { database: 'db' })
      .collect('out');
    await flow.start();
    for (const id of ['store', 'store2']) flow.give(id, { payload: message() });
    await flow.message('out', 2);
    expect(await database().store()).to.equal(await database().store());
    expect(await new LogTable(flow.file).count()).to.equal(2);
  });

  it('writes what it was given before it closes', async () => {
    flow.store([['out']]).collect('out');
    await flow.start();
    const store = await database().store();
    const lock = await WriteLock.take(flow.file);
    let stopping: unknown;
    try {
      for (let n = 0; n < 20; n++) flow.give('store', { payload: message() });
      await new Promise((resolve) => setImmediate(resolve));
      expect(store.statistics().stored).to.equal(0);
      stopping = helper.clearFlows();
    } finally {
      await lock.release();
    }
    await stopping;
    expect(await new LogTable(flow.file).count()).to.equal(20);
  });

  it('tries the values of the editor out', async () => {
    await flow.start();
    const path = '/hl7-logger/database/test';
    const good = await post(path, { dialect: 'sqlite', file: join(flow.folder, 'try.sqlite') });
    expect(good.ok, good.message).to.equal(true);
    expect(good.message).to.match(/^SQLite 3\./);
    writeFileSync(join(flow.folder, 'file'), '');
    const bad = await post(path, { file: join(flow.folder, 'file', 'x.sqlite') });
    expect(bad).to.include({ ok: false, code: 'STORE_OPEN_FAILED' });
    const unknown = await post(path, { dialect: 'oracle', file: join(flow.folder, 'x') });
    expect(unknown).to.include({ ok: false, code: 'STORE_DIALECT_UNKNOWN' });
  });
});
