import { Hl7Error } from '../../errors';
import { IDENTIFIER_LENGTHS } from '../columns';

/**
 * How a field writes an identifier: `CX` (HL7 v2.9 section 2.A.14), `EI` (2.A.28), `EIP` (2.A.29: the placer's and the
 * filler's), `CWE` (2.A.13, or CE: code and coding system), `ST` (a text), `XCN` (2.A.88: a person's number), `QIP` (5.4.2.4: a
 * parameter of a query, from which the number of the patient that is asked for is taken).
 */
const IDENTIFIER_TYPES = ['CX', 'EI', 'EIP', 'CWE', 'ST', 'XCN', 'QIP'] as const;
type IdentifierType = (typeof IDENTIFIER_TYPES)[number];

/** A field that holds identifiers. */
export interface Place {
  /** E.g. `PID-3`. */
  source: string;
  segment: string;
  field: number;
  kind: string;
  type: IdentifierType;
}

/**
 * The places that are looked at, a line each: kind, field, data type. Of the identifiers of one kind the first is the
 * message's own (`patient_id`, `visit_number`, `order_number`), so PID-3 stands before the older PID-2 and PID-4.
 */
export const DEFAULT_IDENTIFIERS: readonly string[] = [
  'patient PID-3 CX',
  'patient PID-2 CX',
  'patient PID-4 CX',
  'account PID-18 CX',
  'ssn PID-19 ST',
  'visit PV1-19 CX',
  'visit PV1-50 CX',
  'order ORC-2 EI',
  'order ORC-3 EI',
  'group ORC-4 EI',
  'order OBR-2 EI',
  'order OBR-3 EI',
  'service OBR-4 CWE',
  // By IHE Radiology, the accession number and the ID of the scheduled procedure step.
  'accession OBR-18 ST',
  'procedure OBR-20 ST',
  'accession IPC-1 EI',
  'specimen SPM-2 EIP',
  'container SAC-3 EI',
  'container SAC-4 EI',
  'accession SAC-1 EI',
  'accession SAC-2 EI',
  // Kinds of their own: a number that a merge does away with is not the number of the patient or the visit.
  'prior_patient MRG-1 CX',
  'prior_patient MRG-2 CX',
  'prior_patient MRG-4 CX',
  'prior_account MRG-3 CX',
  'prior_visit MRG-5 CX',
  'prior_visit MRG-6 CX',
  'appointment SCH-1 EI',
  'appointment SCH-2 EI',
  'appointment ARQ-1 EI',
  'appointment ARQ-2 EI',
  'document TXA-12 EI',
  'document TXA-13 EI',
  'order TXA-14 EI',
  'order TXA-15 EI',
  // The patient whom a query asks for.
  'patient QRD-8 XCN',
  'patient QPD-3 QIP',
  // Of the envelope that a message was split from.
  'batch BHS-11 ST',
  'batch BHS-9 ST',
  'file FHS-11 ST',
  'file FHS-9 ST',
];

const LINE = /^([a-z][a-z0-9_-]*)\s+([A-Z][A-Z0-9]{2})-([1-9]\d{0,2})\s+([A-Z]+)$/;
const MOST_LINES = 200;

/** Places by their segment's name as a number (see `nameAt`), in the order of the list. */
export type Places = ReadonlyMap<number, readonly Place[]>;

/**
 * The places of a list; blank lines, and those that begin with #, are none.
 * @throws Hl7Error IDENTIFIERS_INVALID, naming the line and what it should be like
 */
export function identifierPlaces(lines: readonly string[]): Places {
  const places = new Map<number, Place[]>();
  const known = new Set<string>();
  if (lines.length > MOST_LINES)
    throw new PlacesInvalid('many', `The list of identifiers has more than ${MOST_LINES} lines`);
  for (const [n, line] of lines.entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const place = placeOf(text, n + 1);
    if (known.has(place.source)) {
      const twice = `${place.source} is in the list of identifiers twice`;
      throw new PlacesInvalid('twice', twice, n + 1, place.source);
    }
    known.add(place.source);
    const name = nameAt(place.segment, 0);
    places.set(name, [...(places.get(name) ?? []), place]);
  }
  return places;
}

function placeOf(text: string, line: number): Place {
  const where = `Line ${line} of the list of identifiers`;
  const [, kind = '', segment = '', field = '', type = ''] = LINE.exec(text) ?? [];
  if (kind === '') {
    const form = `${where} is not like "patient PID-3 CX": a kind in small letters, a field, its data type`;
    throw new PlacesInvalid('form', form, line);
  }
  if (kind.length > IDENTIFIER_LENGTHS.kind) {
    throw new PlacesInvalid('kind', `${where} has a kind of more than ${IDENTIFIER_LENGTHS.kind} characters`, line);
  }
  const known = IDENTIFIER_TYPES.find((one) => one === (type === 'CE' || type === 'CNE' ? 'CWE' : type));
  if (known === undefined) {
    throw new PlacesInvalid('type', `${where} has a data type other than ${IDENTIFIER_TYPES.join(', ')}`, line);
  }
  if (segment === 'MSH') {
    throw new PlacesInvalid('header', `${where} is a field of MSH, which the log has columns for`, line);
  }
  return { source: `${segment}-${field}`, segment, field: Number(field), kind, type: known };
}

/** What {@link nameAt} gives where no segment name can stand; no place has it. */
const NO_NAME = -1;

/** The three characters of a segment's name as one number: names are ASCII, so each has a byte of it. */
export function nameAt(text: string, at: number): number {
  const [a, b, c] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
  // A character beyond ASCII would reach into the byte of another one. NaN, behind the end, is no name either.
  return (a | b | c) < 0x80 && a + b + c > 0 ? (a << 16) | (b << 8) | c : NO_NAME;
}

/** A list of places that cannot be used, with what the dialog needs to say so in its own words. */
export class PlacesInvalid extends Hl7Error {
  /**
   * @param line of the list, from 1; 0 where it is the whole list
   * @param source the field that is in the list twice
   */
  constructor(
    readonly problem: 'many' | 'form' | 'kind' | 'type' | 'header' | 'twice',
    text: string,
    readonly line = 0,
    readonly source = '',
  ) {
    super('IDENTIFIERS_INVALID', `${text}. Open the database's settings and change it.`);
  }
}

export const DEFAULT_PLACES = identifierPlaces(DEFAULT_IDENTIFIERS);
