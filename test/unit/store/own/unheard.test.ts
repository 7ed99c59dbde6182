import { expect } from 'chai';
import { Store } from '../../../../nodes/lib/store';
import type { Transaction } from '../../../../nodes/lib/store/dialects/contract';
import { SqliteDialect } from '../../../../nodes/lib/store/dialects/sqlite/dialect';
import { rowsOf as logRows, otherProgram, row, temporaryFolder } from '../helper';
import { column, offered, oru, results } from './helper';

describe('store: custom tables, a transaction whose end nobody heard of', () => {
  const folder = temporaryFolder();

  it('is not done twice: its rows are there once, stored again or not', async () => {
    const file = folder.path('own.sqlite');
    const store = await Store.open({ dialect: 'sqlite', file });
    const table = results({ columns: [column('control_id', 'MSH-10'), column('code', 'OBX-3.1')] });
    await store.append(offered(table, 'old', oru('old', ['1'])));
    const { transaction } = SqliteDialect.prototype;
    let attempts = 0;
    SqliteDialect.prototype.transaction = async function <T>(steps: (one: Transaction) => Promise<T>): Promise<T> {
      const result = await transaction.call(this, steps);
      if (attempts++ > 0) return result as T;
      throw Object.assign(new Error('SQLITE_IOERR: disk I/O error'), { code: 'SQLITE_IOERR', errno: 10 });
    };
    try {
      const offers = [
        offered(table, 'new', oru('new', ['1', '2'])),
        offered(table, 'old', oru('old', ['1']), { again: 'store' }),
        offered(table, 'once', oru('once', ['1']), { again: 'refuse' }),
        row('none'),
      ];
      const stored = await Promise.all(offers.map((one) => store.append(one)));
      expect(attempts).to.equal(2);
      expect(stored.map(({ receipt }) => receipt.own?.rows)).to.deep.equal([2, 1, 1, undefined]);
      for (const { receipt } of stored) expect(receipt).to.include({ duplicate: false, deliveries: 1 });
      expect(await logRows(store, 'Message')).to.have.length(5);
    } finally {
      SqliteDialect.prototype.transaction = transaction;
      await store.close();
    }
    const found = await otherProgram(file, 'SELECT control_id FROM results ORDER BY rowid');
    expect(found.map((one) => one.control_id)).to.deep.equal(['old', 'new', 'new', 'old', 'once']);
  });
});

describe('store: identifiers by a list of its own', () => {
  const folder = temporaryFolder();

  it('fills the table by it, and refuses a wrong one before anything is opened', async () => {
    const file = folder.path('identifiers.sqlite');
    const store = await Store.open({
      dialect: 'sqlite',
      file,
      identifiers: ['document TXA-12 EI', 'patient PID-3 CX'],
    });
    try {
      const text = `MSH|^~\\&|S\rPID|1||5^^^H~6\rPV1|1${'|'.repeat(18)}V1\rTXA${'|'.repeat(12)}D1^ARCHIVE\r`;
      await store.append(row('1', { text }));
      const [message] = await logRows(store, 'Message');
      expect(message).to.include({ patient_id: '5', patient_id_authority: 'H', visit_number: null });
      const found = await logRows(store, 'Identifier');
      expect(found.map(({ kind, source, value, authority }) => [kind, source, value, authority])).to.deep.equal([
        ['patient', 'PID-3', '5', 'H'],
        ['patient', 'PID-3', '6', null],
        ['document', 'TXA-12', 'D1', 'ARCHIVE'],
      ]);
    } finally {
      await store.close();
    }
    const wrong = Store.open({ dialect: 'sqlite', file: folder.path('none.sqlite'), identifiers: ['patient'] });
    const error = await wrong.then(
      () => undefined,
      (reason: { code: string }) => reason,
    );
    expect(error?.code).to.equal('IDENTIFIERS_INVALID');
  });
});
