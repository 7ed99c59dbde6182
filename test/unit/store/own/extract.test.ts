import { expect } from 'chai';
import { Hl7Error } from '../../../../nodes/lib/errors';
import { Hl7Message } from '../../../../nodes/lib/hl7';
import { customTable, ExpressionResult, Extraction } from '../../../../nodes/lib/store';
import { customBatches } from '../../../../nodes/lib/store/custom-table/merge';
import { withMessageId } from '../../../../nodes/lib/store/custom-table/types';
import { adt, column, KEY, oru, patients, property, results, rowsOf } from './helper';

function refusal(make: () => unknown): Hl7Error {
  try {
    make();
  } catch (error) {
    if (error instanceof Hl7Error) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const HEADER = 'MSH|^~\\&|S|H|L|A|20240229101112+0100||ORU^R01|C1|P|2.5\r';

describe('store: rows of custom tables', () => {
  const table = (columns: Record<string, unknown>[], changes = {}) => customTable({ table: 't', columns, ...changes });

  it('reads paths, properties, constants and expressions', () => {
    const columns = [
      column('path', 'PID-5.2'),
      column('property', 'msg.mllp.size', { kind: 'property', type: 'integer' }),
      column('constant', '20240229', { kind: 'constant', type: 'date' }),
      column('one', '$one', { kind: 'expression' }),
      column('two', '$two', { kind: 'expression', type: 'boolean' }),
    ];
    const extraction = new Extraction(table(columns), adt('C1', '1||DOE^JANE'));
    const { rows } = extraction.rows(property({ mllp: { size: 7 } }), [['x', true]]);
    expect(rows).to.deep.equal([['JANE', '7', '2024-02-29', 'x', '1']]);
  });

  it('undoes escapes and writes line breaks as such', () => {
    const text = adt('C1', '1||A\\T\\B\\.br\\C\\X41\\');
    expect(rowsOf(table([column('name', 'PID-5')]), text).rows).to.deep.equal([['A&B\nCA']]);
  });

  it('tells what is absent, what is empty and the HL7 null apart', () => {
    const read = (missing: string, pid: string) =>
      rowsOf(
        table([column('id', 'PID-3.1', KEY), column('x', 'PID-5.1', { missing, value: 'D' })], { mode: 'upsert' }),
        adt('C', pid),
      ).rows[0]![1];
    expect(['1', '1||', '1||""'].map((pid) => read('null', pid))).to.deep.equal([null, null, null]);
    expect(['1', '1||', '1||""'].map((pid) => read('default', pid))).to.deep.equal(['D', 'D', null]);
    expect(['1', '1||', '1||""'].map((pid) => read('leave', pid))).to.deep.equal([undefined, undefined, null]);
    for (const pid of ['1', '1||', '1||""'])
      expect(refusal(() => read('refuse', pid)).code).to.equal('STORE_VALUE_REFUSED');
  });

  it('does what is set for a value that does not fit', () => {
    const read = (misfit: string) =>
      rowsOf(table([column('x', 'PID-5.1', { size: '3', misfit, value: 'D' })]), adt('C', '1||LONG'));
    expect(read('null')).to.deep.include({ rows: [[null]], cut: [] });
    expect(read('default')).to.deep.include({ rows: [['D']], cut: [] });
    expect(read('cut')).to.deep.include({ rows: [['LON']], cut: ['x'] });
    expect(refusal(() => read('refuse')).fault).to.equal('content');
  });

  it('refuses with the place of each fault, and without a value', () => {
    const error = refusal(() =>
      rowsOf(
        results({}, [column('unit', 'OBX-6.1', { missing: 'refuse' })]),
        oru('C1', ['1', 'SECRET', '3']).replace(/mg\r/g, '\r'),
      ),
    );
    expect(error).to.include({ code: 'STORE_VALUE_REFUSED', fault: 'content' });
    expect(error.errors.map(({ location, code }) => [location, code])).to.deep.equal([
      ['OBX^1^6^1^1', '101'],
      ['OBX^2^5', '102'],
      ['OBX^2^6^1^1', '101'],
      ['OBX^3^6^1^1', '101'],
    ]);
    expect(error.message).to.contain('the column value has a value that is no number');
    expect(JSON.stringify([error.message, error.errors])).to.not.contain('SECRET');
  });

  it('reads other segments of the group that a row stands in', () => {
    const text = `${HEADER}${[
      'PID|1||P1',
      'NTE|1||patient note',
      'ORC|RE|O1',
      'OBR|1|O1',
      'NTE|1||order note',
      'OBX|1|ST|A',
      'OBX|2|ST|B',
      'NTE|1||note of B',
      'SPM|1|S1',
      'OBR|2|O2',
      'OBX|1|ST|C',
      'SPM|1|S2',
      'PID|2||P2',
      'ORC|RE|O3',
      'OBR|1|O3',
      'OBX|1|ST|D',
    ].join('\r')}\r`;
    const columns = ['OBX-3', 'PID-3', 'ORC-2', 'OBR-2', 'SPM-2', 'NTE-3', 'OBX[1]-3', 'MSH-10', 'ZZZ-1'].map((path) =>
      column(path, path),
    );
    expect(rowsOf(table(columns, { rows: 'OBX' }), text).rows).to.deep.equal([
      ['A', 'P1', 'O1', 'O1', 'S1', null, 'A', 'C1', null],
      ['B', 'P1', 'O1', 'O1', 'S1', 'note of B', 'A', 'C1', null],
      ['C', 'P1', null, 'O2', 'S2', null, 'A', 'C1', null],
      ['D', 'P2', 'O3', 'O3', null, null, 'A', 'C1', null],
    ]);
    const notes = ['NTE-3', 'OBX-3', 'OBR-2', 'PID-3'].map((path) => column(path, path));
    const rows = rowsOf(table(notes, { rows: 'NTE' }), text).rows;
    expect(rows.map((row) => row[0])).to.deep.equal(['patient note', 'order note', 'note of B']);
    expect(rows[2]).to.deep.equal(['note of B', 'B', 'O1', 'P1']);
    // A note, a specimen and an order do not stand under a result, and have none.
    expect(rows.slice(0, 2)).to.deep.equal([
      ['patient note', null, null, 'P1'],
      ['order note', null, 'O1', 'P1'],
    ]);
    const orders = ['OBR-2', 'OBX-3', 'SPM-2', 'NTE-3'].map((path) => column(path, path));
    expect(rowsOf(table(orders, { rows: 'OBR' }), text).rows).to.deep.equal([
      ['O1', null, 'S1', 'order note'],
      ['O2', null, 'S2', null],
      ['O3', null, null, null],
    ]);
    expect(rowsOf(table(orders, { rows: 'SPM' }), text).rows).to.deep.equal([
      ['O1', null, 'S1', null],
      ['O2', null, 'S2', null],
    ]);
  });

  it('makes no row where there is no such segment, and refuses what is no message', () => {
    expect(rowsOf(results(), adt('C', '1')).rows).to.deep.equal([]);
    for (const text of ['', 'junk', 'FHS|^~\\&|'])
      expect(refusal(() => rowsOf(results(), text)).fault).to.equal('content');
    expect(rowsOf(table([column('x', 'x', { kind: 'property' })]), 'junk', { x: 'y' }).rows).to.deep.equal([['y']]);
  });

  it('gives an expression the fields of its row', () => {
    const { contexts } = new Extraction(results(), oru('C1', ['5', '6']));
    expect(
      contexts.map(({ segment, occurrence, get }) => [segment, occurrence, get('OBX-5'), get('PID-3'), get('OBR-9')]),
    ).to.deep.equal([
      ['OBX', 1, '5', '4711', undefined],
      ['OBX', 2, '6', '4711', undefined],
    ]);
    expect(refusal(() => contexts[0]!.get('nonsense')).code).to.equal('PATH_INVALID');
  });

  describe('of a path that names several values', () => {
    const of = (pid: string, path: string, changes: Record<string, unknown> = {}) =>
      rowsOf(table([column('x', path, changes)]), adt('C', `1||${pid}`));
    const IDS = '7^^^H^PI~8^^^H^MR~9^^^S^MR';

    it('take the first, and say so, unless it says all of them', () => {
      for (const path of ['PID-5.1', 'PID-5', 'PID-5[1=B]']) {
        const { rows, leftOut } = of(path === 'PID-5[1=B]' ? 'A~B^1~B^2' : 'A~B', path);
        expect([path, rows[0]![0], leftOut]).to.deep.equal([path, path === 'PID-5[1=B]' ? 'B^1' : 'A', ['x']]);
      }
      expect(of('~B', 'PID-5.1')).to.deep.include({ rows: [[null]], leftOut: ['x'] });
      const whole: [string, string][] = [
        ['A', 'PID-5.1'],
        ['A~', 'PID-5.1'],
        ['A~A^2', 'PID-5.1'],
        ['A~^2', 'PID-5.1'],
        ['A~B', 'PID-5[1].1'],
        ['A~B', 'PID-5[2]'],
        ['A~B', 'PID-5[*]'],
        [IDS, 'PID-5[5=PI].1'],
        [IDS, 'PID-5[5=MR][4=S].1'],
        ['', 'PID-5'],
        ['""', 'PID-5'],
      ];
      for (const [pid, path] of whole) expect(of(pid, path), `${path} of ${pid}`).to.not.have.property('leftOut');
      expect(of(IDS, 'PID-5[5=MR].1')).to.deep.include({ rows: [['8']], leftOut: ['x'] });
      expect(of(IDS, 'PID-5[5=XX].1').rows).to.deep.equal([[null]]);
    });

    it('take the first where a column of an old flow has no choice', () => {
      expect(of('A~B', 'PID-5', { repeats: undefined })).to.deep.equal(of('A~B', 'PID-5', { repeats: 'first' }));
    });

    it('join all, so that two columns of a field line up', () => {
      const all = { repeats: 'all' };
      expect(of('A~B~~C', 'PID-5', all).rows).to.deep.equal([['A~B~~C']]);
      expect(of('A^1~B~^3', 'PID-5.1', { ...all, separator: ', ' }).rows).to.deep.equal([['A, B, ']]);
      expect(of('A^1~B~^3', 'PID-5.2', { ...all, separator: ', ' }).rows).to.deep.equal([['1, , 3']]);
      expect(of('A~B', 'PID-5', { ...all, separator: '\\n\\t' }).rows).to.deep.equal([['A\n\tB']]);
      expect(of('A\\R\\B~C\\.br\\D', 'PID-5', all).rows).to.deep.equal([['A~B~C\nD']]);
      expect(of('~', 'PID-5', { ...all, missing: 'default', value: 'D' }).rows).to.deep.equal([['D']]);
      expect(of('""', 'PID-5', { ...all, missing: 'default', value: 'D' }).rows).to.deep.equal([[null]]);
      expect(of('A~B', 'PID-5', all)).to.not.have.property('leftOut');
      expect(of('5', 'PID-5', { ...all, type: 'integer' }).rows).to.deep.equal([['5']]);
      expect(of('5~6', 'PID-5', { ...all, type: 'integer', misfit: 'null' }).rows).to.deep.equal([[null]]);
    });

    it('refuse the message, with the place', () => {
      const error = refusal(() => of('A~SECRET', 'PID-5.1', { repeats: 'refuse' }));
      expect(error).to.include({ code: 'STORE_VALUE_REFUSED', fault: 'content' });
      expect(error.message).to.contain('the column x has several values').and.not.contain('SECRET');
      expect(error.errors[0]).to.include({ location: 'PID^1^5^1^1' });
      expect(of('A~A', 'PID-5.1', { repeats: 'refuse' }).rows).to.deep.equal([['A']]);
    });

    it('name several segments, of the group that the row stands in', () => {
      const text = `${HEADER}${['PID|1||P', 'OBR|1', 'OBX|1|ST|A', 'NTE|1||one', 'NTE|2||two', 'OBX|2|ST|B', 'NTE|1||three', 'OBX|3|ST|C'].join('\r')}\r`;
      const notes = (changes: Record<string, unknown>, rows = 'OBX') =>
        rowsOf(table([column('note', 'NTE-3', changes)], { rows }), text);
      expect(notes({})).to.deep.include({ rows: [['one'], ['three'], [null]], leftOut: ['note'] });
      const all = notes({ repeats: 'all', separator: '\\n' });
      expect(all.rows).to.deep.equal([['one\ntwo'], ['three'], [null]]);
      expect(all).to.not.have.property('leftOut');
      expect(refusal(() => notes({ repeats: 'refuse' })).errors.map(({ location }) => location)).to.deep.equal([
        'NTE^1^3',
      ]);
      expect(notes({}, 'message')).to.deep.include({ rows: [['one']], leftOut: ['note'] });
      expect(notes({ repeats: 'all' }, 'message').rows).to.deep.equal([['one~two~three']]);
      const codes = (path: string) => rowsOf(table([column('code', path)]), text);
      expect(codes('OBX-3')).to.deep.include({ rows: [['A']], leftOut: ['code'] });
      expect(codes('OBX[1]-3')).to.not.have.property('leftOut');
    });

    it('are many, and each is read once', () => {
      const lines = Array.from({ length: 3_000 }, (_, n) => `OBX|${n}|ST|C${n}`);
      const notes = Array.from({ length: 3_000 }, (_, n) => `SPM|${n}|S`);
      const text = `${HEADER}PID|1\rOBR|1\r${[...lines, ...notes].join('\r')}\r`;
      const { rows } = rowsOf(table([column('a', 'SPM-2'), column('b', 'SPM-2.1')], { rows: 'OBX' }), text);
      expect(rows).to.have.length(3_000);
      expect(rows[2_999]).to.deep.equal(['S', 'S']);
    });

    it('are many in one field, and are read once for all rows of a group', () => {
      const reads = { count: 0 };
      const original = Hl7Message.prototype.repetitionsAt;
      Hl7Message.prototype.repetitionsAt = function (...of) {
        reads.count++;
        return original.apply(this, of);
      };
      try {
        const lines = Array.from({ length: 500 }, (_, n) => `OBX|${n}|ST|C${n}`).join('\r');
        const text = `${HEADER}PID|1||${'7~'.repeat(500)}8\rOBR|1\r${lines}\r`;
        const columns = [column('id', 'PID-3'), column('all', 'PID-3.1', { repeats: 'all', type: 'long text' })];
        const { rows, leftOut } = rowsOf(table(columns, { rows: 'OBX' }), text);
        expect(rows).to.have.length(500);
        expect(rows[499]).to.deep.equal(['7', `${'7~'.repeat(500)}8`]);
        expect(leftOut).to.deep.equal(['id']);
        expect(reads.count).to.equal(2);
      } finally {
        Hl7Message.prototype.repetitionsAt = original;
      }
    });
  });

  describe('for each repetition', () => {
    const ADDRESSES = 'MAIN 1^^TOWN~~SIDE 2^^CITY';
    const address = [
      column('id', 'PID-3.1'),
      column('street', 'PID-5.1'),
      column('city', 'PID-5.3'),
      column('n', '$n', { kind: 'expression', type: 'integer' }),
      column('last', 'PID-5[3].1'),
    ];
    const read = (pid: string, changes: Record<string, unknown> = { rows: 'PID-5' }, columns = address) => {
      const extraction = new Extraction(table(columns, changes), adt('C', pid));
      return extraction.rows(
        () => undefined,
        extraction.contexts.map(({ repetition }) => [repetition]),
      );
    };

    it('of a field have a row, in which its paths mean that repetition', () => {
      expect(read(`4711||${ADDRESSES}`)).to.deep.include({
        rows: [
          ['4711', 'MAIN 1', 'TOWN', '1', 'SIDE 2'],
          ['4711', 'SIDE 2', 'CITY', '3', 'SIDE 2'],
        ],
      });
      expect(read(`4711||${ADDRESSES}`)).to.not.have.property('leftOut');
      for (const none of ['4711', '4711||', '4711||~', '4711||""']) expect(read(none).rows, none).to.deep.equal([]);
    });

    it('of a field of each segment have a row', () => {
      const columns = [column('code', 'OBX-3'), column('value', 'OBX-5'), column('order', 'OBR-2')];
      const text = `${HEADER}OBR|1|O1\rOBX|1|CE|A||x~y\rOBX|2|CE|B\rOBR|2|O2\rOBX|1|CE|C||z\r`;
      expect(rowsOf(table(columns, { rows: 'OBX-5' }), text).rows).to.deep.equal([
        ['A', 'x', 'O1'],
        ['A', 'y', 'O1'],
        ['C', 'z', 'O2'],
      ]);
      // By the choice of a column, a segment without a value keeps its row.
      const chosen = [columns[0]!, column('value', 'OBX-5', { repeats: 'rows' }), columns[2]!];
      expect(rowsOf(table(chosen, { rows: 'OBX' }), text).rows).to.deep.equal([
        ['A', 'x', 'O1'],
        ['A', 'y', 'O1'],
        ['B', null, 'O1'],
        ['C', 'z', 'O2'],
      ]);
      expect(rowsOf(table(chosen), text).rows.map((row) => row.slice(0, 2))).to.deep.equal([
        ['A', 'x'],
        ['A', 'y'],
        ['C', 'z'],
      ]);
    });

    it('of the field that a column is set to have a row, and one where there is none', () => {
      const columns = address.map((one) => (one.column === 'city' ? { ...one, repeats: 'rows' } : one));
      expect(read(`4711||${ADDRESSES}`, {}, columns).rows).to.deep.equal([
        ['4711', 'MAIN 1', 'TOWN', '1', 'SIDE 2'],
        ['4711', 'SIDE 2', 'CITY', '3', 'SIDE 2'],
      ]);
      expect(read('4711', {}, columns).rows).to.deep.equal([['4711', null, null, '1', null]]);
      const noted = [column('id', 'PID-3'), column('note', 'NTE-3', { repeats: 'rows' })];
      expect(rowsOf(table(noted), adt('C', '4711')).rows).to.deep.equal([['4711', null]]);
      expect(
        rowsOf(table(noted), `${adt('C', '4711')}NTE|1||a~b\rNTE|2||c\r`).rows.map(([, note]) => note),
      ).to.deep.equal(['a', 'b', 'c']);
    });

    it('are named by number where one is refused', () => {
      const columns = [column('street', 'PID-5.1', { size: '4' }), column('city', 'PID-5', { missing: 'refuse' })];
      const { errors } = refusal(() => read('4711||A~LONGER~LONG^TOWN', { rows: 'PID-5' }, columns));
      expect(errors.map(({ location }) => location)).to.deep.equal(['PID^1^5^2^1']);
    });
  });

  describe('of an expression', () => {
    const made = (result: unknown, changes: Record<string, unknown> = {}) => {
      const one = table([column('x', '$x', { kind: 'expression', type: 'integer', value: '7', ...changes })]);
      return new Extraction(one, adt('C', '1')).rows(() => undefined, [[result]]);
    };
    const failure = { code: 'D3030', cause: { code: 'D3030', message: 'SECRET' } };
    const failed = new ExpressionResult(undefined, false, failure);

    it('that fails have what is set for a value that does not fit, and say so', () => {
      expect(made(failed, { misfit: 'null' })).to.deep.include({ rows: [[null]], failed: ['x'] });
      expect(made(failed, { misfit: 'default' })).to.deep.include({ rows: [['7']], failed: ['x'] });
      for (const changes of [{}, { type: 'text', misfit: 'cut' }]) {
        const error = refusal(() => made(failed, changes));
        expect(error).to.include({ code: 'STORE_VALUE_REFUSED', fault: 'content' });
        expect(error.message).to.contain('the column x has an expression that fails (D3030)').and.not.contain('SECRET');
        expect(error.cause).to.have.property('code', 'D3030');
      }
    });

    it('that gives nothing have no value, and one that read the first of several says so', () => {
      expect(made(new ExpressionResult(undefined), { missing: 'default' })).to.deep.include({ rows: [['7']] });
      expect(made(new ExpressionResult(5))).to.not.have.any.keys('failed', 'leftOut');
      expect(made(new ExpressionResult(5, true))).to.deep.include({ rows: [['5']], leftOut: ['x'] });
    });
  });

  it('take the id of the log row when there is one', () => {
    const columns = [column('message', '', { kind: 'log', type: 'integer' }), column('id', 'PID-3')];
    const own = rowsOf(table(columns), adt('C', '4711'));
    expect(withMessageId(own, 42).rows).to.deep.equal([['42', '4711']]);
    expect(own.rows[0]![1]).to.equal('4711');
    const alone = (missing: string) =>
      rowsOf(table([{ ...columns[0]!, missing, value: '0' }, columns[1]!], { write: 'own' }), adt('C', '4711'));
    expect(alone('null')).to.deep.include({ rows: [[null, '4711']] });
    expect(withMessageId(alone('default'), 42).rows).to.deep.equal([['0', '4711']]);
    expect(refusal(() => alone('refuse')).code).to.equal('STORE_VALUE_REFUSED');
  });

  it('read a structured numeric that is no more than a number as a number, by the separators of the message', () => {
    const read = (value: string, type = 'decimal', text = oru('C', [value])) =>
      rowsOf(
        table([column('x', 'OBX-5', { type, size: type === 'text' ? '50' : '10,2', misfit: 'null' })], { rows: 'OBX' }),
        text,
      ).rows[0]![0];
    const values = ['^4.5', '=^4.5', '= ^ 4.5 ', '=^4.5^^', '4.5^', '4.5', ' +4.5'];
    for (const value of values) expect(read(value), value).to.equal('4.5');
    for (const value of [
      '>^100',
      '<=^5',
      '^1^-^2',
      '^1^:^128',
      '^4.5^+',
      '<>^5',
      '^',
      '=^',
      '4.5^mg',
      '=^x',
      '=^1e3',
    ]) {
      expect(read(value), value).to.equal(null);
      expect(read(value, 'text'), value).to.equal(value);
    }
    expect(read('=^7', 'integer')).to.equal('7');
    expect(read('', 'decimal', 'MSH*%$!?*a\rOBX*1*SN*A**=%4.5*\r')).to.equal('4.5');
    expect(read('', 'decimal', 'MSH*%$!?*a\rOBX*1*SN*A**=^4.5*\r')).to.equal(null);
  });

  it('takes the offset of MSH-7 for instants', () => {
    const text = `${HEADER}OBX|1|ST|A||x||||||F|||20240229101112\r`;
    expect(rowsOf(table([column('at', 'OBX-14', { type: 'instant' })]), text).rows).to.deep.equal([
      ['2024-02-29 09:11:12.000'],
    ]);
  });

  it('puts rows of one key together, and rows that give other columns into other batches', () => {
    const one = patients();
    const list = ['2||A', '1||B||||||||5', '2||||||||||7', '1||""'].map((pid) => rowsOf(one, adt('C', pid)));
    const batches = customBatches(list);
    expect(batches.map(({ columns, rows }) => [columns.map(({ name }) => name), rows])).to.deep.equal([
      [
        ['id', 'name', 'phone'],
        [
          ['1', null, '5'],
          ['2', 'A', '7'],
        ],
      ],
    ]);
    const apart = customBatches(['2||A', '1||||||||||5'].map((pid) => rowsOf(one, adt('C', pid))));
    expect(apart.map(({ columns, rows }) => [columns.map(({ name }) => name), rows])).to.deep.equal([
      [['id', 'phone'], [['1', '5']]],
      [['id', 'name'], [['2', 'A']]],
    ]);
  });
});

describe('store: definition of custom tables', () => {
  const INVALID: [string, Record<string, unknown>, RegExp][] = [
    ['no name', { table: ' ' }, /has no name/],
    ['a table of the log', { table: 'HL7_Messages' }, /table of the log/],
    ['a name that is too long', { table: 'ä'.repeat(32) }, /more than 63 bytes/],
    ['a name with a control character', { table: 'a\u0000b' }, /control characters/],
    ['no columns', { columns: [] }, /list of columns of t is empty/],
    ['a list that is none', { columns: 'x' }, /is empty/],
    ['a column without a name', { columns: [column('', 'PID-3')] }, /no name/],
    ['a column twice', { columns: [column('a', 'PID-3'), column('A', 'PID-4')] }, /A of t is in the list twice/],
    ['no key for upsert', { mode: 'upsert' }, /mark the columns of its key/],
    ['no key for skip', { mode: 'skip' }, /mark the columns of its key/],
    ['another mode', { mode: 'merge' }, /none of insert, skip, upsert/],
    ['rows of nothing', { rows: 'obx' }, /segment of a name like OBX/],
    [
      'another choice for several values',
      { columns: [column('a', 'PID-3', { repeats: 'last' })] },
      /none of first, all/,
    ],
    [
      'a row each repetition of one repetition',
      { columns: [column('a', 'PID-3[2].1', { repeats: 'rows' })] },
      /must name a field, and no repetition/,
    ],
    [
      'a row each repetition of two fields',
      { rows: 'PID-11', columns: [column('a', 'PID-3', { repeats: 'rows' })] },
      /each repetition of another field/,
    ],
    [
      'a long separator',
      { columns: [column('a', 'PID-3', { separator: 'x'.repeat(21) })] },
      /separator of more than 20/,
    ],
    ['an id that is no number', { columns: [column('a', '', { kind: 'log', type: 'date' })] }, /make it an integer/],
    ['a wrong path', { columns: [column('a', 'PID/3')] }, /write it like PID-3\.1/],
    ['no source', { columns: [column('a', '', { kind: 'property' })] }, /has no source/],
    ['another type', { columns: [column('a', 'PID-3', { type: 'json' })] }, /none of text/],
    ['a length that is none', { columns: [column('a', 'PID-3', { size: '-1' })] }, /length from 1 to 4000/],
    ['a length with an exponent', { columns: [column('a', 'PID-3', { size: '1e2' })] }, /length from 1 to 4000/],
    ['digits that are none', { columns: [column('a', 'PID-3', { type: 'decimal', size: '2,5' })] }, /like 18,4/],
    ['leave without upsert', { columns: [column('a', 'PID-3', { missing: 'leave' })] }, /only by upsert/],
    [
      'cut of a number',
      { columns: [column('a', 'PID-3', { type: 'integer', misfit: 'cut' })] },
      /no text, which alone can be cut/,
    ],
    ['a key that may be NULL', { columns: [column('a', 'PID-3', { key: true, missing: 'null' })] }, /needs a value/],
    ['a key of long text', { columns: [column('a', 'PID-3', { ...KEY, type: 'long text' })] }, /in the key: make it/],
    [
      'a default that does not fit',
      { columns: [column('a', 'PID-3', { type: 'date', missing: 'default', value: 'x' })] },
      /default that is no whole date/,
    ],
    [
      'a constant that does not fit',
      { columns: [column('a', 'x', { kind: 'constant', type: 'integer' })] },
      /constant that is no number/,
    ],
  ];
  for (const [what, settings, words] of INVALID) {
    it(`refuses ${what}`, () => {
      const error = refusal(() => customTable({ table: 't', columns: [column('a', 'PID-3')], ...settings }));
      expect(error.code).to.equal('CONFIG_INVALID');
      expect(error.message)
        .to.match(words)
        .and.to.match(/Open the db store node/);
    });
  }

  it('takes what the dialog saves, with its defaults', () => {
    const { columns, ...rest } = customTable({
      table: ' t ',
      columns: [{ column: 'a', kind: 'path', source: 'PID-3' }],
    });
    expect(rest).to.deep.equal({
      name: 't',
      schema: '',
      create: false,
      mode: 'insert',
      segment: '',
      repeating: undefined,
      logged: true,
    });
    expect(columns[0]).to.include({
      name: 'a',
      type: 'text',
      length: 250,
      key: false,
      missing: 'null',
      misfit: 'refuse',
      repeats: 'first',
      separator: '~',
    });
  });
});
