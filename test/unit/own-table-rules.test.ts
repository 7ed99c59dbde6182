import { expect } from 'chai';
import fc from 'fast-check';
import type { NodeAPI } from 'node-red';
import { CustomTableSource } from '../../nodes/db-store/custom-table';
import { Hl7Error } from '../../nodes/lib/errors';
import {
  CUSTOM_MODES,
  CUSTOM_TYPES,
  MISFIT,
  MISSING,
  REPEATS,
  SOURCE_KINDS,
} from '../../nodes/lib/store/custom-table/types';
import { checked, loaded, util } from './editor-files';

// The dialog of db store takes a custom table when the runtime does, and only then.

type Properties = Record<string, unknown>;

const node = loaded.find(({ name }) => name === 'db-store')!;
const PARTS = ['table', 'schema', 'rows', 'columns'];

/** What the dialog says of each setting that it finds wrong. */
function said(settings: Properties): Record<string, string> {
  const others = { write: 'own', ...settings };
  const all = PARTS.map((part) => [part, checked(node, part, settings[part], others)]);
  return Object.fromEntries(all.filter(([, verdict]) => verdict !== true));
}

/** What the runtime says; undefined when it takes the table. */
function refused(settings: Properties): string | undefined {
  try {
    new CustomTableSource({ util } as unknown as NodeAPI, undefined, settings);
    return undefined;
  } catch (error) {
    expect(error).to.be.instanceOf(Hl7Error).with.property('code', 'CONFIG_INVALID');
    return (error as Hl7Error).message;
  }
}

function agree(settings: Properties): void {
  expect(Object.keys(said(settings)).length > 0, JSON.stringify(settings)).to.equal(refused(settings) !== undefined);
}

const column = (changes: Properties = {}): Properties => ({
  column: 'a',
  kind: 'path',
  source: 'PID-3.1',
  type: 'text',
  size: '',
  key: false,
  missing: 'null',
  misfit: 'refuse',
  value: '',
  ...changes,
});
const table = (changes: Properties = {}): Properties => ({
  table: 't',
  schema: '',
  create: true,
  mode: 'insert',
  rows: 'message',
  columns: [column()],
  ...changes,
});
const KEY = { key: true, missing: 'refuse' };

const NAMES = [
  '',
  ' ',
  'a',
  ' A',
  'ä'.repeat(31),
  'ä'.repeat(32),
  'x'.repeat(63),
  'x'.repeat(64),
  'a\tb',
  '\ud800',
  '😀',
];
const PATHS = 'PID,PID-3,PID.3.1,PID-3-1-1,PID-3.1.1.1,PID-3[2].1,PID(2)-3(1).2,PID-3[*],PID-3[*].1,PID-0,PID-99999'
  .concat(',PID-100000,pid-3,PID/3,PIDX-3,Z1-2,ZZ1-2,PID[0]-3,PID[1-3,PID-3[*.1,PID-,MSH-1, OBX-5 ,PID-3(*)')
  .concat(',PID-3[5=MR].1,PID-3[5=MR],PID-3[5=MR][4.2=1.2].1.1,PID-3[5=],PID-3[0=x],PID-3[5=a[b],PID-3[5=a b-.(c)].1')
  .concat(',PID-3(5=MR),PID-3[2][5=MR],PID-3[5=MR][*],PID[5=MR]-3,PID-3[5.1.2=x],PID-3[5=a\tb],PID-3[100000=x]')
  .split(',');
const SEPARATORS = [
  '',
  '~',
  ', ',
  '\\n',
  '\\t\\n',
  'x'.repeat(20),
  'x'.repeat(21),
  '\\n'.repeat(20),
  '\n',
  '\r',
  'a\0',
  '\ud800',
];
const PROPERTIES = [
  '',
  'payload',
  'msg.topic',
  'msg.',
  'a b',
  'a..b',
  'a.b[0]',
  'a[msg.x]',
  'a["b"]',
  "a['",
  '.a',
  'msg',
];
const EXPRESSIONS = ['', '$hl7("PID-3")', 'payload & "x"', '(', '$', '"', 'a.b[', '1 +'];
const VALUES = [
  ...[
    '',
    ' ',
    'x',
    'Y',
    'no',
    'TRUE',
    '1',
    '0',
    '-0',
    '+7',
    '.5',
    '5.',
    '.',
    '-',
    '1.50',
    '1e3',
    '123456789012345.1234',
  ],
  ...[
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '00000000000000000000009',
    '12345678901234.5',
  ],
  ...[
    '2024',
    '202402',
    '20240229',
    '20230229',
    '2024022910',
    '202402291011',
    '20240229101112',
    '20240229101112.1234567',
  ],
  ...['20240229101112.123456', '20240229101112.1234560', '20240229101112+0100', '20240229101112-1201', '2024022925'],
  ...[
    '1970+0100',
    '197001+0100',
    '19700101+0100',
    '2024-02-29',
    '2024-02-30',
    '2024-02-29T10:11',
    '2024-02-29T10:11:12Z',
  ],
  ...['2024-02-29 10:11:12.5+01:00', '2024-02-29T10:11+1500', '00000101', '00010101000000+1400', '99991231235959-1200'],
  ...[
    '20240229^x',
    '^20240229',
    'TWFu',
    'TWE=',
    'TQ==',
    'TQ===',
    'T',
    'TW Fu',
    '****',
    'a\0b',
    '\udc00',
    '😀',
    'x'.repeat(251),
  ],
];
const SIZES = [
  '',
  ' ',
  '1',
  '250',
  '4000',
  '4001',
  '0',
  '-1',
  'x',
  '1e2',
  '0x10',
  '2.0',
  '18,4',
  '38.0',
  '5; 5',
  '4,5',
  '39',
];

