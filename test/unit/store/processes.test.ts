import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { Store, type StoreOptions } from '../../../nodes/lib/store';
import { forEachDatabase } from '../../support/databases';
import { row, rowsOf } from './helper';

interface Writer {
  process: ChildProcess;
  /** Messages that it says are stored. */
  stored: string[];
  /** Resolves with the exit code once all it said was read. */
  ended: Promise<number | null>;
  errors: string[];
}

/** Starts a process that writes; calls `said` for each line it says. */
function startWriter(options: StoreOptions, name: string, messages: number, said?: (writer: Writer) => void): Writer {
  const script = path.join(__dirname, 'child.ts');
  const child = spawn(process.execPath, ['--import=tsx', script, JSON.stringify(options), name, String(messages)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const writer: Writer = { process: child, stored: [], errors: [], ended: closed.then(([code]) => code) };
  child.stderr.on('data', (data: Buffer) => writer.errors.push(data.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line !== 'open') writer.stored.push(line);
    said?.(writer);
  });
  return writer;
}

forEachDatabase('store: several processes', (database) => {
  it('open one new database at the same time, and write to it at the same time', async () => {
    const options = await database.fresh();
    const writers = ['a', 'b', 'c'].map((name) => startWriter(options, name, 150));
    const codes = await Promise.all(writers.map((writer) => writer.ended));
    expect(writers.flatMap((writer) => writer.errors)).to.deep.equal([]);
    expect(codes).to.deep.equal([0, 0, 0]);
    const store = await Store.open(options);
    const found = (await rowsOf(store, 'Message')).map((one) => one.control_id);
    expect(found).to.have.length(450);
    expect(found).to.have.members(writers.flatMap((writer) => writer.stored));
    expect(await rowsOf(store, 'Ack')).to.have.length(450);
    await store.close();
  });

  it('that are killed lose nothing they said was stored, and leave no half of a message', async () => {
    const options = await database.fresh();
    const writers = [1, 40, 111].map((last) =>
      startWriter(options, `until${last}`, 0, (one) => {
        if (one.stored.length >= last) one.process.kill('SIGKILL');
      }),
    );
    await Promise.all(writers.map((writer) => writer.ended));
    expect(writers.map((writer) => writer.process.signalCode)).to.deep.equal(['SIGKILL', 'SIGKILL', 'SIGKILL']);
    const stored = writers.flatMap((writer) => writer.stored);
    const store = await Store.open(options);
    const messages = await rowsOf(store, 'Message');
    expect(messages.map((one) => one.control_id)).to.include.members(stored);
    expect(new Set(messages.map((one) => one.control_id)).size).to.equal(messages.length);
    const ids = messages.map((one) => one.id);
    expect((await rowsOf(store, 'Ack')).map((one) => one.message_id)).to.have.members(ids);
    expect((await rowsOf(store, 'Identifier')).map((one) => one.message_id)).to.have.members(ids);
    // The sender repeats what it got no answer for; it is stored by now or then, once.
    const again = await store.append(row(stored[0]!));
    expect(again.receipt.duplicate).to.equal(true);
    expect(again.answers).to.have.length(1);
    await store.close();
    if (database.dialect !== 'sqlite') return;
    expect(await database.sql(options, 'PRAGMA integrity_check')).to.deep.equal([{ integrity_check: 'ok' }]);
  });
});
