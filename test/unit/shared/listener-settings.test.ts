import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { expect } from 'chai';
import { VariableMissing } from '../../../nodes/common/settings';
import { Hl7Error } from '../../../nodes/lib/errors';
import { MllpListener } from '../../../nodes/lib/mllp';
import { type ListenerConfig, type ListenerSettings, listenerSettings } from '../../../nodes/mllp-in/settings';
import { example } from '../../support/flows';
import { root } from '../../support/require';

/** The node of the first example, as the editor saves it. */
const shipped = example('01').find(({ type }) => type === 'hl7-mllp-in') as unknown as ListenerConfig;

const of = (changes: Partial<ListenerConfig> = {}): ListenerSettings =>
  listenerSettings({ ...shipped, host: '127.0.0.1', port: '2575', ...changes }, undefined);

function refused(changes: Record<string, unknown>, tls?: Parameters<typeof listenerSettings>[1]): Hl7Error {
  try {
    listenerSettings({ ...shipped, ...changes } as ListenerConfig, tls);
  } catch (error) {
    return error as Hl7Error;
  }
  throw new Error('nothing was refused');
}

describe("a listener's settings", () => {
  it('of a node with nothing but its type are usable, and safe', () => {
    const settings = listenerSettings({} as ListenerConfig, undefined);
    expect(settings.listener).to.include({ host: '127.0.0.1', port: 2575, maxInFlight: 1, withoutStart: false });
    expect(settings.listener).to.include({ startInside: 'refuse', severalMessages: 'refuse' });
    expect(settings.listener.tls).to.equal(undefined);
    expect(settings.acknowledge).to.equal('flow');
    expect(settings.policy).to.deep.equal({
      mode: 'msh',
      applicationAck: 'same',
      failure: 'AR',
      identity: undefined,
    });
    expect(settings.timeoutMs).to.equal(30_000);
    expect(settings.text).to.deep.equal({ charset: '', forceCharset: false, preferUtf8: false });
    expect(() => new MllpListener(settings.listener)).to.not.throw();
  });

  it('are the same for a node as the editor first saves it', () => {
    const fresh = listenerSettings({ name: 'x' } as ListenerConfig, undefined);
    expect(of({ name: 'x' })).to.deep.equal(fresh);
  });

  it('are in bytes and milliseconds', () => {
    const { listener, timeoutMs } = of({
      maxFrame: '2',
      maxJunk: '8',
      frameTime: '5',
      idleTime: '600',
      maxConnections: '7',
      maxPerPeer: '3',
      maxBuffered: '32',
      timeout: '1.5',
      window: '4',
    });
    expect(listener.limits).to.deep.equal({
      maxFrame: 2_097_152,
      maxJunk: 8192,
      frameTime: 5000,
      idleTime: 600_000,
      maxConnections: 7,
      maxPerPeer: 3,
    });
    expect([listener.maxBuffered, listener.maxInFlight, timeoutMs]).to.deep.equal([33_554_432, 4, 1500]);
  });

  it('take over what was chosen', () => {
    const settings = of({
      acknowledge: 'stored',
      ackMode: 'commit',
      applicationAck: 'separate',
      onFailure: 'close',
      startInside: 'restart',
      severalMessages: 'split',
      withoutStart: true,
      allow: '10.0.0.0/8, 192.0.2.7',
      charset: '8859/1',
      forceCharset: true,
      utf8: 'prefer',
    });
    expect(settings.acknowledge).to.equal('stored');
    expect(settings.policy).to.include({ mode: 'commit', applicationAck: 'separate', failure: 'close' });
    expect(settings.listener).to.include({ startInside: 'restart', severalMessages: 'split', withoutStart: true });
    expect(settings.listener.allow).to.deep.equal(['10.0.0.0/8', '192.0.2.7']);
    expect(settings.text).to.deep.equal({ charset: '8859/1', forceCharset: true, preferUtf8: true });
    for (const utf8 of ['', 'trust', 'else', undefined]) expect(of({ utf8 }).text.preferUtf8).to.equal(false);
  });

  it('have an own identity only when it is asked for', () => {
    const names = { application: 'LOG', facility: 'HOUSE' };
    expect(of({ identity: 'receiver', ...names }).policy.identity).to.equal(undefined);
    expect(of({ identity: 'own', ...names }).policy.identity).to.deep.equal(names);
  });

  it('are refused by name when a number is out of its range', () => {
    for (const [property, value, words] of [
      ['port', '70000', 'The port'],
      ['port', 'x', 'The port'],
      ['window', '0', 'messages in flight'],
      ['maxFrame', '0', 'frame size'],
      ['maxJunk', '-1', 'before the start block'],
      ['frameTime', '-1', 'time of a frame'],
      ['idleTime', '9e9', 'idle time'],
      ['maxConnections', '0', 'number of connections'],
      ['maxPerPeer', '0', 'connections a peer'],
      ['maxBuffered', '0', 'buffered bytes'],
      ['timeout', '0', 'time to answer'],
    ] as const) {
      const error = refused({ [property]: value });
      expect(error, property).to.be.instanceOf(Hl7Error);
      expect(error.code).to.equal('CONFIG_INVALID');
      expect(error.message).to.contain(words);
    }
  });

  it('are refused when MLLP cannot carry the default charset', () => {
    for (const charset of ['UTF-16', 'UNICODE UTF-16', 'utf-16be', 'UNICODE UTF-32', 'utf-32le']) {
      const error = refused({ charset });
      expect(error.code, charset).to.equal('CONFIG_INVALID');
      expect(error.message).to.contain('The default charset cannot be UTF-16 or UTF-32').and.contain('MLLP');
    }
  });

  it('are refused when the default charset is none that can be read', () => {
    const error = refused({ charset: 'MARTIAN' });
    expect(error).to.include({ code: 'CONFIG_INVALID' });
    expect(error.message).to.contain('charset');
  });

  it('are refused when the TLS configuration is missing or unusable, and never fall back to plain text', () => {
    const unusable = { valid: false, addTLSOptions: (options: TlsOptions) => options };
    for (const tls of [undefined, null, unusable]) {
      expect(refused({ tls: 'tls1' }, tls).code).to.equal('CONFIG_TLS');
    }
  });

  it('let nobody in when the allowed peers are to come from a variable that is missing or empty', () => {
    const name = 'HL7_TEST_NO_PEERS';
    for (const allow of [`\${${name}}`, `\${${name}:- , }`]) {
      const error = refused({ allow });
      expect(error.code).to.equal('CONFIG_INVALID');
      expect(error.message).to.contain(`environment variable ${name}`);
    }
    expect(of({ allow: `\${${name}:-10.0.0.1}` }).listener.allow).to.deep.equal(['10.0.0.1']);
    expect(of({ allow: '' }).listener.allow).to.deep.equal([]);
  });

  it('are refused when a variable that one of them names is missing, unless it brings a default', () => {
    const name = 'HL7_TEST_NO_LISTENER';
    for (const [property, label] of [
      ['host', 'The address'],
      ['port', 'The port'],
      ['charset', 'The default charset'],
      ['maxFrame', 'The frame size'],
    ] as const) {
      const error = refused({ port: '2575', [property]: ` \${${name}} ` });
      expect(error).to.be.instanceOf(VariableMissing).and.include({ code: 'CONFIG_INVALID', variable: name });
      expect(error.message).to.contain(
        `${label} cannot be read: the environment variable ${name} is missing or empty.`,
      );
    }
    expect(of({ host: `\${${name}:-::1}`, port: `\${${name}:-2577}` }).listener).to.include({
      host: '::1',
      port: 2577,
    });
    expect(of({ port: `\${${name}:-}` }).listener.port).to.equal(2575);
    process.env[name] = '2578';
    try {
      expect(of({ port: `\${${name}}` }).listener.port).to.equal(2578);
    } finally {
      delete process.env[name];
    }
  });

  it('take a choice from a variable, and are refused when it is missing: its default may be the less safe one', () => {
    const name = 'HL7_TEST_CHOICE';
    const from = (changes: Record<string, unknown>): ListenerSettings => of(changes as Partial<ListenerConfig>);
    const choices = 'clientCertificate startInside severalMessages withoutStart acknowledge ackMode applicationAck';
    for (const property of `${choices} onFailure identity forceCharset utf8`.split(' ')) {
      const error = refused({ [property]: `\${${name}}` });
      expect(error, property).to.be.instanceOf(VariableMissing).and.include({ variable: name });
    }
    process.env[name] = 'true';
    try {
      expect(from({ clientCertificate: `\${${name}}` }).listener.requireClientCertificate).to.equal(true);
      // As Node-RED hands it on.
      expect(from({ clientCertificate: 'true' }).listener.requireClientCertificate).to.equal(true);
      expect(from({ clientCertificate: 'false' }).listener.requireClientCertificate).to.equal(false);
      process.env[name] = 'close';
      expect(from({ onFailure: `\${${name}}` }).policy.failure).to.equal('close');
    } finally {
      delete process.env[name];
    }
  });

  it('of the shipped examples are usable in a Node-RED that sets no variable', () => {
    const names = ['HL7_MLLP_HOST', 'HL7_MLLP_PORT', 'HL7_MLLP_TLS_PORT'];
    const kept = names.map((name) => process.env[name]);
    for (const name of names) delete process.env[name];
    try {
      const files = readdirSync(join(root, 'examples'));
      const listeners = files.flatMap((file) => example(file.slice(0, 2)).filter(({ type }) => type === 'hl7-mllp-in'));
      expect(listeners.length).to.be.above(9);
      const ports = listeners.map(
        (node) => listenerSettings({ ...(node as object), tls: '' } as ListenerConfig, null).listener.port,
      );
      expect(new Set(ports)).to.deep.equal(new Set([2575, 2576]));
    } finally {
      for (const [i, name] of names.entries()) if (kept[i] !== undefined) process.env[name] = kept[i];
    }
  });

  it('have the options of the TLS configuration', () => {
    const node = { valid: true, addTLSOptions: (options: TlsOptions) => ({ ...options, cert: 'c', key: 'k' }) };
    const config = { ...shipped, port: '2575', tls: 'tls1', clientCertificate: true };
    const { listener } = listenerSettings(config, node);
    expect(listener.tls).to.deep.equal({ cert: 'c', key: 'k' });
    expect(listener.requireClientCertificate).to.equal(true);
  });
});
