/**
 * Reading HL7 text in tests, on purpose without the product's own code: what checks an acknowledgment must not share its
 * mistakes.
 */

export interface MessageParts {
  /** Segments in order, each as its fields; index = HL7's field number (MSH-1 is the separator). */
  segments: string[][];
  /** MSH-10. */
  controlId: string;
  /** MSA-1 and MSA-2; empty in a message that is no acknowledgment. */
  code: string;
  acknowledges: string;
}

function fieldsOf(line: string, separator: string): string[] {
  const fields = line.split(separator);
  if (fields[0] === 'MSH') fields.splice(1, 0, separator);
  return fields;
}

/** Takes a message apart; bytes are read as latin1, so that every byte stays itself. */
export function messageParts(content: Buffer | string): MessageParts {
  const text = typeof content === 'string' ? content : content.toString('latin1');
  const separator = text[3] ?? '|';
  const segments = text
    .split(/[\r\n]+/)
    .filter((line) => line !== '')
    .map((line) => fieldsOf(line, separator));
  const msa = segments.find((fields) => fields[0] === 'MSA');
  return {
    segments,
    controlId: segments[0]?.[10] ?? '',
    code: msa?.[1] ?? '',
    acknowledges: msa?.[2] ?? '',
  };
}

/** One field, as sent: `field(answer, 'MSA', 2)`. Undefined when the segment is not there. */
export function field(content: Buffer | string, segment: string, number: number, occurrence = 1): string | undefined {
  const found = messageParts(content).segments.filter((fields) => fields[0] === segment)[occurrence - 1];
  return found === undefined ? undefined : (found[number] ?? '');
}
