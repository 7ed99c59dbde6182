/** A message's object as text again: byte for byte what was parsed where nothing was changed, and escaped where something was. */

import { atOnce, STRETCH } from '../../util';
import { type Delimiters, readDelimiters } from '../syntax/delimiters';
import { normaliseSegmentEndsSteps } from '../syntax/segments';
import { buildError, isRecord } from './build-error';
import { orderSegments, type PlacedSegment } from './segment-order';
import { SegmentWriter } from './segment-writer';
import { TEXT_FACTS, type TextInfo, type Transformed } from './types';

/**
 * The text of a message: its segments by `index` (those without one after the others, in key order), each ended by `\r`
 * (unless the parsed text did not end its last one).
 *
 * What a flow wrote is taken as follows. A number is written as digits; `undefined` and `null` are empty. A value that
 * holds a separator or a line end is encoded with the message's own delimiters, its escape sequences kept. Fields and
 * components stand where their names say, whatever their order. `MSH.1` and `MSH.2` default to `|` and `^~\&`.
 * @param message from `toObject`, a live message, or built by hand in that shape
 * @throws Hl7Error BUILD_NOT_A_MESSAGE, BUILD_NO_MSH, BUILD_HEADER, BUILD_SEGMENT, BUILD_KEY, BUILD_VALUE, ENCODE_NO_ESCAPE; each
 *   says where (segment, occurrence, field), never which value
 * @example
 * const { toObject, toText } = require('@hl7-logger/node-red');
 * const text = 'MSH|^~\\&|LAB|HOSP|EMR|HOSP|20260401||ORU^R01|4711|P|2.5\rPID|1||123^^^HOSP^MR\r';
 * const message = toObject(text);
 * message.PID[0].data['PID.3']['PID.3.1'] = '124';
 * toText(message) === text.replace('123', '124'); // => true
 */
export function toText(message: Transformed | object): string {
  return atOnce(buildSteps(message));
}

/** As `toText`; yields to the event loop periodically. The object must not change meanwhile. */
export function* buildSteps(message: Transformed | object): Generator<void, string> {
  const root = rootOf(message);
  const segments = yield* orderSegments(root);
  const facts = factsOf(root);
  const delimiters = headerDelimiters(segments[0]!);
  const kept = facts.lineFeeds;
  if (kept !== undefined && kept.length > 0) {
    const writer = new SegmentWriter(delimiters, new Set(kept));
    const text = yield* writeAll(segments, writer, facts.end);
    // A line feed that was data where it came from can end a segment where it stands now.
    if ((yield* normaliseSegmentEndsSteps(text)) === text) return text;
  }
  return yield* writeAll(segments, new SegmentWriter(delimiters), facts.end);
}

function rootOf(message: unknown): Record<string, unknown> {
  if (isRecord(message)) {
    if (isRecord(message.transformed)) return message.transformed;
    return message;
  }
  throw buildError('BUILD_NOT_A_MESSAGE', 'An HL7 message is built from an object with its segments', {});
}

function factsOf(root: object): TextInfo {
  const facts: unknown = (root as Transformed)[TEXT_FACTS];
  if (!isRecord(facts)) return { end: '\r' };
  const end = typeof facts.end === 'string' && /^\r*$/.test(facts.end) ? facts.end : '\r';
  const lineFeeds = Array.isArray(facts.lineFeeds)
    ? facts.lineFeeds.filter((one) => typeof one === 'string')
    : undefined;
  return { end, lineFeeds };
}

function* writeAll(segments: PlacedSegment[], writer: SegmentWriter, end: string): Generator<void, string> {
  const lines: string[] = [];
  let written = 0;
  for (const segment of segments) {
    const line = yield* writer.segment(segment);
    lines.push(line);
    // A line costs something however short it is.
    written += line.length + 16;
    if (written < STRETCH) continue;
    written = 0;
    yield;
  }
  // A large text is copied once.
  lines[lines.length - 1] += end;
  return lines.join('\r');
}

/** The delimiters that MSH.1 and MSH.2 of an object say; the standard ones where they are missing. */
function headerDelimiters(header: Pick<PlacedSegment, 'data'>): Delimiters {
  const one = header.data['MSH.1'];
  const two = header.data['MSH.2'];
  const undeclared = one === undefined || one === null || one === '';
  const field = undeclared ? '|' : one;
  const characters = two === undefined || two === null || (two === '' && undeclared) ? '^~\\&' : two;
  if (typeof field !== 'string' || field.length !== 1) {
    throw buildError('BUILD_HEADER', 'MSH.1 must be one character, the field separator', { segment: 'MSH', field: 1 });
  }
  if (typeof characters !== 'string' || characters.includes(field) || characters.includes('\r')) {
    const message = 'MSH.2 must be a text, the encoding characters, without the field separator or a line end';
    throw buildError('BUILD_HEADER', message, { segment: 'MSH', field: 2 });
  }
  const delimiters = readDelimiters(`MSH${field}${characters}${field}`);
  if (delimiters === undefined) {
    throw buildError('BUILD_HEADER', 'MSH.1 cannot separate fields', { segment: 'MSH', field: 1 });
  }
  return { ...delimiters, encodingCharacters: characters };
}
