import { Hl7Error } from '../errors';
import type { AckPolicy } from './compose';
import { Exchange, type Pending } from './exchange';

/** One message of a batch. */
export type Part = Pick<Pending, 'header' | 'facts' | 'charset' | 'charsetLabel' | 'content'>;

interface Entry {
  exchange: Exchange;
  pending: Pending;
  onTimeout: (exchange: Exchange) => void;
  timeoutMs: number;
  timer: NodeJS.Timeout | undefined;
  /** When the timer ends, by the monotonic clock. */
  endsAt: number;
}

/**
 * What the registry keeps under an id. It lets go of its entry when it leaves: a map that changes with every message is
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
   * @param timeoutMs milliseconds until `onTimeout` is told, unless it was answered; it must settle it. 0 for never.
   */
  open(pending: Pending, timeoutMs: number, onTimeout: (exchange: Exchange) => void): Exchange {
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
   * Gives each message of a batch an exchange of its own. When all are answered, `combine` makes the one frame that
   * answers the batch. When one is given up, nothing is answered: a part of the answers would speak for all messages.
   * @param parts undefined for a message that is not to be answered.
   * @param combine gets the answers of each part, in the order of the parts.
   * @returns the ids, in the order of the parts; undefined where there is no exchange.
   * @throws Hl7Error ACK_ALREADY_SENT when the batch is settled.
   */
  split(
    id: string,
    parts: readonly (Part | undefined)[],
    combine: (answers: Buffer[][], policy: AckPolicy) => Buffer,
  ): (string | undefined)[] {
    const entry = this.remove(id);
    if (entry === undefined) {
      throw new Hl7Error('ACK_ALREADY_SENT', 'The batch was answered before it was split, or its connection is gone.');
    }
    const { pending } = entry;
    entry.exchange.handOver();
    const collected: Buffer[][] = parts.map(() => []);
    let open = parts.filter((part) => part !== undefined).length;
    let close = false;
    let abandoned = false;
    const waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
    const finish = async (): Promise<void> => {
      const silent = abandoned || collected.every((answers) => answers.length === 0);
      let frames: Buffer[];
      try {
        frames = silent ? [] : [combine(collected, pending.policy)];
      } catch (error) {
        // No answer can be told: on a closed connection the sender repeats the batch.
        await pending.send([], 'close');
        throw error;
      }
      await pending.send(frames, close ? 'close' : 'keep');
      // Nobody may note an answer as sent that was not.
      if (abandoned) throw new Hl7Error('CONNECTION_CLOSED', `A batch of ${pending.where} was given up unanswered.`);
    };
    if (open === 0) {
      pending.send([], 'keep').catch(() => undefined);
      pending.onSettled?.(undefined);
    }
    return parts.map((part, i) => {
      if (part === undefined) return undefined;
      const send = (answers: Buffer[], then: 'keep' | 'close'): Promise<void> =>
        new Promise((resolve, reject) => {
          collected[i] = answers;
          close ||= then === 'close';
          waiting.push({ resolve, reject });
          if (--open > 0) return;
          finish().then(
            () => {
              for (const one of waiting) one.resolve();
            },
            (error) => {
              for (const one of waiting) one.reject(error);
            },
          );
          pending.onSettled?.(undefined);
        });
      const child = this.open(
        { ...pending, ...part, batch: false, send, onSettled: undefined, onAbandoned: () => (abandoned = true) },
        entry.timeoutMs,
        entry.onTimeout,
      );
      return child.id;
    });
  }

  /** Gives up every exchange of a listener, without an answer. */
  abandon(owner: string): void {
    for (const { exchange } of this.entries()) if (exchange.owner === owner) exchange.abandon();
  }

  /** After a deployment messages may have vanished between two nodes: their senders must not wait the whole time. */
  shorten(owner: string, timeoutMs: number): void {
    for (const entry of this.entries()) {
      if (entry.exchange.owner !== owner || entry.timer === undefined) continue;
      if (entry.endsAt > performance.now() + timeoutMs) this.setTimer(entry, timeoutMs);
    }
  }

  private setTimer(entry: Entry, timeoutMs: number): void {
    clearTimeout(entry.timer);
    entry.endsAt = performance.now() + timeoutMs;
    entry.timer = setTimeout(() => {
      // Answered, but its bytes wait for those of a message before it.
      if (!entry.exchange.settled) entry.onTimeout(entry.exchange);
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

/** The failure of a message that nobody answered in time. */
export function unanswered(where: string, timeoutMs: number): Hl7Error {
  const text = `A message of ${where} was not answered within ${timeoutMs / 1000} s. See that every path of the flow ends in an ack out.`;
  return new Hl7Error('ACK_TIMEOUT', text, { errors: [{ code: '207', text: 'No answer in time' }] });
}

/** The one registry of this process: `ack out` is another instance than the `mllp in` that it answers for. */
export const exchanges = new ExchangeRegistry();
