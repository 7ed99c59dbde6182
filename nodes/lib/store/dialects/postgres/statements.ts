import { ACKS, CUSTOM_ROWS, IDENTIFIERS, LENGTHS, MESSAGES, WRITTEN, type Written } from '../../columns';
import { CONTENT_KEY_LENGTH, CONTROL_ID_REUSED } from '../../record';
import type { Ddl } from '../../schema';
import { inQuotes, LISTED } from '../shared';

const TIMES = new Set<Written>(['received_at', 'stored_at', 'message_time_utc']);
const NUMBERS = new Set<Written>(['size', 'replay_of', 'remote_port']);

function typeOf(column: Written): string {
  if (column in LENGTHS) return 'text';
  if (TIMES.has(column)) return 'timestamptz';
  return NUMBERS.has(column) ? 'bigint' : 'text';
}

const RECORD = `n int, at int, len int, ${LISTED.map((column) => `${column} ${typeOf(column)}`).join(', ')}, text text`;
const ANSWER = 'n int, of bigint, kind text, code text, control_id text, answered_at timestamptz, at int, len int';
const IDENTIFIER = 'of bigint, position int, kind text, source text, value text, authority text, type_code text';

/** The statements of the ingest path. Rows come as JSON; the bytes of all of them are one parameter. */
export function statementsOf({ table }: Ddl) {
  const [messages, acks, identifiers] = [table(MESSAGES), table(ACKS), table(IDENTIFIERS)];
  const columns = WRITTEN.join(', ');

  /** Same sender and control ID, with a key that is not made of the same content. */
  const reused = `EXISTS (SELECT 1 FROM ${messages} AS e WHERE e.control_id = o.control_id
        AND e.sending_application IS NOT DISTINCT FROM o.sending_application
        AND e.sending_facility IS NOT DISTINCT FROM o.sending_facility
        AND left(e.dedupe_key, ${CONTENT_KEY_LENGTH}) <> left(o.dedupe_key, ${CONTENT_KEY_LENGTH}))`;
  const value = (column: Written): string => {
    if (column === 'raw') return 'o.raw';
    if (column === 'text') return "coalesce(o.text, convert_from(o.raw, 'UTF8'))";
    if (column !== 'deviations') return `o.${column}`;
    return `CASE WHEN position('${CONTROL_ID_REUSED}' IN coalesce(o.deviations, '')) = 0 AND ${reused}
      THEN coalesce(o.deviations || ',', '') || '${CONTROL_ID_REUSED}' ELSE o.deviations END`;
  };
  // Ids follow the order of the rows; they are locked in that of their keys, which is the same for every writer.
  const nextId = `nextval(pg_get_serial_sequence(${inQuotes(messages, "'")}, 'id'))`;
  const offered = (json: string, bytes: string): string =>
    `offered AS MATERIALIZED (SELECT ${nextId} AS id, o.*, substr(${bytes}::bytea, o.at, o.len) AS raw
    FROM json_to_recordset(${json}::json) AS o(${RECORD}))`;
  const written = `INSERT INTO ${messages} (id, ${columns}) SELECT o.id, ${WRITTEN.map(value).join(', ')}
    FROM offered AS o ORDER BY o.dedupe_key
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING id, dedupe_key, deviations`;
  // OFFSET keeps the planner from turning the look-ups round: a plan made for an empty table would read a full one whole.
  const byKey = (key: string): string => `(SELECT * FROM ${messages} WHERE dedupe_key = ${key} OFFSET 0)`;

  return {
    /** The table of `custom-rows.ts`. */
    customRows: table(CUSTOM_ROWS),

    /** Parameters: messages, answers, identifiers, bytes. None for a message that was there. */
    insertBatch: `WITH ${offered('$1', '$4')},
  written AS (${written}),
  fresh AS MATERIALIZED (SELECT w.id, w.dedupe_key, w.deviations, o.n FROM written AS w JOIN offered AS o USING (dedupe_key)),
  answered AS (
    INSERT INTO ${acks} (message_id, kind, code, control_id, raw, answered_at)
    SELECT f.id, a.kind, a.code, a.control_id, substr($4::bytea, a.at, a.len), a.answered_at
    FROM json_to_recordset($2::json) AS a(${ANSWER}) JOIN fresh AS f ON f.n = a.of ORDER BY a.n
    RETURNING id, message_id
  ),
  identified AS (
    INSERT INTO ${identifiers} (message_id, position, kind, source, value, authority, type_code)
    SELECT f.id, i.position, i.kind, i.source, i.value, i.authority, i.type_code
    FROM json_to_recordset($3::json) AS i(${IDENTIFIER}) JOIN fresh AS f ON f.n = i.of
  )
  SELECT f.id, f.dedupe_key, f.deviations,
    (SELECT json_agg(a.id ORDER BY a.id) FROM answered AS a WHERE a.message_id = f.id) AS answers
  FROM fresh AS f`,

    /**
     * What an earlier attempt wrote, in the same rows. Parameters: JSON, a list of keys; the token. A statement of its
     * own: one that had to wait for the earlier attempt does not see what that committed meanwhile.
     */
    ofToken: `SELECT m.id, m.dedupe_key, m.deviations,
    (SELECT json_agg(a.id ORDER BY a.id) FROM ${acks} AS a WHERE a.message_id = m.id) AS answers
  FROM json_array_elements_text($1::json) AS k(key) CROSS JOIN LATERAL ${byKey('k.key')} AS m WHERE m.batch_token = $2`,

    /** Parameters: messages, bytes. */
    insertMessages: `WITH ${offered('$1', '$2')} ${written}`,

    /** Parameter: JSON, a list of message ids. */
    removeAnswers: `DELETE FROM ${acks} WHERE message_id IN (SELECT value::bigint FROM json_array_elements_text($1::json))`,

    /** Parameters: answers, bytes; \`of\` is the message. A message that is not there is a fault of the answer's. */
    insertAnswers: `INSERT INTO ${acks} (message_id, kind, code, control_id, raw, answered_at)
  SELECT (SELECT m.id FROM ${messages} AS m WHERE m.id = a.of), a.kind, a.code, a.control_id,
    substr($2::bytea, a.at, a.len), a.answered_at
  FROM json_to_recordset($1::json) AS a(${ANSWER}) ORDER BY a.n
  RETURNING id`,

    /** Parameter: identifiers; \`of\` is the message. */
    insertIdentifiers: `INSERT INTO ${identifiers} (message_id, position, kind, source, value, authority, type_code)
  SELECT i.of, i.position, i.kind, i.source, i.value, i.authority, i.type_code
  FROM json_to_recordset($1::json) AS i(${IDENTIFIER})`,

    /** Parameter: JSON, a list of { key, n }. */
    addDeliveries: `UPDATE ${messages} AS m SET deliveries = m.deliveries + found.n
  FROM (SELECT k.id, again.n FROM json_to_recordset($1::json) AS again(key text, n int)
    CROSS JOIN LATERAL ${byKey('again.key')} AS k) AS found WHERE m.id = found.id
  RETURNING m.id, m.dedupe_key, m.stored_at, m.deliveries, m.deviations, m.batch_token`,

    /** Parameter: JSON, a list of message ids. */
    answersOf: `SELECT id, message_id, kind, code, control_id, raw, answered_at, sent_at FROM ${acks}
  WHERE message_id IN (SELECT value::bigint FROM json_array_elements_text($1::json)) ORDER BY id`,

    /** Parameter: JSON, a list of { id, at }. */
    recordSentTimes: `UPDATE ${acks} AS a SET sent_at = mark.at
  FROM json_to_recordset($1::json) AS mark(id bigint, at timestamptz) WHERE a.id = mark.id`,
  };
}

export type Statements = ReturnType<typeof statementsOf>;
