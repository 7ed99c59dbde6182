import {
  componentOf,
  type Delimiters,
  declaredCharset,
  type Header,
  peekHeader,
  readDelimiters,
  unescapeText,
} from '../../hl7';
import { IDENTIFIER_LENGTHS } from '../columns';
import { DEFAULT_PLACES, nameAt, type Place, type Places } from './identifier-fields';

/** One identifier of a message, for `hl7_identifiers`. */
export interface Identifier {
  /** As the list of places names it, e.g. `patient`. */
  kind: string;
  /** Where it stands, e.g. `PID-3`. */
  source: string;
  value: string;
  /** Assigning authority: its namespace, or its universal ID when it has no namespace; of a code, its coding system. `''` when not sent. */
  authority: string;
  /** CX.5, table 0203, e.g. `MR`. `''` when not sent. */
  typeCode: string;
}

interface Extracted {
  identifiers: Identifier[];
  /** True when a value, or its authority or type code, was left out: too long, unreadable, or one of too many. */
  leftOut: boolean;
}

/** Identifiers of one message beyond this number are left out, so that a hostile message cannot fill the table. */
export const MAX_IDENTIFIERS = 1000;

const UNREADABLE = /[\x00-\x1f\x7f]/;
const NOTHING = '""';

/** Parameters of a query by IHE PDQ that name a patient, and what of an identifier each of them is. */
const QUERY_PARTS: ReadonlyMap<string, 'value' | 'namespace' | 'universal' | 'type'> = new Map([
  ['@PID.3', 'value'],
  ['@PID.3.1', 'value'],
  ['@PID.3.4', 'namespace'],
  ['@PID.3.4.1', 'namespace'],
  ['@PID.3.4.2', 'universal'],
  ['@PID.3.5', 'type'],
]);
/** Queries, and their responses, whose parameter QPD-3 is a patient's number. */
const PATIENT_QUERY = /^(?:[QK]2[134]|Z34|Z44|IHE PIX Query)$/i;

/**
 * Every identifier of a message that stands in one of the places, each once (where it stands first), in the order of the
 * message.
 * Reads no more of the text than it must, and never throws: what cannot be an identifier is left out.
 */
export function extractIdentifiers(text: string, places: Places = DEFAULT_PLACES): Extracted {
  const delimiters = readDelimiters(text);
  if (!delimiters) return { identifiers: [], leftOut: false };
  const reader = new Reader(delimiters, text);
  const end = text.includes('\r') ? '\r' : '\n';
  let start = 0;
  while (start < text.length && !reader.full) {
    let stop = text.indexOf(end, start);
    if (stop < 0) stop = text.length;
    if (text.charCodeAt(start) === 0x0a) start++;
    const found = stop - start > 3 ? places.get(nameAt(text, start)) : undefined;
    if (found !== undefined) reader.readSegment(found, text, start, stop);
    start = stop + 1;
  }
  return { identifiers: reader.identifiers, leftOut: reader.leftOut };
}

class Reader {
  readonly identifiers: Identifier[] = [];
  readonly #seen = new Set<string>();
  leftOut = false;
  full = false;
  #header: Header | undefined;

  constructor(
    readonly delimiters: Delimiters,
    readonly text: string,
  ) {}

  readSegment(places: readonly Place[], text: string, start: number, stop: number): void {
    if (text.charAt(start + 3) !== this.delimiters.field) return;
    // Of BHS and FHS, field 1 is the separator behind the name.
    const first = start === 0 ? 1 : 0;
    // Fields are counted on from the last one read, and from the start of the segment for one that stands before it.
    let field = first;
    let at = start;
    for (const place of places) {
      if (place.field < field) [field, at] = [first, start];
      while (field < place.field && at >= 0) {
        at = text.indexOf(this.delimiters.field, at) + 1;
        if (at === 0 || at > stop) at = -1;
        field++;
      }
      if (at < 0) [field, at] = [first, start];
      else if (place.type === 'QIP') this.#readQuery(place, text, start, at, stop);
      else this.#readField(place, text, at, stop);
    }
  }

