import { parseTime } from '../hl7/time';

/**
 * The instant of an HL7 time (TS/DTM; HL7 v2.9 section 2.A.22) that carries its own offset from UTC, by the same reading
 * as that of own tables.
 * @returns null when the offset is unknown, since a local time is no instant, when it is a date, or when the value is no time
 */
export function instantOf(time: string): Date | null {
  if (!time.includes('+') && !time.includes('-')) return null;
  const end = time.indexOf('^');
  const utc = parseTime((end < 0 ? time : time.slice(0, end)).trim())?.utc;
  const year = utc?.getUTCFullYear() ?? 0;
  return utc === undefined || year < 1 || year > 9999 ? null : utc;
}
