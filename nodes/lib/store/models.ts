import { DataTypes, type Model, type ModelAttributes, type ModelStatic, type Sequelize } from 'sequelize';
import { ACK_LENGTHS, ACKS, IDENTIFIER_LENGTHS, IDENTIFIERS, LENGTHS, MESSAGES } from './columns';
import { isReserved } from './dialects';

/** The log tables for reading and searching. Rows are written by the ingest path alone. */
export interface Models {
  Message: ModelStatic<Model>;
  Ack: ModelStatic<Model>;
  Identifier: ModelStatic<Model>;
}

/** Drivers hand a 64-bit number over as text; ours stay below 2^53. */
const bigInteger = (name: string) => ({
  type: DataTypes.BIGINT,
  get(this: Model): number | null {
    const value: unknown = this.getDataValue(name as never);
    return value === null || value === undefined ? null : Number(value);
  },
});
const id = { ...bigInteger('id'), primaryKey: true, autoIncrement: true };
const messageId = { ...bigInteger('message_id'), allowNull: false };
const time = DataTypes.DATE(3);

const message: ModelAttributes = {
  id,
  received_at: time,
  stored_at: time,
  ...strings(LENGTHS),
  remote_port: DataTypes.INTEGER,
  message_time_utc: time,
  size: bigInteger('size'),
  raw: DataTypes.BLOB('long'),
  content_dropped_at: time,
  deliveries: DataTypes.INTEGER,
  replay_of: bigInteger('replay_of'),
};

const ack: ModelAttributes = {
  id,
  message_id: messageId,
  ...strings(ACK_LENGTHS),
  raw: DataTypes.BLOB('long'),
  answered_at: time,
  sent_at: time,
};

const identifier: ModelAttributes = {
  message_id: { ...messageId, primaryKey: true },
  position: { type: DataTypes.INTEGER, primaryKey: true },
  ...strings(IDENTIFIER_LENGTHS),
};

/** Defines the models on a connection; asked again, it hands back the same ones. */
export function modelsOf(sequelize: Sequelize): Models {
  if (sequelize.isDefined(MESSAGES)) {
    return {
      Message: sequelize.model(MESSAGES),
      Ack: sequelize.model(ACKS),
      Identifier: sequelize.model(IDENTIFIERS),
    };
  }
  const define = (table: string, attributes: ModelAttributes): ModelStatic<Model> =>
    sequelize.define(table, customNames(sequelize, copyOf(attributes)), { tableName: table, timestamps: false });
  const Message = define(MESSAGES, { ...message, text: DataTypes.TEXT('long') });
  const Ack = define(ACKS, ack);
  const Identifier = define(IDENTIFIERS, identifier);
  const foreignKey = 'message_id';
  Message.hasMany(Ack, { as: 'acks', foreignKey });
  Message.hasMany(Identifier, { as: 'identifiers', foreignKey });
  Ack.belongsTo(Message, { as: 'message', foreignKey });
  Identifier.belongsTo(Message, { as: 'message', foreignKey });
  return { Message, Ack, Identifier };
}

function strings(lengths: Readonly<Record<string, number>>): ModelAttributes {
  return Object.fromEntries(Object.entries(lengths).map(([name, length]) => [name, DataTypes.STRING(length)]));
}

/** Oracle spells the names that must stand in quotes in capitals, as it does all others. */
function customNames(sequelize: Sequelize, attributes: ModelAttributes): ModelAttributes {
  if (sequelize.getDialect() !== 'oracle') return attributes;
  const inQuotes = Object.entries(attributes).map(([name, value]) => {
    if (!isReserved(name)) return [name, value];
    return [name, { ...(isOptions(value) ? value : { type: value }), field: name.toUpperCase() }];
  });
  return Object.fromEntries(inQuotes) as ModelAttributes;
}

/** Sequelize writes into the attributes it is given. */
function copyOf(attributes: ModelAttributes): ModelAttributes {
  const entries = Object.entries(attributes).map(([name, value]) => [name, isOptions(value) ? { ...value } : value]);
  return Object.fromEntries(entries) as ModelAttributes;
}

function isOptions(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'type' in value;
}
