import { newControlId } from '../hl7';

/** Two invented laboratory results (ORU^R01, v2.5.1), the second with a value that is not a number. */
export function sampleResults(now = new Date()): string {
  const time = now.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const controlId = `TEST${newControlId()}`.slice(0, 20);
  return [
    `MSH|^~\\&|DEMO|LABORATORY|HL7LOGGER|HOSPITAL|${time}||ORU^R01^ORU_R01|${controlId}|P|2.5.1`,
    'PID|1||100001^^^HOSPITAL^MR||TEST^SAMPLE^^^^^L||19700101|F',
    'PV1|1|I|W1^101^1^HOSPITAL||||||||||||||||V100001^^^HOSPITAL^VN',
    'ORC|RE|P4711^ORDERS|F4711^LAB',
    `OBR|1|P4711^ORDERS|F4711^LAB|24323-8^Comprehensive metabolic panel^LN|||${time}||||||||||||||||||F`,
    `OBX|1|NM|2345-7^Glucose^LN||98|mg/dL|70-105|N|||F|||${time}`,
    `OBX|2|ST|2160-0^Creatinine^LN||see note|mg/dL|0.6-1.2||||F|||${time}`,
    '',
  ].join('\r');
}

/** An invented admission (ADT^A01, v2.5.1), for trying a flow out. Its control ID begins with TEST. */
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
