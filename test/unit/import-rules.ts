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
  { name: 'storage knows no MLLP and no answers that are due', from: store, never: [mllp, exchange, messages] },
  {
    // A driver is given an address or a stream: that is its database's, not a peer's.
    name: 'storage knows no sockets, but for those of drivers',
    from: store,
    never: ['net', 'tls', 'node:net', 'node:tls'],
    today: [
      'nodes/lib/store/dialects/mssql/session.ts > node:net',
      'nodes/lib/store/dialects/shared/dialect.ts > node:net',
      'nodes/lib/store/dialects/shared/stream.ts > node:net',
    ],
  },
  { name: 'exchanges do not know sockets and storage', from: exchange, never: ['node:net', 'node:tls', mllp, store] },
  { name: 'the product does not know its tests and benchmarks', from: nodes, never: ['test', 'bench', 'scripts'] },
];

/** Files that may import past the `index.ts` of a module: the editor's bundles take pure files, and nothing of Node.js. */
export const PAST_DOORS: readonly string[] = ['nodes/common/editor', 'nodes/common/settings-table'];
