/** How bytes on a socket may differ from `VT message FS CR`, and what is done then. Codes are stable: they are stored and counted. */
interface Deviation {
  /** One sentence: what was seen. */
  meaning: string;
  /** One sentence: what is done. */
  action: string;
  /** One sentence: what to do about it, for those that are refused or warned of. */
  advice?: string;
}

export type DeviationCode =
  | 'END_WITHOUT_CR'
  | 'END_UNCERTAIN'
  | 'END_BYTE_IN_DATA'
  | 'BYTES_AFTER_END'
  | 'LF_AFTER_END'
  | 'FILLER_BETWEEN_FRAMES'
  | 'JUNK_BEFORE_START'
  | 'START_INSIDE_FRAME'
  | 'START_BYTE_IN_DATA'
  | 'FILLER_BEFORE_MESSAGE'
  | 'FRAME_TOO_LARGE'
  | 'DOUBLE_START'
  | 'DOUBLE_END'
  | 'MESSAGE_WITHOUT_START'
  | 'ENDED_BY_SILENCE'
  | 'EMPTY_FRAME'
  | 'INCOMPLETE_FRAME'
  | 'ACCEPT_BLOCK'
  | 'REJECT_BLOCK'
  | 'SEVERAL_MESSAGES'
  | 'SEGMENTS_END_LF'
  | 'SEGMENTS_END_CRLF'
  | 'SEGMENTS_END_MIXED'
  | 'LF_IN_SEGMENT';

export const DEVIATIONS: Readonly<Record<DeviationCode, Deviation>> = Object.freeze({
  END_WITHOUT_CR: {
    meaning: 'The end of a frame (1C) was not followed by a carriage return.',
    action:
      'The frame is delivered when nothing or the start of another one follows; the byte after it is read as the beginning of what follows.',
  },
  END_UNCERTAIN: {
    meaning:
      'The last byte of a frame was 1C, with no carriage return before or after it: it may be a part of a message.',
    action: 'The frame is refused.',
    advice: 'Have its sender end each frame with 1C 0D.',
  },
  END_BYTE_IN_DATA: {
    meaning: 'There was an end byte (1C) inside a frame, followed by what cannot follow the end of one.',
    action: 'The byte is data; the message is delivered whole, as received.',
  },
  BYTES_AFTER_END: {
    meaning: 'Bytes that are no message followed the end of a frame (1C): it may be a part of a message.',
    action:
      'The frame is not acknowledged positively any more; when it was already, its row in the log is marked and the log names the sender.',
    advice: 'Have its sender put nothing behind 1C 0D, and no 1C 0D inside of a message.',
  },
  LF_AFTER_END: {
    meaning: 'The end of a frame (1C 0D) was followed by a line feed.',
    action: 'The line feed is swallowed.',
  },
  FILLER_BETWEEN_FRAMES: {
    meaning: 'There were NUL, carriage return, line feed or space bytes between two frames.',
    action: 'They are swallowed and counted once for each gap.',
  },
  JUNK_BEFORE_START: {
    meaning: 'There were other bytes before the start of a frame (0B).',
    action: 'They are discarded; above the limit the connection is closed.',
  },
  START_INSIDE_FRAME: {
    meaning: 'A start (0B) came inside a frame: the sender gave up a message and began another one.',
    action: 'The frame is refused, or what follows the last start is taken, as configured.',
    advice: 'See why its sender breaks off, or have the listener take the rest (Start block inside frame).',
  },
  START_BYTE_IN_DATA: {
    meaning: 'There was a start byte (0B) inside a frame, with no header segment (MSH, FHS, BHS) behind it.',
    action: 'The byte is data; the message is delivered whole, as received.',
  },
  FILLER_BEFORE_MESSAGE: {
    meaning:
      'There were bytes that carry nothing (line ends, spaces, NUL, other controls) between the start of a frame and its header segment.',
    action: 'They are passed over when the message is read; the frame is delivered as received.',
  },
  FRAME_TOO_LARGE: {
    meaning: 'The frame was larger than the limit of the listener.',
    action:
      'The frame is refused with the control ID of its header, its first bytes are handed on, and the connection is closed.',
    advice: 'Raise the largest frame of the listener, or have its sender send less at a time.',
  },
  DOUBLE_START: {
    meaning: 'A frame began with more than one start (0B).',
    action: 'The surplus is removed.',
  },
  DOUBLE_END: {
    meaning: 'The end of a frame (1C) came more than once.',
    action: 'The surplus is swallowed.',
  },
  MESSAGE_WITHOUT_START: {
    meaning: 'A header segment stood where a frame should begin, without a start (0B).',
    action: 'The message is taken when messages without start are allowed; otherwise it is discarded and not answered.',
    advice:
      'Have its sender frame each message as 0B message 1C 0D, or have the listener accept messages without a start block.',
  },
  ENDED_BY_SILENCE: {
    meaning:
      'A message without start (0B) had no end (1C) either: its sender fell silent after a segment, and it may be a part of a message.',
    action: 'The frame is refused.',
    advice: 'Have its sender end each message with 1C 0D.',
  },
  EMPTY_FRAME: {
    meaning: 'A frame held nothing, or nothing but line ends and spaces.',
    action: 'It is dropped and not answered.',
  },
  INCOMPLETE_FRAME: {
    meaning: 'The sender closed the connection inside a frame.',
    action: 'The part is dropped and not answered; a message without start that ends with a segment is refused.',
    advice: 'Have its sender end each message with 1C 0D.',
  },
  ACCEPT_BLOCK: {
    meaning: 'An accept block (0B 06 1C 0D) came where messages come.',
    action: 'It is recognised; it is not a message.',
  },
  REJECT_BLOCK: {
    meaning: 'A reject block (0B 15 1C 0D) came where messages come.',
    action: 'It is recognised; it is not a message.',
  },
  SEVERAL_MESSAGES: {
    meaning: 'One frame held more than one message without a batch envelope.',
    action: 'The frame is refused, or its messages are delivered one by one, as configured.',
    advice:
      'Have its sender frame each message, or have the listener take each by itself (Multiple messages per frame).',
  },
  SEGMENTS_END_LF: {
    meaning: 'The segments end with a line feed.',
    action: 'The message is delivered as received.',
  },
  SEGMENTS_END_CRLF: {
    meaning: 'The segments end with carriage return and line feed.',
    action: 'The message is delivered as received.',
  },
  SEGMENTS_END_MIXED: {
    meaning: 'The segments end in different ways.',
    action: 'The message is delivered as received.',
  },
  LF_IN_SEGMENT: {
    meaning: 'The segments end with a carriage return, and line feeds stand inside them.',
    action: 'The line feeds are data; the message is delivered as received.',
  },
});
