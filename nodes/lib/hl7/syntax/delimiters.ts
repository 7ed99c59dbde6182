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
 *
 * MSH-2 is taken by position. What is not declared there, or cannot separate, or separates something already, separates
 * nothing: a sender may declare fewer than four (HL7 v2.9 section 2.5.4). Two kinds of mistakes have one meaning and are
 * taken for it: characters that were doubled on the way (`^~\\\\&`, from a JSON text), and an MSH-2 that is empty or does not
 * begin with a separator, which leaves the recommended ones. {@link areEncodingCharactersValid} tells of both.
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
  const characters = meant(encodingCharacters, field);
  const used = new Set([field]);
  const separator = (position: number): string => {
    const c = characters.charAt(position);
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

/** The recommended encoding characters; the one that separates fields has `|` in its place. */
function recommendedCharacters(field: string): string {
  return field === '|' ? '^~\\&' : '^~\\&'.replace(field, () => '|');
}

/** The encoding characters that a sender means by what it wrote. */
function meant(sent: string, field: string): string {
  if (sent === '' || NOT_A_SEPARATOR.test(sent.charAt(0))) return recommendedCharacters(field);
  const single = sent.replace(/(.)\1+/g, '$1');
  return single !== sent && areDistinct(single, field) ? single : sent;
}

/** True for four or five characters that all can separate, and each something else. */
function areDistinct(characters: string, field: string): boolean {
  if (characters.length < 4 || characters.length > 5 || NOT_A_SEPARATOR.test(characters)) return false;
  return new Set([...characters, field]).size === characters.length + 1;
}

/** True when MSH-2 holds four different separators, or five (HL7 v2.9 section 2.14.9.2). */
export function areEncodingCharactersValid({ field, encodingCharacters }: Delimiters): boolean {
  return (encodingCharacters === '^~\\&' && field === '|') || areDistinct(encodingCharacters, field);
}

/** HL7 versions, which MSH-12 holds; what a sender adds to one is another component. */
const VERSION = /^2(?:\.[1-9]){1,2}(?![\w.])/;
/** MSH-9 to MSH-15: a field that is missing before MSH-12, or one too many, puts the version there. */
const NEAR_VERSION = [10, 11, 13, 14];

/**
 * True when an invalid MSH-2 shows that it is not MSH-2 at all: a separator is missing or doubled at the beginning of the
 * header, so that every field is taken for another one. Tells by where the version (MSH-12) is; without a version, by
 * values where encoding characters belong, and encoding characters where a name belongs.
 * @param fields of the header, `fields[n]` is MSH-n (FHS-n, BHS-n), `fields[0]` its name
 */
export function isHeaderShifted(delimiters: Delimiters, fields: readonly string[]): boolean {
  if (areEncodingCharactersValid(delimiters)) return false;
  const isVersion = (n: number): boolean => VERSION.test(fields[n]?.trim() ?? '');
  // FHS and BHS have no version.
  if (fields[0] === 'MSH') {
    if (isVersion(12)) return false;
    if (NEAR_VERSION.some(isVersion)) return true;
  }
  const [sent, name] = [delimiters.encodingCharacters, fields[3] ?? ''];
  if (sent !== '' && NOT_A_SEPARATOR.test(sent.charAt(0))) return true;
  return name !== '' && name.length <= 8 && name !== '""' && !/[^\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]/.test(name);
}
