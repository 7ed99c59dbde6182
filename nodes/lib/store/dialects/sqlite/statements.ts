import { ACKS, IDENTIFIERS, MESSAGES, MIGRATIONS, WRITTEN, type Written } from '../../columns';
import { CONTENT_KEY_LENGTH, CONTROL_ID_REUSED } from '../../record';

/** A view that only this connection sees: one statement through it writes to both tables below the messages. */
const DETAILS = 'hl7_details';

/** What one row of the view does, by its first value. */
export const REPLACE = 0;
export const ANSWER = 1;
export const IDENTIFIER = 2;

/**
 * A batch's answers and identifiers go out as one statement with one parameter, so that a batch needs four turns of the
 * driver's threads (BEGIN, messages, details, COMMIT), however many tables it touches.
 */
export const CREATE_DETAILS = `
CREATE TEMP VIEW IF NOT EXISTS ${DETAILS}(does, message_id, kind, source, value, authority, type_code, id) AS
  SELECT 0, 0, '', '', '', '', '', 0 WHERE 0;
CREATE TEMP TRIGGER IF NOT EXISTS ${DETAILS}_replace INSTEAD OF INSERT ON ${DETAILS} WHEN NEW.does = ${REPLACE} BEGIN
  DELETE FROM ${ACKS} WHERE message_id = NEW.message_id;
END;
CREATE TEMP TRIGGER IF NOT EXISTS ${DETAILS}_answer INSTEAD OF INSERT ON ${DETAILS} WHEN NEW.does = ${ANSWER} BEGIN
  INSERT INTO ${ACKS} (id, message_id, kind, code, control_id, raw, answered_at)
    VALUES (NEW.id, (SELECT id FROM ${MESSAGES} WHERE id = NEW.message_id), NEW.kind, NEW.source, NEW.value,
      unhex(NEW.authority), NEW.type_code);
END;
CREATE TEMP TRIGGER IF NOT EXISTS ${DETAILS}_identifier INSTEAD OF INSERT ON ${DETAILS} WHEN NEW.does = ${IDENTIFIER} BEGIN
  INSERT INTO ${IDENTIFIERS} (message_id, position, kind, source, value, authority, type_code)
    VALUES (NEW.message_id, NEW.id, NEW.kind, NEW.source, NEW.value, NULLIF(NEW.authority, ''), NULLIF(NEW.type_code, ''));
END;`;

const LAST_ANSWER = `(SELECT seq FROM sqlite_sequence WHERE name = '${ACKS}')`;

/** The last id an answer got; the next ones follow it, since no one else writes in this transaction. */
export const LAST_ANSWER_ID = `SELECT ${LAST_ANSWER} AS last`;

/** Parameter: JSON, a list of lists of the view's values. Done in the order of the list. */
export const INSERT_DETAILS = `INSERT INTO ${DETAILS}
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
  FROM json_each(?) ORDER BY key`;

/** Parameter: JSON, a list of [key, count]. */
export const ADD_DELIVERIES = `UPDATE ${MESSAGES} SET deliveries = deliveries + (again.value ->> 1)
  FROM json_each(?) AS again WHERE ${MESSAGES}.dedupe_key = again.value ->> 0
  RETURNING ${MESSAGES}.id, dedupe_key, stored_at, deliveries, deviations, batch_token`;

/** Parameter: JSON, a list of message ids. */
export const ANSWERS_OF = `SELECT id, message_id, kind, code, control_id, raw, answered_at, sent_at FROM ${ACKS}
  WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY id`;

/** Parameter: JSON, a list of [answer id, time]. */
export const RECORD_SENT_TIMES = `UPDATE ${ACKS} SET sent_at = mark.value ->> 1
  FROM json_each(?) AS mark WHERE ${ACKS}.id = mark.value ->> 0`;

/** Fails when a table is not there. */
export const LOOK_AT_SCHEMA = `SELECT 1 FROM ${MESSAGES}, ${ACKS}, ${IDENTIFIERS} LIMIT 0`;

/** Names of the schema changes that the database has, in order. */
export const APPLIED = `SELECT name FROM ${MIGRATIONS} ORDER BY name`;

/** Changes nothing, and fails on a file that may only be read: SQLite opens such a file without a word. */
export const PROVE_WRITABLE = `DELETE FROM ${MIGRATIONS} WHERE name = ''`;

/** Columns that are the same for every message of a batch. */
const OF_BATCH: ReadonlySet<Written> = new Set(['stored_at', 'batch_token']);

/** Columns that stand in a message's list as they are; where its bytes and its text stand follows them. */
export const LISTED: readonly Written[] = WRITTEN.filter(
  (column) => column !== 'raw' && column !== 'text' && !OF_BATCH.has(column),
);

/** What the columns of a message are made of: the lists, the bytes, and what is the same for all of them. */
interface Source {
  bytes: string;
  storedAt: string;
  token: string;
  /** A condition that holds for a message whose control ID was seen before with other content. */
  reused: string;
}

/** By a path: `->>` with a number makes one anew for each value, an eighth of what the statement costs. */
const at = (place: number): string => `json_extract(one.value, '$[${place}]')`;
const listed = (column: Written): string => at(LISTED.indexOf(column));

