/**
 * `npm start`: a real Node-RED with a shipped example flow deployed. The data and the flow as the user changed it stay in
 * the data folder from one start to the next.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { MLLP_IN } from '../nodes/common/settings-table/mllp-in';
import { numberIn } from '../nodes/common/settings-table/setting';
import { type DatabaseConfig, type DatabaseCredentials, databaseOptions } from '../nodes/hl7-database/settings';
import { databaseKind, dialectFor } from '../nodes/lib/store';
import { provideCertificate } from './demo-certificate';

const root = resolve(__dirname, '..', '..');

interface Place {
  mllpHost: string;
  mllpPort: number;
  editorPort: number;
  dataDir: string;
}

/** The places in force; the example flows read the same variables. */
function places(): Place {
  const port = (name: string, fallback: number): number => {
    const text = process.env[name] || String(fallback);
    const value = numberIn(MLLP_IN.port, text);
    if (value === undefined) stop(`${name} must be a port: a whole number from 1 to 65535, in digits only.`);
    process.env[name] = text;
    return value;
  };
  process.env.HL7_MLLP_HOST ||= '127.0.0.1';
  process.env.HL7_DATA_DIR = resolve(root, process.env.HL7_DATA_DIR || '.hl7-logger');
  const mllpPort = port('HL7_MLLP_PORT', 2575);
  port('HL7_MLLP_TLS_PORT', mllpPort + 1);
  return {
    mllpHost: process.env.HL7_MLLP_HOST,
    mllpPort,
    editorPort: port('HL7_EDITOR_PORT', 1880),
    dataDir: process.env.HL7_DATA_DIR,
  };
}

function stop(message: string): never {
  console.error(`\n${message}\n`);
  process.exit(1);
}

/** The example to run: by its title as in the editor's menu, or by its number. */
function chooseExample(wanted: string | undefined): string {
  const titles = readdirSync(join(root, 'examples'))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
  const title = titles.find((t) => t === wanted || t.startsWith(`${wanted ?? '01'} - `));
  return title ?? stop(`There is no example "${wanted}". Choose one of:\n  ${titles.join('\n  ')}`);
}

/** Where Node-RED keeps the credentials of a flow file. */
function credentialsFile(flowFile: string): string {
  return flowFile.replace(/\.json$/, '_cred.json');
}

/** The credentials of a flow file by node, as long as Node-RED has not encrypted them. */
function plainCredentials(flowFile: string): Record<string, DatabaseCredentials> {
  try {
    return JSON.parse(readFileSync(credentialsFile(flowFile), 'utf8'));
  } catch {
    return {};
  }
}

/**
 * Copies an example into the data folder. Its credentials, which name environment variables, go into the file that Node-RED
 * keeps them in: it reads none from a flow file.
 */
function copyExample(example: string, to: string): void {
  const nodes = JSON.parse(readFileSync(join(root, 'examples', `${example}.json`), 'utf8')) as {
    id: string;
    credentials?: object;
  }[];
  const kept = nodes.flatMap(({ id, credentials }) => (credentials ? [[id, credentials]] : []));
  const flow = nodes.map(({ credentials: _credentials, ...node }) => node);
  if (kept.length > 0) {
    writeFileSync(credentialsFile(to), JSON.stringify(Object.fromEntries(kept), null, 2));
  }
  writeFileSync(to, `${JSON.stringify(flow, null, 2)}\n`);
}

/** Where a flow's messages are kept: a file, or a table on a server; or why that cannot be said. */
function dataPlaces(flow: string, credentials: Record<string, DatabaseCredentials>, dataDir: string): string[] {
  const nodes = JSON.parse(flow) as (DatabaseConfig & { id: string; type: string })[];
  const found = nodes
    .filter(({ type }) => type === 'hl7-database')
    .map((config) => {
      try {
        // User and password may be stored encrypted, and are not part of the place.
        const login = credentials[config.id] ?? { user: '-', password: '-' };
        const options = databaseOptions({ ...config, tls: '' }, login, { userDir: dataDir });
        const { location } = dialectFor(options);
        return options.dialect === 'sqlite'
          ? location
          : `${databaseKind(options.dialect)?.title} ${location}, table hl7_messages`;
      } catch (error) {
        return `not yet: ${(error as Error).message}`;
      }
    });
  return [...new Set(found)];
}

