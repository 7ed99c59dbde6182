/** Batches: FHS, BHS, messages, BTS, FTS (HL7 v2.9 section 2.10.3); and several messages without an envelope. */

import { Hl7Error } from '../../errors';
import { atOnce, TURNS } from '../../util';
import { type BatchHeader, peekBatchHeader } from './header';
import { endOfBody, endsWithCr, isHeaderAt, segmentEnd } from './segments';

/** One message of a batch. */
interface BatchMessage {
  /** With its line ends, as it stood in the batch. */
  text: string;
  /** Offsets in the batch's text; `end` is behind the last character. */
  start: number;
  end: number;
  /** The BHS of the batch it stands in; undefined outside of one, and behind a BHS that cannot be read. */
  batch?: BatchHeader;
  /** What it stands in, with the messages beside it. */
  group: BatchGroup;
  /** Its number among the messages of the group, from 1. */
  position: number;
}

/** Messages that stand together: of one batch, or outside of any. */
interface BatchGroup {
  header?: BatchHeader;
  /** BHS and BTS as sent, without their ends, those that were there. */
  envelope: string[];
  /** How many messages it holds. */
  messages: number;
  /** What is odd about it. */
  codes: BatchWarning['code'][];
}

/** Messages that one text may hold: each waits for an answer of its own. */
export const MAX_MESSAGES = 10_000;
/** Envelope segments beside them: room for a batch around each message, and a file around all. */
const MAX_ENVELOPE = 2 * MAX_MESSAGES + 2;

/** What may be odd about a batch. Codes are stable: they are stored. */
export const BATCH_DEVIATIONS = [
  'BATCH_COUNT',
  'BATCH_FILE_COUNT',
  'BATCH_STRAY_TEXT',
  'BATCH_NO_TRAILER',
  'BATCH_NO_HEADER',
  'BATCH_BAD_HEADER',
] as const;

/** What is odd about a batch. Its messages are all there nevertheless. */
export interface BatchWarning {
  code: (typeof BATCH_DEVIATIONS)[number];
  text: string;
}

/** The envelope segments that were there. */
interface BatchEnvelope {
  /** FHS as sent; `fields[11]` is FHS-11, the file control ID. */
  file?: BatchHeader;
  /** The first BHS; `fields[11]` is BHS-11, the batch control ID. */
  batch?: BatchHeader;
  /** Every BHS, in order. */
  batches: BatchHeader[];
  /** BTS and FTS as sent: `fields[1]` is BTS-1, FTS-1. */
  batchTrailer?: string[];
  fileTrailer?: string[];
}

export interface Batch {
  envelope: BatchEnvelope;
  messages: BatchMessage[];
  /** Text that is no part of a message or of the envelope, such as segments behind a misplaced header: in no message, so a positive answer for all of it requires that it is kept. */
  stray: Pick<BatchMessage, 'text' | 'start' | 'end'>[];
  warnings: BatchWarning[];
  /** FHS and FTS as sent, without their ends: one each, or the first of them where a sender sends more. */
  fileHeaders: string[];
  fileTrailers: string[];
  /** What is odd about the whole of it. */
  codes: BatchWarning['code'][];
  /** Less came than the sender says, or the end of it is missing. */
  incomplete: boolean;
}

type Name = 'FHS' | 'BHS' | 'MSH' | 'BTS' | 'FTS';
const NAMES: readonly Name[] = ['FHS', 'BHS', 'MSH', 'BTS', 'FTS'];

interface Mark {
  name: Name;
  at: number;
}

/**
 * True when a text is more than one plain message: an envelope segment is in it, or a second MSH. One message with nothing
 * but trailers (BTS, FTS) behind it is no batch: it can be kept whole.
 * @example
 * const { isBatch } = require('@hl7-logger/node-red');
 * const message = 'MSH|^~\\&|LAB|HOSP|EMR|HOSP|20260401||ORU^R01|4711|P|2.5\rPID|1||123^^^HOSP^MR\r';
 * isBatch(message); // => false
 * isBatch(message + message); // => true
 */
export function isBatch(text: string): boolean {
  return atOnce(isBatchSteps(text));
}

/** As `isBatch`; yields to the event loop periodically. */
export function* isBatchSteps(text: string): Generator<void, boolean> {
  if (text.startsWith('FHS') || text.startsWith('BHS')) return true;
  const found = yield* findSentTimes(text, 2);
  if (found.length < 2) return found.length === 1 && found[0]!.name !== 'MSH';
  if (found[0]!.name !== 'MSH' || found[0]!.at > 0 || !isTrailer(found[1]!)) return true;
  const all = yield* findSentTimes(text, MOST_TRAILERS + 1);
  if (all.length > MOST_TRAILERS || !all.slice(1).every(isTrailer)) return true;
  return (yield* splitBatchSteps(text)).stray.length > 0;
}

/** Trailers behind one message beyond which it is no message any more. */
const MOST_TRAILERS = 100;

function isTrailer({ name }: Mark): boolean {
  return name === 'BTS' || name === 'FTS';
}

