import { ACKS, CUSTOM_ROWS, IDENTIFIERS, LENGTHS, MESSAGES, WRITTEN, type Written } from '../../columns';
import { CONTENT_KEY_LENGTH, CONTROL_ID_REUSED } from '../../record';
import type { Ddl } from '../../schema';
import { LISTED } from '../shared';
import { COLLATION, literal } from './ddl';

const TIMES = new Set<Written>(['received_at', 'stored_at', 'message_time_utc']);

function typeOf(column: Written): string {
  if (column in LENGTHS) return `nvarchar(${LENGTHS[column as keyof typeof LENGTHS]})`;
  if (TIMES.has(column)) return 'datetime2(3)';
  return column === 'remote_port' ? 'int' : 'bigint';
}

/** Some column names are words of the language. */
const quoted = (name: string): string => `[${name}]`;
const list = (names: readonly string[]): string => names.map(quoted).join(', ');

/** Columns of a JSON list: name and type. */
type Columns = [string, string][];

const BYTES: Columns = [
  ['at', 'int'],
  ['len', 'int'],
];
const RECORD: Columns = [
  ['n', 'int'],
  ...BYTES,
  ...LISTED.map((column): [string, string] => [column, typeOf(column)]),
  ['text_at', 'int'],
  ['text_len', 'int'],
];
// A value longer than its type here would be cut in silence: one that was not truncated before gets room to be refused by the table.
const LIST = 'nvarchar(max)';
const ROOM = 'nvarchar(4000)';
const ANSWER: Columns = [
  ['n', 'int'],
  ['of', 'bigint'],
  ['kind', ROOM],
  ['code', ROOM],
  ['control_id', ROOM],
  ['answered_at', 'datetime2(3)'],
  ...BYTES,
];
const IDENTIFIER: Columns = [
  ['of', 'bigint'],
  ['position', 'int'],
  ...['kind', 'source', 'value', 'authority', 'type_code'].map((name): [string, string] => [name, ROOM]),
];
const ANSWER_COLUMNS = list(['message_id', 'kind', 'code', 'control_id', 'raw', 'answered_at']);
const IDENTIFIER_COLUMNS = list(['message_id', 'position', 'kind', 'source', 'value', 'authority', 'type_code']);

const KEY = `nvarchar(${LENGTHS.dedupe_key}) COLLATE ${COLLATION} NOT NULL`;
const DEVIATIONS = `nvarchar(${LENGTHS.deviations}) COLLATE ${COLLATION} NULL`;

/** What an expression that is compared with a column must be told: otherwise it has the collation of the database. */
const exactly = (expression: string): string => `${expression} COLLATE ${COLLATION}`;

/** Equal to the last blank, or both empty. */
const same = (a: string, b: string): string =>
  `(${a} = ${exactly(b)} AND DATALENGTH(${a}) = DATALENGTH(${b}) OR ${a} IS NULL AND ${b} IS NULL)`;

/**
 * The statements of the ingest path. Rows come as JSON; the bytes of all of them are one parameter, and so are the texts
 * that are not read from the bytes. What a statement hands back goes through a table variable, which a trigger of the
 * user's on our tables does not forbid.
 * @param readsEscapes false for a server that leaves the escapes of JSON as they are: two more parameters say what stands
 *   for which character
 */
