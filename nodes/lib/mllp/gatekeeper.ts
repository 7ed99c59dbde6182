import type { Socket } from 'node:net';
import { allowList } from './allow-list';
import type { CloseReason } from './close-reasons';
import type { MllpLimits } from './limits';

/** Decides who may connect, and keeps the sockets of those that did, also before TLS is agreed on. */
export class Gatekeeper {
  readonly #sockets = new Set<Socket>();
  readonly #perPeer = new Map<string, number>();
  readonly #limits: Pick<MllpLimits, 'maxConnections' | 'maxPerPeer'>;
  readonly #allowed: (address: string) => boolean;

  /**
   * @param allow as `allowList`
   * @throws Hl7Error `ALLOW_LIST_INVALID`
   */
  constructor(limits: Pick<MllpLimits, 'maxConnections' | 'maxPerPeer'>, allow?: readonly string[]) {
    this.#limits = limits;
    this.#allowed = allowList(allow);
  }

  /** Takes a socket in, until it closes. @returns why not, when it may not connect */
  admit(socket: Socket, address: string): CloseReason | undefined {
    if (!this.#allowed(address)) return 'NOT_ALLOWED';
    if (this.#sockets.size >= this.#limits.maxConnections) return 'TOO_MANY_CONNECTIONS';
    const fromPeer = this.#perPeer.get(address) ?? 0;
    if (fromPeer >= this.#limits.maxPerPeer) return 'TOO_MANY_FROM_PEER';
    this.#sockets.add(socket);
    this.#perPeer.set(address, fromPeer + 1);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      const left = (this.#perPeer.get(address) ?? 1) - 1;
      if (left > 0) this.#perPeer.set(address, left);
      else this.#perPeer.delete(address);
    });
    return undefined;
  }

  /** Destroys every socket. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
