/** Messages made to hold up whoever reads them. */
import { newControlId } from '../test/support/messages';

const MEGABYTE = 1024 * 1024;
/** Beyond it a listener takes no frame. */
const LARGEST = 15.9 * MEGABYTE;

const header = (rest = ''): string =>
  `MSH|^~\\&|BENCH|A|LOGGER|B|20260401||ORU^R01^ORU_R01|${newControlId()}|P|2.5${rest}\r`;
const lines = (count: number): string => 'OBX|1|TX|1^T||a line of a long report|||\r'.repeat(count);
const batch = (messages: number, body: string): string =>
  `BHS|^~\\&|BENCH|A\r${Array.from({ length: messages }, () => header() + body).join('')}BTS|${messages}\r`;

/** By what they are like; each call makes another message. */
export const SHAPES: Readonly<Record<string, () => string>> = {
  'a document of 1 MB': () => `${header()}OBX|1|ED|1^T||^AP^^Base64^${'QUJD'.repeat(MEGABYTE / 4)}\r`,
  'a document of 12 MB': () => `${header()}OBX|1|ED|1^T||^AP^^Base64^${'QUJD'.repeat(3 * MEGABYTE)}\r`,
  '28,000 results': () => header() + lines(28_000),
  '112,000 results': () => header() + lines(112_000),
  '300,000 notes, CRLF': () => (header() + 'NTE|1||a line\r'.repeat(300_000)).replaceAll('\r', '\r\n'),
  '16 MB of notes, CRLF': () => (header() + 'NTE|1||a line\r'.repeat(1_000_000)).replaceAll('\r', '\r\n'),
  '16 MB in one field, UTF-8': () => `${header('||||||UNICODE UTF-8')}NTE|1||${'ä'.repeat(7.5 * MEGABYTE)}\r`,
  '131,072 repetitions': () => `${header()}PID|1||${'a~'.repeat(131_072)}\r`,
  '500,000 repetitions': () => `${header()}PID|1||${'a~'.repeat(500_000)}\r`,
  '131,072 fields': () => `${header()}PID|${'a|'.repeat(131_072)}\r`,
  '100,000 components': () => `${header()}PID|1||${'a^'.repeat(100_000)}\r`,
  '350,000 escapes': () => `${header()}PID|1||${'\\T\\'.repeat(350_000)}\r`,
  '300,000 lines that are no segments': () => `${header()}${'|x\r'.repeat(300_000)}`,
  '4 million blank lines': () => `${header()}${'\r'.repeat(4 * MEGABYTE)}PID|1\r`,
  'a header of 1 MB': () => `${header().replace('BENCH', 'A'.repeat(MEGABYTE))}PID|1\r`,
  'a batch of 10,000 messages': () => batch(10_000, ''),
  'a batch of 3,000 messages of 1 kB': () => batch(3000, lines(20)),
  '16 MB of start bytes': () => `${header()}NTE|1||a${'\x0b'.repeat(LARGEST - 1000)}b\r`,
  '16 MB of end bytes': () => `${header()}NTE|1||a${'\x1c'.repeat(LARGEST - 1000)}b\r`,
  '16 MB of ends and data': () => `${header()}NTE|1||a${'\x1cx'.repeat((LARGEST - 1000) / 2)}b\r`,
  '16 MB that are no message': () => 'x'.repeat(LARGEST),
};
