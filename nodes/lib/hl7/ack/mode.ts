import type { ErrorDetail } from '../../errors';
import type { AckCode } from '../../message-contract';
import { hasControlId } from '../syntax/header';
import { NO_CONTROL_ID } from './errors';

export interface AckInput {
  /** `msh`: by the sender's MSH-15 and MSH-16. `commit`: always an accept acknowledgment, whatever they say. */
  mode: 'msh' | 'original' | 'commit';
  /** MSH-15 and MSH-16 (HL7 table 0155: AL, ER, SU, NE). */
  acceptAck: string;
  applicationAck: string;
  /** MSH-10. */
  controlId: string;
  /**
   * `stored`: safe on disk; `accepted`: taken by a flow that does not store; or whose fault it is that it was not: the
   * content's, the message's kind (type, version, processing id), or our system's.
   */
  outcome: 'stored' | 'accepted' | 'content' | 'refused' | 'system';
  /** The application acknowledgment of a fault of our system. Senders differ in what they repeat. */
  failure: 'AR' | 'AE';
  /** Where application acknowledgments of enhanced mode go. */
  applicationOn: 'same' | 'separate';
  /** The message was stored and only then failed. */
  storedBeforeFailure?: boolean;
  /** The message is itself a response (`roleOf`): an accept acknowledgment is all that it can get, by MSH-15. */
  response?: boolean;
  /** A code that the flow insists on: it goes out alone, in any mode, with one exception (see {@link decideAck}). */
  override?: AckCode;
}

export interface AckDecision {
  /** CA, CE or CR, when an accept acknowledgment is due. */
  accept?: AckCode;
  /** AA, AE or AR, when an application acknowledgment is due. After the accept acknowledgment, if there is one. */
  application?: AckCode;
  /** The application acknowledgment must not go out on the connection that the message came on. */
  applicationSeparate?: boolean;
  /** The sender uses the enhanced mode: MSH-16 of an application acknowledgment is NE. */
  enhanced: boolean;
  /** Faults to report beside those that the caller knows. */
  errors: ErrorDetail[];
}

type Result = 'ok' | 'refused' | 'failed';
type Condition = '' | 'AL' | 'ER' | 'SU' | 'NE';

const ACCEPT: Readonly<Record<Result, AckCode>> = { ok: 'CA', refused: 'CR', failed: 'CE' };

const CONDITIONS: ReadonlySet<string> = new Set(['', 'AL', 'ER', 'SU', 'NE']);

/** Is one due, for each value of MSH-15 or MSH-16 and a good or a bad end (HL7 v2.9 sections 2.9.3.1 and 2.9.3.2). */
const DUE: Readonly<Record<Condition, { good: boolean; bad: boolean }>> = {
  '': { good: false, bad: false },
  AL: { good: true, bad: true },
  ER: { good: false, bad: true },
  SU: { good: true, bad: false },
  NE: { good: false, bad: false },
};

export function isPositive(code: string): boolean {
  return code === 'AA' || code === 'CA';
}

export function isAccept(code: string): boolean {
  return code.startsWith('C');
}

/** True for what MSH-15 and MSH-16 may hold (HL7 table 0155); anything else asks for as little as an empty field. */
export function isAckCondition(value: string): boolean {
  return CONDITIONS.has(plain(value));
}

/** True when MSH-15 asks for an accept acknowledgment of a good or of a bad end, or of both. */
export function asksAccept(acceptAck: string): boolean {
  const { good, bad } = DUE[condition(acceptAck)];
  return good || bad;
}

/**
 * Which acknowledgments a message gets.
 *
 * - Original mode (MSH-15 and MSH-16 both empty, or set so): one application acknowledgment. Refused is AR, a fault of
 *   the content AE, a fault of ours the listener's choice (2.9.2.1).
 * - Enhanced mode: the accept acknowledgment by MSH-15, the application acknowledgment by MSH-16. None follows a negative
 *   accept acknowledgment. A message that was stored and then failed is CA, and AE or AR.
 * - A code the flow insists on goes out alone, in every mode.
 * - A message without a control ID is never answered positively, not even then: its sender could take the answer for
 *   another message's. It fails with {@link NO_CONTROL_ID}.
 *
 * - A response gets the accept acknowledgment that its MSH-15 asks for, in modes `msh` and `commit`, and nothing else.
 *
 * Whether the message is itself an accept acknowledgment, which gets none, is the caller's check (`roleOf`).
 */
export function decideAck(input: AckInput): AckDecision {
  const accept = condition(input.acceptAck);
  const application = input.response ? '' : condition(input.applicationAck);
  const mode = input.response && input.mode === 'commit' ? 'msh' : input.mode;
  const enhanced = mode === 'msh' && (accept !== '' || application !== '');
  const nameless = !hasControlId(input.controlId);
  const decision: AckDecision = { enhanced, errors: nameless ? [{ ...NO_CONTROL_ID }] : [] };

  let { outcome, storedBeforeFailure = false } = input;
  if (nameless) {
    storedBeforeFailure = false;
    if (outcome === 'stored' || outcome === 'accepted') outcome = 'content';
  }
  const good = outcome === 'stored' || outcome === 'accepted';
  const code: AckCode = good ? 'AA' : outcome === 'refused' ? 'AR' : outcome === 'content' ? 'AE' : input.failure;

  if (input.override !== undefined) {
    exactly(decision, input.override, nameless);
  } else if (mode === 'commit') {
    decision.accept = ACCEPT[good || storedBeforeFailure ? 'ok' : outcome === 'refused' ? 'refused' : 'failed'];
  } else if (!enhanced) {
    if (!input.response) decision.application = code;
  } else {
    const taken = good || storedBeforeFailure;
    if (DUE[accept][taken ? 'good' : 'bad']) {
      decision.accept = ACCEPT[taken ? 'ok' : outcome === 'refused' ? 'refused' : 'failed'];
    }
    const ended = decision.accept === 'CE' || decision.accept === 'CR';
    if (!ended && DUE[application][good ? 'good' : 'bad']) decision.application = code;
  }
  if (enhanced && decision.application !== undefined && input.applicationOn === 'separate') {
    decision.applicationSeparate = true;
  }
  return decision;
}

function condition(value: string): Condition {
  const read = plain(value);
  return CONDITIONS.has(read) ? (read as Condition) : '';
}

function plain(value: string): string {
  const trimmed = value.trim().toUpperCase();
  return trimmed === '""' ? '' : trimmed;
}

function exactly(decision: AckDecision, override: AckCode, nameless: boolean): void {
  let code = override;
  if (nameless && isPositive(code)) code = isAccept(code) ? 'CE' : 'AE';
  if (isAccept(code)) decision.accept = code;
  else decision.application = code;
}