export function statementsOf({ table }: Ddl, readsEscapes = true) {
  const [messages, acks, identifiers] = [table(MESSAGES), table(ACKS), table(IDENTIFIERS)];
  const flag = literal(CONTROL_ID_REUSED);

  /** Same sender and control ID, with a key that is not made of the same content. */
  const reused = `EXISTS (SELECT 1 FROM ${messages} AS e WHERE e.control_id = ${exactly('o.control_id')}
        AND DATALENGTH(e.control_id) = DATALENGTH(o.control_id)
        AND ${same('e.sending_application', 'o.sending_application')}
        AND ${same('e.sending_facility', 'o.sending_facility')}
        AND LEFT(e.dedupe_key, ${CONTENT_KEY_LENGTH}) <> ${exactly(`LEFT(o.dedupe_key, ${CONTENT_KEY_LENGTH})`)})`;
  const rows = (json: string, columns: Columns, parameters: number): string => {
    const read = `OPENJSON(${json}) WITH (${columns.map(([name, type]) => `${quoted(name)} ${type}`).join(', ')})`;
    if (readsEscapes) return read;
    const value = ([name, type]: Columns[number]): string =>
      type.startsWith('nvarchar')
        ? `TRANSLATE(${exactly(`j.${quoted(name)}`)}, @p${parameters + 1}, @p${parameters + 2}) AS ${quoted(name)}`
        : `j.${quoted(name)}`;
    return `(SELECT ${columns.map(value).join(', ')} FROM ${read} AS j)`;
  };
  const value = (bytes: string, texts: string) => {
    const raw = `SUBSTRING(${bytes}, o.[at], o.[len])`;
    return (column: Written): string => {
      if (column === 'raw') return raw;
      if (column === 'text') {
        return `CASE WHEN o.text_at IS NULL THEN CONVERT(nvarchar(max), CONVERT(varchar(max), ${raw}))
      ELSE CONVERT(nvarchar(max), SUBSTRING(${exactly(texts)}, o.text_at, o.text_len)) END`;
      }
      if (column !== 'deviations') return `o.${quoted(column)}`;
      return `CASE WHEN CHARINDEX(${flag}, COALESCE(o.deviations, N'')) = 0 AND ${reused}
      THEN COALESCE(o.deviations + N',', N'') + ${flag} ELSE o.deviations END`;
    };
  };
  // Ids are given out in the order of the rows. The look at the key waits for a writer that has just written it, also
  // where readers are given snapshots; two that write it at the same moment collide on the key, and one of them tries
  // again. Range locks (HOLDLOCK) would have any two writers wait for each other in a small table.
  const written = (
    bytes: string,
    texts: string,
    parameters: number,
  ): string => `INSERT INTO ${messages} (${list(WRITTEN)})
  OUTPUT inserted.id, inserted.dedupe_key, inserted.deviations INTO @fresh (id, dedupe_key, deviations)
  SELECT ${WRITTEN.map(value(bytes, texts)).join(', ')}
  FROM ${rows('@p1', RECORD, parameters)} AS o
  WHERE NOT EXISTS (SELECT 1 FROM ${messages} AS e WITH (READCOMMITTEDLOCK, FORCESEEK)
    WHERE e.dedupe_key = ${exactly('o.dedupe_key')})
  ORDER BY o.n`;
  const fresh = `DECLARE @fresh TABLE (id bigint NOT NULL, dedupe_key ${KEY}, deviations ${DEVIATIONS})`;
  const placed = (of: string): string => `JOIN OPENJSON(@p6) AS k ON CAST(k.[key] AS bigint) = ${of}.[of]
    JOIN @fresh AS f ON f.dedupe_key = ${exactly('k.value')}`;
  const answered = 'DECLARE @answered TABLE (id bigint NOT NULL, message_id bigint NOT NULL)';
  const repeated = `JOIN OPENJSON(@p1) WITH ([key] nvarchar(${LENGTHS.dedupe_key}), n int) AS again
    ON m.dedupe_key = ${exactly('again.[key]')}`;
  const ids = (json: string): string => `(SELECT CAST(value AS bigint) FROM OPENJSON(${json}))`;

  return {
    /** The table of `custom-rows.ts`. */
    customRows: table(CUSTOM_ROWS),

    /**
     * Parameters: messages, answers, identifiers, bytes, texts, and the messages' keys. A row for each answer of each
     * message, or one; none for a message that was there.
     */
    insertBatch: {
      parameters: [LIST, LIST, LIST, 'varbinary(max)', LIST, LIST, ...(readsEscapes ? [] : [LIST, LIST])],
      text: `SET NOCOUNT ON;
${fresh};
BEGIN TRANSACTION;
${written('@p4', '@p5', 6)};
INSERT INTO ${acks} (${ANSWER_COLUMNS})
  SELECT f.id, a.kind, a.code, a.control_id, SUBSTRING(@p4, a.[at], a.[len]), a.answered_at
  FROM ${rows('@p2', ANSWER, 6)} AS a ${placed('a')} ORDER BY a.n;
INSERT INTO ${identifiers} (${IDENTIFIER_COLUMNS})
  SELECT f.id, i.[position], i.kind, i.source, i.value, i.authority, i.type_code
  FROM ${rows('@p3', IDENTIFIER, 6)} AS i ${placed('i')};
SELECT f.id, f.dedupe_key, f.deviations, a.id AS answer
  FROM @fresh AS f LEFT JOIN ${acks} AS a ON a.message_id = f.id ORDER BY f.id, a.id;
COMMIT TRANSACTION`,
    },

    /** What an earlier attempt wrote, in the same rows. Parameters: JSON, a list of keys; the token. */
    ofToken: `SELECT m.id, m.dedupe_key, m.deviations, a.id AS answer
  FROM OPENJSON(@p1) AS k JOIN ${messages} AS m ON m.dedupe_key = ${exactly('k.value')}
  LEFT JOIN ${acks} AS a ON a.message_id = m.id WHERE m.batch_token = @p2 ORDER BY m.id, a.id`,

    /** Parameters: messages, bytes, texts. */
    insertMessages: `SET NOCOUNT ON;
${fresh};
${written('@p2', '@p3', 3)};
SELECT id, dedupe_key, deviations FROM @fresh`,

    /** Parameter: JSON, a list of message ids. */
    removeAnswers: `DELETE FROM ${acks} WHERE message_id IN ${ids('@p1')}`,

    /** Parameters: answers, bytes; \`of\` is the message. A message that is not there is a fault of the answer's. */
    insertAnswers: `SET NOCOUNT ON;
${answered};
INSERT INTO ${acks} (${ANSWER_COLUMNS}) OUTPUT inserted.id, inserted.message_id INTO @answered (id, message_id)
  SELECT (SELECT m.id FROM ${messages} AS m WHERE m.id = a.[of]), a.kind, a.code, a.control_id,
    SUBSTRING(@p2, a.[at], a.[len]), a.answered_at
  FROM ${rows('@p1', ANSWER, 2)} AS a ORDER BY a.n;
SELECT id FROM @answered ORDER BY id`,

    /** Parameter: identifiers; \`of\` is the message. */
    insertIdentifiers: `INSERT INTO ${identifiers} (${IDENTIFIER_COLUMNS})
  SELECT i.[of], i.[position], i.kind, i.source, i.value, i.authority, i.type_code
  FROM ${rows('@p1', IDENTIFIER, 1)} AS i`,

    /** Parameter: JSON, a list of { key, n }. */
    addDeliveries: `SET NOCOUNT ON;
UPDATE m SET deliveries = m.deliveries + again.n FROM ${messages} AS m ${repeated};
SELECT m.id, m.dedupe_key, m.stored_at, m.deliveries, m.deviations, m.batch_token FROM ${messages} AS m ${repeated}`,

    /** Parameter: JSON, a list of message ids. */
    answersOf: `SELECT id, message_id, kind, code, control_id, raw, answered_at, sent_at FROM ${acks}
  WHERE message_id IN ${ids('@p1')} ORDER BY id`,

    /** Parameter: JSON, a list of { id, at }. */
    recordSentTimes: `UPDATE a SET sent_at = mark.[at]
  FROM ${acks} AS a JOIN OPENJSON(@p1) WITH (id bigint, [at] datetime2(3)) AS mark ON a.id = mark.id`,
  };
}

export type Statements = ReturnType<typeof statementsOf>;
