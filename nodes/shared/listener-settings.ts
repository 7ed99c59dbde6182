import type { TlsOptions } from 'node:tls';
import { Hl7Error } from '../lib/errors';
import type { AckPolicy } from '../lib/exchange/compose';
import { canonicalCharset, isNarrowCharset } from '../lib/hl7/charset-names';
import type { TextSettings } from '../lib/message/inbound';
import type { MllpListenerOptions } from '../lib/mllp/listener';
import { choiceOf, demanded, listOf, numberOf, textOf, VariableMissing, variableOf } from './settings';

/** The properties of an `mllp in` node, as the editor saves them. */
export interface ListenerConfig {
  id: string;
  name: string;
  host: string;
  port: string;
  tls: string;
  clientCertificate: boolean;
  allow: string;
  acknowledge: string;
  ackMode: string;
  applicationAck: string;
  onFailure: string;
  timeout: string;
  identity: string;
  application: string;
  facility: string;
  charset: string;
  forceCharset: boolean;
  utf8: string;
  maxFrame: string;
  maxJunk: string;
  frameTime: string;
  idleTime: string;
  maxConnections: string;
  maxPerPeer: string;
  maxBuffered: string;
  window: string;
  severalMessages: string;
  startInside: string;
  withoutStart: boolean;
}

/** Core's `tls-config` node. */
export interface TlsNode {
  valid: boolean;
  addTLSOptions(options: TlsOptions): TlsOptions;
}

export interface ListenerSettings {
  listener: MllpListenerOptions;
  acknowledge: 'flow' | 'stored' | 'receipt' | 'never';
  policy: AckPolicy;
  timeoutMs: number;
  text: TextSettings;
}

const MB = 1024 * 1024;
const PEERS = 'The list of allowed peers';

/**
 * What a listener is to do, from the node's properties.
 * @param tls the TLS configuration node, when one is chosen
 * @throws Hl7Error CONFIG_INVALID, CONFIG_TLS
 */
export function listenerSettings(config: ListenerConfig, tls: TlsNode | undefined | null): ListenerSettings {
  if (config.tls && !tls?.valid) {
    throw new Hl7Error(
      'CONFIG_TLS',
      'The TLS configuration of the listener is missing or its certificate and key cannot be read. Open the TLS configuration and choose them.',
    );
  }
  const text = (value: unknown, label: string, fallback: string): string => textOf(demanded(value, label), fallback);
  const number = (value: unknown, label: string, fallback: number, min: number, max: number): number =>
    numberOf(demanded(value, label), { label, default: fallback, min, max });
  const choice = <const T extends string>(value: unknown, label: string, choices: readonly [T, ...T[]]): T =>
    choiceOf(text(value, label, choices[0]), choices);
  // What a variable says is a text.
  const yes = (value: unknown, label: string): boolean => text(value, label, 'false') === 'true';
  const charset = text(config.charset, 'The default charset', '');
  if (charset !== '') checkCharset(charset);
  const allow = listOf(demanded(config.allow, PEERS));
  const variable = variableOf(config.allow);
  // An empty list lets everybody in, which nobody means who names a variable.
  if (variable !== undefined && allow.length === 0) throw new VariableMissing(PEERS, variable);
  return {
    listener: {
      name: config.name || config.id,
      host: text(config.host, 'The address', '127.0.0.1'),
      port: number(config.port, 'The port', 2575, 0, 65535),
      tls: tls ? tls.addTLSOptions({}) : undefined,
      requireClientCertificate: yes(config.clientCertificate, 'The choice to demand client certificates'),
      allow,
      window: number(config.window, 'The messages in flight a connection', 1, 1, 1000),
      startInside: choice(config.startInside, 'The choice for a start inside a frame', ['refuse', 'restart']),
      severalMessages: choice(config.severalMessages, 'The choice for several messages in a frame', [
        'refuse',
        'split',
      ]),
      withoutStart: yes(config.withoutStart, 'The choice to take messages without a start block'),
      limits: {
        maxFrame: Math.round(number(config.maxFrame, 'The frame size', 16, 0.001, 512) * MB),
        maxJunk: Math.round(number(config.maxJunk, 'The bytes before the start block', 64, 0, 65536) * 1024),
        frameTime: number(config.frameTime, 'The time of a frame', 60, 0, 86400) * 1000,
        idleTime: number(config.idleTime, 'The idle time', 0, 0, 2_000_000) * 1000,
        maxConnections: number(config.maxConnections, 'The number of connections', 500, 1, 65535),
        maxPerPeer: number(config.maxPerPeer, 'The number of connections a peer', 200, 1, 65535),
      },
      maxBuffered: Math.round(number(config.maxBuffered, 'The buffered bytes', 256, 1, 16384) * MB),
    },
    acknowledge: choice(config.acknowledge, 'The choice of when to acknowledge', [
      'flow',
      'stored',
      'receipt',
      'never',
    ]),
    policy: {
      mode: choice(config.ackMode, 'The acknowledgment mode', ['msh', 'original', 'commit']),
      applicationAck: choice(config.applicationAck, 'The way of application acknowledgments', ['same', 'separate']),
      failure: choice(config.onFailure, 'The answer on failure', ['AR', 'AE', 'close', 'none']),
      identity:
        choice(config.identity, 'The choice of the identity', ['receiver', 'own']) === 'own'
          ? {
              application: text(config.application, 'The application', ''),
              facility: text(config.facility, 'The facility', ''),
            }
          : undefined,
    },
    timeoutMs: number(config.timeout, 'The time to answer', 30, 0.1, 3600) * 1000,
    text: {
      charset,
      forceCharset: yes(config.forceCharset, 'The choice to force the charset'),
      preferUtf8: choice(config.utf8, 'The choice for UTF-8 text', ['trust', 'prefer']) === 'prefer',
    },
  };
}

function checkCharset(charset: string): void {
  const name = canonicalCharset(charset);
  if (name !== undefined && isNarrowCharset(name)) return;
  // As a default it would only turn the bytes of other sets into characters that nobody sent.
  const why =
    name === undefined
      ? 'is not one that can be read'
      : 'cannot be UTF-16 or UTF-32, in which bytes of characters look like the ends of segments and frames: MLLP does not carry them';
  throw new Hl7Error('CONFIG_INVALID', `The default charset ${why}. Open the node and choose another.`);
}
