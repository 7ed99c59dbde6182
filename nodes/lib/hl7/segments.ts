/** Segment ends: whatever a sender uses, the text inside this package has its segments ended by `\r` (HL7 v2.9 section 2.5.4). */

import { readDelimiters } from './delimiters';

/** What ended the segments of a text: one kind, a mixture, or nothing at all. */
export type SegmentEnds = 'CR' | 'LF' | 'CRLF' | 'MIXED' | 'NONE';

export interface NormalisedText {
  text: string;
  ends: SegmentEnds;
}

/**
 * Ends every segment with `\r`.
 *
 * A text without CR is ended by LF. Where there is a CR, a CRLF ends a segment too, and a lone LF is data, unless what
 * follows it (directly, or after more LFs) begins a segment, or only line ends follow, or it stands right behind the end
 * of a segment, where it is a blank line.
 * A text without LF is returned as it is, the same string.
 */
export function normaliseSegmentEnds(text: string): NormalisedText {
  if (text.indexOf('\n') === -1) return { text, ends: text.indexOf('\r') === -1 ? 'NONE' : 'CR' };
  if (text.indexOf('\r') === -1) return { text: text.replaceAll('\n', '\r'), ends: 'LF' };
  const joined = text.replaceAll('\r\n', '\r');
  const lines = endLoneLineFeeds(joined);
  const crlf = joined.length !== text.length;
  const cr = /\r(?!\n)/.test(text);
  const kinds = Number(crlf) + Number(cr) + Number(lines !== joined);
  return { text: lines, ends: kinds > 1 ? 'MIXED' : crlf ? 'CRLF' : 'CR' };
}

/** Turns the lone LFs that end a segment into CR; the text has no CRLF any more. */
function endLoneLineFeeds(text: string): string {
  let at = text.indexOf('\n');
  if (at === -1) return text;
  const bodyEnd = endOfBody(text);
  const separator = readDelimiters(text)?.field ?? '|';
  let done = '';
  let from = 0;
  while (at !== -1 && at < bodyEnd) {
    let next = at + 1;
    while (text.charCodeAt(next) === 10) next++;
    if (text.charCodeAt(at - 1) === 13 || beginsSegment(text, next, separator)) {
      done += text.slice(from, at) + '\r'.repeat(next - at);
      from = next;
    }
    at = text.indexOf('\n', next);
  }
  return done + text.slice(from, bodyEnd) + '\r'.repeat(text.length - bodyEnd);
}

/**
 * Where the segment that begins at `from` ends, by the same rules, in a text whose line ends may be anyone's: at its CR,
 * in a text without CR at its LF, and at a lone LF that another segment follows. Looks no further than that CR.
 * @param separator the field separator
 */
export function segmentEnd(text: string, from: number, separator: string): number {
  const cr = text.indexOf('\r', from);
  if (cr === -1) {
    const lf = text.indexOf('\n', from);
    return lf === -1 ? text.length : lf;
  }
  const segment = text.slice(from, cr);
  for (let at = segment.indexOf('\n'); at !== -1; ) {
    let next = at + 1;
    while (segment.charCodeAt(next) === 10) next++;
    if (beginsSegment(segment, next, separator)) return from + at;
    at = segment.indexOf('\n', next);
  }
  return cr;
}

/** Where the line ends that close the text begin. */
export function endOfBody(text: string): number {
  let end = text.length;
  while (end > 0) {
    const c = text.charCodeAt(end - 1);
    if (c !== 13 && c !== 10) break;
    end--;
  }
  return end;
}

/** True for a segment name: a capital, then two capitals or digits. */
export function isSegmentName(name: string): boolean {
  return name.length === 3 && isNameAt(name, 0);
}

/** True when a segment name stands at an offset of a text. */
export function isNameAt(text: string, at: number): boolean {
  return isCapital(text.charCodeAt(at)) && isNamePart(text.charCodeAt(at + 1)) && isNamePart(text.charCodeAt(at + 2));
}

const OWN_SEPARATORS = /^(?:MSH|FHS|BHS)([^A-Za-z0-9\s\x00-\x1f\x7f])[^A-Za-z0-9\s]{0,8}\1/;

/**
 * True when a header segment (MSH, FHS, BHS) begins at an offset: by the separator known so far, or by separators it
 * declares itself. "MSH-10 is missing" in somebody's comment is none.
 */
export function isHeaderAt(text: string, at: number, separator: string): boolean {
  const name = text.slice(at, at + 3);
  if (name !== 'MSH' && name !== 'FHS' && name !== 'BHS') return false;
  const next = text.charAt(at + 3);
  return (next === separator && next !== '') || OWN_SEPARATORS.test(text.slice(at, at + 14));
}

function beginsSegment(text: string, at: number, separator: string): boolean {
  return isNameAt(text, at) && text.charAt(at + 3) === separator;
}

function isCapital(c: number): boolean {
  return c >= 65 && c <= 90;
}

function isNamePart(c: number): boolean {
  return isCapital(c) || (c >= 48 && c <= 57);
}
