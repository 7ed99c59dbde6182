import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { example } from '../support/flows';
import { messageParts } from '../support/hl7-text';
import { message } from '../support/messages';
import { MllpClient } from '../support/mllp-client';
import { NodeRed } from '../support/node-red';
import { npm } from '../support/npm';
import { freePort } from '../support/ports';
import { root } from '../support/require';
import { CleanUp, dropFolder, tempFolder } from '../support/temp';

const NAME = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string }).name;
const TYPES = ['hl7-ack-out', 'hl7-database', 'hl7-db-store', 'hl7-mllp-in', 'hl7-parse'];

interface NodeSet {
  module: string;
  name: string;
  types: string[];
  enabled: boolean;
  err?: unknown;
}

function filesBelow(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? entry.name === 'node_modules'
        ? []
        : filesBelow(join(folder, entry.name), `${prefix}${entry.name}/`)
      : [`${prefix}${entry.name}`],
  );
}

describe('the package as users install it', function () {
  this.timeout(300_000);
  const cleanUp = new CleanUp();
  let nodeRed: NodeRed;
  let installed: string;
  let port: number;

  before(async () => {
    const packed = tempFolder('packed');
    cleanUp.add(() => dropFolder(packed));
    await npm(['pack', '--pack-destination', packed], root);
    const archives = readdirSync(packed).filter((file) => file.endsWith('.tgz'));
    expect(archives).to.have.length(1);

    const userDir = tempFolder('user');
    cleanUp.add(() => dropFolder(userDir));
    writeFileSync(join(userDir, 'package.json'), '{"name":"node-red-project","version":"0.0.1","private":true}\n');
    const archive = join(packed, archives[0] as string);
    await npm(['install', '--no-audit', '--no-fund', '--omit=dev', '--prefer-offline', archive], userDir);
    installed = join(userDir, 'node_modules', ...NAME.split('/'));

    port = await freePort();
    nodeRed = await NodeRed.start({
      flows: example('01'),
      env: { HL7_MLLP_PORT: String(port) },
      userDir,
      nodesDir: false,
      editor: true,
      ports: [port],
    });
    cleanUp.add(() => nodeRed.dispose());
  });
  after(() => cleanUp.run());

  it('holds what a user needs, and nothing else', () => {
    const files = filesBelow(installed);
    const stray = files.filter(
      (file) =>
        !/^(dist\/nodes\/|resources\/|examples\/|docs\/|README\.md$|LICENSE$|CHANGELOG\.md$|package\.json$)/.test(file),
    );
    expect(stray).to.deep.equal([]);
    expect(files.filter((file) => /\.(map|test\.\w+|tsbuildinfo)$|(?<!\.d)\.ts$/.test(file))).to.deep.equal([]);
    for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) expect(files).to.include(file);
    for (const file of readdirSync(join(root, 'examples'))) expect(files).to.include(`examples/${file}`);
  });

  it('brings every node with its dialog, help, texts and icon', () => {
    const { 'node-red': section } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    for (const [name, file] of Object.entries(section.nodes as Record<string, string>)) {
      expect(existsSync(join(installed, file)), file).to.equal(true);
      expect(existsSync(join(installed, file.replace(/\.js$/, '.html'))), `${name}.html`).to.equal(true);
      const texts = join(installed, 'dist', 'nodes', name, 'locales', 'en-US');
      expect(existsSync(join(texts, `${name}.json`)), `${name}.json`).to.equal(true);
      expect(existsSync(join(texts, `${name}.html`)), `help of ${name}`).to.equal(true);
    }
  });

  it('all nodes are in the palette, without an error', async () => {
    const sets = (await nodeRed.admin<NodeSet[]>('GET', '/nodes')).filter((set) => set.module === NAME);
    expect(sets.flatMap((set) => set.types).sort()).to.deep.equal(TYPES);
    expect(sets.filter((set) => !set.enabled || set.err)).to.deep.equal([]);
  });

  it('the editor gets their definitions, in one category', async () => {
    const response = await fetch(`http://127.0.0.1:${nodeRed.adminPort}/nodes`, { headers: { accept: 'text/html' } });
    const html = await response.text();
    for (const type of TYPES) {
      expect(html).to.include(`data-template-name="${type}"`);
      expect(html).to.match(new RegExp(`registerType\\(\\s*['"]${type}['"]`));
    }
    expect([...html.matchAll(/category:\s*'(HL7)'/g)].length).to.equal(TYPES.length - 1);
  });

  it('their icons are served', async () => {
    const icons = await nodeRed.admin<Record<string, string[]>>('GET', '/icons');
    const own = icons[NAME] ?? [];
    expect(own.length).to.be.at.least(TYPES.length - 1);
    for (const icon of own) {
      const response = await fetch(`http://127.0.0.1:${nodeRed.adminPort}/icons/${NAME}/${icon}`);
      expect(response.status, icon).to.equal(200);
      expect(response.headers.get('content-type'), icon).to.match(/svg/);
      await response.arrayBuffer();
    }
  });

  it('what the dialogs share is served', async () => {
    const response = await fetch(`http://127.0.0.1:${nodeRed.adminPort}/nodes`, { headers: { accept: 'text/html' } });
    const loaded = [...(await response.text()).matchAll(/<script src="(resources\/[^"]+)">/g)].map(
      (found) => found[1]!,
    );
    const own = new Set(loaded.filter((url) => url.startsWith(`resources/${NAME}/`)));
    const files = filesBelow(join(root, 'resources'));
    expect(files).to.include.members(['lib/settings.js', 'lib/hl7-database-rules.js']);
    expect([...own]).to.have.members(files.map((file) => `resources/${NAME}/${file}`));
    for (const url of own) {
      const served = await fetch(`http://127.0.0.1:${nodeRed.adminPort}/${url}`);
      expect(served.status, url).to.equal(200);
      expect(served.headers.get('content-type'), url).to.match(/javascript/);
      expect(await served.text()).to.equal(
        readFileSync(join(root, 'resources', url.slice(`resources/${NAME}/`.length)), 'utf8'),
      );
    }
  });

  it('the examples stand in the import menu', async () => {
    const titles = readdirSync(join(root, 'examples')).map((file) => file.replace(/\.json$/, ''));
    const listed = await nodeRed.admin<unknown>('GET', `/library/examples/flows/${NAME}`);
    const text = JSON.stringify(listed);
    for (const title of titles) expect(text).to.include(title);
  });

  it('a flow runs: the message is stored and acknowledged', async () => {
    const client = await MllpClient.connect({ port });
    cleanUp.add(() => client.destroy());
    const sent = message({ size: 2000 });
    const answer = await client.send(sent);
    expect(messageParts(answer).code).to.equal('AA');
    const rows = await nodeRed.table().byControlId(messageParts(sent).controlId);
    expect(rows.map((row) => row.raw.toString())).to.deep.equal([sent]);
  });

  it('the log names no fault', () => {
    expect(nodeRed.log).to.not.match(/\[error\]|\[warn\] \[|deprecat|Cannot find module/i);
  });
});
