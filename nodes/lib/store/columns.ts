/** The names of the log tables, and how long their text columns are. One set of names on every database, 30 characters at most. */

export const MESSAGES = 'hl7_messages';
export const ACKS = 'hl7_acks';
export const IDENTIFIERS = 'hl7_identifiers';
export const MIGRATIONS = 'hl7_migrations';
export const LEASES = 'hl7_leases';
export const CUSTOM_ROWS = 'hl7_custom_rows';

/** Characters a text column holds. A control ID may have 199 (HL7 v2.6 on), a namespace or name 227 and more in practice. */
export const LENGTHS = {
  listener: 100,
  remote_address: 64,
  message_type: 20,
  trigger_event: 20,
  structure: 40,
  version: 20,
  control_id: 250,
  processing_id: 20,
  sending_application: 250,
  sending_facility: 250,
  receiving_application: 250,
  receiving_facility: 250,
  message_time: 40,
  character_set: 100,
  decoded_as: 40,
  patient_id: 250,
  patient_id_authority: 250,
  visit_number: 250,
  order_number: 250,
  deviations: 500,
  dedupe_key: 100,
  batch_token: 40,
} as const;

/** Columns of `hl7_messages` that are written with the row, in the order of the statement's values. */
export const WRITTEN = [
  'dedupe_key',
  'control_id',
  'sending_application',
  'sending_facility',
  'deviations',
  'received_at',
  'stored_at',
  'batch_token',
  'listener',
  'remote_address',
  'remote_port',
  'message_type',
  'trigger_event',
  'structure',
  'version',
  'processing_id',
  'receiving_application',
  'receiving_facility',
  'message_time',
  'message_time_utc',
  'character_set',
  'decoded_as',
  'patient_id',
  'patient_id_authority',
  'visit_number',
  'order_number',
  'size',
  'replay_of',
  'raw',
  'text',
] as const;

export type Written = (typeof WRITTEN)[number];
export type Value = string | number | Buffer | Date | null;

/** Lengths of `hl7_identifiers` and `hl7_acks`. */
export const IDENTIFIER_LENGTHS = { kind: 20, source: 20, value: 250, authority: 250, type_code: 20 } as const;
export const ACK_LENGTHS = { kind: 20, code: 10, control_id: 250 } as const;
