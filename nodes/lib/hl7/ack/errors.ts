import { type ErrorDetail, type Fault, Hl7Error } from '../../errors';
import type { Delimiters } from '../syntax/delimiters';
import { escapeText } from '../syntax/escape';
import { atLeast, type Version } from '../syntax/header';

/** Message error condition codes (HL7 table 0357; 104 since v2.7, 198 and 199 since v2.9). */
export const TABLE_0357: Readonly<Record<string, string>> = Object.freeze({
  '0': 'Message accepted',
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '104': 'Value too long',
  '198': 'Non-conformant cardinality',
  '199': 'Other HL7 error',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '202': 'Unsupported processing id',
  '203': 'Unsupported version id',
  '204': 'Unknown key identifier',
  '205': 'Duplicate key identifier',
  '206': 'Application record locked',
  '207': 'Application internal error',
});

/** What stands for a code in versions whose table does not have it yet. */
const BEFORE: Readonly<Record<string, { since: [number, number]; code: string }>> = {
  '104': { since: [2, 7], code: '102' },
  '198': { since: [2, 9], code: '100' },
  '199': { since: [2, 9], code: '102' },
};

function inVersion(fault: ErrorDetail, version: Version): ErrorDetail {
  const before = Object.hasOwn(BEFORE, fault.code) ? BEFORE[fault.code] : undefined;
  return before === undefined || atLeast(version, ...before.since) ? fault : { ...fault, code: before.code };
}

function tableText(code: string): string | undefined {
  return Object.hasOwn(TABLE_0357, code) ? TABLE_0357[code] : undefined;
}

const CODING_SYSTEM = 'HL70357';
const INTERNAL_ERROR = '207';

/** A message without MSH-10: stored, and never answered positively, since its sender could not match the answer. */
export const NO_CONTROL_ID: Readonly<ErrorDetail> = Object.freeze({
  location: 'MSH^1^10',
  code: '101',
  text: 'The message has no control ID (MSH-10)',
});

const BY_FAULT: Readonly<Record<Fault, ErrorDetail>> = {
  content: { code: '199', text: 'The content of the message cannot be processed' },
  refused: { code: '200', text: 'Messages of this kind are not accepted here' },
  system: { code: INTERNAL_ERROR, text: 'The message could not be processed because of an internal error' },
};

/** Also recognises one of our errors after a clone, which loses its class. */
function isHl7Error(error: unknown): error is Hl7Error {
  if (error instanceof Hl7Error) return true;
  const like = error as Partial<Hl7Error> | null | undefined;
  return like?.name === 'Hl7Error' && typeof like.fault === 'string' && Object.hasOwn(BY_FAULT, like.fault);
}

/** Who is at fault: what one of our errors says; anything else is our own. */
export function faultOf(error: unknown): Fault {
  return isHl7Error(error) ? error.fault : 'system';
}

/**
 * What an acknowledgment reports of an error. Texts are fixed: nothing of an exception, which may hold patient data or
 * the insides of our system, goes to a sender.
 */
export function errorsOf(error: unknown): ErrorDetail[] {
  const located = isHl7Error(error) && Array.isArray(error.errors) ? error.errors : [];
  return located.length > 0 ? located.map((fault) => ({ ...fault })) : [{ ...BY_FAULT[faultOf(error)] }];
}

/** The text that goes to people when the flow gave none: the first fault's. */
export function textOf(errors: readonly ErrorDetail[]): string {
  const first = errors[0];
  return first === undefined ? '' : (first.text ?? tableText(first.code) ?? '');
}

/**
 * The ERR segments of an acknowledgment, without line ends.
 *
 * Up to v2.4 one segment, whose ERR-1 repeats (`segment^sequence^field^code&text&table`); from v2.5 one a fault (ERR-2
 * location, ERR-3 code, ERR-4 severity, ERR-8 text). A code that table 0357 does not have is the application's own:
 * ERR-5 of an internal error (HL7 v2.9 section 2.14.5). A code of a later version is replaced by an older one.
 * @param text of the acknowledgment as a whole; from v2.7, which has no MSA-3, it leads the first ERR-8
 */
export function errSegments(
  errors: readonly ErrorDetail[],
  version: Version,
  delimiters: Delimiters,
  text: string = '',
): string[] {
  const faults = errors.map((fault) => inVersion(fault, version));
  if (!atLeast(version, 2, 5)) return faults.length === 0 ? [] : [oldSegment(faults, delimiters)];
  const lead = atLeast(version, 2, 7) ? text : '';
  return faults.map((fault, n) => newSegment(fault, delimiters, n === 0 ? lead : ''));
}

function oldSegment(errors: readonly ErrorDetail[], delimiters: Delimiters): string {
  const { component, subComponent, repetition, field } = delimiters;
  const repetitions = errors.map((fault) => {
    const place = locationOf(fault, delimiters).slice(0, 3);
    while (place.length < 3) place.push('');
    const known = tableText(fault.code);
    const code = [escapeText(fault.code, delimiters)];
    if (known !== undefined && subComponent !== '') code.push(escapeText(known, delimiters), CODING_SYSTEM);
    return [...place, code.join(subComponent)].join(component);
  });
  return `ERR${field}${repetition === '' ? repetitions[0] : repetitions.join(repetition)}`;
}

function newSegment(fault: ErrorDetail, delimiters: Delimiters, lead: string): string {
  const { component, field } = delimiters;
  const known = Object.hasOwn(TABLE_0357, fault.code);
  const code = known ? fault.code : INTERNAL_ERROR;
  const own = fault.text ?? '';
  const text = lead === '' || own === '' || lead === own ? lead || own : `${lead}: ${own}`;
  const fields = [
    'ERR',
    '',
    locationOf(fault, delimiters).join(component),
    [code, escapeText(TABLE_0357[code]!, delimiters), CODING_SYSTEM].join(component),
    fault.severity ?? (fault.code === '0' ? 'I' : 'E'),
    known ? '' : escapeText(fault.code, delimiters),
    '',
    '',
    escapeText(text, delimiters),
  ];
  while (fields.at(-1) === '') fields.pop();
  return fields.join(field);
}

/** ERL parts: segment, occurrence, field, repetition, component, sub-component; none for a fault of no place. */
function locationOf(fault: ErrorDetail, delimiters: Delimiters): string[] {
  if (!fault.location) return [];
  return fault.location
    .split('^')
    .slice(0, 6)
    .map((part) => escapeText(part, delimiters));
}
