import { type ErrorCode, Hl7Error } from '../errors';

/** Why a database cannot be used, in a word: what a status is chosen by. */
export type Why =
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
  why: Why;
  text: string;
}

interface OpenDetails {
  code?: ErrorCode;
  cause?: unknown;
  /** Nothing outside of this process and its settings can set it right: it is of no use to try again. */
  final?: boolean;
}

/** A database cannot be opened. Its text names it, and never a login. */
export class OpenFailed extends Hl7Error {
  readonly why: Why;
  readonly final: boolean;

  constructor({ why, text }: Reason, { code = 'STORE_OPEN_FAILED', cause, final = false }: OpenDetails = {}) {
    super(code, text, { cause });
    this.why = why;
    this.final = final;
  }
}

/** Of an error that says nothing else, that the database is away. */
export function whyOf(error: unknown): Why {
  return error instanceof OpenFailed ? error.why : 'away';
}
