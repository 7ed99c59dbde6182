import { CR, canSeparate, headerAt, isFiller, LF, SPACE, skipLead, VT } from './constants';
import type { DeviationCode } from './deviations';

const MSH = Buffer.from('MSH');
const FHS = Buffer.from('FHS');
const BHS = Buffer.from('BHS');
const BTS = Buffer.from('BTS');
const FTS = Buffer.from('FTS');
const CR_MSH = Buffer.from('\rMSH');
const LF_MSH = Buffer.from('\nMSH');
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** A frame with more messages than this is not split: it is no accident of framing any more. */
const MAX_SPLIT = 1000;
/** Segment ends are judged by this many bytes: the first segments decide, and the rest must not cost time. */
const JUDGED = 64 * 1024;

const beginsAt = (content: Buffer, name: Buffer, at: number): boolean =>
  content[at] === name[0] && content[at + 1] === name[1] && content[at + 2] === name[2];

const isAlphanumeric = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);

/** The place of the first byte that is not filler (nor a byte order mark). */
function firstByte(content: Buffer): number {
  const header = skipLead(content, 0);
  if (header > 0 && headerAt(content, header) === 'yes') return header;
  let at = 0;
  if (beginsAt(content, BOM, 0)) at = 3;
  while (at < content.length && isFiller(content[at])) at++;
  return at;
}

/** True when the content is empty or all filler. */
export function isBlank(content: Buffer): boolean {
  return firstByte(content) === content.length;
}

/** True when the content begins with MSH, FHS or BHS and a field separator, or with that behind bytes that carry nothing. */
export function beginsWithHeader(content: Buffer): boolean {
  return headerAt(content, skipLead(content, 0)) === 'yes';
}

/** True when bytes that carry nothing stand before the header segment; a byte order mark alone is none. */
export function hasLead(content: Buffer): boolean {
  const first = skipLead(content, 0);
  if (first === 0 || headerAt(content, first) !== 'yes') return false;
  return !(first === 3 && beginsAt(content, BOM, 0));
}

/** True for a batch or file (BHS, FHS) whose last segment is no trailer (BTS, FTS). */
export function isOpenBatch(content: Buffer): boolean {
  const first = skipLead(content, 0);
  if (headerAt(content, first) !== 'yes' || beginsAt(content, MSH, first)) return false;
  let end = content.length;
  while (isFiller(content[end - 1])) end--;
  const last = 1 + Math.max(content.lastIndexOf(CR, end - 1), content.lastIndexOf(LF, end - 1));
  return !beginsAt(content, BTS, last) && !beginsAt(content, FTS, last);
}

/** What the start bytes (0B) inside of a frame are. */
interface Starts {
  /** The last one with a header segment behind it, where another message begins; -1 when there is none. */
  last: number;
  /** True when one of those behind `last` is data: no header segment follows it. */
  data: boolean;
}

/** Looks at the start bytes inside of a frame. One pass over the bytes, however many there are. */
export function startsIn(content: Buffer): Starts {
  let last = -1;
  let data = false;
  for (let at = content.indexOf(VT); at >= 0 && at < content.length; at++) {
    if (content[at] !== VT) continue;
    const byte = content[at + 1];
    // Of several the last one counts, and nearly everything else is looked at no further.
    const other = byte !== undefined && byte > SPACE && byte < 0x7f && byte !== 0x4d && byte !== 0x46 && byte !== 0x42;
    if (byte === VT || other) {
      data = true;
      continue;
    }
    const next = skipLead(content, at + 1, true);
    if (headerAt(content, next) === 'yes') {
      last = content.lastIndexOf(VT, next);
      data = false;
    } else data = true;
    at = next - 1;
  }
  return { last, data };
}

/**
 * True when the first segment ends with CR or CRLF: then a line feed that stands alone is data (HL7 v2.9 section 2.5.2:
 * nothing but CR ends a segment), and a header segment behind it is a quotation, no message.
 */
function endsWithCr(content: Buffer, first: number): boolean {
  const cr = content.indexOf(CR, first);
  if (cr < 0) return false;
  const segment = content.subarray(first, cr);
  for (let at = segment.indexOf(LF); at >= 0; at = segment.indexOf(LF, at + 1)) {
    if (beginsSegment(segment, at + 1, segment[3])) return false;
  }
  return true;
}

/** True when the line feeds that end at `at` stand behind a carriage return, so that a line begins at `at`. */
function isBehindCr(content: Buffer, at: number): boolean {
  let before = at - 1;
  while (content[before] === LF) before--;
  return content[before] === CR;
}

/**
 * The next place of MSH behind one kind of segment end; Infinity when there is none.
 * @param crEnds the segments end with CR, so that a line feed ends none but behind one
 */
