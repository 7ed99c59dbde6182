/** Repetitions, components and sub-components of a short text. */

/** The n-th part of a text; a separator that is not declared splits nothing. */
export function part(text: string, separator: string, position: number): string | undefined {
  if (separator === '') return position === 1 ? text : undefined;
  let from = 0;
  let end = text.indexOf(separator);
  for (let n = 1; n < position; n++) {
    if (end === -1) return undefined;
    from = end + 1;
    end = text.indexOf(separator, from);
  }
  if (end !== -1) return text.slice(from, end);
  return from === 0 ? text : text.slice(from);
}

/** How many parts a text has. */
export function countParts(text: string, separator: string): number {
  if (separator === '') return 1;
  let parts = 1;
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1)) parts++;
  return parts;
}

/** The text with its n-th part changed; parts that lack before it are added empty. Not declared, the text is its only part. */
export function replacePart(
  text: string,
  separator: string,
  position: number,
  change: (old: string) => string,
): string {
  if (separator === '') return change(text);
  const parts = text.split(separator);
  while (parts.length < position) parts.push('');
  parts[position - 1] = change(parts[position - 1]!);
  return parts.join(separator);
}
