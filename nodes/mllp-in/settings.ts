import type { TlsOptions } from 'node:tls';
import {
  choiceOf,
  demanded,
  demandedText,
  listOf,
  numberOf,
  processVariable,
  VariableMissing,
} from '../common/settings';
import { KB, MB, MLLP_IN } from '../common/settings-table/mllp-in';
import { type NumberSetting, plain, type SwitchSetting, type TextSetting } from '../common/settings-table/setting';
import { type Lookup, referencesIn } from '../common/variables';
import { Hl7Error } from '../lib/errors';
import type { AckPolicy } from '../lib/exchange';
import { canonicalCharset, isNarrowCharset } from '../lib/hl7';
import type { TextSettings } from '../lib/message';
import type { MllpListenerOptions } from '../lib/mllp';

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
  /** As it was entered; empty where it was not. */
  name: string;
  listener: MllpListenerOptions;
  acknowledge: 'flow' | 'stored' | 'receipt' | 'never';
  policy: AckPolicy;
  timeoutMs: number;
  text: TextSettings;
}

/**
 * What a listener is to do, from the node's properties.
 * @param tls the TLS configuration node, when one is chosen
 * @param lookup of environment variables; by default those of the process
 * @throws Hl7Error CONFIG_INVALID, CONFIG_TLS
 */
export function listenerSettings(
  config: ListenerConfig,
  tls: TlsNode | undefined | null,
  lookup: Lookup = processVariable,
): ListenerSettings {
  if (config.tls && !tls?.valid) {
    throw new Hl7Error(
      'CONFIG_TLS',
      'The TLS configuration of the listener is missing or its certificate and key cannot be read. Open the TLS configuration and choose them.',
    );
  }
  const text = (value: unknown, { label, default: fallback }: TextSetting): string =>
    demandedText(value, label, fallback, lookup);
  const number = (value: unknown, setting: NumberSetting): number => numberOf(value, setting, lookup) ?? 0;
  const choice = <const T extends string>(
    value: unknown,
    { label, choices }: { label: string; choices: readonly [T, ...T[]] },
  ): T => choiceOf(demandedText(value, label, choices[0], lookup), choices);
  // What a variable says is a text.
  const yes = (value: unknown, { label, default: preset }: SwitchSetting): boolean =>
    demandedText(value, label, String(preset), lookup) === 'true';
  const charset = text(config.charset, MLLP_IN.charset);
  if (charset !== '') checkCharset(charset);
  const allow = listOf(demanded(config.allow, MLLP_IN.allow.label, lookup), lookup);
  const variable = referencesIn(String(config.allow ?? '')).find(({ escaped }) => !escaped)?.name;
  // An empty list admits every peer, which is not what naming a variable means.
  if (variable !== undefined && allow.length === 0) throw new VariableMissing(MLLP_IN.allow.label, variable);
  const maxFrame = number(config.maxFrame, MLLP_IN.maxFrame);
  const maxBuffered = number(config.maxBuffered, MLLP_IN.maxBuffered);
  if (maxBuffered < maxFrame) {
    throw new Hl7Error(
      'CONFIG_INVALID',
      `${MLLP_IN.maxBuffered.label} must be at least the frame size, ${maxFrame} MB. Open the node and change one of them.`,
    );
  }
  const name = text(config.name, plain('The name'));
  return {
    name,
    listener: {
      name: name || config.id,
      host: text(config.host, MLLP_IN.host),
      port: number(config.port, MLLP_IN.port),
      tls: tls ? tls.addTLSOptions({}) : undefined,
      requireClientCertificate: yes(config.clientCertificate, MLLP_IN.clientCertificate),
      allow,
      maxInFlight: number(config.window, MLLP_IN.window),
      startInside: choice(config.startInside, MLLP_IN.startInside),
      severalMessages: choice(config.severalMessages, MLLP_IN.severalMessages),
      withoutStart: yes(config.withoutStart, MLLP_IN.withoutStart),
      limits: {
        maxFrame: Math.round(maxFrame * MB),
        maxJunk: Math.round(number(config.maxJunk, MLLP_IN.maxJunk) * KB),
        frameTime: number(config.frameTime, MLLP_IN.frameTime) * 1000,
        idleTime: number(config.idleTime, MLLP_IN.idleTime) * 1000,
        maxConnections: number(config.maxConnections, MLLP_IN.maxConnections),
        maxPerPeer: number(config.maxPerPeer, MLLP_IN.maxPerPeer),
      },
      maxBuffered: Math.round(maxBuffered * MB),
    },
    acknowledge: choice(config.acknowledge, MLLP_IN.acknowledge),
    policy: {
      mode: choice(config.ackMode, MLLP_IN.ackMode),
      applicationAck: choice(config.applicationAck, MLLP_IN.applicationAck),
      failure: choice(config.onFailure, MLLP_IN.onFailure),
      identity:
        choice(config.identity, MLLP_IN.identity) === 'own'
          ? {
              application: text(config.application, MLLP_IN.application),
              facility: text(config.facility, MLLP_IN.facility),
            }
          : undefined,
    },
    timeoutMs: number(config.timeout, MLLP_IN.timeout) * 1000,
    text: {
      charset,
      forceCharset: yes(config.forceCharset, MLLP_IN.forceCharset),
      preferUtf8: choice(config.utf8, MLLP_IN.utf8) === 'prefer',
    },
  };
}

function checkCharset(charset: string): void {
  const name = canonicalCharset(charset);
  if (name !== undefined && isNarrowCharset(name)) return;
  // As a default it would only turn the bytes of other sets into characters that were not sent.
  const why =
    name === undefined
      ? 'is not one that can be read'
      : 'cannot be UTF-16 or UTF-32, in which bytes of characters look like the ends of segments and frames: MLLP does not carry them';
  throw new Hl7Error('CONFIG_INVALID', `The default charset ${why}. Open the node and choose another.`);
}
