/** Repetitions, components and sub-components of a field's text. */

import { Hl7Error } from '../errors';

/** The n-th part of a text; a separator that is not declared splits nothing. */
export function part(text: string, separator: string, position: number): string | undefined {
  if (separator === '' || !text.includes(separator)) return position === 1 ? text : undefined;
  return text.split(separator)[position - 1];
}

/**
 * The text with its n-th part changed; parts that lack before it are added empty.
 * @throws Hl7Error ENCODE_NO_SEPARATOR when there is no separator to add one
 */
export function replacePart(
  text: string,
  separator: string,
  position: number,
  change: (old: string) => string,
): string {
  if (separator === '') {
    if (position === 1) return change(text);
    throw new Hl7Error('ENCODE_NO_SEPARATOR', 'The message declares no separator for the place to write to (MSH-2).');
  }
  const parts = text.split(separator);
  while (parts.length < position) parts.push('');
  parts[position - 1] = change(parts[position - 1]!);
  return parts.join(separator);
}
