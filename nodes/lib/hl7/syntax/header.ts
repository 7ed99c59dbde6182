import type { ErrorDetail } from '../../errors';
import type { HeaderFacts } from '../../message-contract';
import { type Delimiters, isHeaderShifted, readDelimiters } from './delimiters';
import { unescapeText } from './escape';
import { leadLength } from './lead';
import { isResponseType } from './response-types';
import { segmentEnd } from './segments';

/** A header segment as sent. */
export interface Header {
  delimiters: Delimiters;
  /**
   * `fields[n]` is MSH-n as sent, `''` when empty; shorter when absent. `fields[0]` is the segment's name, `fields[1]`
   * the field separator, `fields[2]` the encoding characters.
   */
  fields: string[];
}

/** A batch or file header as sent: `fields[n]` is BHS-n or FHS-n. */
export interface BatchHeader extends Header {
  name: 'FHS' | 'BHS';
}

/** No version defines more than 28 fields in a header; what a sender adds beyond these is not read. */
const MOST_FIELDS = 64;
/** Nor what lies behind so many characters of it: the cost of a peek must not depend on what a sender makes of its header. */
const MOST_CHARACTERS = 262_144;

function read(text: string): Header | undefined {
  const delimiters = readDelimiters(text);
  if (delimiters === undefined) return undefined;
  const near = text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS) : text;
  const end = segmentEnd(near, 4, delimiters.field);
  const fields = near.slice(4, end).split(delimiters.field, MOST_FIELDS);
  // The last one may go on behind what was looked at.
  if (end === MOST_CHARACTERS && fields.length < MOST_FIELDS) fields.pop();
  return { delimiters, fields: [text.slice(0, 3), delimiters.field, ...fields] };
}

function peek(text: string): Header | undefined {
  const header = read(text);
  return header === undefined || isHeaderShifted(header.delimiters, header.fields) ? undefined : header;
}

/**
 * Why a text that begins with MSH has no usable header.
 * @returns undefined for a text that has one, and for one that does not begin with MSH
 */
export function headerFault(text: string): ErrorDetail | undefined {
  if (!text.startsWith('MSH')) return undefined;
  const header = read(text);
  if (header === undefined) {
    return { location: 'MSH^1^1', code: '102', text: 'The character after MSH cannot separate fields (MSH-1)' };
  }
  return isHeaderShifted(header.delimiters, header.fields)
    ? { location: 'MSH^1^2', code: '102', text: 'MSH-2 holds no encoding characters; the fields of MSH are displaced' }
    : undefined;
}

/**
 * Reads the message header of a text, and nothing after it: the cost does not depend on the message's size. The first
 * segment ends at CR, in a text without CR at LF; a lone LF elsewhere is data. What carries nothing may stand before it.
 * @returns undefined when the text does not begin with a usable MSH: see {@link headerFault}
 * @example
 * const { peekHeader } = require('@hl7-logger/node-red');
 * const header = peekHeader('MSH|^~\\&|LAB|HOSP|EMR|HOSP|20260401||ORU^R01|4711|P|2.5\rPID|1||123^^^HOSP^MR\r');
 * header.fields[10]; // => '4711'
 * peekHeader('no message'); // => undefined
 */
export function peekHeader(given: string): Header | undefined {
  const text = given.slice(leadLength(given));
  return text.startsWith('MSH') ? peek(text) : undefined;
}

/** As {@link peekHeader} for a file or batch header (FHS, BHS). */
export function peekBatchHeader(given: string): BatchHeader | undefined {
  const text = given.slice(leadLength(given));
  const name = text.slice(0, 3);
  if (name !== 'FHS' && name !== 'BHS') return undefined;
  const header = peek(text);
  return header === undefined ? undefined : { name, ...header };
}

/** One of a field's components, from 0, as sent; undefined when it is absent. */
export function componentOf(header: Header, field: number, n: number): string | undefined {
  const value = header.fields[field] ?? '';
  const { component } = header.delimiters;
  let start = 0;
  for (; n > 0; n--) {
    start = component === '' ? 0 : value.indexOf(component, start) + 1;
    if (start === 0) return undefined;
  }
  const end = component === '' ? -1 : value.indexOf(component, start);
  return end < 0 ? value.slice(start) : value.slice(start, end);
}

/** True when MSH-10 holds something that a sender can match an acknowledgment by. */
export function hasControlId(controlId: string): boolean {
  const trimmed = controlId.trim();
  return trimmed !== '' && trimmed !== '""';
}

/**
 * The header as plain facts. Codes lose surrounding blanks, names their escapes; a null (`""`) is `''`. The control ID,
 * the time, the character set and the sequence number stay as sent, the control ID byte for byte.
 * @param header undefined for a text without a usable MSH: every fact is `''`
 * @example
 * const { headerFacts, peekHeader } = require('@hl7-logger/node-red');
 * const facts = headerFacts(peekHeader('MSH|^~\\&|LAB|HOSP|EMR|HOSP|20260401||ORU^R01|4711|P|2.5\rPID|1||123^^^HOSP^MR\r'));
 * facts.type; // => 'ORU'
 * facts.event; // => 'R01'
 * facts.controlId; // => '4711'
 */
