/** The separators a message declares for itself (MSH-1 and MSH-2; HL7 v2.9 section 2.5.4). */
export interface Delimiters {
  /** MSH-1, the fourth character of the header segment. */
  field: string;
  component: string;
  repetition: string;
  /** `''` when not declared, as each below: nothing is split or escaped by it then. */
  escape: string;
  subComponent: string;
  /** Fifth character of MSH-2, from version 2.7. */
  truncation: string;
  /** MSH-2 as sent. */
  encodingCharacters: string;
}

export const STANDARD_DELIMITERS: Readonly<Delimiters> = Object.freeze({
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subComponent: '&',
  truncation: '',
  encodingCharacters: '^~\\&',
});

const NOT_A_SEPARATOR = /[A-Za-z0-9\s\x00-\x1f\x7f]/;

/**
 * Reads the separators from a text that begins with a header segment (MSH, FHS or BHS).
 * @returns undefined when the text begins with something else, or its fourth character cannot separate fields.
 */
export function readDelimiters(text: string): Delimiters | undefined {
  const name = text.slice(0, 3);
  if (name !== 'MSH' && name !== 'FHS' && name !== 'BHS') return undefined;
  const field = text.charAt(3);
  if (field === '' || NOT_A_SEPARATOR.test(field)) return undefined;
  if (text.startsWith('^~\\&', 4) && !'^~\\&'.includes(field) && (text.charAt(8) === field || text.charAt(8) === '')) {
    return field === '|' ? STANDARD_DELIMITERS : { ...STANDARD_DELIMITERS, field };
  }
  let end = 4;
  while (end < text.length && end < 24) {
    const c = text.charAt(end);
    if (c === field || c === '\r' || c === '\n') break;
    end++;
  }
  const encodingCharacters = text.slice(4, end);
  const used = new Set([field]);
  // A character that cannot separate, or separates something already, separates nothing.
  const separator = (position: number): string => {
    const c = encodingCharacters.charAt(position);
    if (c === '' || NOT_A_SEPARATOR.test(c) || used.has(c)) return '';
    used.add(c);
    return c;
  };
  return {
    field,
    component: separator(0),
    repetition: separator(1),
    escape: separator(2),
    subComponent: separator(3),
    truncation: separator(4),
    encodingCharacters,
  };
}
