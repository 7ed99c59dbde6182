import { HL7_DATABASE } from './hl7-database';
import { MLLP_IN } from './mllp-in';
import { ACK_OUT, DB_STORE, HL7_PARSE } from './others';

/** The settings of each node, by its type: what dialogs, runtime, help and tests have in common. */
export const SETTINGS = {
  'hl7-mllp-in': MLLP_IN,
  'hl7-parse': HL7_PARSE,
  'hl7-database': HL7_DATABASE,
  'hl7-db-store': DB_STORE,
  'hl7-ack-out': ACK_OUT,
} as const;

export type NodeType = keyof typeof SETTINGS;
