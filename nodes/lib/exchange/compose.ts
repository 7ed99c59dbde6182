import type { ErrorDetail, Fault } from '../errors';
import { buildAck, decideAck, encodeText, type Header, newControlId } from '../hl7';
import type { AckCode, HeaderFacts } from '../message-contract';
import { type Answer, isPositive } from './answer';

/** A listener's way of acknowledging. */
export interface AckPolicy {
  /** `msh`: by the sender's MSH-15 and MSH-16. */
  mode: 'msh' | 'original' | 'commit';
  applicationAck: 'same' | 'separate';
  /** The answer to a fault of our own. */
  failure: 'AR' | 'AE' | 'close' | 'none';
  /** MSH-3 and MSH-4 of the acknowledgments; without it the receiver that the message names. */
  identity?: { application: string; facility: string };
}

/** How a message fared, as far as its acknowledgment is concerned. */
export interface Outcome {
  outcome: 'stored' | 'accepted' | Fault;
  /** A code that the flow insists on. */
  exact?: AckCode;
  text?: string;
  errors?: ErrorDetail[];
  /** The message was committed before it failed. */
  stored?: boolean;
}

export interface Composed {
  answers: Answer[];
  /** Application acknowledgments that must go out on a connection of their own. */
  separate: Answer[];
  /** Nothing is answered, by the listener's setting. */
  silent?: 'close' | 'none';
}

/** The message that is answered. */
export interface Answered {
  header: Header | undefined;
  facts: HeaderFacts;
  /** The set to encode the acknowledgment with, and what MSH-18 says of it. */
  charset: string;
  charsetLabel: string;
  policy: AckPolicy;
  /** It is itself a response: see `AckInput.response`. */
  response?: boolean;
  /** Why it has no usable header. */
  fault?: ErrorDetail;
}

/** The acknowledgments of a message, by the listener's policy and what the sender asked for (HL7 v2.9 section 2.9). */
export function compose(message: Answered, outcome: Outcome): Composed {
  const { policy, facts } = message;
  const ours = outcome.outcome === 'system' && outcome.exact === undefined;
  if (ours && (policy.failure === 'close' || policy.failure === 'none')) {
    return { answers: [], separate: [], silent: policy.failure };
  }
  const decision = decideAck({
    mode: policy.mode,
    acceptAck: facts.acceptAck,
    applicationAck: facts.applicationAck,
    controlId: facts.controlId,
    outcome: outcome.outcome,
    failure: policy.failure === 'AE' ? 'AE' : 'AR',
    applicationOn: policy.applicationAck,
    // Without an application acknowledgment the failure would not be told at all.
    storedBeforeFailure: outcome.stored === true && !message.response && /^(AL|ER)$/i.test(facts.applicationAck.trim()),
    response: message.response,
    override: outcome.exact?.startsWith('C') ? outcome.exact : undefined,
  });
  const good = outcome.outcome === 'stored' || outcome.outcome === 'accepted';
  const reasons = (ours: ErrorDetail[]): ErrorDetail[] => {
    if (message.fault !== undefined) return [{ ...message.fault }];
    const theirs = outcome.errors ?? [];
    // Of a text without a header it says little that it has no control ID: what is wrong with it comes first.
    return message.header === undefined ? [...theirs, ...ours] : [...ours, ...theirs];
  };
  const make = (kind: Answer['kind'], code: AckCode): Answer => {
    const controlId = newControlId();
    const text = buildAck(message.header, {
      code,
      text: outcome.text,
      // When a message was stored and failed then, the negative answer reports the failure.
      errors: !isPositive(code) ? reasons(decision.errors) : good ? outcome.errors : undefined,
      controlId,
      time: new Date(),
      identity: policy.identity,
      charset: message.charsetLabel,
      enhanced: decision.enhanced,
    });
    return { kind, code, controlId, raw: encodeText(text, message.charset).bytes };
  };
  const composed: Composed = { answers: [], separate: [] };
  if (decision.accept !== undefined) composed.answers.push(make('accept', decision.accept));
  if (decision.application !== undefined) {
    const answer = make('application', decision.application);
    (decision.applicationSeparate ? composed.separate : composed.answers).push(answer);
  }
  return composed;
}
