import { type Header, messageOffset, parseTime } from '../../hl7';

/** A date and time as people and other programs write it: `2024-02-29T10:11:12.5Z`. */
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/;
/** Digits of a fraction that every database keeps. */
const FRACTION = 6;

/** What an HL7 time without an offset gets: that of MSH-7, where it has one. */
export type Offset = string | undefined;

export function offsetOf(header: Header | undefined): Offset {
  return header === undefined ? undefined : messageOffset(header);
}

/**
 * A day, `YYYY-MM-DD`, as it was written: no offset moves it.
 * @returns undefined when the value is no time, or says no day
 */
export function dateOf(text: string): string | undefined {
  const digits = digitsOf(text);
  if (digits === undefined || !/^\d{8}/.test(digits) || parseTime(digits) === undefined) return undefined;
  return dashed(digits);
}

/**
 * A date and time as it was written, `YYYY-MM-DD hh:mm:ss[.ffffff]`: an offset is left out, not added. Parts that a value
 * does not name are 0, from the hour on.
 * @returns undefined when the value is no time, or says no day
 */
export function timestampOf(text: string): string | undefined {
  const digits = digitsOf(text);
  if (digits === undefined || parseTime(digits) === undefined) return undefined;
  const [whole = '', fraction = ''] = digits.replace(/[+-]\d{4}$/, '').split('.');
  if (whole.length < 8) return undefined;
  const kept = fraction.replace(/0+$/, '');
  if (kept.length > FRACTION) return undefined;
  const time = whole.slice(8).padEnd(6, '0');
  const clock = `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4, 6)}`;
  return `${dashed(whole)} ${clock}${kept === '' ? '' : `.${kept}`}`;
}

/**
 * The instant of a value, in UTC, `YYYY-MM-DD hh:mm:ss.fff`.
 * @returns undefined when it is none: a day, or a time of day whose offset is not known
 */
export function instantTextOf(text: string, offset: Offset): string | undefined {
  const digits = digitsOf(text);
  const utc = digits === undefined ? undefined : parseTime(digits, offset)?.utc;
  if (utc === undefined || utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999) return undefined;
  return utcText(utc);
}

/** `YYYY-MM-DD hh:mm:ss.fff` of an instant, in UTC. */
export function utcText(instant: Date): string {
  const iso = instant.toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`;
}

/** HL7 writing of a value that is written either way. */
function digitsOf(text: string): string | undefined {
  const end = text.indexOf('^');
  const value = (end < 0 ? text : text.slice(0, end)).trim();
  const iso = ISO.exec(value);
  if (iso === null) return /^\d/.test(value) ? value : undefined;
  const [, year, month, day, hour = '', minute = '', second = '', fraction, zone] = iso;
  const offset = zone === undefined ? '' : zone === 'Z' ? '+0000' : zone.replace(':', '');
  return `${year}${month}${day}${hour}${minute}${second}${fraction === undefined ? '' : `.${fraction}`}${offset}`;
}

function dashed(digits: string): string {
  return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}`;
}
