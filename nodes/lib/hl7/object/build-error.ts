import { type ErrorCode, Hl7Error } from '../../errors';

/** What is said when an object cannot become a message: the place, never the value. */

/** Where in a message; the parts that are known. */
export interface Place {
  segment?: string;
  /** From 1. */
  occurrence?: number;
  field?: number;
}

/** An error of an object that a flow built. `message` has no full stop; the place is added. */
export function buildError(code: ErrorCode, message: string, place: Place, cause?: unknown): Hl7Error {
  const { segment, occurrence = 1, field } = place;
  if (segment === undefined)
    return new Hl7Error(code, `${message}.`, { cause, errors: [{ code: '207', text: message }] });
  const at = `${segment}[${occurrence}]${field === undefined ? '' : `-${field}`}`;
  const location = `${segment}^${occurrence}${field === undefined ? '' : `^${field}`}`;
  return new Hl7Error(code, `${at}: ${message}.`, { cause, errors: [{ location, code: '207', text: message }] });
}

/** True for an object that is no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Date) && !ArrayBuffer.isView(value) && !(value instanceof Map) && !(value instanceof Set);
}
