import { type Decoded, type DecoderOptions, MllpDecoder } from '../../../nodes/lib/mllp/framing/decoder';

/** Bytes written as text: one character is one byte. */
export const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

export const MESSAGE = 'MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5\rPID|1||7\r';
export const OTHER = 'MSH|^~\\&|A|B|C|D|20260101||ORU^R01|2|P|2.5\rOBX|1\r';
export const framed = (content: string): string => `\x0b${content}\x1c\r`;

/** What a stream came to, as plain text, to compare. */
export interface Outcome {
  decoded: string[];
  seen: string[];
  violation: string | undefined;
}

export function describeItem(item: Decoded): string {
  if (item.kind !== 'frame') return item.kind;
  const refused = item.refused ? ` refused=${item.refused} answerTo=${item.answerTo?.toString('latin1')}` : '';
  return `${item.content.toString('latin1')} [${item.deviations.join(' ')}]${refused}`;
}

/** Runs chunks through a decoder, up to the end of the stream. */
export function decode(chunks: readonly Buffer[], options: DecoderOptions = {}): Outcome {
  const seen: string[] = [];
  const decoder = new MllpDecoder(options, (code) => seen.push(code));
  const decoded: Decoded[] = [];
  for (const chunk of chunks) decoded.push(...decoder.push(chunk));
  decoded.push(...decoder.end());
  return { decoded: decoded.map(describeItem), seen, violation: decoder.violation };
}

/** Every stream of these tests: the rows of the deviations table, and what else may come. */
export const STREAMS: readonly { name: string; stream: string; options?: DecoderOptions }[] = [
  { name: 'one frame', stream: framed(MESSAGE) },
  { name: 'two frames', stream: framed(MESSAGE) + framed(OTHER) },
  { name: 'end without CR', stream: `\x0b${MESSAGE}\x1c\x0b${OTHER}\x1c` },
  { name: 'LF after CR', stream: `${framed(MESSAGE)}\n${framed(OTHER)}\n` },
  { name: 'end with LF', stream: `\x0b${MESSAGE}\x1c\n\x0b${OTHER}\x1c\n` },
  { name: 'end that may be data', stream: `\x0b${MESSAGE}NTE|1||a\x1c` },
  { name: 'end byte in data', stream: framed(`${MESSAGE}NTE|1||a\x1cb\x1c\rc\r`) },
  { name: 'filler before the message', stream: framed(`\r\n \0\t\xef\xbb\xbf${MESSAGE}`) },
  { name: 'filler', stream: `\0 \r\n${framed(MESSAGE)}\r\n\0\0  ${framed(OTHER)}` },
  { name: 'junk', stream: `xyz${framed(MESSAGE)}\r\nM\x1cS${framed(OTHER)}MS${framed(MESSAGE)}MSX` },
  { name: 'junk limit', stream: `${framed(MESSAGE)}01234567${framed(OTHER)}`, options: { maxJunk: 7 } },
  { name: 'start inside', stream: `\x0b${MESSAGE.slice(0, 20)}\x0b${OTHER}\x1c\r${framed(MESSAGE)}` },
  {
    name: 'start inside, restart',
    stream: `\x0b${MESSAGE.slice(0, 20)}\x0b${OTHER}\x1c\r${framed(MESSAGE)}`,
    options: { startInside: 'restart' },
  },
  {
    name: 'start inside, restart with no message',
    stream: '\x0bMSH|a\x0bb\x1c\r',
    options: { startInside: 'restart' },
  },
  { name: 'frame in frame', stream: `\x0b\x0b${MESSAGE}\x1c\r\x1c\r${framed(OTHER)}` },
  { name: 'double FS', stream: `\x0b${MESSAGE}\x1c\x1c\r${framed(OTHER)}\r\x1c${framed(OTHER)}` },
  { name: 'without start, off', stream: `${MESSAGE}\x1c\r${framed(OTHER)}` },
  { name: 'without start, FS', stream: `${MESSAGE}\x1c\r${OTHER}\x1c\r`, options: { withoutStart: true } },
  { name: 'without start, VT', stream: `\r\n${MESSAGE}${framed(OTHER)}${MESSAGE}`, options: { withoutStart: true } },
  { name: 'without start, cut off', stream: MESSAGE.slice(0, 30), options: { withoutStart: true } },
  { name: 'without start, other words', stream: `MSG|x\rFHX${framed(OTHER)}`, options: { withoutStart: true } },
  { name: 'without start, batch', stream: `BHS|^~\\&\r${MESSAGE}BTS|1\r\x1c\r`, options: { withoutStart: true } },
  { name: 'empty frames', stream: `\x0b\x1c\r\x0b\r\n \x1c\r${framed(MESSAGE)}` },
  { name: 'custody blocks', stream: `\x0b\x06\x1c\r${framed(MESSAGE)}\x0b\x15\x1c\r` },
  { name: 'several messages', stream: framed(MESSAGE + OTHER) + framed(OTHER) },
  { name: 'several messages, split', stream: framed(MESSAGE + OTHER + MESSAGE), options: { severalMessages: 'split' } },
  { name: 'batch', stream: framed(`FHS|^~\\&\rBHS|^~\\&\r${MESSAGE}${OTHER}BTS|2\rFTS|1\r`) },
  { name: 'LF ends', stream: framed(MESSAGE.replaceAll('\r', '\n')) },
  { name: 'CRLF ends', stream: framed(MESSAGE.replaceAll('\r', '\r\n')) },
  { name: 'mixed ends', stream: framed(`${MESSAGE}NTE|1\nNTE|2\r\n`) },
  { name: 'LF in a segment', stream: framed(`${MESSAGE}NTE|1||a\nb\r`) },
  { name: 'cut off', stream: `${framed(MESSAGE)}\x0b${OTHER.slice(0, 9)}` },
  { name: 'too large', stream: framed(MESSAGE) + framed(`${MESSAGE}PV1|\r`), options: { maxFrame: MESSAGE.length } },
  { name: 'HTTP', stream: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' },
  { name: 'nearly HTTP', stream: `GEX${framed(MESSAGE)}` },
  { name: 'nearly HTTP, cut off', stream: 'OPTION' },
  { name: 'TLS', stream: '\x16\x03\x01\x02\0\x01' },
  { name: 'nearly TLS', stream: `\x16x${framed(MESSAGE)}` },
  { name: 'nothing', stream: '' },
];
