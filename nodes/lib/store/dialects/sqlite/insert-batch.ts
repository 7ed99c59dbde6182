import { CONTROL_ID_REUSED, type MessageRecord } from '../../record';
import type { BatchedMessage } from '../contract';
import { BatchParameters, identifierLists, toSqlTime } from './batch';
import { type Connection, KEEP_PREPARED_BYTES } from './driver';
import { INSERT_BATCH } from './statements';

interface Written {
  last: number;
  lastAnswer: number;
  /** JSON: numbers of messages whose control ID was reused. */
  reused: string | null;
  /** JSON: messages that were there before. */
  before: string;
}

type Before = [n: number, id: number, token: string | null, deviations: string | null, firstAnswer: number | null];

/**
 * Writes messages with all that hangs on them: they are committed when it is done.
 * @param token of this batch: a message that has another was there before
 */
export async function insertBatch(
  connection: Connection,
  records: readonly MessageRecord[],
  storedAt: Date,
  token: string,
): Promise<BatchedMessage[]> {
  const batch = new BatchParameters();
  const messages = batch.messages(records);
  const answers = batch.answers(records);
  const bytes = batch.bytes();
  const parameters = [messages, answers, identifierLists(records), bytes, toSqlTime(storedAt), token];
  const [written] = await (bytes.length > KEEP_PREPARED_BYTES
    ? connection.once<Written>(INSERT_BATCH, parameters)
    : connection.all<Written>(INSERT_BATCH, parameters));
  return offered(records, written!, token);
}

function offered(records: readonly MessageRecord[], written: Written, token: string): BatchedMessage[] {
  const { last, lastAnswer } = written;
  const reused = new Set<number>(written.reused === null ? [] : (JSON.parse(written.reused) as number[]));
  const before = new Map<number, Before>((JSON.parse(written.before) as Before[]).map((one) => [one[0], one]));
  let answer = lastAnswer;
  return records.map(({ key, columns, answers }, n) => {
    const firstAnswer = answer + 1;
    answer += answers.length;
    const found = before.get(n);
    if (found === undefined) {
      const controlIdReused = reused.has(n) || isReused(columns.deviations as string | null);
      return {
        key,
        id: last + 1 + n,
        controlIdReused,
        inserted: true,
        answerIds: answers.map((_, at) => firstAnswer + at),
      };
    }
    const [, id, writer, deviations, first] = found;
    // They were written one after another, too.
    const answerIds = answers.map((_, at) => (first ?? 0) + at);
    return { key, id, controlIdReused: isReused(deviations), inserted: writer === token, answerIds };
  });
}

/** True for the deviations of a message whose control ID was reused. */
export function isReused(deviations: string | null): boolean {
  return deviations?.includes(CONTROL_ID_REUSED) ?? false;
}
