import type { Node, NodeAPI, NodeStatus } from 'node-red';
import { asHl7Error } from '../common/fail-message';
import type { RateLimitedLog } from '../common/rate-limited-log';
import { VariableMissing } from '../common/settings';
import type { StatusLine } from '../common/status-line';
import { type Closing, DEVIATIONS, type MllpListener, type Peer } from '../lib/mllp';
import { lookup } from '../lib/util';

/** What the canvas says when a listener cannot listen, by the error's code; its whole text stands in the log. */
const TROUBLE: Readonly<Record<string, string>> = lookup({
  EADDRINUSE: 'mllp-in.status.in-use',
  EACCES: 'mllp-in.status.not-permitted',
  EADDRNOTAVAIL: 'mllp-in.status.no-address',
  ENOTFOUND: 'mllp-in.status.no-host',
  EAI_AGAIN: 'mllp-in.status.no-lookup',
  ERR_SOCKET_BAD_PORT: 'mllp-in.status.settings',
  CONFIG_TLS: 'mllp-in.status.tls',
  TLS_CA_MISSING: 'mllp-in.status.tls',
  TLS_NOT_USABLE: 'mllp-in.status.tls',
});

/** Peers that the log knows one by one. */
const MOST_PEERS = 100;

/** Tells on the canvas and in the log why there is no listener: its settings are not usable. */
export function reportUnusable(RED: NodeAPI, node: Node, status: StatusLine, thrown: unknown): void {
  const error = asHl7Error(thrown, 'CONFIG_INVALID', 'The settings of the listener are not usable.');
  const text =
    error instanceof VariableMissing
      ? RED._('mllp-in.status.variable', { variable: error.variable })
      : (TROUBLE[error.code] ?? 'mllp-in.status.settings');
  status.change({ fill: 'red', shape: 'ring', text });
  node.error(error);
}

/**
 * Tells on the canvas and in the log how a listener fares, from before it is opened.
 * @param about what it is called, and the port that it is to listen on
 */
export function reportListener(
  RED: NodeAPI,
  listener: MllpListener,
  { where, port }: { where: string; port: number },
  status: StatusLine,
  log: RateLimitedLog,
): void {
  const listening = (): NodeStatus => {
    const { connections } = listener.statistics();
    const key = connections === 0 ? 'mllp-in.status.listening' : 'mllp-in.status.connected';
    const text = RED._(key, { port: listener.port ?? port, connections });
    return { fill: 'green', shape: 'dot', text };
  };
  const closed = ({ remoteAddress }: Peer, closing: Closing | undefined): void => {
    if (closing !== undefined)
      log.report(closing.code, `${where}, ${remoteAddress}: ${closing.text} [${closing.code}]`);
  };
  const peers = new Set<string>();
  /** What the log is quiet about for a while: of the first peers one thing each, of all others together. */
  const aboutPeer = (code: string, address: string): string => {
    if (peers.size < MOST_PEERS) peers.add(address);
    return peers.has(address) ? `${code} ${address}` : code;
  };
  listener.on('listening', () => status.change(listening()));
  listener.on('change', () => {
    if (listener.port !== undefined) status.update(listening);
  });
  listener.on('bindError', ({ code, message }, retryIn, holder) => {
    const text =
      holder === undefined
        ? RED._(TROUBLE[code] ?? 'mllp-in.status.failed', { port })
        : RED._('mllp-in.status.in-use-by', { port, holder });
    status.change({ fill: 'red', shape: 'ring', text });
    log.report(code, `${message} Retrying in ${Math.ceil(retryIn / 1000)} s.`);
  });
  listener.on('disconnect', closed);
  listener.on('rejected', closed);
  listener.on('warning', ({ remoteAddress }, code) => {
    const { meaning, advice } = DEVIATIONS[code];
    log.report(aboutPeer(code, remoteAddress), `${where}, ${remoteAddress}: ${meaning} ${advice} [${code}]`);
  });
  listener.on('failure', ({ code, message }) => log.report(code, message));
  status.change({ fill: 'yellow', shape: 'ring', text: RED._('mllp-in.status.starting', { port }) });
}