/** A query of the messages' columns, from lists that are called `one`. */
function columnsOf({ bytes, storedAt, token, reused }: Source): string {
  const values: Partial<Record<Written, string>> = {
    raw: `substr(${bytes}, ${at(LISTED.length)}, ${at(LISTED.length + 1)})`,
    text: `CAST(substr(${bytes}, ${at(LISTED.length + 2)}, ${at(LISTED.length + 3)}) AS TEXT)`,
    stored_at: storedAt,
    batch_token: token,
    deviations: `CASE WHEN (${reused}) AND instr(coalesce(${listed('deviations')}, ''), '${CONTROL_ID_REUSED}') = 0
      THEN coalesce(${listed('deviations')} || ',', '') || '${CONTROL_ID_REUSED}' ELSE ${listed('deviations')} END`,
  };
  return WRITTEN.map((column) => values[column] ?? listed(column)).join(', ');
}

/** Holds for a list whose sender and control ID a message has whose key is not made of the same content. */
const REUSED = `EXISTS (SELECT 1 FROM main.${MESSAGES} AS earlier WHERE earlier.control_id = ${listed('control_id')}
    AND earlier.sending_application IS ${listed('sending_application')}
    AND earlier.sending_facility IS ${listed('sending_facility')}
    AND substr(earlier.dedupe_key, 1, ${CONTENT_KEY_LENGTH}) <> substr(${listed('dedupe_key')}, 1, ${CONTENT_KEY_LENGTH}))`;

/**
 * Writes messages whose keys are not there yet.
 * Parameters: JSON, the messages' lists; the bytes; the time they are stored; the batch's token.
 */
export const INSERT_MESSAGES = `INSERT INTO ${MESSAGES} (${WRITTEN.join(', ')})
  SELECT ${columnsOf({ bytes: '?2', storedAt: '?3', token: '?4', reused: REUSED })}
  FROM jsonb_each(?1) AS one WHERE true ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING id, dedupe_key, deviations, ${LAST_ANSWER} AS last`;

/** A view that only this connection sees: a row written to it is a batch of messages with their answers and identifiers. */
const BATCH_STATEMENT = 'hl7_offers';

/** The number after which a table's next rows are counted: no one else writes while this statement runs. */
function lastOf(table: string): string {
  return `max(coalesce((SELECT seq FROM main.sqlite_sequence WHERE name = '${table}'), 0),
    coalesce((SELECT max(id) FROM main.${table}), 0))`;
}

/** Messages of a batch have the ids that follow the last one, in their order: one that was there before has another. */
export const CREATE_BATCH = `
CREATE TEMP VIEW IF NOT EXISTS ${BATCH_STATEMENT}(messages, answers, identifiers, bytes, stored_at, token, last, last_answer, reused)
  AS SELECT '', '', '', '', '', '', 0, 0, '' WHERE 0;
CREATE TEMP TRIGGER IF NOT EXISTS ${BATCH_STATEMENT}_insert INSTEAD OF INSERT ON ${BATCH_STATEMENT} BEGIN
  INSERT INTO ${MESSAGES} (id, ${WRITTEN.join(', ')})
    SELECT NEW.last + 1 + one.key, ${columnsOf({
      bytes: 'NEW.bytes',
      storedAt: 'NEW.stored_at',
      token: 'NEW.token',
      reused: 'NEW.reused IS NOT NULL AND one.key IN (SELECT value FROM json_each(NEW.reused))',
    })}
    FROM jsonb_each(NEW.messages) AS one WHERE true ON CONFLICT (dedupe_key) DO NOTHING;
  INSERT INTO ${ACKS} (id, message_id, kind, code, control_id, raw, answered_at)
    SELECT NEW.last_answer + 1 + one.key, message.id, ${at(1)}, ${at(2)}, ${at(3)},
      substr(NEW.bytes, ${at(4)}, ${at(5)}), NEW.stored_at
    FROM jsonb_each(NEW.answers) AS one CROSS JOIN ${MESSAGES} AS message WHERE message.id = NEW.last + 1 + ${at(0)};
  INSERT INTO ${IDENTIFIERS} (message_id, position, kind, source, value, authority, type_code)
    SELECT message.id, ${at(1)}, ${at(2)}, ${at(3)}, ${at(4)}, ${at(5)}, ${at(6)}
    FROM jsonb_each(NEW.identifiers) AS one CROSS JOIN ${MESSAGES} AS message WHERE message.id = NEW.last + 1 + ${at(0)};
END;`;

/**
 * Writes messages with their answers and identifiers, and commits: all of it in one turn of the driver's threads, so that
 * nothing waits for the event loop in between. Rows are handed over as a few parameters, since to bind a value costs more
 * than all else that is done for it before the database's own thread takes over.
 *
 * Parameters: JSON, lists of the messages (LISTED and the places), of the answers and of the identifiers, each of the
 * latter two with the number of its message first; the bytes; the time they are stored; the batch's token.
 * One row: the ids after which the messages and the answers were counted, the numbers of the messages whose control ID
 * was reused, and of those that were there before: number, id, token, deviations, first answer.
 */
export const INSERT_BATCH = `INSERT INTO ${BATCH_STATEMENT} VALUES (jsonb(?1), ?2, ?3, ?4, ?5, ?6, ${lastOf(MESSAGES)}, ${lastOf(ACKS)},
    (SELECT json_group_array(one.key) FROM jsonb_each(?1) AS one WHERE ${REUSED} HAVING count(*) > 0))
  RETURNING last, last_answer AS lastAnswer, reused,
    (SELECT json_group_array(json_array(one.key, found.id, found.batch_token, found.deviations,
        (SELECT min(id) FROM main.${ACKS} WHERE message_id = found.id)))
      FROM jsonb_each(messages) AS one JOIN main.${MESSAGES} AS found ON found.dedupe_key = ${listed('dedupe_key')}
      WHERE NOT EXISTS (SELECT 1 FROM main.${MESSAGES} WHERE id = last + 1 + one.key)) AS before`;