describe('custom table: the dialog and the runtime have the same rules', () => {
  for (const part of ['table', 'schema']) {
    it(`of the ${part}'s name`, () => {
      const log = ['hl7_messages', 'HL7_Acks', 'hl7_identifiers', 'hl7_leases', 'hl7_migrations', 'hl7_patients'];
      for (const name of [...NAMES, ...log]) agree(table({ [part]: name }));
    });
  }

  it('of what a row is made of', () => {
    for (const rows of ['', 'message', 'OBX', ' OBX ', 'ZZ1', 'obx', 'MSH', 'OBX-5', 'Z', '1BX', 'Message']) {
      agree(table({ rows }));
    }
    for (const rows of [
      'PID-11',
      'PID.11',
      ' PID-3 ',
      'PID-0',
      'PID-11.1',
      'PID-11[2]',
      'MSH-18',
      'PID-',
      'OBX[2]-5',
    ]) {
      agree(table({ rows }));
    }
  });

  it("of columns' names", () => {
    for (const name of NAMES) agree(table({ columns: [column({ column: name })] }));
    for (const second of ['b', 'A', ' a ', '']) agree(table({ columns: [column(), column({ column: second })] }));
  });

  it('of where their values come from', () => {
    for (const source of PATHS) agree(table({ columns: [column({ source })] }));
    for (const source of PROPERTIES) agree(table({ columns: [column({ kind: 'property', source })] }));
    for (const source of EXPRESSIONS) agree(table({ columns: [column({ kind: 'expression', source })] }));
    for (const kind of ['', 'x', undefined, null]) agree(table({ columns: [column({ kind })] }));
  });

  it('of what a column gets of several values', () => {
    for (const repeats of [...REPEATS, '', 'last', null, undefined]) {
      for (const source of PATHS) agree(table({ columns: [column({ source, repeats })] }));
      for (const kind of SOURCE_KINDS) agree(table({ columns: [column({ kind, repeats, type: 'long text' })] }));
    }
    for (const separator of [...SEPARATORS, null, undefined]) {
      agree(table({ columns: [column({ separator, repeats: 'all' })] }));
    }
    const fields = ['PID-11.1', 'PID-11.3', 'PID-11', 'PID-13', 'NK1-11', 'PID[2]-11', 'PID(2)-11.1', 'PID-11[1].1'];
    for (const rows of ['message', 'PID', 'PID-11', 'OBX-5']) {
      for (const first of fields) {
        for (const second of fields) {
          const columns = [first, second].map((source, n) => column({ column: `c${n}`, source, repeats: 'rows' }));
          agree(table({ rows, columns }));
          agree(table({ rows, columns: [columns[0], { ...columns[1], repeats: 'first' }] }));
        }
      }
    }
  });

  it('of the id of the log row', () => {
    for (const type of [...CUSTOM_TYPES, '', 'json']) {
      for (const size of ['', '1', '15', '16', '10,2', '16,0', '20,5']) {
        for (const source of ['', 'x']) agree(table({ columns: [column({ kind: 'log', source, type, size })] }));
        agree(table({ columns: [column({ kind: 'log', source: '', type, size, ...KEY })] }));
      }
    }
  });

  for (const type of [...CUSTOM_TYPES, '', 'json', null]) {
    it(`of sizes, constants, defaults and keys of ${type || `the type ${JSON.stringify(type)}`}`, () => {
      for (const size of SIZES) agree(table({ columns: [column({ type, size })] }));
      for (const size of ['', '10,2']) {
        for (const value of VALUES) {
          agree(table({ columns: [column({ type, size, kind: 'constant', source: value })] }));
          agree(table({ columns: [column({ type, size, missing: 'default', value })] }));
          agree(table({ columns: [column({ type, size, misfit: 'default', value })] }));
        }
      }
      for (const mode of CUSTOM_MODES) agree(table({ mode, columns: [column({ type, ...KEY })] }));
    });
  }

  it('of how many columns there are', () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => column({ column: `c${n}` }));
    for (const columns of [[], 'x', undefined, [null], [{}], many(500), many(501)]) agree(table({ columns }));
  });

  it('but for a variable, which is known only where the flow runs', () => {
    const variable = '$'.concat('{HL7_COLUMN}');
    for (const changes of [{ column: variable }, { source: variable }, { kind: 'expression', source: variable }]) {
      expect(said(table({ columns: [column(changes)] }))).to.deep.equal({});
    }
    const born = column({ type: 'date', missing: 'default', value: variable });
    expect(said(table({ columns: [born] }))).to.deep.equal({});
    expect(said(table({ columns: [{ ...born, value: `${variable}x` }] }))).to.have.keys('columns');
  });

  it('of all of it together', () => {
    const one = fc.record({
      column: fc.constantFrom('a', 'b', 'c', ...NAMES),
      kind: fc.constantFrom(...SOURCE_KINDS),
      source: fc.constantFrom('PID-3', 'payload', '1', ...PATHS, ...VALUES),
      type: fc.constantFrom(...CUSTOM_TYPES),
      size: fc.constantFrom(...SIZES),
      key: fc.boolean(),
      missing: fc.constantFrom(...MISSING),
      misfit: fc.constantFrom(...MISFIT),
      repeats: fc.constantFrom(...REPEATS),
      separator: fc.oneof(fc.constantFrom(...SEPARATORS), fc.string()),
      value: fc.oneof(fc.constantFrom(...VALUES), fc.string(), fc.stringMatching(/^\d{4,14}(\.\d{1,7})?([+-]\d{4})?$/)),
    });
    const columns = fc.array(one, { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(fc.constantFrom(...CUSTOM_MODES), columns, (mode, list) => agree(table({ mode, columns: list }))),
      { numRuns: 3000 },
    );
  });
});
