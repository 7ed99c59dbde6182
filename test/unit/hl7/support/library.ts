import HL7 from 'hl7-standard';

/** hl7-standard as it is, without our repairs. */
export function bare(text: string): HL7 {
  const message = new HL7(text, { lineEndings: '\r' });
  message.transform(null, true);
  return message;
}

/** The text that the bare library builds from a text. */
export function bareRoundTrip(text: string): string {
  return bare(text).build();
}
