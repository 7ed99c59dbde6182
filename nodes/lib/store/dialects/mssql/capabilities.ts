import type { Session } from '../shared';

/** In what a server that speaks SQL Server's protocol may differ from SQL Server. Asked when it is opened. */
export interface ServerCapabilities {
  /** Its text holds NUL. */
  takesNul: boolean;
  /** Reads the escapes of JSON. */
  readsEscapes: boolean;
  /** Counts a surrogate pair as one character. */
  countsPairs: boolean;
}

/** SQL Server's own. */
export const CAPABILITIES: ServerCapabilities = { takesNul: true, readsEscapes: true, countsPairs: false };

/** Both ways that text takes: as such, and read from its bytes. */
const NUL = 'SELECT NCHAR(0) AS one, CONVERT(nvarchar(max), CONVERT(varchar(max), 0x00)) AS other';
const ESCAPES = `SELECT one, N'\u0001"\\' AS other FROM OPENJSON(N'[{"one":"\\u0001\\"\\\\"}]') WITH (one nvarchar(3)) AS o`;
const PAIRS = "SELECT LEN(N'\u{1f600}' COLLATE Latin1_General_100_BIN2) AS one, 1 AS other";

/** Asks a server for its manners. Rejects when the connection is lost. */
export async function capabilitiesOf(session: Session): Promise<ServerCapabilities> {
  return {
    takesNul: await answers(session, NUL, ({ one, other }) => one === '\0' && other === '\0'),
    readsEscapes: await answers(session, ESCAPES, ({ one, other }) => one === other),
    countsPairs: await answers(session, PAIRS, ({ one, other }) => one === other),
  };
}

/** True when a query runs and its row is as expected. Rejects when the connection is lost. */
export async function answers(
  session: Session,
  sql: string,
  expected: (row: Record<string, unknown>) => boolean = () => true,
): Promise<boolean> {
  try {
    const [row] = await session.run<Record<string, unknown>>(sql);
    return row !== undefined && expected(row);
  } catch (error) {
    if (session.lost) throw error;
    return false;
  }
}

/** Characters of a text, a surrogate pair counting as one. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      count -= 1;
      at += 1;
    }
  }
  return count;
}

/** What JSON cannot hold without an escape, except for NUL. */
export const ESCAPED = `"\\${Array.from({ length: 0x1f }, (_, n) => String.fromCharCode(n + 1)).join('')}`;

const SHORT: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
/** The characters for private use. */
const FIRST = 0xe000;
const LAST = 0xf8ff;

/**
 * JSON texts in which a character that does not occur in them stands for each that needs an escape.
 * @returns the texts, and what stands for each of `ESCAPED`
 */
export function withoutEscapes(lists: readonly string[]): { lists: string[]; standIns: string } {
  let first = FIRST;
  const occurs = (): boolean => {
    const range = `[\\u${first.toString(16)}-\\u${(first + ESCAPED.length - 1).toString(16)}]`;
    return lists.some((list) => new RegExp(range).test(list));
  };
  while (occurs()) {
    first += ESCAPED.length;
    if (first + ESCAPED.length > LAST) throw new RangeError('no character for private use is left');
  }
  const plain = (sequence: string, code: string): string => {
    const at = ESCAPED.indexOf(
      code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (SHORT[code] ?? code),
    );
    return at < 0 ? sequence : String.fromCharCode(first + at);
  };
  return {
    lists: lists.map((list) => list.replace(/\\(u00[01][0-9a-f]|["\\bfnrt])/g, plain)),
    standIns: String.fromCharCode(...Array.from(ESCAPED, (_, n) => first + n)),
  };
}
