/**
 * Who is at fault, which decides the acknowledgment: the message's content (AE), its kind, version or processing id
 * (AR), or something on our side (the listener's failure answer).
 */
export type Fault = 'content' | 'refused' | 'system';

/** One fault of a message, as an acknowledgment reports it (ERR; HL7 v2.9 section 2.14.5). Never holds a field's value. */
export interface Located {
  /** ERL: `segment^occurrence^field^repetition^component^sub-component`, the parts that are known, e.g. `MSH^1^10`. */
  location?: string;
  /** Table 0357, e.g. `101`. */
  code: string;
  /** For people; our own words only. */
  text?: string;
  /** Table 0516: error (default), warning, information. */
  severity?: 'E' | 'W' | 'I';
}

export interface ErrorDetails {
  fault?: Fault;
  errors?: Located[];
  cause?: unknown;
}

/**
 * An error with a stable code, for people who read a log or wire a Catch node. Its text says what happened, to which
 * listener or table, and what to do; it never holds patient data.
 */
export class Hl7Error extends Error {
  readonly code: string;
  readonly fault: Fault;
  readonly errors: Located[];

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Hl7Error';
    this.code = code;
    this.fault = details.fault ?? 'system';
    this.errors = details.errors ?? [];
  }
}
