import { Hl7Error } from '../errors';
import { TRACE } from '../util';
import { BatchAnswers, type Combine } from './batch-answers';
import { Exchange, type Pending } from './exchange';

/** One message of a batch. */
export type Part = Pick<
  Pending,
  'header' | 'facts' | 'charset' | 'charsetLabel' | 'content' | 'delivery' | 'response' | 'acknowledges' | 'fault'
>;

/** Told when the time to answer has run out; must settle the exchange. `ms` is that time, by `shortened` that since a deployment. */
type OnTimeout = (exchange: Exchange, ms: number, shortened: boolean) => void;

interface Entry {
  exchange: Exchange;
  pending: Pending;
  onTimeout: OnTimeout;
  timeoutMs: number;
  timer: NodeJS.Timeout | undefined;
  /** When the timer ends, by the monotonic clock. */
  endsAt: number;
}

/**
 * What the registry keeps under an id. It drops its entry when it leaves: a map that changes with every message is
 * copied again and again, and the dead copies, which the garbage collector is slow to see, would hold the messages.
 */
interface Slot {
  entry: Entry | undefined;
}

/** Every exchange of this process that still waits for an answer. The nodes of a flow find theirs by `msg._session.id`. */
export class ExchangeRegistry {
  private readonly slots = new Map<string, Slot>();

  get size(): number {
    return this.slots.size;
  }

  /**
   * Opens an exchange. It leaves the registry when it is settled.
   * @param timeoutMs milliseconds until `onTimeout` is called, unless it was answered; it must settle it. 0 for never.
   */
  open(pending: Pending, timeoutMs: number, onTimeout: OnTimeout): Exchange {
    const settled = pending.onSettled;
    const exchange = new Exchange({
      ...pending,
      onSettled: (sent) => {
        this.remove(exchange.id);
        settled?.(sent);
      },
    });
    const entry: Entry = { exchange, pending, onTimeout, timeoutMs, timer: undefined, endsAt: 0 };
    if (timeoutMs > 0) this.setTimer(entry, timeoutMs);
    this.slots.set(exchange.id, { entry });
    return exchange;
  }

  find(id: string): Exchange | undefined {
    return this.slots.get(id)?.entry?.exchange;
  }

  /**
   * The exchange of a message's session.
   * @throws Hl7Error ACK_NO_SESSION when the message has no session of ours, or it was settled long ago.
   */
  of(session: unknown): Exchange {
    const { type, id } = (session ?? {}) as { type?: unknown; id?: unknown };
    if (type !== 'mllp' || typeof id !== 'string') {
      throw new Hl7Error(
        'ACK_NO_SESSION',
        'The message does not come from an mllp in node: msg._session is missing or of another kind. ' +
          'A Function node must return the msg it was given, not a new object.',
      );
    }
    const exchange = this.find(id);
    if (exchange === undefined) {
      throw new Hl7Error(
        'ACK_ALREADY_SENT',
        'The message was answered already, its time to answer ran out, or its connection is gone. Let one ack out see each message once.',
      );
    }
    return exchange;
  }

  /**
   * Gives each message of a batch an exchange of its own, in steps. When all are answered, `combine` makes the one frame
   * that answers the batch. When one is given up, nothing is answered.
   * @param parts undefined for a message that is not to be answered.
   * @returns the ids, in the order of the parts; undefined where there is no exchange.
   * @throws Hl7Error ACK_ALREADY_SENT when the batch is settled.
   */
  *splitting(
    id: string,
    parts: readonly (Part | undefined)[],
    combine: Combine,
  ): Generator<void, (string | undefined)[]> {
    const entry = this.remove(id);
    if (entry === undefined) {
      throw new Hl7Error('ACK_ALREADY_SENT', 'The batch was answered before it was split, or its connection is gone.');
    }
    const pending = { ...entry.pending, delivery: entry.exchange.delivery };
    entry.exchange.handOver();
    const answers = new BatchAnswers(pending, combine, parts.length);
    const ids: (string | undefined)[] = [];
    for (const [i, part] of parts.entries()) {
      // When its listener has abandoned the batch meanwhile, there is no sender to answer.
      if (part === undefined || answers.abandoned) ids.push(undefined);
      else {
        answers.expect();
        const own: Partial<Pending> = {
          batch: false,
          send: (frames, then, codes) => answers.take(i, frames, then, codes),
          onSettled: undefined,
          onAbandoned: () => {
            answers.abandoned = true;
          },
        };
        const { id: session } = this.open(
          { ...pending, delivery: undefined, ...part, ...own },
          entry.timeoutMs,
          entry.onTimeout,
        );
        ids.push(session);
        if (TRACE['message split off'].on) {
          TRACE['message split off'].report({ batch: id, session, controlId: part.facts.controlId });
        }
        // Not before the first is open, by which the batch can be given up.
        yield;
      }
    }
    answers.expectNoMore();
    return ids;
  }

  /** Gives up every exchange of a listener, without an answer. */
  abandon(owner: string): void {
    for (const { exchange } of this.entries()) if (exchange.owner === owner) exchange.abandon();
  }

  /** After a deployment messages may have vanished between two nodes: their senders must not wait the whole time. */
  shorten(owner: string, timeoutMs: number): void {
    for (const entry of this.entries()) {
      if (entry.exchange.owner !== owner || entry.timer === undefined) continue;
      if (entry.endsAt > performance.now() + timeoutMs) this.setTimer(entry, timeoutMs, true);
    }
  }

  private setTimer(entry: Entry, timeoutMs: number, shortened = false): void {
    clearTimeout(entry.timer);
    entry.endsAt = performance.now() + timeoutMs;
    entry.timer = setTimeout(() => {
      // Answered, but its bytes wait for those of a message before it.
      if (!entry.exchange.settled) entry.onTimeout(entry.exchange, timeoutMs, shortened);
    }, timeoutMs);
  }

  private entries(): Entry[] {
    return [...this.slots.values()].flatMap(({ entry }) => entry ?? []);
  }

  /** @returns the entry that was there. */
  private remove(id: string): Entry | undefined {
    const slot = this.slots.get(id);
    const entry = slot?.entry;
    if (slot === undefined || entry === undefined) return undefined;
    clearTimeout(entry.timer);
    slot.entry = undefined;
    this.slots.delete(id);
    return entry;
  }
}

/**
 * The failure of a message that was not answered in time.
 * @param deployed the time is that since a deployment, in which the message may have vanished between two nodes
 */
export function unanswered(where: string, timeoutMs: number, deployed = false): Hl7Error {
  const within = `within ${timeoutMs / 1000} s`;
  const text = deployed
    ? `A message of ${where} was on its way when flows were deployed, and not answered ${within} of that. Its sender repeats it.`
    : `A message of ${where} was not answered ${within}. See that every path of the flow ends in an ack out.`;
  return new Hl7Error('ACK_TIMEOUT', text, { errors: [{ code: '207', text: 'No answer in time' }] });
}

/** The one registry of this process: `ack out` is another instance than the `mllp in` that it answers for. */
export const exchanges = new ExchangeRegistry();
