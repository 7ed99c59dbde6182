import { type ErrorCode, Hl7Error } from '../errors';

/** Why a database cannot be used, in a word: what a status is chosen by. */
export type UnavailableReason =
  | 'away'
  | 'login'
  | 'database'
  | 'schema'
  | 'tables'
  | 'rights'
  | 'read-only'
  | 'full'
  | 'tls'
  | 'version'
  | 'driver'
  | 'dialect'
  | 'file'
  | 'locked'
  | 'disk';

/** The same with its sentence: what is wrong, and what to do. */
export interface Reason {
  why: UnavailableReason;
  text: string;
}

interface OpenDetails {
  code?: ErrorCode;
  cause?: unknown;
  /** Nothing outside of this process and its settings can set it right: it is of no use to try again. */
  final?: boolean;
}

/** A database cannot be opened. Its text names it, and never a login. */
export class OpenError extends Hl7Error {
  readonly why: UnavailableReason;
  readonly final: boolean;

  constructor({ why, text }: Reason, { code = 'STORE_OPEN_FAILED', cause, final = false }: OpenDetails = {}) {
    super(code, text, { cause });
    this.why = why;
    this.final = final;
  }
}

/** Of an error that says nothing else, that the database is away. */
export function unavailableReason(error: unknown): UnavailableReason {
  return error instanceof OpenError ? error.why : 'away';
}
