import { type Delimiters, readDelimiters } from '../hl7/delimiters';
import { IDENTIFIER_LENGTHS } from './columns';

export type IdentifierKind = 'patient' | 'account' | 'visit' | 'order';

/** One identifier of a message, for `hl7_identifiers`. */
export interface Identifier {
  kind: IdentifierKind;
  /** Where it stands, e.g. `PID-3`. */
  source: string;
  value: string;
  /** Assigning authority: its namespace, or its universal ID when it has no namespace. `''` when not sent. */
  authority: string;
  /** CX.5, table 0203, e.g. `MR`. `''` when not sent. */
  typeCode: string;
}

export interface Extracted {
  identifiers: Identifier[];
  /** True when a value was left out: too long, unreadable, or one of too many. */
  leftOut: boolean;
}

interface Place {
  source: string;
  field: number;
  kind: IdentifierKind;
  /** Extended composite ID (HL7 v2.9 section 2.A.14) or entity identifier (2.A.28). */
  type: 'CX' | 'EI';
}

/** Identifiers of one message beyond this number are left out, so that a hostile message cannot fill the table. */
export const MAX_IDENTIFIERS = 1000;

const place = (source: string, kind: IdentifierKind, type: Place['type']): Place => {
  return { source, field: Number(source.slice(4)), kind, type };
};

const PLACES: Record<string, Place[]> = {
  PID: [
    place('PID-3', 'patient', 'CX'),
    place('PID-2', 'patient', 'CX'),
    place('PID-4', 'patient', 'CX'),
    place('PID-18', 'account', 'CX'),
  ],
  PV1: [place('PV1-19', 'visit', 'CX'), place('PV1-50', 'visit', 'CX')],
  ORC: [place('ORC-2', 'order', 'EI'), place('ORC-3', 'order', 'EI')],
  OBR: [place('OBR-2', 'order', 'EI'), place('OBR-3', 'order', 'EI')],
};

const FIELDS_NEEDED: Record<string, number> = { PID: 19, PV1: 51, ORC: 4, OBR: 4 };
const UNREADABLE = /[\x00-\x1f\x7f]/;
const NOTHING = '""';

/**
 * Every patient, account, visit and order identifier of a message, each once a place, in the order of the message.
 * Reads no more of the text than it must, and never throws: what cannot be an identifier is left out.
 */
export function extractIdentifiers(text: string): Extracted {
  const result: Extracted = { identifiers: [], leftOut: false };
  const delimiters = readDelimiters(text);
  if (!delimiters) return result;
  const seen = new Set<string>();
  const end = text.includes('\r') ? '\r' : '\n';
  let start = 0;
  while (start < text.length) {
    let stop = text.indexOf(end, start);
    if (stop < 0) stop = text.length;
    if (text.charAt(start) === '\n') start++;
    const letter = text.charCodeAt(start);
    if (letter === 0x50 || letter === 0x4f) {
      const name = text.slice(start, start + 3);
      if (PLACES[name] && text.charAt(start + 3) === delimiters.field) {
        readSegment(name, text.slice(start, stop), delimiters, seen, result);
        if (result.leftOut && result.identifiers.length >= MAX_IDENTIFIERS) break;
      }
    }
    start = stop + 1;
  }
  return result;
}

function readSegment(name: string, segment: string, delimiters: Delimiters, seen: Set<string>, to: Extracted): void {
  const fields = segment.split(delimiters.field, FIELDS_NEEDED[name]!);
  for (const { source, field, kind, type } of PLACES[name]!) {
    const content = fields[field];
    if (!content || content === NOTHING) continue;
    for (const repetition of divide(content, delimiters.repetition, MAX_IDENTIFIERS + 1)) {
      const identifier = readOne(repetition, type, delimiters);
      if (identifier === undefined) continue;
      if (identifier === null) {
        to.leftOut = true;
        continue;
      }
      const key = `${source}\0${identifier.value}\0${identifier.authority}\0${identifier.typeCode}`;
      if (seen.has(key)) continue;
      if (to.identifiers.length >= MAX_IDENTIFIERS) {
        to.leftOut = true;
        return;
      }
      seen.add(key);
      to.identifiers.push({ kind, source, ...identifier });
    }
  }
}

type Read = Pick<Identifier, 'value' | 'authority' | 'typeCode'>;

/** @returns undefined when there is no identifier, null when there is one that cannot be kept. */
function readOne(content: string, type: Place['type'], delimiters: Delimiters): Read | null | undefined {
  const components = divide(content, delimiters.component, 6);
  const value = plain(components[0]!, delimiters);
  if (value === '' || value === NOTHING) return undefined;
  const namespace = type === 'CX' ? (components[3] ?? '') : (components[1] ?? '');
  const parts = divide(namespace, delimiters.subComponent, 3);
  const universal = type === 'CX' ? (parts[1] ?? '') : (components[2] ?? '');
  const authority = plain(parts[0] || universal, delimiters);
  const typeCode = type === 'CX' ? plain(components[4] ?? '', delimiters) : '';
  if (!fits(value, 'value') || !fits(authority, 'authority') || !fits(typeCode, 'type_code')) return null;
  return { value, authority, typeCode };
}

function fits(value: string, column: keyof typeof IDENTIFIER_LENGTHS): boolean {
  return value.length <= IDENTIFIER_LENGTHS[column] && !UNREADABLE.test(value);
}

function divide(content: string, separator: string, limit: number): string[] {
  return separator === '' ? [content] : content.split(separator, limit);
}

/** The delimiter escapes (HL7 v2.9 section 2.7.1) undone; others stand as sent. */
function plain(content: string, d: Delimiters): string {
  if (d.escape === '' || !content.includes(d.escape)) return content.trim();
  const meaning: Record<string, string> = {
    F: d.field,
    S: d.component,
    T: d.subComponent,
    R: d.repetition,
    E: d.escape,
    P: d.truncation,
  };
  const pieces = content.split(d.escape);
  let text = pieces[0]!;
  let at = 1;
  while (at < pieces.length) {
    const piece = pieces[at]!;
    const replacement = meaning[piece];
    if (at + 1 < pieces.length && replacement) {
      text += replacement + pieces[at + 1]!;
      at += 2;
    } else {
      text += d.escape + piece;
      at += 1;
    }
  }
  return text.trim();
}
