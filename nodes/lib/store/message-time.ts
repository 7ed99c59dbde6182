const TIMESTAMP = /^(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:\.(\d{1,4}))?([+-])(\d\d)(\d\d)$/;

/**
 * The instant of an HL7 time (TS/DTM; HL7 v2.9 section 2.A.22) that carries its own offset from UTC.
 * @returns null when the offset is unknown, since a local time is no instant, or when the value is no time.
 */
export function instantOf(time: string): Date | null {
  if (!time.includes('+') && !time.includes('-')) return null;
  const end = time.indexOf('^');
  const m = TIMESTAMP.exec((end < 0 ? time : time.slice(0, end)).trim());
  if (!m) return null;
  const part = (at: number, otherwise: number): number => (m[at] === undefined ? otherwise : Number(m[at]));
  const [year, month, day] = [part(1, 0), part(2, 1), part(3, 1)];
  const [hour, minute, second] = [part(4, 0), part(5, 0), part(6, 0)];
  const [offsetHours, offsetMinutes] = [part(9, 0), part(10, 0)];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return null;
  if (offsetHours > 14 || offsetMinutes > 59) return null;
  const milliseconds = m[7] === undefined ? 0 : Number(m[7].padEnd(4, '0').slice(0, 3));
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  if (local.getUTCDate() !== day) return null;
  local.setUTCHours(hour, minute, second, milliseconds);
  const offset = (offsetHours * 60 + offsetMinutes) * (m[8] === '-' ? -1 : 1);
  const instant = new Date(local.getTime() - offset * 60_000);
  const utcYear = instant.getUTCFullYear();
  return utcYear < 1 || utcYear > 9999 ? null : instant;
}
