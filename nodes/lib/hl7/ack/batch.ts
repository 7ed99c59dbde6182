import { escapeText } from '../syntax/escape';
import { ASSUMED_VERSION, type BatchHeader, readVersion } from '../syntax/header';
import { formatTime } from '../syntax/time';
import { type AckIdentity, answerDelimiters, framable, newControlId } from './build';

export interface BatchAnswer {
  /** BHS of the batch that is answered, if it has one. */
  batch?: BatchHeader;
  /** The acknowledgments of its messages, as `buildAck` made them; none, where only errors are answered and all is well. */
  acks: readonly string[];
}

interface BatchAckOptions {
  time?: Date;
  /** Minutes east of UTC that FHS-7 and BHS-7 are written in; this machine's without it. */
  offset?: number;
  /** FHS-11 and BHS-11; {@link newControlId} by default. */
  newId?: () => string;
  identity?: AckIdentity;
}

/**
 * The acknowledgments of batches as batches (HL7 v2.9 section 2.10.3.3): in the envelope segments that they came in, and
 * only those, names swapped, with their ids echoed (BHS-12 is BHS-11, FHS-12 is FHS-11).
 * @param file FHS of the file that is answered, if it has one
 */
export function buildBatchAck(
  file: BatchHeader | undefined,
  answers: readonly BatchAnswer[],
  options: BatchAckOptions = {},
): string {
  const batches = answers.map(({ batch, acks }) => {
    const messages = acks.join('');
    if (batch === undefined) return messages;
    return `${headerSegment(batch, options)}\r${messages}BTS${batch.delimiters.field}${acks.length}\r`;
  });
  if (file === undefined) return batches.join('');
  return `${headerSegment(file, options)}\r${batches.join('')}FTS${file.delimiters.field}${batches.length}\r`;
}

function headerSegment(request: BatchHeader, options: BatchAckOptions): string {
  const sent = (field: number): string => request.fields[field] ?? '';
  // Batch headers have no version; none but 2.7 and later declares a truncation character.
  const delimiters = answerDelimiters(
    request,
    readVersion(request.delimiters.truncation === '' ? ASSUMED_VERSION : '2.7'),
  );
  const own = (value: string | undefined, field: number): string =>
    value
      ? value
          .split('^')
          .map((part) => escapeText(part, delimiters))
          .join(delimiters.component)
      : sent(field);
  const id = escapeText((options.newId ?? newControlId)(), delimiters);
  const fields = [
    request.name,
    delimiters.encodingCharacters,
    own(options.identity?.application, 5),
    own(options.identity?.facility, 6),
    sent(3),
    sent(4),
    formatTime(options.time ?? new Date(), options.offset, delimiters),
    '',
    '',
    '',
    id,
    sent(11),
  ];
  while (fields.at(-1) === '') fields.pop();
  return framable(fields.join(delimiters.field), delimiters);
}
