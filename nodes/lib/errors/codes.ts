/**
 * Who is at fault, which decides the acknowledgment: the message's content (AE), its kind, version or processing id
 * (AR), or something on our side (the listener's failure answer).
 */
export type Fault = 'content' | 'refused' | 'system';

/** One error code, as `docs/errors.md` shows it. */
export interface ErrorFacts {
  /** Where it comes from: a heading of `docs/errors.md`. */
  group: keyof typeof ERROR_GROUPS;
  fault: Fault;
  /** One sentence. */
  meaning: string;
  /** What to do, one or two sentences. */
  action: string;
}

export const ERROR_GROUPS = {
  listener: 'Listener (mllp in)',
  acknowledgment: 'Acknowledgment (ack out)',
  parse: 'Text to object (hl7 parse)',
  build: 'Object to text (hl7 parse)',
  access: 'Reading and writing fields in a program',
  batch: 'Batches',
  store: 'Storing (db store)',
  database: 'Database (hl7 database)',
  settings: 'Settings',
  send: 'Sending a test message',
} as const;

const of =
  (group: keyof typeof ERROR_GROUPS, fault: Fault) =>
  (meaning: string, action: string): ErrorFacts => ({ group, fault, meaning, action });

const listener = of('listener', 'system');
const frame = of('listener', 'content');
const acknowledgment = of('acknowledgment', 'system');
const parse = of('parse', 'content');
const build = of('build', 'system');
const access = of('access', 'system');
const batch = of('batch', 'content');
const message = of('store', 'content');
const store = of('store', 'system');
const database = of('database', 'system');
const settings = of('settings', 'system');
const send = of('send', 'system');

/**
 * Every error code there is, each with what it means, who is at fault and what to do. A new code is one entry here; then
 * `npm run docs` writes it to `docs/errors.md`. Codes are stable: flows compare them.
 */