function portIsTaken(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port });
    socket.setTimeout(1000);
    const end = (taken: boolean) => (): void => {
      socket.destroy();
      done(taken);
    };
    socket.on('connect', end(true)).on('error', end(false)).on('timeout', end(false));
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', failed);
      server.on('error', (error) => console.error(`The editor's server reports: ${error.message}`));
      done();
    });
  });
}

async function main(): Promise<void> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 9)) {
    stop(
      'Node-RED 5 needs Node 22.9 or later. Run "npm install" again: it brings Node 24 along, which npm start uses.',
    );
  }
  const { mllpHost, mllpPort, editorPort, dataDir } = places();
  const example = chooseExample(process.argv[2]);
  mkdirSync(dataDir, { recursive: true });
  const flowFile = `${example}.flow.json`;
  if (!existsSync(join(dataDir, flowFile))) {
    copyExample(example, join(dataDir, flowFile));
  }

  const advice = 'Stop the program that uses it (perhaps another npm start)';
  const server = createServer();
  await listen(server, editorPort).catch((error: NodeJS.ErrnoException) =>
    stop(
      error.code === 'EADDRINUSE'
        ? `Port ${editorPort} for the editor is in use. ${advice}, or choose another: HL7_EDITOR_PORT=1881 npm start`
        : `The editor cannot listen on 127.0.0.1:${editorPort} (${error.code}). Choose another port with HL7_EDITOR_PORT.`,
    ),
  );
  if (await portIsTaken(mllpHost === '0.0.0.0' ? '127.0.0.1' : mllpHost, mllpPort)) {
    stop(`Port ${mllpPort} for MLLP is in use. ${advice}, or choose another: HL7_MLLP_PORT=2576 npm start`);
  }

  const flow = readFileSync(join(dataDir, flowFile), 'utf8');
  const credentials = plainCredentials(join(dataDir, flowFile));
  if (flow.includes('HL7_TLS_CERT')) await provideCertificate(dataDir);

  // Both are CommonJS; node-red has no types of its own for an embedded start that fit here.
  const RED = require('node-red');
  const express = require(require.resolve('express', { paths: [require.resolve('node-red')] }));
  const app = express();
  server.on('request', app);
  RED.init(server, {
    userDir: dataDir,
    flowFile,
    flowFilePretty: true,
    nodesDir: [root],
    httpAdminRoot: '/',
    httpNodeRoot: '/api',
    uiHost: '127.0.0.1',
    uiPort: editorPort,
    // Those that are not named follow in their usual order.
    paletteCategories: ['HL7'],
    functionGlobalContext: { hl7: require('../nodes/lib') },
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, page: { title: 'HL7 Logger' }, header: { title: 'HL7 Logger' } },
    logging: { console: { level: 'info', metrics: false, audit: false } },
  });
  app.use('/', RED.httpAdmin);
  app.use('/api', RED.httpNode);

  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    // Whatever hangs, the process ends: what was not acknowledged will be sent again.
    setTimeout(() => process.exit(1), 8000).unref();
    server.close();
    server.closeAllConnections();
    Promise.resolve(RED.stop()).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  process.on('SIGHUP', end);

  // The second terminal knows nothing of the first one's variables.
  const elsewhere = mllpPort === 2575 ? '' : ` with HL7_MLLP_PORT=${mllpPort}`;
  RED.events.once('flows:started', () => {
    console.log(
      [
        '',
        `HL7 Logger runs the flow "${example}".`,
        `  Editor       http://127.0.0.1:${editorPort}/`,
        `  MLLP         ${mllpHost}:${mllpPort}`,
        ...dataPlaces(flow, credentials, dataDir).map((place) => `  Data         ${place}`),
        `  First message, from a second terminal in this folder${elsewhere}:  npm run send`,
        '  Stop with Ctrl-C.',
        '',
      ].join('\n'),
    );
  });
  await RED.start();
}

main().catch((error: unknown) => stop(error instanceof Error ? error.message : String(error)));
