import { BlockList, isIP, type Socket } from 'node:net';
import { Hl7Error } from '../../errors';
import type { CloseReason } from '../close-reasons';
import type { MllpLimits } from '../limits';

/** Decides who may connect, and keeps the sockets of those that did, also before TLS is agreed on. */
export class ConnectionAdmission {
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

/** An IPv4 address that a dual-stack socket shows as IPv6 (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2), as IPv4; others as they are. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1] ?? address;
}

const invalid = (entry: string): Hl7Error =>
  new Hl7Error(
    'ALLOW_LIST_INVALID',
    `The list of allowed addresses holds "${entry}", which is no IP address and no range such as 192.0.2.0/24.`,
  );

function add(list: BlockList, entry: string): void {
  const [given = '', length, ...more] = entry.split('/');
  const address = plainAddress(given.trim());
  const version = isIP(address);
  if (version === 0 || more.length > 0) throw invalid(entry);
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (length === undefined) {
    list.addAddress(address, family);
    return;
  }
  // The length of a range over mapped addresses counts 96 bits more.
  const bits = Number(length) - (address === given.trim() ? 0 : 96);
  if (!/^\d{1,3}$/.test(length.trim()) || bits < 0 || bits > (version === 4 ? 32 : 128)) throw invalid(entry);
  list.addSubnet(address, bits, family);
}

/**
 * Tells whether an address may connect.
 * @param entries IPv4 or IPv6 addresses and ranges (CIDR); none allows every address
 * @throws Hl7Error `ALLOW_LIST_INVALID` naming the entry
 */
export function allowList(entries: readonly string[] = []): (address: string) => boolean {
  const given = entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
  if (given.length === 0) return () => true;
  const list = new BlockList();
  for (const entry of given) add(list, entry);
  return (address) => {
    // A link-local address carries the name of its interface (`fe80::1%eth0`).
    const plain = plainAddress(address).replace(/%.*$/, '');
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  };
}
