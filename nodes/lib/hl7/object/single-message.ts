/** What makes a text one message: its header, and the lines that are its segments. */

import { type ErrorCode, Hl7Error } from '../../errors';
import { type Delimiters, readDelimiters, STANDARD_DELIMITERS } from '../syntax/delimiters';
import { headerFault } from '../syntax/header';
import { isNameAt } from '../syntax/segments';

/**
 * The delimiters of a message's text.
 * @throws Hl7Error PARSE_NOT_TEXT, PARSE_NO_MSH, PARSE_NO_SEPARATOR, PARSE_ENCODING_CHARACTERS, PARSE_SEVERAL_MESSAGES
 */
export function requireHeader(text: unknown): Delimiters {
  if (typeof text !== 'string') {
    const found = text instanceof Uint8Array ? 'bytes: decode them first' : 'no text';
    throw refusal('PARSE_NOT_TEXT', `An HL7 message is parsed from text; this is ${found}`, 'MSH^1', '100');
  }
  if (text.startsWith('FHS') || text.startsWith('BHS')) throw severalMessages();
  if (!text.startsWith('MSH')) {
    throw refusal('PARSE_NO_MSH', `The text does not begin with an MSH segment; it ${beginning(text)}`, 'MSH^1', '100');
  }
  const delimiters = readDelimiters(text);
  if (delimiters === undefined) {
    const message =
      'The character after MSH cannot separate fields (MSH-1); it must be neither a letter, a digit nor a space';
    throw refusal('PARSE_NO_SEPARATOR', message, 'MSH^1^1', '102');
  }
  // The valid ones that most messages have cost no second look.
  if (delimiters !== STANDARD_DELIMITERS && headerFault(text) !== undefined) {
    const message =
      'MSH-2 holds no encoding characters, so the fields of MSH are displaced; put the separators and ^~\\& behind MSH';
    throw refusal('PARSE_ENCODING_CHARACTERS', message, 'MSH^1^2', '102');
  }
  return delimiters;
}

/** How a text that is no message begins; of its content only what holds no data. */
function beginning(text: string): string {
  if (text === '') return 'is empty';
  const c = text.charCodeAt(0);
  if (c === 0xfeff) return 'begins with a byte order mark: remove it first';
  if (c === 0x0b) return 'begins with the start block of an MLLP frame: remove the frame first';
  if (c <= 0x20) return 'begins with white space or a control character: remove it first';
  return 'begins with something else';
}

function refusal(code: ErrorCode, message: string, location: string, table0357: string): Hl7Error {
  return new Hl7Error(code, `${message}.`, {
    fault: 'content',
    errors: [{ location, code: table0357, text: message }],
  });
}

/** The refusal of a second message in a text. */
export function severalMessages(): Hl7Error {
  const message = 'The text is a batch or holds more than one message; split it and handle each message by itself';
  return refusal('PARSE_SEVERAL_MESSAGES', message, 'MSH^2', '100');
}

/** Names of segments that say their own delimiters. */
export function isHeaderName(name: string): boolean {
  return name === 'MSH' || name === 'FHS' || name === 'BHS';
}

/** True when a line of a message is kept aside under `?`, as it is no segment by these delimiters. */
export function isStrayLine(line: string, field: string): boolean {
  if (line.length < 3 || !isNameAt(line, 0)) return true;
  if (line.length > 3 && line.charAt(3) !== field) return true;
  return isHeaderName(line.slice(0, 3));
}
