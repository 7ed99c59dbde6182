/** Synthetic messages: no person in them, control IDs unique to the run, the sizes that interfaces really send. */
import { randomBytes } from 'node:crypto';

export type Kind = 'ADT' | 'ORU' | 'MDM' | 'SIU';

export interface MessageOptions {
  kind?: Kind;
  /** MSH-10; by default a new one. */
  controlId?: string;
  /** Wanted size in bytes (at least about 700); note segments fill it up. Without it the message is as long as it is. */
  size?: number;
  version?: string;
  sendingApplication?: string;
  sendingFacility?: string;
  receivingApplication?: string;
  receivingFacility?: string;
  /** MSH-11. */
  processingId?: string;
  /** MSH-15 and MSH-16. */
  acceptAck?: string;
  applicationAck?: string;
  /** MSH-18. */
  characterSet?: string;
  /** PID-3 and PID-5. */
  patientId?: string;
  name?: string;
}

const run = randomBytes(4).toString('hex').toUpperCase();
let counter = 0;

/** A control ID nobody has used: 8 characters of the run, then a number. */
export function newControlId(prefix = 'T'): string {
  counter++;
  return `${prefix}${run}${String(counter).padStart(7, '0')}`;
}

const EVENTS: Record<Kind, [string, string]> = {
  ADT: ['A01', 'ADT_A01'],
  ORU: ['R01', 'ORU_R01'],
  MDM: ['T02', 'MDM_T02'],
  SIU: ['S12', 'SIU_S12'],
};

function body(kind: Kind, patient: string): string[] {
  switch (kind) {
    case 'ADT':
      return [
        'EVN|A01|20260401101500||||20260401101200',
        patient,
        'NK1|1|SAMPLE^NEXT|SPO^Spouse^HL70063|2 MAIN STREET^^TOWN^^12345',
        'PV1|1|I|W1^101^1^HOSPITAL^^BED||||1234^SAMPLE^DOCTOR^^^DR|||MED||||7|||1234^SAMPLE^DOCTOR|INP|V100001^^^HOSPITAL^VN|||||||||||||||||||||||||20260401101500',
        'AL1|1|DA|1605^ACETAMINOPHEN^L|MO|RASH',
        'DG1|1||J18.9^Pneumonia^I10|||A',
      ];
    case 'ORU':
      return [
        patient,
        'PV1|1|O|LAB^^^HOSPITAL||||1234^SAMPLE^DOCTOR|||||||||||||V100002^^^HOSPITAL^VN',
        'ORC|RE|P4711^ORDERS|F4711^LAB||CM',
        'OBR|1|P4711^ORDERS|F4711^LAB|24323-8^Comprehensive metabolic panel^LN|||20260401090000|||||||||1234^SAMPLE^DOCTOR||||||20260401100500||CH|F',
        'OBX|1|NM|2345-7^Glucose^LN||98|mg/dL|70-105|N|||F',
        'OBX|2|NM|2160-0^Creatinine^LN||1.1|mg/dL|0.6-1.2|N|||F',
      ];
    case 'MDM':
      return [
        'EVN|T02|20260401101500',
        patient,
        'PV1|1|I|W1^101^1^HOSPITAL||||1234^SAMPLE^DOCTOR|||||||||||||V100003^^^HOSPITAL^VN',
        'TXA|1|CN|TX|20260401101500|1234^SAMPLE^DOCTOR||||||DOC4711^DOCS|||||DO',
        'OBX|1|TX|11506-3^Progress note^LN||First line of a note\\.br\\and the second one||||||F',
      ];
    case 'SIU':
      return [
        'SCH|A4711^APPT|F0815^APPT||||CHECKUP^Check-up^L|NORMAL|30|MIN|^^30^20260402090000^20260402093000',
        patient,
        'RGS|1|A',
        'AIG|1|A|1234^SAMPLE^DOCTOR',
        'AIL|1|A|ROOM1^^^HOSPITAL',
      ];
  }
}

/** The text of a message, segments ended by CR. Characters outside ASCII need `encoded`. */
export function message(options: MessageOptions = {}): string {
  const kind = options.kind ?? 'ADT';
  const [event, structure] = EVENTS[kind];
  const version = options.version ?? '2.5.1';
  const patientId = options.patientId ?? '100001^^^HOSPITAL^MR';
  const patient = `PID|1||${patientId}||${options.name ?? 'TEST^SAMPLE^^^^^L'}||19700101|F|||1 MAIN STREET^^TOWN^^12345||555-0100`;
  const header = [
    'MSH',
    '^~\\&',
    options.sendingApplication ?? 'SENDER^1.2.3.4^ISO',
    options.sendingFacility ?? 'WARD 1^1.2.3.5^ISO',
    options.receivingApplication ?? 'HL7LOGGER^1.2.3.6^ISO',
    options.receivingFacility ?? 'HOSPITAL^1.2.3.7^ISO',
    '20260401101500',
    '',
    `${kind}^${event}^${structure}`,
    options.controlId ?? newControlId(),
    options.processingId ?? 'P',
    version,
    '',
    '',
    options.acceptAck ?? '',
    options.applicationAck ?? '',
    '',
    options.characterSet ?? '',
  ];
  while (header.at(-1) === '') header.pop();
  const segments = [header.join('|'), ...body(kind, patient)];
  let text = `${segments.join('\r')}\r`;
  for (let i = 1; options.size !== undefined && text.length < options.size; i++) {
    const start = kind === 'ORU' || kind === 'MDM' ? `OBX|${i + 10}|TX|NOTE^Note^L||` : `NTE|${i}|L|`;
    const left = options.size - text.length - start.length - 1;
    if (left < 1) break;
    text += `${start}${'Synthetic text that only fills the message up. '.repeat(8).slice(0, Math.min(left, 320))}\r`;
  }
  return text;
}

/** Names that each character set can write, with the label of MSH-18 and the bytes of the name. */
export const CHARSET_SAMPLES: readonly { label: string; name: Buffer; text: string }[] = [
  { label: 'UNICODE UTF-8', name: Buffer.from('MÜLLER^ŁUKASZ^日本'), text: 'MÜLLER^ŁUKASZ^日本' },
  { label: '8859/1', name: Buffer.from('MÜLLER^JOSÉ', 'latin1'), text: 'MÜLLER^JOSÉ' },
  { label: '8859/2', name: Buffer.from([0xa3, 0x55, 0x4b, 0x41, 0x53, 0x5a]), text: 'ŁUKASZ' },
  { label: '8859/5', name: Buffer.from([0xb8, 0xb2, 0xb0, 0xbd]), text: 'ИВАН' },
  { label: '8859/7', name: Buffer.from([0xc1, 0xcd, 0xcd, 0xc1]), text: 'ΑΝΝΑ' },
  { label: '8859/9', name: Buffer.from([0xde, 0x41, 0xdd, 0xd0]), text: 'ŞAİĞ' },
  { label: '8859/15', name: Buffer.from([0x45, 0xa4, 0xa6]), text: 'E€Š' },
];

/** A message as bytes with a name in the given set. */
export function encoded(sample: { label: string; name: Buffer }, options: MessageOptions = {}): Buffer {
  const [before = '', after = ''] = message({ ...options, characterSet: sample.label, name: '\u0000' }).split('\u0000');
  return Buffer.concat([Buffer.from(before, 'latin1'), sample.name, Buffer.from(after, 'latin1')]);
}
