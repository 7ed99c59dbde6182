import { ACKS, CUSTOM_ROWS, IDENTIFIERS, MESSAGES, WRITTEN, type Written } from '../../columns';
import { CONTENT_KEY_LENGTH, CONTROL_ID_REUSED } from '../../record';
import type { Ddl } from '../../schema';
import { columnName } from './names';

export const TIMES: ReadonlySet<string> = new Set<Written>(['received_at', 'stored_at', 'message_time_utc']);
const FORMAT = `'YYYY-MM-DD"T"HH24:MI:SS.FF3'`;

/** An instant out of text that is UTC, whatever the time zone of the session. */
const instant = (value: string): string => `FROM_TZ(TO_TIMESTAMP(${value}, ${FORMAT}), 'UTC')`;
/** The text of an instant, in UTC. */
const textOf = (column: string): string => `TO_CHAR(SYS_EXTRACT_UTC(${column}), ${FORMAT}) AS ${column}`;

/** The name of a value in a statement: no word of Oracle's. */
export const bindName = (column: string): string => `v_${column}`;

/**
 * The statements of the ingest path. Those that write run once for each row, all rows being sent at once; those that look
 * for rows take a JSON list. Values that can be long come last: Oracle asks for that.
 */
export function statementsOf({ table }: Ddl) {
  const [messages, acks, identifiers] = [table(MESSAGES), table(ACKS), table(IDENTIFIERS)];
  const bind = (column: string): string => `:${bindName(column)}`;

  /** Equal, or both empty. */
  const same = (column: string): string =>
    `(e.${column} = ${bind(column)} OR e.${column} IS NULL AND ${bind(column)} IS NULL)`;
  /** Same sender and control ID, with a key that is not made of the same content. */
  const reused = `EXISTS (SELECT 1 FROM ${messages} e WHERE e.control_id = ${bind('control_id')}
      AND ${same('sending_application')} AND ${same('sending_facility')}
      AND SUBSTR(e.dedupe_key, 1, ${CONTENT_KEY_LENGTH}) <> SUBSTR(${bind('dedupe_key')}, 1, ${CONTENT_KEY_LENGTH}))`;
  const value = (column: Written): string => {
    if (TIMES.has(column)) return instant(bind(column));
    if (column !== 'deviations') return bind(column);
    return `CASE WHEN NVL(INSTR(${bind(column)}, '${CONTROL_ID_REUSED}'), 0) = 0 AND ${reused}
      THEN ${bind(column)} || NVL2(${bind(column)}, ',', '') || '${CONTROL_ID_REUSED}' ELSE ${bind(column)} END`;
  };
  const keys = `JSON_TABLE(:1, '$[*]' COLUMNS (dedupe_key VARCHAR2(100 CHAR) PATH '$')) k`;
  const ids = `(SELECT id FROM JSON_TABLE(:1, '$[*]' COLUMNS (id NUMBER PATH '$')))`;

  return {
    /** The table of `custom-rows.ts`. */
    customRows: table(CUSTOM_ROWS),

    /** A row for each message. One whose key is there is refused: ORA-00001. */
    insertMessage: `INSERT INTO ${messages} (${WRITTEN.map(columnName).join(', ')})
  VALUES (${WRITTEN.map(value).join(', ')})`,

    /** What is empty is NULL when it comes as a value. */
    emptyRaw: `UPDATE ${messages} SET "RAW" = EMPTY_BLOB() WHERE dedupe_key = :v_dedupe_key`,
    emptyText: `UPDATE ${messages} SET text = EMPTY_CLOB() WHERE dedupe_key = :v_dedupe_key`,

    /** Parameter: JSON, a list of keys. */
    byKey: `SELECT m.id, m.dedupe_key, m.deviations, m.batch_token, m.deliveries, ${textOf('m.stored_at').replace('AS m.', 'AS ')}
  FROM ${keys} JOIN ${messages} m ON m.dedupe_key = k.dedupe_key`,

    /** A message that is not there is a fault of the answer's: its id is NULL then. */
    insertAnswer: `INSERT INTO ${acks} (message_id, kind, code, control_id, answered_at, "RAW")
  VALUES ((SELECT m.id FROM ${messages} m WHERE m.id = :v_message_id), :v_kind, :v_code, :v_control_id,
    ${instant(':v_answered_at')}, :v_raw)
  RETURNING id INTO :v_id`,

    insertIdentifier: `INSERT INTO ${identifiers} (message_id, position, kind, source, value, authority, type_code)
  VALUES (:v_message_id, :v_position, :v_kind, :v_source, :v_value, :v_authority, :v_type_code)`,

    addDelivery: `UPDATE ${messages} SET deliveries = deliveries + :v_n WHERE dedupe_key = :v_dedupe_key`,

    /** Parameter: JSON, a list of message ids. */
    removeAnswers: `DELETE FROM ${acks} WHERE message_id IN ${ids}`,

    /** Parameter: JSON, a list of message ids. */
    answersOf: `SELECT id, message_id, kind, code, control_id, "RAW", ${textOf('answered_at')}, ${textOf('sent_at')}
  FROM ${acks} WHERE message_id IN ${ids} ORDER BY id`,

    recordSentTimes: `UPDATE ${acks} SET sent_at = ${instant(':v_at')} WHERE id = :v_id`,
  };
}

export type Statements = ReturnType<typeof statementsOf>;
