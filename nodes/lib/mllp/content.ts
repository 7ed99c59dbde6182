import { CR, isFiller, LF } from './bytes';
import type { DeviationCode } from './deviations';

const MSH = Buffer.from('MSH');
const FHS = Buffer.from('FHS');
const BHS = Buffer.from('BHS');
const CR_MSH = Buffer.from('\rMSH');
const LF_MSH = Buffer.from('\nMSH');
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** A frame with more messages than this is not split: it is no accident of framing any more. */
export const MAX_SPLIT = 1000;
/** Segment ends are judged by this many bytes: the first segments decide, and the rest must not cost time. */
const JUDGED = 64 * 1024;

const beginsAt = (content: Buffer, name: Buffer, at: number): boolean =>
  content[at] === name[0] && content[at + 1] === name[1] && content[at + 2] === name[2];

const isAlphanumeric = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);

/** True when the byte can be a field separator: the fourth of a header segment. */
const canSeparate = (byte: number | undefined): boolean =>
  byte !== undefined && byte > 0x20 && byte !== 0x7f && !isAlphanumeric(byte);

const hasHeaderAt = (content: Buffer, at: number): boolean =>
  (beginsAt(content, MSH, at) || beginsAt(content, FHS, at) || beginsAt(content, BHS, at)) &&
  canSeparate(content[at + 3]);

/** The place of the first byte that is not filler (nor a byte order mark). */
function firstByte(content: Buffer): number {
  let at = 0;
  if (beginsAt(content, BOM, 0)) at = 3;
  while (at < content.length && isFiller(content[at])) at++;
  return at;
}

/** True when the content is empty or all filler. */
export function isBlank(content: Buffer): boolean {
  return firstByte(content) === content.length;
}

/** True when the content begins with MSH, FHS or BHS and a field separator. */
export function beginsWithHeader(content: Buffer): boolean {
  return hasHeaderAt(content, firstByte(content));
}

/** The next place of MSH behind one kind of segment end; Infinity when there is none. */
function searchMessage(content: Buffer, end: Buffer, from: number): number {
  let at = content.indexOf(end, from);
  // MSH followed by a letter is no header; content made of nothing else is looked through only so far.
  for (let i = 0; i < 64 && at >= 0 && !canSeparate(content[at + 4]); i++) at = content.indexOf(end, at + 4);
  return at < 0 ? Number.POSITIVE_INFINITY : at + 1;
}

/**
 * Makes a function that gives the next place of MSH at the beginning of a segment, from `from` on; -1 when there is
 * none. To be asked from left to right: what one search found, or did not find, holds until it is passed.
 */
function messageFinder(content: Buffer): (from: number) => number {
  const found = [CR_MSH, LF_MSH].map((end) => ({ end, at: -1 }));
  return (from) => {
    for (const one of found) if (one.at <= from) one.at = searchMessage(content, one.end, from);
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
      if (beginsSegment(content, at + 1, separator)) lf++;
      else data++;
    }
  }
  if (cr === 0 && crlf === 0) return lf + data > 0 ? 'SEGMENTS_END_LF' : undefined;
  if (cr > 0 && crlf === 0 && lf === 0) return data > 0 ? 'LF_IN_SEGMENT' : undefined;
  if (crlf > 0 && cr === 0 && lf === 0) return 'SEGMENTS_END_CRLF';
  return 'SEGMENTS_END_MIXED';
}
