/** What stands before a header segment and carries nothing: line ends, spaces, NUL, other controls, byte order marks. */

const HEADER = /^(?:MSH|FHS|BHS)[^A-Za-z0-9\s\x00-\x1f\x7f]/;

const isLead = (code: number): boolean => code <= 0x20 || code === 0x7f;

/** How many characters of a text carry nothing before its header segment; 0 when no header segment follows them. */
export function leadLength(text: string): number {
  let end = 0;
  for (let code = text.charCodeAt(end); isLead(code) || code === 0xfeff; code = text.charCodeAt(end)) end++;
  return end > 0 && HEADER.test(text.slice(end, end + 4)) ? end : 0;
}

/** The same of bytes, in a set in which ASCII is one byte a character. */
export function leadBytes(raw: Buffer): number {
  let end = 0;
  while (end < raw.length) {
    if (isLead(raw[end]!)) end++;
    else if (raw[end] === 0xef && raw[end + 1] === 0xbb && raw[end + 2] === 0xbf) end += 3;
    else break;
  }
  return end > 0 && HEADER.test(raw.toString('latin1', end, end + 4)) ? end : 0;
}
