import type { Migration } from '../ddl';
import { type Column, required, type Table, text } from '../ddl';

const time = (name: string): Column => ({ name, kind: 'time' });
const messageId: Column = { name: 'message_id', kind: 'big integer', required: true };

const messages: Table = {
  name: 'hl7_messages',
  key: 'id',
  columns: [
    required(time('received_at')),
    required(time('stored_at')),
    text('listener', 100),
    text('remote_address', 64),
    { name: 'remote_port', kind: 'integer' },
    text('message_type', 20),
    text('trigger_event', 20),
    text('structure', 40),
    text('version', 20),
    text('control_id', 250),
    text('processing_id', 20),
    text('sending_application', 250),
    text('sending_facility', 250),
    text('receiving_application', 250),
    text('receiving_facility', 250),
    text('message_time', 40),
    time('message_time_utc'),
    text('character_set', 100),
    text('decoded_as', 40),
    text('patient_id', 250),
    text('patient_id_authority', 250),
    text('visit_number', 250),
    text('order_number', 250),
    { name: 'size', kind: 'big integer', required: true },
    // Not required: retention may drop the content and keep the row.
    { name: 'raw', kind: 'bytes' },
    { name: 'text', kind: 'long text' },
    time('content_dropped_at'),
    text('deviations', 500),
    required(text('dedupe_key', 100)),
    { name: 'deliveries', kind: 'integer', required: true, default: 1 },
    { name: 'replay_of', kind: 'big integer' },
    text('batch_token', 40),
  ],
  indexes: [
    { name: 'hl7_messages_dedupe_key', columns: ['dedupe_key'], unique: true },
    { name: 'hl7_messages_received_at', columns: ['received_at'] },
    { name: 'hl7_messages_control_id', columns: ['control_id', 'sending_application', 'sending_facility'] },
    { name: 'hl7_messages_type', columns: ['message_type', 'trigger_event', 'received_at'] },
  ],
};

const acks: Table = {
  name: 'hl7_acks',
  key: 'id',
  columns: [
    messageId,
    required(text('kind', 20)),
    text('code', 10),
    text('control_id', 250),
    { name: 'raw', kind: 'bytes', required: true },
    required(time('answered_at')),
    time('sent_at'),
  ],
  indexes: [{ name: 'hl7_acks_message_id', columns: ['message_id'] }],
};

const identifiers: Table = {
  name: 'hl7_identifiers',
  // Stands beside the message's other identifiers, so that they need no index of their own to be found from it.
  key: ['message_id', 'position'],
  columns: [
    messageId,
    { name: 'position', kind: 'integer', required: true },
    required(text('kind', 20)),
    required(text('source', 20)),
    required(text('value', 250)),
    text('authority', 250),
    text('type_code', 20),
  ],
  indexes: [{ name: 'hl7_identifiers_value', columns: ['value', 'kind', 'authority', 'message_id'] }],
};

/**
 * The log: messages, what they were answered, and the identifiers they are found by. No foreign keys: rows are written
 * and deleted together by one statement or transaction, and a look at the parent for each would cost more than the row.
 */
export const logTables: Migration = {
  name: '0001-log-tables',
  statements: (ddl) => [messages, acks, identifiers].flatMap((table) => ddl.createTable(table)),
};
