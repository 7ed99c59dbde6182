/** Lines of one message that are none of its segments. */

import { TURNS } from '../../util';
import { isNameAt } from './segments';

interface StrayLines {
  /**
   * A line is no segment: it does not begin with a segment's name (a capital letter, then two capitals or digits) and the
   * field separator or the line's end behind it. It may be indented, in small letters, or the rest of a field that held a
   * carriage return. A blank line is none.
   */
  invalid: boolean;
  /** A segment of a batch's envelope (FHS, BHS, BTS, FTS) stands in the message. */
  envelope: boolean;
}

const CR = 13;

/**
 * Looks at the beginning of each line behind the first, and at nothing else. Yields to the event loop periodically.
 * @param text of one message, its segments ended by `\r`
 * @param field the field separator
 */
export function* findStrayLinesSteps(text: string, field: string): Generator<void, StrayLines> {
  const found: StrayLines = { invalid: false, envelope: false };
  const separator = field.charCodeAt(0);
  let turn = 0;
  for (let at = text.indexOf('\r') + 1; at > 0 && at < text.length; at = text.indexOf('\r', at) + 1) {
    if (++turn % TURNS === 0) yield;
    const first = text.charCodeAt(at);
    // A blank line: the search above ends it, too.
    if (first === CR) continue;
    const after = at + 3 < text.length ? text.charCodeAt(at + 3) : CR;
    if (!isNameAt(text, at) || (after !== separator && after !== CR)) found.invalid = true;
    // B and F: most segments are looked at no further.
    else if ((first === 0x42 || first === 0x46) && isEnvelope(text.slice(at, at + 3))) found.envelope = true;
    if (found.invalid && found.envelope) return found;
  }
  return found;
}

function isEnvelope(name: string): boolean {
  return name === 'FHS' || name === 'BHS' || name === 'BTS' || name === 'FTS';
}
