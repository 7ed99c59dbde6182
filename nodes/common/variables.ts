// Environment variables in settings: one grammar for the runtime and the dialogs. Imports nothing, since the editor loads it, too.

/** What a variable holds; undefined when there is none of that name. */
export type Lookup = (name: string) => unknown;

/** A reference to an environment variable in a text. */
interface Reference {
  name: string;
  /** The text behind `:-`; undefined where the reference has no default. */
  fallback: string | undefined;
  /** Where the reference begins and ends in the text. */
  start: number;
  end: number;
  /** Written with a second `$` in front: the text of the reference itself is meant. */
  escaped: boolean;
}

const BRACES = /\$\{([^\s{}:"'\\/]+)(\}|:-)/y;
/** The form that Node-RED had first, and still takes. */
const BRACKETS = /\$\(([\w.$-]+)\)/y;

/**
 * The references of a text, in their order: `${NAME}`, `$(NAME)` and `${NAME:-default}`, anywhere in the text. A `$` in
 * front of a reference makes it a plain text. A default may hold further references, and braces in pairs.
 */
export function referencesIn(text: string): Reference[] {
  const found: Reference[] = [];
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at)) {
    const reference = referenceAt(text, at) ?? escapedAt(text, at);
    if (reference) found.push(reference);
    at = reference?.end ?? at + 1;
  }
  return found;
}

function escapedAt(text: string, at: number): Reference | undefined {
  const inner = text[at + 1] === '$' ? referenceAt(text, at + 1) : undefined;
  return inner && { ...inner, start: at, escaped: true };
}

function referenceAt(text: string, start: number): Reference | undefined {
  BRACKETS.lastIndex = start;
  const bracketed = BRACKETS.exec(text)?.[1];
  if (bracketed !== undefined) {
    return { name: bracketed, fallback: undefined, start, end: BRACKETS.lastIndex, escaped: false };
  }
  BRACES.lastIndex = start;
  const [, name, end] = BRACES.exec(text) ?? [];
  if (name === undefined) return undefined;
  const from = BRACES.lastIndex;
  if (end === '}') return { name, fallback: undefined, start, end: from, escaped: false };
  const to = closingBrace(text, from);
  return to < 0 ? undefined : { name, fallback: text.slice(from, to), start, end: to + 1, escaped: false };
}

/** The brace that closes a default; without pairs the last one of the text. */
function closingBrace(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && depth-- === 0) return at;
  }
  const last = text.lastIndexOf('}');
  return last < from ? -1 : last;
}

/** The reference that a text consists of, blanks around it aside; undefined when there is more in it, or none. */
export function wholeReference(text: string): Reference | undefined {
  const trimmed = text.trim();
  const [first] = referencesIn(trimmed);
  return first && !first.escaped && first.start === 0 && first.end === trimmed.length ? first : undefined;
}

/** True for a text that names a variable. */
export function hasReference(text: string): boolean {
  return referencesIn(text).some(({ escaped }) => !escaped);
}

/** A text with the values of its variables. */
interface Substituted {
  text: string;
  /** The first variable that is missing or empty, and has no default. */
  missing: string | undefined;
}

/** Puts the values of a text's variables in their places. A variable that is empty counts as missing. */
export function substitute(text: string, lookup: Lookup): Substituted {
  const parts: string[] = [];
  let missing: string | undefined;
  let at = 0;
  for (const { name, fallback, start, end, escaped } of referencesIn(text)) {
    parts.push(text.slice(at, start));
    at = end;
    if (escaped) {
      parts.push(text.slice(start + 1, end));
      continue;
    }
    const value = lookup(name);
    if (value !== undefined && value !== null && value !== '') parts.push(String(value));
    else if (fallback === undefined) missing ??= name;
    else {
      const inner = substitute(fallback, lookup);
      missing ??= inner.missing;
      parts.push(inner.text);
    }
  }
  return { text: parts.join('') + text.slice(at), missing };
}

/** A text with the defaults of its variables; a variable without one stays in it as it is written. */
export function withDefaults(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const { fallback, start, end } of referencesIn(text)) {
    parts.push(text.slice(at, start), fallback === undefined ? text.slice(start, end) : withDefaults(fallback));
    at = end;
  }
  return parts.join('') + text.slice(at);
}

/** True for a text with a variable that has no default. */
export function isOpen(text: string): boolean {
  return substitute(text, () => undefined).missing !== undefined;
}
