import { type Delimiters, STANDARD_DELIMITERS } from './delimiters';
import type { Header } from './header';

type Precision = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction';

/** A TS or DTM value (HL7 v2.9 section 2A.3.22). */
interface Hl7Time {
  /** As sent. */
  text: string;
  precision: Precision;
  /** True when the value itself or the default gives the offset from UTC. */
  offsetKnown: boolean;
  /** The instant; only for values with a time of day whose offset is known. A date is never one. */
  utc?: Date;
}

const TIME = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?([+-]\d{4})?$/;
const OFFSET = /^([+-])(\d\d)([0-5]\d)$/;
const PRECISIONS: readonly Precision[] = ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction'];

/**
 * Reads `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`; its length is its precision. More than four digits of a
 * fraction are tolerated, the instant has milliseconds.
 * @param text the value's first component
 * @param defaultOffset `+ZZZZ` of a value without one: from MSH-7, or the listener's; a wrong one counts as none
 * @returns undefined when it is no such value, or there is no such day or time
 */
export function parseTime(text: string, defaultOffset?: string): Hl7Time | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const given: (string | undefined)[] = match.slice(1, 8);
  const count = given.indexOf(undefined);
  const precision = PRECISIONS[(count < 0 ? given.length : count) - 1]!;
  const [year, month = 1, day = 1, hour = 0, minute = 0, second = 0] = given
    .slice(0, 6)
    .map((part) => (part === undefined ? undefined : Number(part)));
  if (year === 0 || hour > 23 || minute > 59 || second > 59) return undefined;
  const milliseconds = Number((given[6] ?? '').slice(0, 3).padEnd(3, '0'));
  const instant = new Date(0);
  instant.setUTCFullYear(year!, month - 1, day);
  if (instant.getUTCMonth() !== month - 1 || instant.getUTCDate() !== day) return undefined;
  instant.setUTCHours(hour, minute, second, milliseconds);

  const own = match[8] === undefined ? undefined : offsetMinutes(match[8]);
  if (match[8] !== undefined && own === undefined) return undefined;
  const offset = own ?? (defaultOffset === undefined ? undefined : offsetMinutes(defaultOffset));
  if (offset === undefined) return { text, precision, offsetKnown: false };
  if (given[3] === undefined) return { text, precision, offsetKnown: true };
  return { text, precision, offsetKnown: true, utc: new Date(instant.getTime() - offset * 60_000) };
}

/** Minutes east of UTC; undefined when it is not `+ZZZZ` or lies beyond what the world uses (-12:00 to +14:00). */
export function offsetMinutes(offset: string): number | undefined {
  const match = OFFSET.exec(offset);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  const signed = match[1] === '-' ? -minutes : minutes;
  return signed < -720 || signed > 840 ? undefined : signed;
}

/**
 * MSH-7, whose offset also holds for every other time of the message that has none (HL7 v2.9 section 2.14.9.7).
 * @param defaultOffset the listener's, for a header without one
 */
export function headerTime(header: Header, defaultOffset?: string): Hl7Time | undefined {
  const { component } = header.delimiters;
  const field = header.fields[7] ?? '';
  return parseTime((component === '' ? field : field.split(component, 1)[0]!).trim(), defaultOffset);
}

/** The offset a message's other times have by default: that of its MSH-7, if it has one. */
export function messageOffset(header: Header): string | undefined {
  return headerTime(header)?.text.match(/[+-]\d{4}$/)?.[0];
}

/**
 * `YYYYMMDDHHMMSS+ZZZZ`, which every version can read.
 * @param offset minutes east of UTC that the local time is written for; this machine's without it
 * @param delimiters of the message it is for: where the offset's sign is one of them, the offset is left out
 */
export function formatTime(
  time: Date,
  offset: number = -time.getTimezoneOffset(),
  delimiters: Delimiters = STANDARD_DELIMITERS,
): string {
  const local = digitsOf(Math.floor(time.getTime() / 1000) + offset * 60);
  const sign = offset < 0 ? '-' : '+';
  if (delimiters.field === sign || delimiters.encodingCharacters.includes(sign)) return local;
  const minutes = Math.abs(offset);
  const zone = [Math.trunc(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join('');
  return `${local}${sign}${zone}`;
}

let lastSecond = Number.NaN;
let lastDigits = '';

/** `YYYYMMDDHHMMSS` of a time in seconds; most times are the same second as the one before. */
function digitsOf(second: number): string {
  if (second !== lastSecond) {
    lastDigits = new Date(second * 1000).toISOString().replace(/\D/g, '').slice(0, 14);
    lastSecond = second;
  }
  return lastDigits;
}

/**
 * The instant of an HL7 time (TS/DTM; HL7 v2.9 section 2.A.22) that carries its own offset from UTC, by the same reading
 * as that of custom tables.
 * @returns null when the offset is unknown, since a local time is no instant, when it is a date, or when the value is no time
 */
export function instantOf(time: string): Date | null {
  if (!time.includes('+') && !time.includes('-')) return null;
  const end = time.indexOf('^');
  const utc = parseTime((end < 0 ? time : time.slice(0, end)).trim())?.utc;
  const year = utc?.getUTCFullYear() ?? 0;
  return utc === undefined || year < 1 || year > 9999 ? null : utc;
}
