import { instantOf } from '../../hl7';
import { LENGTHS, type Value, type Written } from '../columns';
import type { CustomRows } from '../custom-table';
import type { DuplicatePolicy, Pass, PreparedAnswer, Row } from '../types';
import { contentKey, newSalt, saltedKey } from './dedupe-key';
import { DEFAULT_PLACES, type Places } from './identifier-fields';
import { extractIdentifiers, type Identifier } from './identifiers';

/** Deviations that the store adds to those of the message. */
export const CONTROL_ID_REUSED = 'CONTROL_ID_REUSED';
export const STORED_AGAIN = 'STORED_AGAIN';
export const VALUE_CUT = 'VALUE_CUT';
export const IDENTIFIER_LEFT_OUT = 'IDENTIFIER_LEFT_OUT';
export const NUL_REPLACED = 'NUL_REPLACED';
export const OWN_VALUE_CUT = 'OWN_VALUE_CUT';
export const REPETITIONS_LEFT_OUT = 'REPETITIONS_LEFT_OUT';
export const EXPRESSION_FAILED = 'EXPRESSION_FAILED';

/** A message, ready for its statement. */
export interface MessageRecord {
  /** Identifies the bytes as received. */
  content: string;
  /** Identifies the row: the content, and a salt when it is stored again. */
  key: string;
  again: DuplicatePolicy;
  columns: Record<Written, Value>;
  identifiers: Identifier[];
  answers: PreparedAnswer[];
  /** Written with the row, or to a row that is there, where they are not noted as written (`custom-rows.ts`). */
  own?: CustomRows;
  /** A further offer of the same delivery. */
  pass?: Pass;
  /** Bytes it occupies while it waits. */
  bytes: number;
  /** Of the row it becomes when it is stored again; drawn once, so that a repeated batch finds its own row. */
  salt?: string;
}

/**
 * Makes the record of a message. The key is made of the bytes alone, not of how they came, so that a message repeated
 * over another listener or instance is the same message.
 */
export function makeRecord(row: Row): MessageRecord {
  return recordOf(row, DEFAULT_PLACES);
}

/** The same, with the places to look for identifiers in. */
export function recordOf(row: Row, places: Places): MessageRecord {
  if (Number.isNaN(row.receivedAt.getTime())) throw new TypeError('receivedAt is no time');
  const content = contentKey(row.raw);
  const key = row.pass?.key ?? content;
  const { identifiers, leftOut } = extractIdentifiers(row.text, places);
  for (const header of row.envelope ?? []) {
    identifiers.push(...extractIdentifiers(header, places).identifiers);
  }
  const deviations = [...row.deviations];
  if (leftOut) deviations.push(IDENTIFIER_LEFT_OUT);
  let cut = false;
  const short = (column: keyof typeof LENGTHS, value: string): string | null => {
    if (value === '') return null;
    const fitted = shorten(value, LENGTHS[column]);
    if (fitted !== value) cut = true;
    return fitted === '' ? null : fitted;
  };
  const { hl7 } = row;
  // A query names the patient, too, and its response names the one that was asked for before those that were found.
  const ofPatient = identifiers.filter((one) => one.kind === 'patient');
  const patient = ofPatient.find(({ source }) => source.startsWith('PID-')) ?? ofPatient[0];
  const columns: Record<Written, Value> = {
    dedupe_key: key,
    control_id: short('control_id', hl7.controlId),
    sending_application: short('sending_application', hl7.sendingApplication),
    sending_facility: short('sending_facility', hl7.sendingFacility),
    deviations: null,
    received_at: row.receivedAt,
    stored_at: null,
    batch_token: null,
    listener: short('listener', row.listener),
    remote_address: short('remote_address', row.remoteAddress),
    remote_port: row.remotePort,
    message_type: short('message_type', hl7.type),
    trigger_event: short('trigger_event', hl7.event),
    structure: short('structure', hl7.structure),
    version: short('version', hl7.version),
    processing_id: short('processing_id', hl7.processingId),
    receiving_application: short('receiving_application', hl7.receivingApplication),
    receiving_facility: short('receiving_facility', hl7.receivingFacility),
    message_time: short('message_time', hl7.time),
    message_time_utc: instantOf(hl7.time),
    character_set: short('character_set', hl7.characterSet),
    decoded_as: short('decoded_as', row.charset),
    patient_id: patient?.value ?? null,
    patient_id_authority: patient?.authority || null,
    visit_number: identifiers.find((one) => one.kind === 'visit')?.value ?? null,
    order_number: identifiers.find((one) => one.kind === 'order')?.value ?? null,
    size: row.raw.length,
    replay_of: row.replayOf ?? null,
    raw: row.raw,
    text: row.text,
  };
  if (cut) deviations.push(VALUE_CUT);
  if (row.own !== undefined && row.own.cut.length > 0) deviations.push(OWN_VALUE_CUT);
  if (row.own?.leftOut?.length) deviations.push(REPETITIONS_LEFT_OUT);
  if (row.own?.failed?.length) deviations.push(EXPRESSION_FAILED);
  columns.deviations = joinDeviations(deviations);
  return {
    content,
    key,
    again: row.again,
    columns,
    identifiers,
    answers: row.answers,
    own: row.own,
    pass: row.pass,
    bytes: row.raw.length + row.text.length + bytesOf(row.own),
  };
}

/** Bytes that own rows occupy while they wait, about. */
export function bytesOf(own: CustomRows | undefined): number {
  if (own === undefined) return 0;
  return own.rows.reduce((sum, row) => row.reduce((bytes, value) => bytes + (value?.length ?? 0), sum), 0);
}

/** The record of the same message as a row of its own. */
export function salted(record: MessageRecord): MessageRecord {
  record.salt ??= newSalt();
  const key = saltedKey(record.content, record.salt);
  const deviations = addDeviation(record.columns.deviations as string | null, STORED_AGAIN);
  return { ...record, key, columns: { ...record.columns, dedupe_key: key, deviations } };
}

/** Adds a code to a comma-separated list, once. */
export function addDeviation(list: string | null, code: string): string {
  return joinDeviations([...(list?.split(',') ?? []), code])!;
}

/** A code that does not fit any more is left out, never cut in the middle. */
function joinDeviations(codes: readonly string[]): string | null {
  if (codes.length === 0) return null;
  let joined = '';
  for (const code of new Set(codes)) {
    const next = joined === '' ? code : `${joined},${code}`;
    // Room is kept for the codes that may be added later.
    if (next.length > LENGTHS.deviations - (LATE.has(code) ? 0 : LATE_ROOM)) continue;
    joined = next;
  }
  return joined === '' ? null : joined;
}

const LATE = new Set([CONTROL_ID_REUSED, STORED_AGAIN, NUL_REPLACED, VALUE_CUT]);
/** Of a code that a listener adds to a stored message. */
const LISTENER_ROOM = 31;
const LATE_ROOM = [...LATE].reduce((sum, code) => sum + code.length + 1, LISTENER_ROOM);

/** Cuts at a whole character; takes out NUL, and replaces halves of surrogate pairs, which some databases do not take. */
function shorten(value: string, length: number): string {
  if (value.includes('\0')) value = value.replaceAll('\0', '');
  if (!value.isWellFormed()) value = value.toWellFormed();
  if (value.length <= length) return value;
  const last = value.charCodeAt(length - 1);
  return value.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
