import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { buildAck, peekHeader } from '../../../nodes/lib/hl7';
import type { AckAnswer } from '../../../nodes/lib/hl7/ack/build';

/** The acknowledgments of every version, compared byte for byte with `test/fixtures/ack/<version>-<code>.hl7`. */
const VERSIONS = [
  '2.1',
  '2.2',
  '2.3',
  '2.3.1',
  '2.4',
  '2.5',
  '2.5.1',
  '2.6',
  '2.7',
  '2.7.1',
  '2.8',
  '2.8.1',
  '2.8.2',
  '2.9',
];

const FIXED = { controlId: 'ACK00000000000000001', time: new Date('2026-01-02T03:04:05.678Z'), offset: 60 };

const CASES: Record<string, { encoding: string; end: string; answer: AckAnswer }> = {
  // Original mode, stored.
  AA: { encoding: '^~\\&', end: '', answer: { ...FIXED, code: 'AA' } },
  // Enhanced mode, two faults of the content and one that only the application knows.
  AE: {
    encoding: '^~\\&#',
    end: '|||NE|AL||8859/1',
    answer: {
      ...FIXED,
      code: 'AE',
      charset: '8859/1',
      errors: [
        { location: 'PID^1^3^1^4', code: '101', text: 'No assigning authority | PID-3.4' },
        { location: 'PV1', code: '100', severity: 'W' },
        { code: 'BED-42', text: 'The ward is closed #1' },
      ],
    },
  },
  // Accept acknowledgment under the sequence number protocol.
  CE: {
    encoding: '^~\\&',
    end: '|7||AL|NE',
    answer: { ...FIXED, code: 'CE', text: 'Message 7 came before 5 & 6', expectedSequence: 5 },
  },
};

describe('acknowledgments, byte for byte', () => {
  for (const version of VERSIONS) {
    for (const [name, { encoding, end, answer }] of Object.entries(CASES)) {
      it(`${version} ${name}`, () => {
        const request = `MSH|${encoding}|LAB^1.2.3^ISO|WEST|HIS^4.5.6&7^ISO|MAIN|20260102030405||ADT^A01^ADT_A01|M\\T\\1|P^T|${version}${end}\rPID|1\r`;
        const golden = path.join(__dirname, '../../fixtures/ack', `${version}-${name}.hl7`);
        expect(buildAck(peekHeader(request), answer)).to.equal(readFileSync(golden, 'latin1'));
      });
    }
  }
});
