/** A process of its own with a listener that requires client certificates: what it trusts is set when it starts. Takes the PFX file, tells its port, then who was let in or why not. */
import { readFileSync } from 'node:fs';
import { MllpListener } from '../../../nodes/lib/mllp';

const [file = ''] = process.argv.slice(2);
const tls = { pfx: readFileSync(file), passphrase: 'test' };
const listener = new MllpListener({ name: 'child', port: 0, tls, requireClientCertificate: true });
const say = (text: string): boolean => process.stdout.write(`${text}\n`);
listener.on('listening', (port) => say(`port ${port}`));
listener.on('bindError', ({ code }) => say(code));
listener.on('connection', () => say('let in'));
listener.on('rejected', (_, { code }) => say(`rejected ${code}`));
listener.open();
