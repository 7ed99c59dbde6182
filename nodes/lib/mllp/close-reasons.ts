/** Why a connection ended or was not accepted. Codes are stable; the sentences are for people and hold no data of a peer. */
export const CLOSE_REASONS = Object.freeze({
  PEER_CLOSED: 'The sender closed the connection.',
  PEER_CLOSED_INSIDE_FRAME: 'The sender closed the connection inside a frame; the part was dropped.',
  PEER_RESET: 'The sender or the network broke the connection.',
  SOCKET_ERROR: 'The connection failed.',
  CLOSED_AFTER_ANSWER: 'The connection was closed after an answer, as the flow asked.',
  LISTENER_CLOSED: 'The listener was stopped.',
  HANDLER_FAILED: 'A frame could not be handed on.',
  FRAME_TOO_LARGE: 'A frame was larger than the limit.',
  BYTES_AFTER_END: 'Bytes that are no message followed a frame whose answer was about to leave.',
  JUNK_BEFORE_START: 'There were more bytes before the start of a frame than the limit.',
  FRAME_TIMEOUT: 'A frame did not end within the time limit.',
  IDLE_TIMEOUT: 'Nothing came within the idle time.',
  ANSWERS_NOT_READ: 'The sender does not read its answers.',
  BUFFER_LIMIT: 'All connections together held more bytes than the limit, and this one the most unfinished ones.',
  HTTP_REQUEST: 'An HTTP request came on an MLLP port.',
  TLS_ON_PLAIN_PORT: 'The peer uses TLS, and this port does not.',
  PLAIN_ON_TLS_PORT: 'The peer does not speak TLS, and this port does.',
  TLS_HANDSHAKE_FAILED: 'No TLS connection could be agreed on.',
  CLIENT_CERTIFICATE_REJECTED: 'The peer showed no certificate that our certificate authority signed.',
  NOT_ALLOWED: 'The address of the peer is not in the list of allowed ones.',
  TOO_MANY_CONNECTIONS: 'The listener has as many connections as it may.',
  TOO_MANY_FROM_PEER: 'This address has as many connections as it may.',
});

export type CloseReason = keyof typeof CLOSE_REASONS;

/** Ends that belong to the ordinary course of things. */
const ORDINARY: ReadonlySet<CloseReason> = new Set(['PEER_CLOSED', 'CLOSED_AFTER_ANSWER', 'LISTENER_CLOSED']);

export interface Closing {
  code: CloseReason;
  /** One sentence for people. */
  text: string;
}

/** The reason with its sentence; undefined for an ordinary end. */
export function closingOf(code: CloseReason): Closing | undefined {
  return ORDINARY.has(code) ? undefined : { code, text: CLOSE_REASONS[code] };
}