function searchMessage(content: Buffer, end: Buffer, from: number, crEnds: boolean): number {
  let at = content.indexOf(end, from);
  // MSH followed by a letter is no header; content made of nothing else is looked through only so far.
  for (let letters = 0; at >= 0 && letters < 64; at = content.indexOf(end, at + 4)) {
    if (!canSeparate(content[at + 4])) letters++;
    else if (end === CR_MSH || !crEnds || isBehindCr(content, at + 1)) break;
  }
  return at < 0 ? Number.POSITIVE_INFINITY : at + 1;
}

/**
 * Makes a function that gives the next place of MSH at the beginning of a segment, from `from` on; -1 when there is
 * none. To be asked from left to right: what one search found, or did not find, holds until it is passed.
 */
function messageFinder(content: Buffer): (from: number) => number {
  const hasLf = content.includes(LF);
  const crEnds = hasLf && endsWithCr(content, firstByte(content));
  const found = (hasLf ? [CR_MSH, LF_MSH] : [CR_MSH]).map((end) => ({ end, at: -1 }));
  return (from) => {
    for (const one of found) if (one.at <= from) one.at = searchMessage(content, one.end, from, crEnds);
    const nearest = Math.min(...found.map(({ at }) => at));
    return Number.isFinite(nearest) ? nearest : -1;
  };
}

/**
 * Where the second message of a frame begins; -1 when it holds one, or is a batch (FHS, BHS), which belongs together
 * (HL7 v2.9 section 2.10.3).
 */
export function secondMessage(content: Buffer): number {
  const first = firstByte(content);
  if (beginsAt(content, FHS, first) || beginsAt(content, BHS, first)) return -1;
  const nextMessage = messageFinder(content);
  if (beginsAt(content, MSH, first)) return nextMessage(first + 3);
  const message = nextMessage(first);
  return message < 0 ? -1 : nextMessage(message + 3);
}

/**
 * Cuts a frame before each further MSH; what stands before the first stays with it. Nothing is lost between the parts.
 * @param second as `secondMessage` found it
 * @returns undefined when there are more than `MAX_SPLIT`
 */
export function splitMessages(content: Buffer, second: number): Buffer[] | undefined {
  const nextMessage = messageFinder(content);
  const parts: Buffer[] = [];
  let start = 0;
  let end = second;
  while (end >= 0) {
    parts.push(content.subarray(start, end));
    if (parts.length === MAX_SPLIT) return undefined;
    start = end;
    end = nextMessage(start + 3);
  }
  parts.push(content.subarray(start));
  return parts;
}

/** True when a segment begins at `at`: a name, then the message's field separator, a segment end, or nothing. */
function beginsSegment(content: Buffer, at: number, separator: number | undefined): boolean {
  if (at >= content.length) return true;
  const [a, b, c] = [content[at]!, content[at + 1] ?? 0, content[at + 2] ?? 0];
  if (a < 0x41 || a > 0x5a || !isAlphanumeric(b) || !isAlphanumeric(c)) return false;
  const after = content[at + 3];
  return after === undefined || after === separator || after === CR || after === LF;
}

/**
 * How the segments end, judged by the first 64 kB: undefined when they end with CR alone, as they must (HL7 v2.9
 * section 2.5.2). Costs one search when there is no line feed.
 */
export function segmentEnds(content: Buffer): DeviationCode | undefined {
  let at = content.indexOf(LF);
  if (at < 0 || at >= JUDGED) return undefined;
  const stop = Math.min(content.length, JUDGED);
  const first = firstByte(content);
  const separator = content[first + 3];
  const crEnds = endsWithCr(content, first);
  let cr = 0;
  let crlf = 0;
  let lf = 0;
  let data = 0;
  for (at = first; at < stop; at++) {
    const byte = content[at];
    if (byte === CR) {
      if (content[at + 1] === LF) {
        crlf++;
        at++;
      } else cr++;
    } else if (byte === LF) {
      if (crEnds && headerAt(content, at + 1) === 'yes' && !isBehindCr(content, at + 1)) {
        // A quoted message: what stands in it belongs to it, up to the end of the segment.
        data++;
        const end = content.indexOf(CR, at);
        at = end < 0 ? stop : end - 1;
      } else if (beginsSegment(content, at + 1, separator)) lf++;
      else data++;
    }
  }
  if (cr === 0 && crlf === 0) return lf + data > 0 ? 'SEGMENTS_END_LF' : undefined;
  if (cr > 0 && crlf === 0 && lf === 0) return data > 0 ? 'LF_IN_SEGMENT' : undefined;
  if (crlf > 0 && cr === 0 && lf === 0) return 'SEGMENTS_END_CRLF';
  return 'SEGMENTS_END_MIXED';
}
