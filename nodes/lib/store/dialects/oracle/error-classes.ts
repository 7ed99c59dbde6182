import { lookup } from '../../../util';
import { isCustomTableError } from '../../custom-table';
import type { Reason } from '../../open-error';
import { named, type Refusal, type RefusalKind } from '../../refusal';
import type { ErrorClass } from '../contract';
import { AWAY, isNetworkCode, type Meaning, NO_ENTRY, NO_RIGHT } from '../shared';

/** Numbers of errors, https://docs.oracle.com/error-help/db. Another session stands in the way. */
const BUSY = new Set([51, 54, 60, 4021, 8177, 30006]);
/** What a row holds. */
const DATA = new Set([
  1, 1400, 1401, 1407, 1426, 1438, 1461, 1722, 1830, 1839, 1840, 1841, 1843, 1847, 1850, 1858, 1861, 2290, 2291, 2292,
  6502, 12899, 22835, 40441,
]);
/** Errors that triggers of the user's raise. */
const USERS: [number, number] = [20_000, 20_999];
/** No space, no right, too many sessions: the connection is none the worse. */
const UNAVAILABLE = new Set([
  257, 1031, 1536, 1631, 1632, 1652, 1653, 1654, 1655, 1658, 1659, 1688, 1691, 1692, 1693, 1950, 16038, 19809, 19815,
  30036,
]);
/** The connection is gone or leads nowhere, the server is starting or stopping, or only reads. */
const ANEW = new Set([
  18, 20, 28, 600, 603, 1012, 1013, 1017, 1033, 1034, 1089, 1090, 1092, 1109, 2396, 2399, 3113, 3114, 3135, 7445, 12153,
  12154, 12170, 12505, 12514, 12516, 12518, 12519, 12520, 12528, 12537, 12541, 12545, 12547, 12560, 12571, 16000, 16456,
  25408, 28000, 28001, 28002,
]);
/** The tables are not what they were. */
const SCHEMA = new Set([904, 942, 4068]);

interface Found {
  /** `ORA`, `NJS`, `DPI`, or `''` where the error is neither the server's nor the driver's. */
  origin: string;
  number: number;
  text: string;
  /** Of the network. */
  codes: string[];
}

/** The error of the server or the driver, inside of what Sequelize and umzug made of it; not inside of a custom table's. */
function find(error: unknown): Found {
  const found: Found = { origin: '', number: 0, text: '', codes: [] };
  for (let at = error; at instanceof Error && !isCustomTableError(at); ) {
    const { code, original, parent, cause } = at as Error & Record<string, unknown>;
    const name =
      /^(ORA|NJS|DPI)-(\d+)/.exec(typeof code === 'string' ? code : '') ?? /^(ORA|NJS|DPI)-(\d+)/.exec(at.message);
    if (name !== null) {
      found.origin = name[1]!;
      found.number = Number(name[2]);
    } else if (typeof code === 'string') found.codes.push(code);
    found.text = at.message;
    at = original ?? parent ?? cause;
  }
  return found;
}

function meaningOf(error: unknown): Meaning | undefined {
  const { origin, number, codes } = find(error);
  if (origin === '') return codes.some(isNetworkCode) ? { errorClass: 'unavailable', anew: true } : undefined;
  // The driver's own: of the connection, or of a call that is wrong by itself.
  if (origin !== 'ORA') {
    const anew = origin === 'DPI' || number === 3 || number === 123 || number >= 500;
    return { errorClass: anew ? 'unavailable' : 'statement', anew };
  }
  if (BUSY.has(number)) return { errorClass: 'busy', anew: false };
  if (DATA.has(number) || (number >= USERS[0] && number <= USERS[1])) return { errorClass: 'data', anew: false };
  if (ANEW.has(number) || SCHEMA.has(number)) return { errorClass: 'unavailable', anew: true };
  return { errorClass: UNAVAILABLE.has(number) ? 'unavailable' : 'statement', anew: false };
}

/** What an error means for the batch; undefined when it is not the server's or its driver's. */
export function classifyError(error: unknown): ErrorClass | undefined {
  return meaningOf(error)?.errorClass;
}

export const lacksColumn = (error: unknown): boolean => oraNumber(error) === 904;

/** True when the connection, or the schema, must be made anew. */
export function connectionIsOf(error: unknown): boolean {
  return meaningOf(error)?.anew ?? false;
}

const REFUSALS: ReadonlyMap<number, RefusalKind> = new Map([
  [1, 'duplicate'],
  [2291, 'parent'],
  [2290, 'check'],
  [1400, 'missing'],
  [1407, 'missing'],
  [1401, 'length'],
  [1461, 'length'],
  [12899, 'length'],
  [22835, 'length'],
  [1426, 'range'],
  [1438, 'range'],
  [2292, 'other'],
]);

/** Where the text names a constraint or a column, as `SCHEMA.NAME`; values, if any, stand behind. */
const NAMES: readonly [RegExp, 'constraint' | 'column'][] = [
  [/^ORA-\d+: [^()]{1,80} \(([^()\s"]+)\) /, 'constraint'],
  [/^ORA-\d+: [^("]{1,80} \(?("[^"]+"\."[^"]+"\."[^"]+")/, 'column'],
];

/** Which rule a refused row breaks. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { origin, number, text } = find(error);
  if (origin !== 'ORA') return undefined;
  if (number >= USERS[0] && number <= USERS[1]) return { kind: 'other' };
  const kind = REFUSALS.get(number);
  if (kind === undefined) return undefined;
  for (const [pattern, what] of NAMES) {
    const name = pattern.exec(`${text} `)?.[1];
    if (name !== undefined) return { kind, ...named(what, name.replaceAll('"', '')) };
  }
  return { kind };
}

/** The number of a server's error; undefined for any other. */
export function oraNumber(error: unknown): number | undefined {
  const { origin, number } = find(error);
  return origin === 'ORA' ? number : undefined;
}

const NO_SERVICE: Reason = {
  why: 'database',
  text: 'There is no database of this name: the name is that of a service, e.g. FREEPDB1.',
};
const REASONS: Record<string, Reason> = lookup({
  'ORA-1017': NO_ENTRY,
  'ORA-1031': NO_RIGHT,
  'ORA-1950': { why: 'rights', text: 'The user has no room in its tablespace: grant it a quota.' },
  'ORA-12505': NO_SERVICE,
  'ORA-12514': NO_SERVICE,
  'ORA-12541': AWAY,
  'ORA-28000': { why: 'login', text: 'The user is locked: unlock it.' },
  'ORA-28001': { why: 'login', text: 'The password has expired: give the user another.' },
  'ORA-1918': { why: 'schema', text: 'There is no user of this name, which is the schema: create it.' },
  'NJS-503': AWAY,
  'NJS-510': { why: 'away', text: 'The host does not answer.' },
  'NJS-511': AWAY,
  'NJS-518': NO_SERVICE,
  'NJS-138': { why: 'version', text: 'This driver needs Oracle Database 12.1 or later.' },
});

/** Why the database cannot be opened, and what to do. */
export function openReason(error: unknown): Reason | undefined {
  const { origin, number } = find(error);
  return REASONS[`${origin}-${number}`];
}
