/** The message contract: what travels in a Node-RED message between the nodes. Plain data only; it must survive cloning. */

import type { ErrorDetail } from './errors';

/** Header facts (`msg.hl7`), from a peek at MSH. Values are decoded text; an absent or empty field is `''`. */
export interface HeaderFacts {
  type: string;
  event: string;
  structure: string;
  version: string;
  controlId: string;
  processingId: string;
  sendingApplication: string;
  sendingFacility: string;
  receivingApplication: string;
  receivingFacility: string;
  /** MSH-7 as sent. */
  time: string;
  /** MSH-18, first repetition, as sent. */
  characterSet: string;
  /** MSH-15 and MSH-16. */
  acceptAck: string;
  applicationAck: string;
  /** MSH-13. */
  sequenceNumber: string;
}

/** The peer's certificate on a TLS connection. */
export interface TlsInfo {
  protocol: string;
  cipher: string;
  /** True when the peer showed a certificate that our CA accepts. */
  authorized: boolean;
  /** Distinguished name of the peer's certificate, `CN=…, O=…`; empty without one. */
  subject: string;
}

/** How a message came (`msg.mllp`). */
export interface MllpFacts {
  listener: string;
  connection: string;
  remoteAddress: string;
  remotePort: number;
  localPort: number;
  tls: TlsInfo | false;
  /** ISO 8601, UTC, milliseconds. */
  receivedAt: string;
  /** Bytes of `msg.raw`. */
  size: number;
  charset: string;
  /** True when some bytes were not valid in their set and were taken as windows-1252. */
  charsetFallback: boolean;
  /** The listener's set was used whatever MSH-18 says. */
  charsetForced?: true;
  /** The listener reads what is UTF-8 as that, whatever else MSH-18 says. */
  utf8Preferred?: true;
  deviations: string[];
}

/** The batch that a message was split from (`msg.batch`; HL7 v2.9 section 2.10.3). What was not sent is `''`. */
export interface BatchFacts {
  /** FHS-11, file control ID, and FHS-9, file name, of the file around the batch, as sent. */
  fileId: string;
  fileName: string;
  /** BHS-11, batch control ID, and BHS-9, batch name, as sent. */
  batchId: string;
  batchName: string;
  /** The message's number in its batch, from 1, and how many messages the batch holds. */
  position: number;
  count: number;
  /** The segments around the message, as sent, without their ends: FHS, BHS, BTS, FTS, those that were there. */
  envelope: string[];
  /** Codes of what was wrong with the batch, which stand in the message's row, too. */
  deviations: string[];
}

/** Core's session convention (`msg._session`): plain data, the socket stays in the registry. */
export interface Session {
  type: 'mllp';
  id: string;
}

/** The receipt of a stored message (`msg.store`). */
export interface Receipt {
  /** Of the row in the log; null where only a custom table is written. */
  id: number | null;
  table: string;
  /** ISO 8601, UTC. */
  storedAt: string;
  duplicate: boolean;
  deliveries: number;
  spooled: boolean;
  /**
   * What was written to the custom table: how many rows, and the columns whose value was cut; where there are any, the columns
   * whose path names several values, of which the first was written, and those whose expression failed.
   */
  own?: { table: string; rows: number; cut: string[]; leftOut?: string[]; failed?: string[] };
}

/** What a flow may set before `ack out` (`msg.ack`), and what stands there after it. */
export interface AckOverride {
  code?: string;
  text?: string;
  errors?: ErrorDetail[];
}

export type AckCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR';

/** An acknowledgment that is ready to be sent. */
export interface Answer {
  kind: 'accept' | 'application';
  /** MSA-1. */
  code: string;
  /** MSH-10 of the acknowledgment. */
  controlId: string;
  /** The bytes to send, without the MLLP frame. */
  raw: Buffer;
}

/** An acknowledgment that is on disk. */
export interface StoredAnswer extends Answer {
  id: number;
  answeredAt: Date;
  /** Null until it was handed to the network. */
  sentAt: Date | null;
}
