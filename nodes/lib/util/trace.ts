/**
 * The fate of each frame, for those who look for one: channels of `node:diagnostics_channel`, metadata only. Nothing is
 * computed without a subscriber. No event holds a value of a message but its control ID (MSH-10) and type (MSH-9).
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { ErrorCode, Fault } from '../errors';

/** What each event tells. `connection` is `msg.mllp.connection`, `session` is `msg._session.id`. */
export interface TraceFacts {
  'connection opened': {
    listener: string;
    connection: string;
    remoteAddress: string;
    remotePort: number;
    localPort: number;
    tls: boolean;
  };
  /** `frame` counts the frames of the connection from 1; `refused` is the code for which the frame is not taken. */
  'frame received': {
    connection: string;
    frame: number;
    bytes: number;
    deviations: readonly string[];
    refused: string | undefined;
  };
  /** The message leaves mllp in. Without a `session` no answer is due. `bytes` are those of the frame's content. */
  'message handed on': {
    connection: string;
    session: string | undefined;
    node: string;
    controlId: string;
    type: string;
    kind: 'message' | 'response' | 'batch' | 'acknowledgment';
    bytes: number;
    charset: string;
    deviations: readonly string[];
  };
  /** A message of a batch, which has its own answer: `batch` is the session of the whole. */
  'message split off': { batch: string; session: string; controlId: string };
  /** A node of ours reports an error for the message. */
  'message failed': { session: string | undefined; node: string; code: ErrorCode; fault: Fault };
  /** The row is on disk. `id` is null where only a custom table is written. */
  'message stored': {
    session: string | undefined;
    node: string;
    controlId: string;
    table: string;
    id: number | null;
    duplicate: boolean;
    deliveries: number;
  };
  /** One transaction of the store; `ids` are the rows of the log that it wrote. */
  'batch committed': { location: string; batch: string; messages: number; ids: readonly number[] };
  /** `codes` are MSA-1 of the acknowledgments; none when nothing is to be answered. */
  'answer composed': { session: string; controlId: string; codes: readonly string[] };
  /** The bytes were handed to the network. `milliseconds` are those since the exchange was opened. */
  'answer sent': { session: string; controlId: string; codes: readonly string[]; milliseconds: number };
  /** The answer could not be sent, or nothing is answered any more: the sender repeats the message. */
  'answer given up': { session: string; controlId: string; code: string };
  'connection closed': { connection: string; reason: string; frames: number };
}

export type TraceEvent = keyof TraceFacts;

/** One of the channels. */
class TraceChannel<T extends object> {
  readonly #channel: Channel;

  constructor(readonly name: string) {
    this.#channel = channel(name);
  }

  /** True when there is a subscriber; ask before making the facts. */
  get on(): boolean {
    return this.#channel.hasSubscribers;
  }

  report(facts: T): void {
    this.#channel.publish(facts);
  }
}

const of = <E extends TraceEvent>(event: E): TraceChannel<TraceFacts[E]> => new TraceChannel(channelName(event));

/** The name of an event's channel: `hl7-logger:frame-received`. */
export function channelName(event: TraceEvent): string {
  return `hl7-logger:${event.replaceAll(' ', '-')}`;
}

export const TRACE: { readonly [E in TraceEvent]: TraceChannel<TraceFacts[E]> } = {
  'connection opened': of('connection opened'),
  'frame received': of('frame received'),
  'message handed on': of('message handed on'),
  'message split off': of('message split off'),
  'message failed': of('message failed'),
  'message stored': of('message stored'),
  'batch committed': of('batch committed'),
  'answer composed': of('answer composed'),
  'answer sent': of('answer sent'),
  'answer given up': of('answer given up'),
  'connection closed': of('connection closed'),
};

/** Characters of one value in a line. */
const LONGEST = 80;

/** One event as a line for a log: `frame received connection=1f… frame=1 bytes=812`. Values of the peer cannot break it. */
export function traceLine(event: TraceEvent, facts: object): string {
  const parts = Object.entries(facts).flatMap(([name, value]) => {
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return [];
    const text = String(value).slice(0, LONGEST);
    return [`${name}=${/^[\w.:,/+^-]+$/.test(text) ? text : JSON.stringify(text)}`];
  });
  return [event, ...parts].join(' ');
}
