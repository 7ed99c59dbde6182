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

/** The last id an answer got; the next ones follow it, since nobody else writes in our transaction. */
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
export const MARK_SENT = `UPDATE ${ACKS} SET sent_at = mark.value ->> 1
  FROM json_each(?) AS mark WHERE ${ACKS}.id = mark.value ->> 0`;

/** Fails when a table is not there. */
export const LOOK_AT_SCHEMA = `SELECT 1 FROM ${MESSAGES}, ${ACKS}, ${IDENTIFIERS} LIMIT 0`;

/** Names of the schema changes that the database has, in order. */
export const APPLIED = `SELECT name FROM ${MIGRATIONS} ORDER BY name`;

/** Changes nothing, and fails on a file that may only be read: SQLite opens such a file without a word. */
export const PROVE_WRITABLE = `DELETE FROM ${MIGRATIONS} WHERE name = ''`;

/**
 * Columns of a message that are bound together, as one JSON list: to bind a value costs more than all else that is done
 * for it before the database's own thread takes over.
 */
export const LISTED: readonly Written[] = WRITTEN.filter((column) => column !== 'raw' && column !== 'text');

/** How many rows a statement takes. */
export const ROW_COUNTS = [1, 2, 4, 8, 16, 32, 64] as const;

/** Parameters of rows: `(?1,?2,?3),(?4,?5,?6)`. */
function placeholders(rows: number, columns: number): string {
  const one = (row: number): string => Array.from({ length: columns }, (_, n) => `?${row * columns + n + 1}`).join(',');
  return Array.from({ length: rows }, (_, row) => `(${one(row)})`).join(',');
}

/** Makes each text once. */
function once(make: (rows: number) => string): (rows: number) => string {
  const made = new Map<number, string>();
  return (rows) => {
    let sql = made.get(rows);
    if (sql === undefined) {
      sql = make(rows);
      made.set(rows, sql);
    }
    return sql;
  };
}

/**
 * Writes up to `rows` messages; a row without a list is none. The look at the control ID stands in the same statement:
 * the same sender and control ID, with a key that is not made of the same content.
 *
 * Parameters of each row: the list of its columns (LISTED), its bytes, and its text, or nothing where the bytes are the
 * text.
 */
export const insertMessages = once(
  (rows) => `INSERT INTO ${MESSAGES} (${WRITTEN.join(', ')})
    SELECT ${WRITTEN.map((column) => selected(column)).join(', ')}
    FROM (SELECT column1 AS list, column2 AS raw, column3 AS text FROM (VALUES ${placeholders(rows, 3)})) AS offered
    WHERE offered.list IS NOT NULL
    ON CONFLICT (dedupe_key) DO NOTHING
    RETURNING id, dedupe_key, deviations, ${LAST_ANSWER} AS last`,
);

/** A view that only this connection sees: a row written to it is a message with its answers and identifiers. */
const OFFERS = 'hl7_offers';

/**
 * The message of an offer, for those of its rows that are still to be written: none, when it was there before (it has
 * another batch's token) or when the same batch comes a second time.
 */
function withoutRowsIn(table: string): string {
  return `(SELECT id FROM ${MESSAGES} WHERE dedupe_key = NEW.list ->> ${LISTED.indexOf('dedupe_key')}
      AND batch_token = NEW.list ->> ${LISTED.indexOf('batch_token')}
      AND NOT EXISTS (SELECT 1 FROM ${table} WHERE message_id = ${MESSAGES}.id)) AS message`;
}

export const CREATE_OFFERS = `
CREATE TEMP VIEW IF NOT EXISTS ${OFFERS}(list, raw, text, answers, identifiers) AS SELECT '', '', '', '', '' WHERE 0;
CREATE TEMP TRIGGER IF NOT EXISTS ${OFFERS}_insert INSTEAD OF INSERT ON ${OFFERS} BEGIN
  INSERT INTO ${MESSAGES} (${WRITTEN.join(', ')}) VALUES (${WRITTEN.map((column) => selected(column, 'NEW')).join(', ')})
    ON CONFLICT (dedupe_key) DO NOTHING;
  INSERT INTO ${ACKS} (message_id, kind, code, control_id, raw, answered_at)
    SELECT message.id, value ->> 0, value ->> 1, value ->> 2, unhex(value ->> 3), NEW.list ->> ${LISTED.indexOf('stored_at')}
    FROM ${withoutRowsIn(ACKS)}, json_each(NEW.answers) ORDER BY key;
  INSERT INTO ${IDENTIFIERS} (message_id, position, kind, source, value, authority, type_code)
    SELECT message.id, key + 1, value ->> 0, value ->> 1, value ->> 2, NULLIF(value ->> 3, ''), NULLIF(value ->> 4, '')
    FROM ${withoutRowsIn(IDENTIFIERS)}, json_each(NEW.identifiers) ORDER BY key;
END;`;

/**
 * Writes up to `rows` messages with their answers and identifiers, and commits: all of it in one turn of the driver's
 * threads, so that nothing waits for the event loop in between.
 *
 * Parameters of each row: as for `insertMessages`, then the lists of its answers and of its identifiers. For each row,
 * what the table has under its key: id, token, deviations, and the first of its answers.
 */
export const insertOffers = once(
  (rows) => `INSERT INTO ${OFFERS} (list, raw, text, answers, identifiers)
    SELECT * FROM (VALUES ${placeholders(rows, 5)}) WHERE column1 IS NOT NULL
    RETURNING (SELECT json_array(dedupe_key, id, batch_token, deviations,
      (SELECT min(id) FROM main.${ACKS} WHERE message_id = found.id))
      FROM main.${MESSAGES} AS found WHERE dedupe_key = list ->> ${LISTED.indexOf('dedupe_key')}) AS found`,
);

function selected(column: Written, row = 'offered'): string {
  const offered = (one: Written): string => `(${row}.list ->> ${LISTED.indexOf(one)})`;
  const value = offered(column);
  if (column === 'raw') return `${row}.raw`;
  if (column === 'text') return `coalesce(${row}.text, CAST(${row}.raw AS TEXT))`;
  if (column !== 'deviations') return value;
  return `CASE WHEN instr(coalesce(${value}, ''), '${CONTROL_ID_REUSED}') = 0 AND EXISTS (
        SELECT 1 FROM ${MESSAGES} AS earlier WHERE earlier.control_id = ${offered('control_id')}
        AND earlier.sending_application IS ${offered('sending_application')}
        AND earlier.sending_facility IS ${offered('sending_facility')}
        AND substr(earlier.dedupe_key, 1, ${CONTENT_KEY_LENGTH}) <> substr(${offered('dedupe_key')}, 1, ${CONTENT_KEY_LENGTH}))
      THEN coalesce(${value} || ',', '') || '${CONTROL_ID_REUSED}' ELSE ${value} END`;
}
