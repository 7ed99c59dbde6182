import { Hl7Error } from '../errors';
import type { Delimiters } from './delimiters';
import { encodeEscapes } from './escape';

/**
 * A value as it is written into a field; null is the HL7 null.
 * @throws Hl7Error SET_VALUE, ENCODE_NO_ESCAPE
 */
export function wireOf(value: unknown, delimiters: Delimiters): string {
  if (value === null) return '""';
  if (typeof value === 'string') return encodeEscapes(value, delimiters);
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) {
    // The sign or the point may be a separator.
    return encodeEscapes(String(value), delimiters);
  }
  throw badValue();
}

export function badValue(): Hl7Error {
  return new Hl7Error('SET_VALUE', 'Only a text, a finite number, or null (the HL7 null) can be written to a message.');
}