export const ERROR_CODES = {
  // Listener
  EADDRINUSE: listener(
    'Another program, or another mllp in node, uses the port.',
    'Stop the other program or choose another port. The node keeps trying.',
  ),
  EACCES: listener(
    'The operating system does not allow Node-RED to listen on the port.',
    'Choose a port from 1024, or give Node-RED the right to use it.',
  ),
  EADDRNOTAVAIL: listener(
    'The machine does not have the address to listen on.',
    'Enter an address of this machine, or 0.0.0.0 for all of them.',
  ),
  ENOTFOUND: listener('The host name to listen on is not known.', 'Enter an address of this machine.'),
  EAI_AGAIN: listener(
    'The host name to listen on cannot be looked up now.',
    'Check the name service, or enter an address.',
  ),
  ERR_SOCKET_BAD_PORT: listener('The port is out of range.', 'Enter a port from 1 to 65535.'),
  LISTEN_FAILED: listener(
    'Listening failed for another reason; the text gives the code of the system.',
    'Look that code up. The node keeps trying.',
  ),
  TLS_NOT_USABLE: listener(
    'The certificate, key or another TLS setting cannot be used.',
    'Check the files of the TLS configuration, and that the key belongs to the certificate.',
  ),
  TLS_MISSING: listener(
    'Client certificates are required, but the listener has no TLS configuration.',
    'Choose a TLS configuration, or turn the requirement off.',
  ),
  TLS_CA_MISSING: listener(
    'Client certificates are required, but no certificate authority is given.',
    'Add the CA certificate to the TLS configuration.',
  ),
  TLS_SERVER_FAILED: listener(
    'The TLS server reported an error outside of any connection.',
    'Check the TLS configuration; report the error if it repeats.',
  ),
  HANDLER_FAILED: listener(
    'A frame could not be handed on; its connection was closed without an answer.',
    'The sender repeats the message. Report the error: it is a defect.',
  ),
  RECEIVER_FAILED: listener(
    'A program that listens to the events of an MllpListener threw an error.',
    'Correct that program.',
  ),
  FLOW_STOPPED: listener(
    'Flows were deployed while the message was on its way.',
    'Nothing: the sender repeats the message.',
  ),
  START_INSIDE_FRAME: frame(
    'A start block (0B) came inside a frame: the sender gave up a message and began another one.',
    'Correct the sender, or set "Start block inside frame" of mllp in to take what follows the last start.',
  ),
  SEVERAL_MESSAGES: frame(
    'One frame held several messages without a batch envelope.',
    'Correct the sender, or set mllp in to deliver them one by one.',
  ),
  END_UNCERTAIN: frame(
    'A frame ended where its message may go on: no carriage return followed the end byte (1C).',
    'Have the sender end each segment with a carriage return and each frame with 1C 0D.',
  ),
  BYTES_AFTER_END: frame(
    'Bytes that are no frame followed the end of a frame, so its message may have been cut there.',
    'Have the sender put nothing behind 1C 0D, and no 1C 0D inside of a message.',
  ),
  ENDED_BY_SILENCE: frame(
    'A message without a start block had no end either: its sender stopped after a segment.',
    'Have the sender put each message between 0B and 1C 0D.',
  ),
  INCOMPLETE_FRAME: frame(
    'The sender closed the connection inside a message without a start block.',
    'Have the sender put each message between 0B and 1C 0D.',
  ),
  FRAME_TOO_LARGE: of('listener', 'refused')(
    'A frame was larger than the listener takes.',
    'Raise "Largest frame" of mllp in, or have the sender send less at a time.',
  ),

  // Acknowledgment
  ACK_ALREADY_SENT: acknowledgment(
    'The message was answered before, its time to answer ran out, or its connection is gone.',
    'Make sure that one ack out sees each message once.',
  ),
  ACK_NO_SESSION: acknowledgment(
    'The message does not come from an mllp in node: msg._session is missing or of another kind.',
    'Let Function nodes return the msg that they were given, not a new object.',
  ),
  ACK_NOT_STORED: acknowledgment(
    'A positive answer was refused because no db store has stored the message as it came in.',
    'Put db store before ack out and leave msg.raw unchanged, or turn off "Positive only after the message was stored".',
  ),
  ACK_BATCH: of('acknowledgment', 'content')(
    'A batch cannot be answered as one message.',
    'Split it with hl7 parse; each message is then answered by itself.',
  ),
  ACK_CODE: acknowledgment('The code in msg.ack.code is not an acknowledgment code.', 'Set it to AA, AE or AR.'),
  ACK_NEEDS_CONTROL_ID: acknowledgment(
    'A message without a control ID (MSH-10) cannot be answered positively.',
    'Correct the sender: every message needs an MSH-10.',
  ),
  ACK_TIMEOUT: acknowledgment(
    'The message was not answered in time; its sender got the failure answer of the listener.',
    'Make sure that every path of the flow ends in an ack out, or allow more time.',
  ),
  ACK_FAILED: acknowledgment('The acknowledgment could not be sent.', 'Nothing: the sender repeats the message.'),
  ALREADY_SETTLED: acknowledgment('The frame was answered before.', 'Report the error: it is a defect.'),
  CONNECTION_CLOSED: acknowledgment(
    'The connection was closed before the answer could be sent.',
    'Nothing: the sender repeats the message. When it happens often, compare the time-outs of both sides.',
  ),
  CONTENT_NOT_FRAMABLE: acknowledgment(
    'The text to send holds a byte 0B or 1C, which MLLP uses for its frame.',
    'Remove the byte, or write it as an escape sequence (\\X0B\\, \\X1C\\).',
  ),
  CHARSET_UNKNOWN: acknowledgment(
    'The character set to encode with is not known.',
    'Use a name of HL7 table 0211, such as UNICODE UTF-8 or 8859/1.',
  ),

  // Text to object
  PARSE_INPUT: parse(
    'The property that hl7 parse reads holds neither text nor an object.',
    'Set the property that holds the message, usually payload.',
  ),
  PARSE_NOT_TEXT: parse('What is to be parsed is not text.', 'Decode bytes first, e.g. msg.raw.toString().'),
  PARSE_NO_MSH: parse(
    'The text does not begin with an MSH segment.',
    'Remove what is before MSH; the text of the error says what it is.',
  ),
  PARSE_NO_SEPARATOR: parse(
    'The character after MSH cannot separate fields (MSH-1).',
    'Correct the sender: MSH-1 is usually a vertical bar.',
  ),
  PARSE_ENCODING_CHARACTERS: parse(
    'MSH-2 holds no encoding characters, so the fields of MSH are displaced.',
    'Correct the sender: the separators and ^~\\& stand behind MSH.',
  ),
  PARSE_SEVERAL_MESSAGES: parse(
    'The text is a batch or holds more than one message.',
    'Split it first, with hl7 parse or splitBatch.',
  ),
  PARSE_TOO_LARGE: parse(
    'The message has more characters, segments or parts than are parsed into an object.',
    'Read single fields by path, or leave hl7 parse out: db store does not need it.',
  ),
  PARSE_BATCH: parse('A batch came, and hl7 parse is set to refuse batches.', 'Set it to split them.'),
  PARSE_FAILED: of('parse', 'system')(
    'The message could not be converted, for an unforeseen reason.',
    'Report the error: it is a defect.',
  ),

  // Object to text
  BUILD_NOT_A_MESSAGE: build(
    'The value is not an object with the segments of a message.',
    'Pass an object as hl7 parse makes it.',
  ),
  BUILD_NO_MSH: build('The object has no MSH segment, or another segment before it.', 'Add MSH as the first segment.'),
  BUILD_HEADER: build(
    'MSH-1 or MSH-2 cannot be used as separators.',
    'Leave both out for the usual ones, or give one character and up to five different ones.',
  ),
  BUILD_SEGMENT: build(
    'A segment has a name or a form that cannot be written.',
    'Use a name of a capital letter and two capitals or digits, and an object of its fields.',
  ),
  BUILD_KEY: build(
    'A key of a segment does not name a field, or names one twice.',
    'Write keys as PID.3 or PID.3.1, each place once.',
  ),
  BUILD_VALUE: build(
    'A value is not text, a number or null, or an object where none can be.',
    'Convert it to text; the text of the error gives the place.',
  ),

  // Fields by path, live messages
  PATH_INVALID: access('The path does not name a field.', 'Write it as PID-3.1, PID-3[2].1 or OBX[3]-5.'),
  PATH_NO_SEGMENT: access('The message has no such segment to write to.', 'Add the segment first.'),
  PATH_NO_REPETITION: access(
    'No repetition meets the condition of the path that is written to.',
    'Write to a repetition by its number.',
  ),
  PATH_READ_ONLY: access(
    'The place cannot be written or removed by a path, e.g. MSH-1.',
    'Build a new message with other separators instead.',
  ),
  SET_VALUE: access('The value is not text, a finite number or null.', 'Convert it first.'),
  SET_STRUCTURE: access(
    'The text to write holds a separator that would change more than its place.',
    'Write the value without the wire option, which escapes separators.',
  ),
  ENCODE_NO_ESCAPE: access(
    'A value holds a separator, and the message declares no escape character (MSH-2).',
    'Remove the character from the value.',
  ),
  ENCODE_NO_SEPARATOR: access(
    'The message declares no separator for the place to write to (MSH-2).',
    'Declare it in MSH-2, or write to a place that needs no such separator.',
  ),
  LIVE_FIELD: access(
    'The name is not that of a field of the segment.',
    'Name a field by segment, field and component, such as PID.3.1.',
  ),
  LIVE_INDEX: access('The index is not a whole number from 0.', 'Correct the index.'),
  LIVE_NO_SEGMENT: access(
    'The message has no such segment, or the segment belongs to another message.',
    'Create the segment first.',
  ),
  LIVE_SEGMENT_NAME: access(
    'The name is not a segment name.',
    'Use a capital letter and two capitals or digits, such as ZPI.',
  ),

  // Batches
  BATCH_EMPTY: batch('The batch holds no message.', 'Correct the sender.'),
  BATCH_STRAY: batch(
    'The batch has segments that belong to no message, so that no answer could speak for them.',
    'Correct the sender.',
  ),
  BATCH_TOO_LARGE: batch(
    'The batch holds more messages or batch segments than are split at a time.',
    'Let the sender make smaller batches.',
  ),

  // Storing
  STORE_NO_MESSAGE: message(
    'Neither msg.raw nor msg.payload holds HL7 text to store.',
    'Put db store behind mllp in or hl7 parse.',
  ),
  STORE_TEXT_INVALID: message(
    'The text holds half of a surrogate pair, which no character set and not every database can keep.',
    'Correct the text in the flow, or store msg.raw.',
  ),
  STORE_MESSAGE_TOO_LARGE: message(
    'The message does not fit into the largest packet that the database server takes.',
    'Raise max_allowed_packet on the server.',
  ),
  STORE_ROW_REFUSED: message(
    'The database refused one message because of its data; other messages are stored.',
    'Look at the code of the database in the text, and at constraints or triggers of the tables.',
  ),
  STORE_VALUE_REFUSED: message(
    'A value does not fit its column of the custom table, or its expression failed.',
    'Change the column: another type, a longer one, or what becomes of values that do not fit.',
  ),
  STORE_NO_ROWS: message(
    'The message makes no row in the custom table, and the log is not written.',
    'Filter such messages before db store, or write the log, too.',
  ),
  STORE_DUPLICATE: of('store', 'refused')(
    'The same message was stored before, and db store is set to refuse duplicates.',
    'Nothing, or choose another setting for duplicates.',
  ),
  STORE_OWN_TABLE: store(
    'The custom table is missing, cannot be written, or is not as the node needs it.',
    'Create or change the table; "Show SQL" of db store has the statement.',
  ),
  STORE_OWN_TABLE_BUSY: store(
    'The custom table was locked, or took too long.',
    'End the transaction that locks it, or make its triggers faster. Messages that do not write to it are stored meanwhile.',
  ),
  STORE_VALUE_TIMEOUT: store(
    'An expression of a column did not end in time.',
    'See what it waits for, a context store for instance.',
  ),
  STORE_QUEUE_FULL: store(
    'More messages wait to be written than may wait: the database is slower than the messages come.',
    'Nothing if it was a peak: senders repeat. Otherwise make the database faster or slow the senders down.',
  ),
  STORE_UNAVAILABLE: store(
    'The database cannot be written now.',
    'See that it runs, has space and is not locked. Senders repeat their messages.',
  ),
  STORE_CONNECTION_LOST: store(
    'The connection to the database was lost while a statement ran.',
    'Nothing: the node connects again.',
  ),
  STORE_TIMEOUT: store(
    'The database did not answer in time.',
    'Check host, port, network and load; or allow more time for a statement.',
  ),
  STORE_PASSWORD_NEEDED: database(
    'The test of a dialog would send the stored password elsewhere than where it was deployed for, or read other variables.',
    'Type the password again to test these values, or deploy first.',
  ),
  STORE_CLOSED: store(
    'The store is closed: flows are being stopped or deployed.',
    'Nothing: the sender repeats the message.',
  ),
  STORE_FAILED: store(
    'The message was not stored, for an unforeseen reason.',
    'Report the error: it is a defect. The sender repeats the message.',
  ),

  // Database
  STORE_OPEN_FAILED: database(
    'The database cannot be opened; the text says why.',
    'Do what the text says. The node keeps trying.',
  ),
  STORE_DRIVER_MISSING: database(
    'The driver of the database is not installed.',
    'Run the npm install that the text names in the Node-RED user directory, then restart.',
  ),
  STORE_DIALECT_UNKNOWN: database('The kind of database is not known.', 'Choose one of those that the text lists.'),
  STORE_SQLITE_VERSION: database(
    'The SQLite of the installed driver is too old and may lose committed data.',
    'Install a newer driver.',
  ),
  STORE_NOT_DURABLE: database(
    'The database file does not take the settings that keep a commit on disk.',
    'Use a file on a local disk.',
  ),
  STORE_SCHEMA_MISSING: database(
    'Tables or columns are missing, and the node may not create them.',
    'Have the SQL of "Show SQL" applied, or let the node create the tables.',
  ),
  STORE_FILE_REPLACED: database(
    'The database file was deleted or replaced while it was open.',
    'Nothing: the node opens the file anew. Do not replace it while Node-RED runs.',
  ),
  RETENTION_FAILED: database(
    'A run of the retention stopped before its end.',
    'Look at the code of the database in the text. The next run continues.',
  ),

  // Settings
  CONFIG_INVALID: settings(
    'A setting of a node cannot be used; the text names it.',
    'Open the node and correct it, then deploy.',
  ),
  CONFIG_TLS: settings(
    'The TLS configuration of the database cannot be used.',
    'Open the TLS configuration and choose readable PEM files, then deploy.',
  ),
  ALLOW_LIST_INVALID: settings(
    'The list of allowed addresses has an entry that is not an IP address or range.',
    'Write addresses as 192.0.2.1 and ranges as 192.0.2.0/24.',
  ),
  LIMIT_INVALID: settings(
    'A limit of the listener is out of its range.',
    'Enter a value in the range that the text gives.',
  ),
  RETENTION_INVALID: settings('The retention settings cannot be used.', 'Correct the setting that the text names.'),
  IDENTIFIERS_INVALID: settings(
    'The list of identifier fields cannot be used.',
    'Write one field a line, such as: patient PID-3 CX.',
  ),

  // Sending a test message
  SEND_REFUSED: send('Nothing listens on the port.', 'Start the listener, or correct host and port.'),
  SEND_FAILED: send('The connection for the test message failed.', 'Check host, port and network.'),
  SEND_NO_ANSWER: send('The connection was closed before an answer came.', 'Look at the log of the receiver.'),
  SEND_TIMEOUT: send('No answer came in time.', 'Look at the log of the receiver; see that its flow has an ack out.'),
} as const satisfies Record<string, ErrorFacts>;

/** A code that an `Hl7Error` can have. */
export type ErrorCode = keyof typeof ERROR_CODES;
