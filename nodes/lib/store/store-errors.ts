import { Hl7Error } from '../errors';
import type { Dialect } from './dialects';
import { OpenError, type UnavailableReason, unavailableReason } from './open-error';
import { type Refusal, refusalError, refusalText } from './refusal';

/** The errors of the ingest path. Their texts name the database, never what a message holds. */

export function full(location: string, rows: number): Hl7Error {
  const text = `${rows} messages wait to be written to ${location}: it is slower than they come. Slow the senders down.`;
  return new Hl7Error('STORE_QUEUE_FULL', text, system('Store busy'));
}

export function closed(location: string): Hl7Error {
  return new Hl7Error('STORE_CLOSED', `The store ${location} is closed.`, system('Store closed'));
}

/**
 * The database refuses this row for what it holds. The driver's text may quote a value, so it is not told; what rule it
 * breaks is.
 */
export function refused(
  location: string,
  cause: unknown,
  customTables: readonly string[] = [],
  refusal?: Refusal,
): Hl7Error {
  if (cause instanceof Hl7Error && cause.fault === 'content') return cause;
  const own = customTables.length === 0 ? '' : `, or for the rows it makes in ${customTables.join(', ')},`;
  const why = refusal === undefined ? '' : `: ${refusalText(refusal)}`;
  const text = `The database ${location} refused one message for what it holds${own} (${nameOf(cause)})${why}.`;
  const other = { code: '199', text: 'Message cannot be stored', severity: 'E' as const };
  const errors = [refusal === undefined ? other : refusalError(refusal)];
  return new Hl7Error('STORE_ROW_REFUSED', text, { fault: 'content', errors, cause });
}

export function duplicateRefused(): Hl7Error {
  return new Hl7Error(
    'STORE_DUPLICATE',
    'The same message was stored before, and this store is set to refuse repeats.',
    {
      fault: 'refused',
      errors: [{ code: '205', text: 'Duplicate message', severity: 'E' }],
    },
  );
}

/** Nothing can be written now. */
export function unavailable(dialect: Dialect, cause: unknown): Hl7Error {
  if (cause instanceof Hl7Error && cause.code === 'STORE_CLOSED') return cause;
  const busy = dialect.classify(cause) === 'busy';
  const what = busy ? 'is held by another program' : 'cannot be written';
  // What kept it from being opened again says more.
  const text =
    cause instanceof OpenError
      ? cause.message
      : `The database ${dialect.location} ${what} (${nameOf(cause)}). See that it is there, has space and is not locked.`;
  return new Hl7Error('STORE_UNAVAILABLE', text, { ...system('Store unavailable'), cause });
}

/** The same in a word. */
export function whyUnavailable(dialect: Dialect, cause: unknown): UnavailableReason {
  return dialect.classify(cause) === 'busy' ? 'locked' : unavailableReason(cause);
}

/** A run of the retention came to an end before it was through. */
export function retentionFailed(location: string, cause: unknown): Hl7Error {
  const text = `The retention of ${location} stopped (${nameOf(cause)}). What is due is left to its next run.`;
  return new Hl7Error('RETENTION_FAILED', text, { cause });
}

/** Table 0357, 207: application internal error. */
function system(text: string) {
  return { fault: 'system' as const, errors: [{ code: '207', text, severity: 'E' as const }] };
}

function nameOf(cause: unknown): string {
  const { code, number, original } = (cause ?? {}) as {
    code?: unknown;
    number?: unknown;
    original?: { code?: unknown };
  };
  const name = code ?? original?.code;
  if (typeof name !== 'string') return 'no code';
  return typeof number === 'number' ? `${name} ${number}` : name;
}
