import type { ErrorDetail } from '../errors';

/** Which rule of the database a row breaks. */
export type RefusalKind = 'duplicate' | 'parent' | 'check' | 'missing' | 'length' | 'range' | 'other';

/** Why a database refuses a row: the rule, and the name of the constraint or column, where the database says it. */
export interface Refusal {
  kind: RefusalKind;
  /** `constraint patients_pkey`, `column name`; never a value. */
  name?: string;
}

/** By kind: table 0357 (205 duplicate key, 204 unknown key, 207 any other), and the words for people. */
const WORDS: Readonly<Record<RefusalKind, { code: string; text: string }>> = {
  duplicate: { code: '205', text: 'duplicate key' },
  parent: { code: '204', text: 'the row that it refers to is missing' },
  check: { code: '207', text: 'a check fails' },
  missing: { code: '207', text: 'a value is missing' },
  length: { code: '207', text: 'a value is too long' },
  range: { code: '207', text: 'a number is out of range' },
  other: { code: '207', text: 'a constraint or trigger does not allow it' },
};

/** Characters of a name that an acknowledgment tells. */
const LONGEST_NAME = 100;

/** For an error's text: `duplicate key, constraint patients_pkey`. */
export function refusalText({ kind, name }: Refusal): string {
  return name === undefined ? WORDS[kind].text : `${WORDS[kind].text}, ${name}`;
}

/** The same for an acknowledgment. */
export function refusalError(refusal: Refusal): ErrorDetail {
  const text = refusalText(refusal);
  return {
    code: WORDS[refusal.kind].code,
    text: text.charAt(0).toUpperCase() + text.slice(1, LONGEST_NAME),
    severity: 'E',
  };
}

/** A name as a database tells it, unless it is none. */
export function named(what: 'constraint' | 'column', name: unknown): Pick<Refusal, 'name'> {
  return typeof name === 'string' && /^[^\x00-\x1f]{1,128}$/.test(name) ? { name: `${what} ${name}` } : {};
}
