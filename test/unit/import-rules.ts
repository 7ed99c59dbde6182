/**
 * Which part of the code may import which. `imports.test.ts` checks it. When files move, only the folders here change.
 *
 * The exceptions are those of today: take one out when it is gone (the test says so), add none.
 */

const nodes = 'nodes';
const lib = 'nodes/lib';
const mllp = 'nodes/lib/mllp';
const hl7 = 'nodes/lib/hl7';
const store = 'nodes/lib/store';
const exchange = 'nodes/lib/exchange';
const messages = 'nodes/lib/message';

/** Folders whose files are looked at. */
export const FOLDERS: readonly string[] = [nodes, 'scripts'];

export interface ImportRule {
  name: string;
  /** Files that the rule is for: those below a folder. */
  from: string;
  /** What they must not import: folders of the project, or packages and modules by name. */
  never: readonly string[];
  /** Below a folder of `never`, what they may import all the same. */
  except?: readonly string[];
  /** Today's exceptions: `importing file > imported file or module`. */
  today?: readonly string[];
}

export const RULES: readonly ImportRule[] = [
  {
    name: 'the library does not know Node-RED',
    from: lib,
    never: ['node-red', '@node-red', 'nodes'],
    except: [lib],
  },
  { name: 'mllp does not know HL7, storage and exchanges', from: mllp, never: [hl7, store, exchange, messages] },
  { name: 'hl7 does not know MLLP, storage and exchanges', from: hl7, never: [mllp, store, exchange, messages] },
  {
    name: 'storage knows no sockets and no answers that are due',
    from: store,
    never: ['net', 'tls', 'node:net', 'node:tls', mllp, exchange, messages],
    today: ['nodes/lib/store/dialects/mssql/session.ts > node:net'],
  },
  { name: 'exchanges do not know sockets and storage', from: exchange, never: ['node:net', 'node:tls', mllp, store] },
  { name: 'the product does not know its tests and benchmarks', from: nodes, never: ['test', 'bench', 'scripts'] },
];

/** Groups of files that import each other in a circle, today. */
export const CYCLES_TODAY: readonly (readonly string[])[] = [
  ['nodes/lib/hl7/keys.ts', 'nodes/lib/hl7/object-reader.ts', 'nodes/lib/hl7/object.ts'],
  [
    'nodes/lib/store/dialect.ts',
    'nodes/lib/store/record.ts',
    'nodes/lib/store/retention/index.ts',
    'nodes/lib/store/retention/lease.ts',
    'nodes/lib/store/retention/maintenance.ts',
    'nodes/lib/store/retention/patience.ts',
    'nodes/lib/store/retention/run.ts',
    'nodes/lib/store/retention/runner.ts',
    'nodes/lib/store/retention/sweep.ts',
    'nodes/lib/store/retention/words.ts',
    'nodes/lib/store/types.ts',
  ],
  [
    'nodes/lib/store/migrate.ts',
    'nodes/lib/store/migrations/0001-log-tables.ts',
    'nodes/lib/store/migrations/0002-retention.ts',
  ],
];
