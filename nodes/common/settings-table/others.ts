import { choice, onOff, plain } from './setting';

/** The settings of `db store`, but for those of the columns of a custom table. */
export const DB_STORE = {
  write: choice('The choice of what to write to', 'log', 'own', 'both'),
  table: plain('The name of the custom table'),
  schema: plain('The schema of the custom table'),
  create: onOff('The choice to create the custom table', false),
  mode: choice('The way of writing the custom table', 'insert', 'skip', 'upsert'),
  rows: plain('The choice of rows of the custom table', 'message'),
  again: choice('The choice for a message that is sent again', 'same', 'store', 'refuse'),
  onFailure: choice('The choice of what to do on failure', 'catch', 'output'),
} as const;

/** The settings of `hl7 parse`. */
export const HL7_PARSE = {
  property: plain('The property of the message', 'payload'),
  direction: choice('The direction', 'auto', 'object', 'text'),
  object: choice('The kind of object', 'plain', 'live'),
  batch: choice('The choice for batches', 'split', 'refuse'),
} as const;

/** The settings of `ack out`. */
export const ACK_OUT = {
  answer: choice('The choice of the answer', 'auto', 'AA', 'AE', 'AR', 'msg'),
  text: plain('The text of the acknowledgment'),
  onlyStored: onOff('The choice to answer positively only what is stored', true),
} as const;
