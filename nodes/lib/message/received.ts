import type { Delivery } from '../exchange';
import type { HeaderFacts, MllpFacts } from '../message-contract';

/**
 * A message as it came in. A flow gets a copy of the bytes (`msg.raw`) and may write into it, on any branch: clones of a
 * Node-RED message share their buffers. What is stored, compared and acknowledged is taken from here.
 */
export interface Received {
  /** The bytes as received. */
  bytes: Buffer;
  /** The header of `bytes`; undefined for a part that the flow has cut out by itself. */
  hl7: HeaderFacts | undefined;
  mllp: MllpFacts | undefined;
  /** Undefined for a part that the flow has cut out by itself: that is no message that was delivered. */
  delivery: Delivery | undefined;
}

/** Bytes copied at a time, so that a large message does not hold up others. */
const STRETCH = 4 * 1024 * 1024;

/** The memory of a flow's copy. It knows what it is a copy of, in a field that a flow cannot reach. */
class FlowMemory extends ArrayBuffer {
  readonly #received: Received;
  /** Messages of a batch, by their place in it. */
  #parts: Map<string, Received> | undefined;

  constructor(received: Received) {
    super(received.bytes.length);
    this.#received = received;
  }

  static note(raw: Buffer, part: Omit<Received, 'bytes'>): void {
    const memory = raw.buffer;
    if (!(#received in memory)) return;
    const bytes = slice(memory.#received.bytes, raw);
    memory.#parts ??= new Map();
    memory.#parts.set(place(raw), { ...part, bytes });
  }

  static find(raw: Buffer): Received | undefined {
    const memory = raw.buffer;
    if (!(#received in memory)) return undefined;
    const whole = memory.#received;
    if (raw.byteOffset === 0 && raw.length === whole.bytes.length) return whole;
    return memory.#parts?.get(place(raw)) ?? { ...UNKNOWN, bytes: slice(whole.bytes, raw), mllp: whole.mllp };
  }
}

const UNKNOWN = { hl7: undefined, delivery: undefined };

function place({ byteOffset, length }: Buffer): string {
  return `${byteOffset}+${length}`;
}

function slice(bytes: Buffer, { byteOffset, length }: Buffer): Buffer {
  return bytes.subarray(byteOffset, byteOffset + length);
}

/** A copy of the bytes for a flow, which `asReceived` knows. Copies in steps. */
export function* copyForFlow(received: Received): Generator<void, Buffer> {
  const { bytes } = received;
  const raw = Buffer.from(new FlowMemory(received));
  for (let at = 0; at < bytes.length; at += STRETCH) {
    if (at > 0) yield;
    bytes.copy(raw, at, at, at + STRETCH);
  }
  return raw;
}

/**
 * Notes what a message of a batch is.
 * @param raw its bytes in the flow's copy of the batch; of other memory nothing is noted
 */
export function notePart(raw: Buffer, part: Omit<Received, 'bytes'>): void {
  FlowMemory.note(raw, part);
}

/**
 * What came in as these bytes, whatever a flow has written into them since.
 * @returns undefined for bytes in memory that a flow did not get from a listener
 */
export function asReceived(raw: unknown): Received | undefined {
  return Buffer.isBuffer(raw) ? FlowMemory.find(raw) : undefined;
}
