import { randomInt } from 'node:crypto';
import { type ErrorDetail, Hl7Error } from '../../errors';
import type { AckCode } from '../../message-contract';
import { type Delimiters, STANDARD_DELIMITERS } from '../syntax/delimiters';
import { escapeText } from '../syntax/escape';
import {
  ASSUMED_VERSION,
  atLeast,
  componentOf,
  type Header,
  hasControlId,
  readVersion,
  type Version,
} from '../syntax/header';
import { formatTime } from '../syntax/time';
import { errSegments, textOf } from './errors';
import { isAccept, isPositive } from './mode';

/** Who answers, in place of the receiver that the message names. */
export interface AckIdentity {
  /** MSH-3 and MSH-4: a name, or an HD with `^` between its parts. */
  application?: string;
  facility?: string;
}

export interface AckAnswer {
  code: AckCode;
  /** Our own words, or the flow's; MSA-3 up to v2.6, ERR-8 after it. */
  text?: string;
  errors?: readonly ErrorDetail[];
  /** MSH-10 of the acknowledgment: {@link newControlId}. */
  controlId: string;
  time: Date;
  /** Minutes east of UTC that MSH-7 is written in; this machine's without it. */
  offset?: number;
  identity?: AckIdentity;
  /** MSH-18 as it shall stand there: the sender's label of the set that the acknowledgment will be encoded with. */
  charset?: string;
  /** MSH-9 with its third component; by default from v2.3.1. Some old peers cannot read it. */
  structure?: boolean;
  /** MSA-4 of the sequence number protocol. */
  expectedSequence?: number | string;
  /** Whether an application acknowledgment has MSH-16 = NE; by default when the message has MSH-15 or MSH-16. */
  enhanced?: boolean;
}

const MSA_3_LENGTH = 80;

/**
 * The acknowledgment of a message as text, each segment ended by CR (HL7 v2.9 sections 2.9.2 and 2.14.8): the sender's
 * own delimiters, its names swapped, its control ID byte for byte but for what no frame can hold. What the sender's version does not have is not written.
 * @param request undefined for a message without a usable header: the answer has the standard delimiters and no receiver
 * @throws Hl7Error ACK_NEEDS_CONTROL_ID for a positive code when the message has no control ID to echo
 */
export function buildAck(request: Header | undefined, answer: AckAnswer): string {
  const controlId = request?.fields[10] ?? '';
  if (isPositive(answer.code) && !hasControlId(controlId)) {
    throw new Hl7Error(
      'ACK_NEEDS_CONTROL_ID',
      'A message without a control ID (MSH-10) cannot be answered positively.',
    );
  }
  const versionText = request === undefined ? '' : componentOf(request, 12, 0)!;
  const version = readVersion(versionText);
  const delimiters = answerDelimiters(request, version);
  const segments = [
    headerSegment(request, answer, version, delimiters).join(delimiters.field),
    msaSegment(controlId, answer, version, delimiters).join(delimiters.field),
    ...errSegments(reported(answer, version), version, delimiters, answer.text),
  ];
  return framable(segments.map((segment) => `${segment}\r`).join(''), delimiters);
}

/** A text that MLLP can carry: its start and end bytes (0B, 1C), which an echoed field may hold, as escapes or blanks. */
export function framable(text: string, delimiters: Delimiters): string {
  if (!text.includes('\x0b') && !text.includes('\x1c')) return text;
  const sign = delimiters.escape;
  const instead = (name: string): string => (sign === '' ? ' ' : `${sign}X${name}${sign}`);
  return text.replaceAll('\x0b', instead('0B')).replaceAll('\x1c', instead('1C'));
}

