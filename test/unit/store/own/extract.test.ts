import { expect } from 'chai';
import { Hl7Error } from '../../../../nodes/lib/errors';
import { Extraction, ownTable } from '../../../../nodes/lib/store/own';
import { ownBatches } from '../../../../nodes/lib/store/own/merge';
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

describe('store: rows of own tables', () => {
  const table = (columns: Record<string, unknown>[], changes = {}) => ownTable({ table: 't', columns, ...changes });

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
    const orders = ['OBR-2', 'OBX-3', 'SPM-2', 'NTE-3'].map((path) => column(path, path));
    expect(rowsOf(table(orders, { rows: 'OBR' }), text).rows).to.deep.equal([
      ['O1', 'A', 'S1', 'order note'],
      ['O2', 'C', 'S2', null],
      ['O3', 'D', null, null],
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

  it('takes the offset of MSH-7 for instants', () => {
    const text = `${HEADER}OBX|1|ST|A||x||||||F|||20240229101112\r`;
    expect(rowsOf(table([column('at', 'OBX-14', { type: 'instant' })]), text).rows).to.deep.equal([
      ['2024-02-29 09:11:12.000'],
    ]);
  });

  it('puts rows of one key together, and rows that give other columns into other batches', () => {
    const one = patients();
    const list = ['2||A', '1||B||||||||5', '2||||||||||7', '1||""'].map((pid) => rowsOf(one, adt('C', pid)));
    const batches = ownBatches(list);
    expect(batches.map(({ columns, rows }) => [columns.map(({ name }) => name), rows])).to.deep.equal([
      [
        ['id', 'name', 'phone'],
        [
          ['1', null, '5'],
          ['2', 'A', '7'],
        ],
      ],
    ]);
    const apart = ownBatches(['2||A', '1||||||||||5'].map((pid) => rowsOf(one, adt('C', pid))));
    expect(apart.map(({ columns, rows }) => [columns.map(({ name }) => name), rows])).to.deep.equal([
      [['id', 'phone'], [['1', '5']]],
      [['id', 'name'], [['2', 'A']]],
    ]);
  });
});

describe('store: definition of own tables', () => {
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
    ['a wrong path', { columns: [column('a', 'PID/3')] }, /write it like PID-3\.1/],
    ['no source', { columns: [column('a', '', { kind: 'property' })] }, /says not where/],
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
      const error = refusal(() => ownTable({ table: 't', columns: [column('a', 'PID-3')], ...settings }));
      expect(error.code).to.equal('CONFIG_INVALID');
      expect(error.message)
        .to.match(words)
        .and.to.match(/Open the db store node/);
    });
  }

  it('takes what the dialog saves, with its defaults', () => {
    const { columns, ...rest } = ownTable({ table: ' t ', columns: [{ column: 'a', kind: 'path', source: 'PID-3' }] });
    expect(rest).to.deep.equal({ name: 't', schema: '', create: false, mode: 'insert', segment: '' });
    expect(columns[0]).to.include({
      name: 'a',
      type: 'text',
      length: 250,
      key: false,
      missing: 'null',
      misfit: 'refuse',
    });
  });
});