/**
 * Cuts a text into its messages. Nothing is dropped for a wrong count or a missing envelope segment; it is warned of.
 * Every envelope segment is read with its own delimiters.
 * @throws Hl7Error BATCH_TOO_LARGE for more than {@link MAX_MESSAGES} or {@link MAX_ENVELOPE}
 * @param text characters, or the latin1 view of raw bytes: offsets are byte offsets then. Segments ended by CR, LF or CRLF
 * @example
 * const { splitBatch } = require('@hl7-logger/node-red');
 * const message = 'MSH|^~\\&|LAB|HOSP|EMR|HOSP|20260401||ORU^R01|4711|P|2.5\rPID|1||123^^^HOSP^MR\r';
 * const { messages, warnings } = splitBatch('BHS|^~\\&|LAB\r' + message + message + 'BTS|3\r');
 * messages.length; // => 2
 * messages[0].text === message; // => true
 * warnings.map(({ code }) => code); // => ['BATCH_COUNT']
 */
export function splitBatch(text: string): Batch {
  return atOnce(splitBatchSteps(text));
}

/** As `splitBatch`; yields to the event loop periodically. */
export function* splitBatchSteps(text: string): Generator<void, Batch> {
  const reader = new BatchReader(text);
  const marks = yield* findSentTimes(text, MAX_MESSAGES + MAX_ENVELOPE + 1);
  const messages = marks.filter(({ name }) => name === 'MSH').length;
  if (messages > MAX_MESSAGES) throw tooLarge(`${MAX_MESSAGES} messages`);
  if (marks.length - messages > MAX_ENVELOPE) throw tooLarge(`${MAX_ENVELOPE} envelope segments`);
  reader.skipped(0, marks[0]?.at ?? text.length);
  for (const [n, mark] of marks.entries()) {
    reader.take(mark, marks[n + 1]?.at ?? text.length);
    if (n % TURNS === TURNS - 1) yield;
  }
  return reader.finish();
}

function tooLarge(what: string): Hl7Error {
  const text = `The batch holds more than ${what}`;
  return new Hl7Error('BATCH_TOO_LARGE', `${text}. Let its sender make smaller ones.`, {
    fault: 'content',
    errors: [{ code: '198', text }],
  });
}

/** Where envelope segments and message headers begin, in order; `enough` of them at most. */
function* findSentTimes(text: string, enough: number): Generator<void, Mark[]> {
  const marks: Mark[] = [];
  const separator = separatorOf(text);
  let cr = text.indexOf('\r');
  let lf = text.indexOf('\n');
  const hasCr = cr !== -1;
  const crEnds = hasCr && endsWithCr(text, separator);
  /** Where the segment ends that quotes a message. */
  let quoted = 0;
  consider(text, 0, separator, false, marks);
  for (let turn = 1; cr !== lf && marks.length < enough; turn++) {
    const isCr = lf === -1 || (cr !== -1 && cr < lf);
    const at = (isCr ? cr : lf) + 1;
    const lone = !isCr && hasCr && !isBehindCr(text, at);
    if (crEnds && lone && isHeaderAt(text, at, separator)) quoted = cr === -1 ? text.length : cr;
    if (!lone || at > quoted) consider(text, at, separator, lone, marks);
    if (isCr) cr = text.indexOf('\r', at);
    else lf = text.indexOf('\n', at);
    if (turn % TURNS === 0) yield;
  }
  return marks;
}

/** True when the line feeds that end at an offset stand behind a carriage return. */
function isBehindCr(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === 10) before--;
  return text.charCodeAt(before) === 13;
}

function separatorOf(text: string): string {
  if (text.startsWith('MSH')) return text.charAt(3);
  const first = /(?:FHS|BHS|MSH)/.exec(text.slice(0, 64));
  return first === null ? '|' : text.charAt(first.index + 3);
}

function consider(text: string, at: number, separator: string, lone: boolean, marks: Mark[]): void {
  const letter = text.charCodeAt(at);
  // B, F, M: most segments are looked at no further.
  if (letter !== 0x42 && letter !== 0x46 && letter !== 0x4d) return;
  const name = NAMES.find((one) => text.startsWith(one, at));
  if (name !== undefined && isMark(text, name, at, separator, lone)) marks.push({ name, at });
}

/** @param lone behind a lone LF in a text that has CR, where it may be data */
function isMark(text: string, name: Name, at: number, separator: string, lone: boolean): boolean {
  const next = text.charAt(at + 3);
  if (lone) return next === separator;
  if (name === 'BTS' || name === 'FTS') return next === '' || /[^A-Za-z0-9 \t]/.test(next);
  return isHeaderAt(text, at, separator);
}

/** Each message of a batch is given these segments. */
const MOST_FILES = 10;