  #readField(place: Place, text: string, start: number, stop: number): void {
    const { field, repetition } = this.delimiters;
    let end = text.indexOf(field, start);
    if (end < 0 || end > stop) end = stop;
    if (end === start) return;
    const content = text.slice(start, end);
    if (content === NOTHING) return;
    for (const one of divide(content, repetition, MAX_IDENTIFIERS + 1)) {
      this.#readOne(place, one);
      if (this.full) return;
    }
  }

  /**
   * The patient's number in a parameter of a query (HL7 v2.9 section 5.4.2.4). Its meaning is the query's own: by IHE PDQ it
   * lists fields with their values (`@PID.3.1^4711~@PID.3.4.1^HOSP`); of the queries for one patient (Q21, Q23, Q24, and
   * those for immunizations, Z34 and Z44) it is a CX. Of another query it is not read.
   */
  #readQuery(place: Place, text: string, segment: number, start: number, stop: number): void {
    const { field, repetition, component, subComponent } = this.delimiters;
    let end = text.indexOf(field, start);
    if (end < 0 || end > stop) end = stop;
    const one = { ...place, type: 'CX' as const };
    const named: Record<'value' | 'namespace' | 'universal' | 'type', string>[] = [];
    for (const content of divide(text.slice(start, end), repetition, MAX_IDENTIFIERS + 1)) {
      if (this.full) return;
      if (!content.startsWith('@')) {
        if (content !== NOTHING && this.#asksForPatient(text, segment, stop)) this.#readOne(one, content);
        continue;
      }
      const [name = '', value = ''] = divide(content, component, 3);
      const part = QUERY_PARTS.get(name.toUpperCase());
      if (part === undefined) continue;
      // A second number, or the first parameter of all.
      if (named.length === 0 || (part === 'value' && named.at(-1)!.value !== '')) {
        named.push({ value: '', namespace: '', universal: '', type: '' });
      }
      named.at(-1)![part] = divide(value, subComponent, 2)[0]!;
    }
    for (const { value, namespace, universal, type } of named) this.#add(one, value, namespace || universal, type);
  }

  /** By the name of the query (QPD-1), or by the event of the message. */
  #asksForPatient(text: string, segment: number, stop: number): boolean {
    const { field, component } = this.delimiters;
    const [, query = ''] = text.slice(segment, Math.min(stop, segment + 256)).split(field, 2);
    if (PATIENT_QUERY.test(divide(query, component, 2)[0]!.trim())) return true;
    const header = peekHeader(text);
    return header !== undefined && PATIENT_QUERY.test(componentOf(header, 9, 1)?.trim() ?? '');
  }

  #readOne(place: Place, content: string): void {
    const { component, subComponent } = this.delimiters;
    const { type } = place;
    const components = divide(content, component, type === 'XCN' ? 14 : 6);
    if (type === 'EIP') {
      for (const one of components.slice(0, 2)) {
        const [value = '', namespace = '', universal = ''] = divide(one, subComponent, 4);
        this.#add(place, value, namespace || universal, '');
      }
      return;
    }
    const [value = '', second = '', third = '', fourth = '', fifth = ''] = components;
    switch (type) {
      case 'CX': {
        const [namespace = '', universal = ''] = divide(fourth, subComponent, 3);
        this.#add(place, value, namespace || universal, fifth);
        return;
      }
      case 'XCN': {
        const [namespace = '', universal = ''] = divide(components[8] ?? '', subComponent, 3);
        this.#add(place, value, namespace || universal, components[12] ?? '');
        return;
      }
      case 'EI':
        this.#add(place, value, divide(second, subComponent, 2)[0] || third, '');
        return;
      case 'CWE':
        this.#add(place, value, third, '');
        return;
      default:
        this.#add(place, value, '', '');
    }
  }

  #add({ kind, source }: Place, first: string, second: string, third: string): void {
    const value = this.#plain(first);
    if (value === '' || value === NOTHING) return;
    if (!fits(value, 'value')) {
      this.leftOut = true;
      return;
    }
    const authority = this.#besides(second, 'authority');
    const typeCode = this.#besides(third, 'type_code');
    const key = `${kind} ${value}\0${authority}\0${typeCode}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (this.identifiers.length >= MAX_IDENTIFIERS) {
      this.leftOut = true;
      this.full = true;
      return;
    }
    this.identifiers.push({ kind, source, value, authority, typeCode });
  }

  /** The value is found without what stands beside it. */
  #besides(content: string, column: 'authority' | 'type_code'): string {
    const plain = this.#plain(content);
    if (fits(plain, column)) return plain;
    this.leftOut = true;
    return '';
  }

  /** As it is read by path, so that `hl7_identifiers` and a custom table hold the same. */
  #plain(content: string): string {
    const mark = this.delimiters.escape;
    if (content === '' || mark === '' || !content.includes(mark)) return content.trim();
    return unescapeText(content, this.delimiters, this.#declared()).trim();
  }

  /** The set that MSH-18 names, for identifiers that switch to another one. */
  #declared(): string | undefined {
    this.#header ??= peekHeader(this.text);
    return this.#header === undefined ? undefined : declaredCharset(this.#header);
  }
}

function fits(value: string, column: keyof typeof IDENTIFIER_LENGTHS): boolean {
  return value === '' || (value.length <= IDENTIFIER_LENGTHS[column] && !UNREADABLE.test(value));
}

function divide(content: string, separator: string, limit: number): string[] {
  return separator === '' || !content.includes(separator) ? [content] : content.split(separator, limit);
}