function headerSegment(
  request: Header | undefined,
  answer: AckAnswer,
  version: Version,
  delimiters: Delimiters,
): string[] {
  const sent = (field: number): string => request?.fields[field] ?? '';
  const identity = (own: string | undefined, field: number): string =>
    own
      ? own
          .split('^')
          .map((part) => escapeText(part, delimiters))
          .join(delimiters.component)
      : sent(field);
  // The name and MSH-1 are one: the separator between them is the field's value.
  const fields: string[] = new Array(20).fill('');
  const set = (field: number, value: string): void => {
    fields[field - 1] = value;
  };
  set(1, 'MSH');
  set(2, delimiters.encodingCharacters);
  set(3, identity(answer.identity?.application, 5));
  set(4, identity(answer.identity?.facility, 6));
  set(5, sent(3));
  set(6, sent(4));
  set(7, formatTime(answer.time, answer.offset, delimiters));
  set(9, messageType(request, answer, version, delimiters));
  set(10, escapeText(answer.controlId, delimiters));
  set(11, sent(11) || 'P');
  set(12, sent(12) || escapeText(ASSUMED_VERSION, delimiters));
  if (!isAccept(answer.code) && atLeast(version, 2, 2) && (answer.enhanced ?? asksEnhanced(request))) {
    // Since v2.9 both or neither are valued.
    if (atLeast(version, 2, 9)) set(15, 'NE');
    set(16, 'NE');
  }
  if (answer.charset && atLeast(version, 2, 3)) {
    const label = singleLine(answer.charset, delimiters.field);
    const switches = delimiters.repetition !== '' && label.includes(delimiters.repetition);
    // The field repeats from 2.3.1 on, which has MSH-20, too.
    const repeats = atLeast(version, 2, 3, 1);
    set(18, switches && !repeats ? (label.split(delimiters.repetition).find((one) => one !== '') ?? '') : label);
    if (switches && repeats) set(20, sent(20));
  }
  while (fields.at(-1) === '') fields.pop();
  return fields;
}

function asksEnhanced(request: Header | undefined): boolean {
  return [15, 16].some((field) => {
    const value = request?.fields[field]?.trim() ?? '';
    return value !== '' && value !== '""';
  });
}

/** `ACK`, from v2.2 `ACK^A01`, from v2.3.1 `ACK^A01^ACK`; just `ACK` when the message has no trigger event. */
function messageType(request: Header | undefined, answer: AckAnswer, version: Version, delimiters: Delimiters): string {
  const event = request === undefined ? '' : (componentOf(request, 9, 1) ?? '');
  const parts = ['ACK'];
  if (event !== '' && (atLeast(version, 2, 2) || answer.structure)) {
    parts.push(event);
    if (answer.structure ?? atLeast(version, 2, 3, 1)) parts.push('ACK');
  }
  return parts.join(delimiters.component);
}

function msaSegment(controlId: string, answer: AckAnswer, version: Version, delimiters: Delimiters): string[] {
  const fields = ['MSA', answer.code, controlId];
  const text = answer.text || (isPositive(answer.code) ? '' : textOf(answer.errors ?? []));
  fields.push(atLeast(version, 2, 7) ? '' : escapeText(Array.from(text).slice(0, MSA_3_LENGTH).join(''), delimiters));
  fields.push(answer.expectedSequence === undefined ? '' : escapeText(String(answer.expectedSequence), delimiters));
  while (fields.length > 3 && fields.at(-1) === '') fields.pop();
  return fields;
}

/** From v2.7 a text has no place but an ERR. */
function reported(answer: AckAnswer, version: Version): readonly ErrorDetail[] {
  const errors = answer.errors ?? [];
  if (errors.length > 0 || !answer.text || !atLeast(version, 2, 7)) return errors;
  return [{ code: isPositive(answer.code) ? '0' : '207' }];
}

/**
 * The delimiters of an answer: the sender's own, so that the echoed fields keep their meaning. The truncation character
 * only where the sender declares one in a version that has it (2.7).
 */
export function answerDelimiters(request: Header | undefined, version: Version): Delimiters {
  if (request === undefined) return STANDARD_DELIMITERS;
  const { component, repetition, subComponent, truncation } = request.delimiters;
  const truncates = truncation !== '' && atLeast(version, 2, 7);
  const declared = [component, repetition, request.delimiters.escape, subComponent];
  // As they are taken; as they stand there, where the sender declares fewer.
  const encodingCharacters = declared.includes('')
    ? request.delimiters.encodingCharacters.slice(0, truncates ? 5 : 4)
    : declared.join('') + (truncates ? truncation : '');
  return { ...request.delimiters, truncation: truncates ? truncation : '', encodingCharacters };
}

function singleLine(value: string, field: string): string {
  return value.replace(/[\r\n]/g, '').replaceAll(field, '');
}

let counter = randomInt(36 ** 4);

/**
 * A control ID for a message of our own: 20 characters A-Z and 0-9, the most that versions before 2.6 allow. Unique in
 * this process by a counter, across restarts and processes by time and chance.
 */
export function newControlId(): string {
  counter = (counter + 1) % 36 ** 4;
  const part = (value: number, length: number): string => value.toString(36).padStart(length, '0');
  return (part(Date.now(), 9) + part(counter, 4) + part(randomInt(36 ** 7), 7)).toUpperCase();
}