export function headerFacts(header: Header | undefined): HeaderFacts {
  const part = (field: number, n = 0): string | undefined =>
    header === undefined ? undefined : componentOf(header, field, n);
  const decoded = (value: string | undefined): string => {
    if (value === undefined || value === '' || value === '""' || header === undefined) return '';
    return unescapeText(value, header.delimiters);
  };
  const code = (field: number, n = 0): string => decoded(part(field, n)?.trim());
  // HD: the namespace, or the universal ID of a sender that has only that.
  const name = (field: number): string => decoded(part(field)) || decoded(part(field, 1));
  const sent = (field: number): string => header?.fields[field] ?? '';
  return {
    type: code(9),
    event: code(9, 1),
    structure: code(9, 2),
    version: code(12),
    controlId: sent(10),
    processingId: code(11),
    sendingApplication: name(3),
    sendingFacility: name(4),
    receivingApplication: name(5),
    receivingFacility: name(6),
    time: sent(7),
    characterSet: sent(18),
    acceptAck: code(15),
    applicationAck: code(16),
    sequenceNumber: sent(13),
  };
}

/** `ADT^A01`; `ADT` without a trigger event; `''` without a type. */
export function topic(facts: Pick<HeaderFacts, 'type' | 'event'>): string {
  return facts.event === '' ? facts.type : `${facts.type}^${facts.event}`;
}

/** What MSA says of the message that is acknowledged. */
interface Acknowledged {
  /** MSA-1 in capitals, without blanks. */
  code: string;
  /** MSA-2 as sent. */
  controlId: string;
}

/** Segments that may stand between MSH and MSA. */
const BEFORE_MSA: ReadonlySet<string> = new Set(['SFT', 'UAC', 'ARV']);

/**
 * The MSA of a text: right behind its header, or behind the SFT, UAC and ARV that follow the header.
 * @param header the text's header, when it has been peeked already
 * @returns undefined for a text without one
 */
export function peekAcknowledged(
  text: string,
  header: Header | undefined = peekHeader(text),
): Acknowledged | undefined {
  if (header === undefined) return undefined;
  const { field, component } = header.delimiters;
  let at = segmentEnd(text, leadLength(text) + 4, field);
  // Bounded, so that a message made of SFT segments is not read to its end.
  for (let n = 0; n < 16; n++) {
    for (let c = text.charCodeAt(at); c === 13 || c === 10; c = text.charCodeAt(at)) at++;
    const name = text.slice(at, at + 3);
    if (text.charAt(at + 3) !== field) return undefined;
    if (name === 'MSA') {
      const near = text.slice(at, at + MSA_CHARACTERS);
      const [, code = '', controlId = ''] = near.slice(0, segmentEnd(near, 0, field)).split(field, 3);
      const first = component === '' ? code : code.split(component, 1)[0]!;
      return { code: first.trim().toUpperCase(), controlId };
    }
    if (!BEFORE_MSA.has(name)) return undefined;
    at = segmentEnd(text, at, field);
  }
  return undefined;
}

/** MSA-1 and MSA-2 are within so many characters. */
const MSA_CHARACTERS = 1024;

/**
 * What a message is to its receiver, which decides how it is answered:
 * - `message`: it gets the acknowledgments that its MSH-15 and MSH-16 ask for. Also a message with an MSA whose type is no
 *   response, as some analysers send their results: its sender waits.
 * - `response`: an application acknowledgment or a response (ACK, MCF, RSP, ORR, MFK ...). It gets an accept acknowledgment,
 *   if its MSH-15 asks for one, and never another answer (HL7 v2.9 sections 2.9.3.1 and 2.9.3.2).
 * - `acknowledgment`: an accept acknowledgment (MSA-1 = CA, CE or CR), or an ACK or MCF that names no message (MSA-2). It
 *   gets none, whatever it asks for: two systems would acknowledge each other's acknowledgments without end.
 */
export type Role = 'message' | 'response' | 'acknowledgment';

/**
 * @param header the text's header, when it has been peeked already
 * @param acknowledged its MSA, likewise
 */
export function roleOf(
  text: string,
  header: Header | undefined = peekHeader(text),
  acknowledged: Acknowledged | undefined = peekAcknowledged(text, header),
): Role {
  if (header === undefined) return 'message';
  const type = componentOf(header, 9, 0)!.trim().toUpperCase();
  const plain = type === 'ACK' || type === 'MCF';
  if (acknowledged === undefined) return plain ? 'acknowledgment' : 'message';
  // A header without a type and an MSA behind it can only be an answer.
  if (!plain && type !== '' && type !== '""' && !isResponseType(type)) return 'message';
  const accepts = /^C[AER]$/.test(acknowledged.code);
  return accepts || (plain && !hasControlId(acknowledged.controlId)) ? 'acknowledgment' : 'response';
}

/** A version as numbers: `2.5.1` is `[2, 5, 1]`. */
export type Version = readonly [number, number, number];

/** What a message without a version, or with one that is no number, is answered as. */
export const ASSUMED_VERSION = '2.3.1';

/**
 * Reads MSH-12.1. A version that does not exist behaves as the nearest: `2.6.1` as 2.6, `2.999` and `3` as the newest,
 * `1.0` as 2.1; none, or one that is no number, as {@link ASSUMED_VERSION}.
 */
export function readVersion(text: string): Version {
  const match = /^\s*(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?/.exec(text) ?? /^(2)\.(3)\.(1)$/.exec(ASSUMED_VERSION)!;
  return [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
}

/** True for that version and every later one. */
export function atLeast(version: Version, major: number, minor: number, patch: number = 0): boolean {
  if (version[0] !== major) return version[0] > major;
  if (version[1] !== minor) return version[1] > minor;
  return version[2] >= patch;
}
