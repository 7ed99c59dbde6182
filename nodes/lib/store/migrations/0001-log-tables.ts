import { DataTypes, type ModelAttributes, type QueryInterface } from 'sequelize';
import { longText } from '../column-types';
import type { Migration } from '../migrate';

const id = { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true, allowNull: false };
const text = (length: number) => ({ type: DataTypes.STRING(length) });
const time = { type: DataTypes.DATE(3) };
const number = { type: DataTypes.BIGINT };
const ofMessage = {
  type: DataTypes.BIGINT,
  allowNull: false,
  references: { model: 'hl7_messages', key: 'id' },
  onDelete: 'CASCADE',
};

const messagesOf = (query: QueryInterface): ModelAttributes => ({
  id,
  received_at: { ...time, allowNull: false },
  stored_at: { ...time, allowNull: false },
  listener: text(100),
  remote_address: text(64),
  remote_port: { type: DataTypes.INTEGER },
  message_type: text(20),
  trigger_event: text(20),
  structure: text(40),
  version: text(20),
  control_id: text(250),
  processing_id: text(20),
  sending_application: text(250),
  sending_facility: text(250),
  receiving_application: text(250),
  receiving_facility: text(250),
  message_time: text(40),
  message_time_utc: time,
  character_set: text(100),
  decoded_as: text(40),
  patient_id: text(250),
  patient_id_authority: text(250),
  visit_number: text(250),
  order_number: text(250),
  size: { ...number, allowNull: false },
  raw: { type: DataTypes.BLOB('long'), allowNull: false },
  text: { type: longText(query.sequelize) },
  deviations: text(500),
  dedupe_key: { ...text(100), allowNull: false },
  deliveries: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
  replay_of: number,
  batch_token: text(40),
});

const acks: ModelAttributes = {
  id,
  message_id: ofMessage,
  kind: { ...text(20), allowNull: false },
  code: text(10),
  control_id: text(250),
  raw: { type: DataTypes.BLOB('long'), allowNull: false },
  answered_at: { ...time, allowNull: false },
  sent_at: time,
};

const identifiers: ModelAttributes = {
  id,
  message_id: ofMessage,
  kind: { ...text(20), allowNull: false },
  source: { ...text(20), allowNull: false },
  value: { ...text(250), allowNull: false },
  authority: text(250),
  type_code: text(20),
};

/** The log: messages, what they were answered, and the identifiers they are found by. */
export const logTables: Migration = {
  name: '0001-log-tables',
  async up(query: QueryInterface) {
    const index = (table: string, name: string, fields: string[], unique = false): Promise<void> =>
      query.addIndex(table, { name, fields, unique });
    await query.createTable('hl7_messages', messagesOf(query));
    await index('hl7_messages', 'hl7_messages_dedupe_key', ['dedupe_key'], true);
    await index('hl7_messages', 'hl7_messages_received_at', ['received_at']);
    await index('hl7_messages', 'hl7_messages_control_id', ['control_id', 'sending_application', 'sending_facility']);
    await index('hl7_messages', 'hl7_messages_type', ['message_type', 'trigger_event', 'received_at']);
    await query.createTable('hl7_acks', acks);
    await index('hl7_acks', 'hl7_acks_message_id', ['message_id']);
    await query.createTable('hl7_identifiers', identifiers);
    await index('hl7_identifiers', 'hl7_identifiers_value', ['value', 'kind', 'authority', 'message_id']);
    await index('hl7_identifiers', 'hl7_identifiers_message_id', ['message_id']);
  },
};
