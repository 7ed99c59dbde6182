import { expect } from 'chai';
import type { Node, NodeAPI } from 'node-red';
import { RateLimitedLog } from '../../../nodes/common/rate-limited-log';
import { StatusLine } from '../../../nodes/common/status-line';
import { MllpListener } from '../../../nodes/lib/mllp';
import { bindError } from '../../../nodes/lib/mllp/server/port-binding';
import { reportListener } from '../../../nodes/mllp-in/status';

describe('what is told of a listener', () => {
  let shown: string[];
  let said: string[];
  let listener: MllpListener;
  beforeEach(() => {
    shown = [];
    said = [];
    listener = new MllpListener({ name: 'ward', port: 104 });
    const RED = { _: (key: string, values: object) => `${key} ${JSON.stringify(values)}` } as unknown as NodeAPI;
    const node = {
      status: ({ fill, shape, text }: Record<string, string>) => shown.push(`${fill} ${shape} ${text}`),
    } as unknown as Node;
    const log = new RateLimitedLog((text) => said.push(text));
    reportListener(RED, listener, { where: 'listener "ward" (port 104)', port: 104 }, new StatusLine(node), log);
  });

  it('that it starts, at once', () => {
    expect(shown).to.deep.equal(['yellow ring mllp-in.status.starting {"port":104}']);
  });

  const troubles: [string, string][] = [
    ['EADDRINUSE', 'in-use'],
    ['EACCES', 'not-permitted'],
    ['EADDRNOTAVAIL', 'no-address'],
    ['ENOTFOUND', 'no-host'],
    ['EAI_AGAIN', 'no-lookup'],
    ['ERR_SOCKET_BAD_PORT', 'settings'],
    ['ERR_OSSL_PEM_NO_START_LINE', 'tls'],
    ['EFOO', 'failed'],
  ];
  for (const [code, word] of troubles) {
    it(`${code}: "${word}" on the canvas, the whole of it in the log`, () => {
      const error = bindError(Object.assign(new Error('x'), { code }), '192.0.2.1', 104);
      listener.emit('bindError', error, 1500, undefined);
      expect(shown.at(-1)).to.equal(`red ring mllp-in.status.${word} {"port":104}`);
      expect(said).to.deep.equal([`${error.message} Retrying in 2 s.`]);
    });
  }

  it('which listener of the same Node-RED has the port', () => {
    const cause = Object.assign(new Error('x'), { code: 'EADDRINUSE' });
    listener.emit('bindError', bindError(cause, '127.0.0.1', 104, 'lab'), 1000, 'lab');
    expect(shown.at(-1)).to.equal('red ring mllp-in.status.in-use-by {"port":104,"holder":"lab"}');
    expect(said[0]).to.contain('The mllp in "lab" of this Node-RED uses port 104 on 127.0.0.1 already.');
  });

  it('who was sent away and why; nothing of an ordinary end', () => {
    const peer = { remoteAddress: '192.0.2.7', remotePort: 40123 };
    listener.emit('rejected', peer, { code: 'NOT_ALLOWED', text: 'The address is not in the list.' });
    listener.emit('disconnect', peer as never, undefined);
    expect(said).to.deep.equal([
      'listener "ward" (port 104), 192.0.2.7: The address is not in the list. [NOT_ALLOWED]',
    ]);
  });
});
