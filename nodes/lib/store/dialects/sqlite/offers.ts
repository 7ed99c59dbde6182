import type { OfferedMessage } from '../../dialect';
import { CONTROL_ID_REUSED, type MessageRecord } from '../../record';
import { type Connection, KEEP_PREPARED_BYTES } from './driver';
import * as sql from './statements';
import { messageParameters, toSqlTime } from './transaction';

type Found = [key: string, id: number, token: string | null, deviations: string | null, answer: number | null];

const MAX_ROWS = sql.ROW_COUNTS[sql.ROW_COUNTS.length - 1]!;

/**
 * Writes messages with all that hangs on them, at most as many as one statement takes: they are committed when it is done.
 * @param token of this batch: a message that has another was there before
 */
export async function insertOffers(
  connection: Connection,
  records: readonly MessageRecord[],
  storedAt: Date,
  token: string,
): Promise<OfferedMessage[]> {
  const some = records.slice(0, MAX_ROWS);
  const rows = sql.ROW_COUNTS.find((count) => count >= some.length)!;
  const time = toSqlTime(storedAt);
  const parameters = some.flatMap((record) => [...messageParameters(record, time, token), ...details(record)]);
  const bytes = some.reduce((sum, record) => sum + record.bytes, 0);
  const text = sql.insertOffers(rows);
  const found = await (bytes > KEEP_PREPARED_BYTES
    ? connection.once<{ found: string }>(text, parameters)
    : connection.all<{ found: string }>(text, parameters));
  return found.map((row, n) => {
    const [key, id, writer, deviations, firstAnswer] = JSON.parse(row.found) as Found;
    const controlIdReused = deviations?.includes(CONTROL_ID_REUSED) ?? false;
    // There is one writer at a time, so the ids follow one another.
    const answerIds = some[n]!.answers.map((_, at) => (firstAnswer ?? 0) + at);
    return { key, id, controlIdReused, inserted: writer === token, answerIds };
  });
}

function details({ answers, identifiers }: MessageRecord): [answers: string, identifiers: string] {
  return [
    JSON.stringify(answers.map(({ kind, code, controlId, raw }) => [kind, code, controlId, raw.toString('hex')])),
    JSON.stringify(
      identifiers.map(({ kind, source, value, authority, typeCode }) => [kind, source, value, authority, typeCode]),
    ),
  ];
}
