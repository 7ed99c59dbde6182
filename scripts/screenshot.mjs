// `npm run screenshot`: docs/flow.png, the flow of `npm start` in the editor after a message. Needs Chromium.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.HL7_TEST_CHROMIUM || places.find((place) => existsSync(place));
if (!executablePath) {
  console.error('There is no Chromium. Install it, or name one in HL7_TEST_CHROMIUM.');
  process.exit(1);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const dataDir = mkdtempSync(join(tmpdir(), 'hl7-screenshot-'));
const ports = { HL7_EDITOR_PORT: String(await freePort()), HL7_MLLP_PORT: String(await freePort()) };
const env = { ...process.env, ...ports, HL7_DATA_DIR: dataDir, HL7_MLLP_HOST: '127.0.0.1' };
const run = (name) => spawn(process.execPath, [join(root, 'dist', 'scripts', `${name}.js`)], { env });
const nodeRed = run('start');
let browser;
try {
  await new Promise((resolve, reject) => {
    let output = '';
    const take = (chunk) => {
      output += chunk;
      if (output.includes('npm run send')) resolve();
    };
    nodeRed.stdout.on('data', take);
    nodeRed.stderr.on('data', take);
    nodeRed.once('exit', () => reject(new Error(`Node-RED did not start:\n${output}`)));
  });
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1760, height: 640 }, locale: 'en-US' });
  await page.goto(`http://127.0.0.1:${ports.HL7_EDITOR_PORT}/`);
  await page.locator('#red-ui-palette-container .red-ui-palette-node').first().waitFor();
  await page.locator('.red-ui-flow-node').first().waitFor();
  await new Promise((resolve) => run('send').once('exit', resolve));
  // The statuses of the nodes tell that the message went through.
  await page.getByText('AA 1', { exact: true }).first().waitFor();
  // Hints of the editor go away by themselves.
  await page.addStyleTag({ content: '.red-ui-notification { display: none }' });
  await page.screenshot({ path: join(root, 'docs', 'flow.png') });
} finally {
  await browser?.close();
  nodeRed.removeAllListeners('exit');
  nodeRed.kill('SIGTERM');
  await new Promise((resolve) => nodeRed.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
}
