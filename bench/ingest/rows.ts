/** Messages for the store: each with a control ID and a patient of its own. */
import { headerFacts, peekHeader } from '../../nodes/lib/hl7';
import type { Row } from '../../nodes/lib/store';
import { message } from '../../test/support/messages';

const CONTROL_ID = 'BENCHCONTROLID00000';
const PATIENT = '10000000';

export class Rows {
  readonly #parts: [string, string, string];
  readonly #facts;
  readonly #run = Date.now().toString(36).slice(-7).padStart(7, '0').toUpperCase();
  #made = 0;

  /** @param size bytes of a message */
  constructor(size: number) {
    const text = message({ size, controlId: CONTROL_ID, patientId: PATIENT });
    const [before = '', rest = ''] = text.split(CONTROL_ID);
    const at = rest.indexOf(PATIENT);
    this.#parts = [before, rest.slice(0, at), rest.slice(at + PATIENT.length)];
    this.#facts = headerFacts(peekHeader(text));
  }

  next(): Row {
    const controlId = this.#run + String(this.#made++).padStart(CONTROL_ID.length - this.#run.length, '0');
    const patient = String(10_000_000 + Math.floor(Math.random() * 90_000_000));
    const text = this.#parts[0] + controlId + this.#parts[1] + patient + this.#parts[2];
    const answer = `MSH|^~\\&|HL7LOGGER|HOSPITAL|SENDER|WARD 1|20260401101500+0000||ACK^A01^ACK|A${controlId}|P|2.5.1\rMSA|AA|${controlId}\r`;
    return {
      raw: Buffer.from(text, 'latin1'),
      text,
      hl7: { ...this.#facts, controlId },
      listener: 'bench',
      remoteAddress: '127.0.0.1',
      remotePort: 50_000,
      receivedAt: new Date(),
      charset: 'us-ascii',
      deviations: [],
      again: 'same',
      answers: [{ kind: 'application', code: 'AA', controlId: `A${controlId}`, raw: Buffer.from(answer, 'latin1') }],
    };
  }
}
