/** Segment ends: whatever a sender uses, the text inside this package has its segments ended by `\r` (HL7 v2.9 section 2.5.4). */

import { atOnce, STRETCH } from '../../util';
import { readDelimiters } from './delimiters';

/**
 * Ends every segment with `\r`.
 *
 * A text without CR is ended by LF. Where there is a CR, a CRLF ends a segment too, and a lone LF is data, unless what
 * follows it (directly, or after more LFs) begins a segment, or only line ends follow, or it stands right behind the end
 * of a segment, where it is a blank line. Where the first segment ends with CR or CRLF, a lone LF before a header segment
 * (MSH, FHS, BHS) is data, too, with all up to the end of the segment: a note that quotes a message is one segment.
 * A text without LF is returned as it is, the same string.
 */
export function normaliseSegmentEnds(text: string): string {
  return text.indexOf('\n') === -1 ? text : atOnce(normaliseSegmentEndsSteps(text));
}

/** As `normaliseSegmentEnds`; yields after every part. */
export function* normaliseSegmentEndsSteps(text: string): Generator<void, string> {
  if (text.indexOf('\n') === -1) return text;
  if (text.indexOf('\r') === -1) return yield* everyLineFeed(text);
  const bodyEnd = endOfBody(text);
  const separator = readDelimiters(text)?.field ?? '|';
  const crEnds = endsWithCr(text, separator);
  const done: string[] = [];
  let parts: string[] = [];
  let from = 0;
  let pause = STRETCH;
  for (let at = text.indexOf('\n'); at !== -1 && at < bodyEnd; ) {
    let next = at + 1;
    while (text.charCodeAt(next) === 10) next++;
    // The LF of a CRLF goes; those behind it, as any behind the end of a segment, are blank lines.
    const behindEnd = text.charCodeAt(at - 1) === 13;
    if (!behindEnd && crEnds && isHeaderAt(text, next, separator)) {
      const end = text.indexOf('\r', next);
      next = end === -1 ? bodyEnd : end;
    } else if (behindEnd || beginsSegment(text, next, separator)) {
      parts.push(text.slice(from, at));
      const ends = behindEnd ? next - at - 1 : next - at;
      if (ends > 0) parts.push('\r'.repeat(ends));
      from = next;
    }
    at = text.indexOf('\n', next);
    if (next < pause) continue;
    pause = next + STRETCH;
    done.push(parts.join(''));
    parts = [];
    yield;
  }
  const end = '\r'.repeat(text.length - bodyEnd - countCrLf(text, bodyEnd));
  // Where all of them are data, a large text is not copied.
  if (from === 0 && text.endsWith(end) && bodyEnd + end.length === text.length) return text;
  done.push(parts.join(''), text.slice(from, bodyEnd), end);
  yield;
  return done.join('');
}

function* everyLineFeed(text: string): Generator<void, string> {
  const done: string[] = [];
  for (let from = 0; from < text.length; from += STRETCH) {
    if (from > 0) yield;
    // Ten times as fast as to replace each, and flat.
    done.push(
      text
        .slice(from, from + STRETCH)
        .split('\n')
        .join('\r'),
    );
  }
  return done.join('');
}

function countCrLf(text: string, from: number): number {
  let found = 0;
  for (let at = from + 1; at < text.length; at++) {
    if (text.charCodeAt(at) === 10 && text.charCodeAt(at - 1) === 13) found++;
  }
  return found;
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
  for (let at = text.indexOf('\n', from); at !== -1 && at < cr; ) {
    let next = at + 1;
    while (text.charCodeAt(next) === 10) next++;
    if (beginsSegment(text, next, separator)) return at;
    at = text.indexOf('\n', next);
  }
  return cr;
}

/**
 * True when the first segment ends with CR or CRLF. A lone LF then begins no message and no batch.
 * @param separator the field separator
 */
export function endsWithCr(text: string, separator: string): boolean {
  return text.charCodeAt(segmentEnd(text, 4, separator)) === 13;
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

const SITE_SEPARATORS = /^(?:MSH|FHS|BHS)([^A-Za-z0-9\s\x00-\x1f\x7f])[^A-Za-z0-9\s]{0,8}\1/;

/**
 * True when a header segment (MSH, FHS, BHS) begins at an offset: by the separator known so far, or by separators it
 * declares itself. "MSH-10 is missing" in a comment is none.
 */
export function isHeaderAt(text: string, at: number, separator: string): boolean {
  const name = text.slice(at, at + 3);
  if (name !== 'MSH' && name !== 'FHS' && name !== 'BHS') return false;
  const next = text.charAt(at + 3);
  return (next === separator && next !== '') || SITE_SEPARATORS.test(text.slice(at, at + 14));
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