class BatchReader {
  readonly #text: string;
  readonly #envelope: BatchEnvelope = { batches: [] };
  readonly #messages: BatchMessage[] = [];
  readonly #stray: Batch['stray'] = [];
  readonly #warnings: BatchWarning[] = [];
  readonly #fileHeaders: string[] = [];
  readonly #fileTrailers: string[] = [];
  readonly #codes: BatchWarning['code'][] = [];
  /** Where the next message belongs; undefined behind a trailer. */
  #group: BatchGroup | undefined;
  /** The group has a BHS. */
  #open = false;
  #incomplete = false;
  #trailers = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Text that belongs to no segment we know. */
  skipped(start: number, end: number): void {
    const text = this.#text.slice(start, end);
    if (endOfBody(text) === 0) return;
    this.#stray.push({ text, start, end });
    this.#warn('BATCH_STRAY_TEXT', 'The batch holds text that belongs to no message; it is in none of them');
  }

  take({ name, at }: Mark, end: number): void {
    if (name === 'MSH') {
      const group = this.#group ?? this.#newGroup();
      const position = ++group.messages;
      const text = this.#text.slice(at, end);
      this.#messages.push({ text, start: at, end, batch: group.header, group, position });
      return;
    }
    const stop = envelopeEnd(this.#text, at, end);
    this.skipped(stop, end);
    const line = this.#text.slice(at, stop);
    if (name === 'FHS' || name === 'BHS') this.#header(name, line);
    else this.#trailer(name, line);
  }

  finish(): Batch {
    this.#closeBatch();
    if (this.#envelope.file !== undefined && this.#envelope.fileTrailer === undefined) {
      this.#warn('BATCH_NO_TRAILER', 'The file has an FHS and no FTS; it may be cut short');
      this.#incomplete = true;
    }
    return {
      envelope: this.#envelope,
      messages: this.#messages,
      stray: this.#stray,
      warnings: this.#warnings,
      fileHeaders: this.#fileHeaders,
      fileTrailers: this.#fileTrailers,
      codes: this.#codes,
      incomplete: this.#incomplete,
    };
  }

  #header(name: 'FHS' | 'BHS', line: string): void {
    const header = peekBatchHeader(line);
    if (name === 'BHS') {
      this.#closeBatch();
      this.#newGroup(header).envelope.push(line);
      this.#open = true;
    } else if (this.#fileHeaders.length < MOST_FILES) this.#fileHeaders.push(line);
    if (header === undefined) {
      this.#warn(
        'BATCH_BAD_HEADER',
        `The fourth character of ${name} cannot separate fields, or its fields are displaced; the segment was not read`,
        name === 'BHS' ? this.#group : undefined,
      );
      this.#incomplete = true;
      return;
    }
    if (name === 'FHS') this.#envelope.file ??= header;
    else {
      this.#envelope.batches.push(header);
      this.#envelope.batch ??= header;
    }
  }

  #trailer(name: 'BTS' | 'FTS', line: string): void {
    const fields = line.split(line.charAt(3) || '|');
    const stated = fields[1]?.trim() ?? '';
    if (name === 'BTS') {
      this.#envelope.batchTrailer ??= fields;
      const group = this.#group ?? this.#newGroup();
      group.envelope.push(line);
      if (!this.#open) this.#warn('BATCH_NO_HEADER', 'The batch has a BTS and no BHS', group);
      this.#count('BATCH_COUNT', 'BTS-1', stated, group.messages, 'messages', group);
      this.#group = undefined;
      this.#open = false;
      this.#trailers++;
      return;
    }
    this.#closeBatch();
    if (this.#fileTrailers.length < MOST_FILES) this.#fileTrailers.push(line);
    this.#envelope.fileTrailer ??= fields;
    if (this.#envelope.file === undefined) this.#warn('BATCH_NO_HEADER', 'The file has an FTS and no FHS');
    const batches = Math.max(this.#envelope.batches.length, this.#trailers, this.#messages.length > 0 ? 1 : 0);
    this.#count('BATCH_FILE_COUNT', 'FTS-1', stated, batches, 'batches');
  }

  #closeBatch(): void {
    if (this.#open) {
      this.#warn('BATCH_NO_TRAILER', 'A batch has a BHS and no BTS; it may be cut short', this.#group);
      this.#incomplete = true;
    }
    this.#group = undefined;
    this.#open = false;
  }

  #newGroup(header?: BatchHeader): BatchGroup {
    this.#group = { header, envelope: [], messages: 0, codes: [] };
    return this.#group;
  }

  #count(
    code: BatchWarning['code'],
    field: string,
    stated: string,
    found: number,
    what: string,
    group?: BatchGroup,
  ): void {
    if (stated === '' || (/^\d{1,9}$/.test(stated) && Number(stated) === found)) return;
    const said = /^\d{1,9}$/.test(stated) ? stated : 'something that is no number';
    if (!(Number(stated) <= found)) this.#incomplete = true;
    this.#warn(code, `${field} says ${said}, the batch holds ${found} ${what}; all of them were taken`, group);
  }

  /** @param group what it is odd about; the whole of it without one */
  #warn(code: BatchWarning['code'], text: string, group?: BatchGroup): void {
    this.#warnings.push({ code, text: `${text}.` });
    const codes = group?.codes ?? this.#codes;
    if (!codes.includes(code)) codes.push(code);
  }
}

/** Where the envelope segment that begins at `at` ends. */
function envelopeEnd(text: string, at: number, limit: number): number {
  return at + segmentEnd(text.slice(at, limit), 0, text.charAt(at + 3));
}
