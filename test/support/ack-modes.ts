/** What a sender that fills MSH-15 and MSH-16 is answered (HL7 v2.9 sections 2.9.2 and 2.9.3), written down, not computed. */
export interface AckMode {
  acceptAck: string;
  applicationAck: string;
  /** MSA-1 of the answers, in order, when the message was stored. */
  stored: string[];
  /** The same when the message's content is at fault. */
  content: string[];
}

const mode = (acceptAck: string, applicationAck: string, stored: string[], content: string[]): AckMode => ({
  acceptAck,
  applicationAck,
  stored,
  content,
});

export const ACK_MODES: readonly AckMode[] = [
  mode('', '', ['AA'], ['AE']),
  mode('', 'AL', ['AA'], ['AE']),
  mode('', 'ER', [], ['AE']),
  mode('', 'SU', ['AA'], []),
  mode('', 'NE', [], []),
  mode('AL', '', ['CA'], ['CE']),
  mode('AL', 'AL', ['CA', 'AA'], ['CE']),
  mode('AL', 'ER', ['CA'], ['CE']),
  mode('AL', 'SU', ['CA', 'AA'], ['CE']),
  mode('AL', 'NE', ['CA'], ['CE']),
  mode('ER', '', [], ['CE']),
  mode('ER', 'AL', ['AA'], ['CE']),
  mode('ER', 'ER', [], ['CE']),
  mode('ER', 'NE', [], ['CE']),
  mode('SU', '', ['CA'], []),
  mode('SU', 'AL', ['CA', 'AA'], ['AE']),
  mode('SU', 'NE', ['CA'], []),
  mode('NE', '', [], []),
  mode('NE', 'AL', ['AA'], ['AE']),
  mode('NE', 'ER', [], ['AE']),
  mode('NE', 'SU', ['AA'], []),
  mode('NE', 'NE', [], []),
];
