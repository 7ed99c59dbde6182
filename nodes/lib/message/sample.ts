import { newControlId } from '../hl7/ack';

/** An admission of nobody (ADT^A01, v2.5.1), for trying a flow out. Its control ID begins with TEST. */
export function sampleAdmission(now = new Date()): string {
  const time = now.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const controlId = `TEST${newControlId()}`.slice(0, 20);
  return [
    `MSH|^~\\&|DEMO|WARD 1|HL7LOGGER|HOSPITAL|${time}||ADT^A01^ADT_A01|${controlId}|P|2.5.1`,
    `EVN|A01|${time}`,
    'PID|1||100001^^^HOSPITAL^MR||TEST^SAMPLE^^^^^L||19700101|F|||1 MAIN STREET^^TOWN^^12345',
    'PV1|1|I|W1^101^1^HOSPITAL||||1234^SAMPLE^DOCTOR||||||||||||V100001^^^HOSPITAL^VN',
    '',
  ].join('\r');
}
