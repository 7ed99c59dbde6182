/** A real Node-RED, headless, in a process and a user folder of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Child } from './child';
import { LogTable } from './log-table';
import { freePort, isListening } from './ports';
import { root } from './require';
import { dropFolder, tempFolder } from './temp';
import { until, within } from './wait';

/** A node of a flow file. */
export interface FlowNode {
  id: string;
  type: string;
  z?: string;
  wires?: string[][];
  [property: string]: unknown;
}

export interface NodeRedOptions {
  flows: FlowNode[];
  /** Environment of the process; the flows may read it. */
  env?: Record<string, string>;
  /** Where it keeps its data; by default a folder that `dispose` removes. */
  userDir?: string;
  /** Folder of the package under test; false when it is installed in the user folder. */
  nodesDir?: string | false;
  /** Serve the editor too (`GET /icons` and the like). */
  editor?: boolean;
  /** Listeners to wait for, besides "Started flows". */
  ports?: number[];
  /** Further settings of Node-RED, such as `adminAuth`. */
  settings?: object;
  /** Options for Node.js itself. */
  execArgv?: string[];
}

/** Folder of the Node-RED under test: HL7_TEST_NODE_RED, or the one that npm installed. */
export function nodeRedFolder(): string {
  return process.env.HL7_TEST_NODE_RED || dirname(require.resolve('node-red/package.json'));
}

/** The version of the Node-RED under test. */
export function nodeRedVersion(): string {
  return (require(join(nodeRedFolder(), 'package.json')) as { version: string }).version;
}

export class NodeRed {
  readonly userDir: string;
  private readonly own: boolean;
  private child: Child | undefined;
  private earlier = '';

  private constructor(
    private readonly options: NodeRedOptions,
    /** The admin API's port. */
    readonly adminPort: number,
  ) {
    this.own = options.userDir === undefined;
    this.userDir = options.userDir ?? tempFolder('node-red');
  }

  /**
   * Starts it and waits until its flows and the listeners run.
   * @throws Error with its log when it does not start.
   */
  static async start(options: NodeRedOptions): Promise<NodeRed> {
    const nodeRed = new NodeRed(options, await freePort());
    try {
      nodeRed.prepare();
      await nodeRed.launch();
    } catch (error) {
      await nodeRed.dispose();
      throw error;
    }
    return nodeRed;
  }

  private prepare(): void {
    const { nodesDir = root, editor = false, flows, settings: further } = this.options;
    mkdirSync(this.userDir, { recursive: true });
    const settings = {
      flowFile: 'flows.json',
      uiHost: '127.0.0.1',
      uiPort: this.adminPort,
      disableEditor: !editor,
      credentialSecret: false,
      nodesDir: nodesDir === false ? [] : [nodesDir],
      telemetry: { enabled: false, updateNotification: false },
      editorTheme: { tours: false },
      externalModules: { palette: { allowInstall: false } },
      logging: { console: { level: 'info', metrics: false, audit: false } },
      ...further,
    };
    writeFileSync(join(this.userDir, 'settings.js'), `module.exports = ${JSON.stringify(settings, null, 2)};\n`);
    // Node-RED reads credentials from a file of their own only.
    const kept = flows.flatMap(({ id, credentials }) => (credentials ? [[id, credentials]] : []));
    if (kept.length > 0) writeFileSync(join(this.userDir, 'flows_cred.json'), JSON.stringify(Object.fromEntries(kept)));
    writeFileSync(
      join(this.userDir, 'flows.json'),
      JSON.stringify(flows.map((node) => ({ ...node, credentials: undefined }))),
    );
  }

  private async launch(): Promise<void> {
    const { env = {}, ports = [], execArgv = [] } = this.options;
    this.earlier = this.log;
    const script = join(nodeRedFolder(), 'red.js');
    const args = [...execArgv, script, '-u', this.userDir, '-s', join(this.userDir, 'settings.js')];
    const child = new Child(process.execPath, args, { cwd: this.userDir, env });
    this.child = child;
    await child.printed(/Started flows/, 60_000);
    for (const port of ports) await this.listens(port);
  }

  /** Waits until something accepts connections on the port. */
  async listens(port: number): Promise<void> {
    try {
      await until(`a listener on port ${port}`, () => this.isRunning && isListening(port), 20_000);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n--- log ---\n${this.log.slice(-6000)}`);
    }
  }

  /** Everything it logged, over all its starts. */
  get log(): string {
    return this.earlier + (this.child?.output ?? '');
  }

  get isRunning(): boolean {
    return this.child?.isRunning ?? false;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Waits for a line in the log; `from` is a position in `log`. */
  async logged(pattern: RegExp, timeoutMs = 15_000, from = 0): Promise<RegExpExecArray> {
    try {
      return await until(`a log line ${pattern}`, () => pattern.exec(this.log.slice(from)), timeoutMs);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n--- log ---\n${this.log.slice(from).slice(-6000)}`);
    }
  }

  /** The message log that the flows write. */
  table(file = 'hl7-log.sqlite'): LogTable {
    return new LogTable(join(this.userDir, file));
  }

  /** Calls the admin API; anything but a 2xx answer is an error. */
  async admin<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.adminPort}${path}`, {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Deploys flows and waits until they run. */
  async deploy(flows: FlowNode[], how: 'full' | 'nodes' | 'flows' = 'nodes'): Promise<void> {
    const from = this.log.length;
    await this.admin('POST', '/flows', flows, { 'Node-RED-Deployment-Type': how });
    await this.logged(/Started (modified )?(flows|nodes)/, 20_000, from);
  }

  /**
   * Asks it to stop (SIGTERM, or what is named) and waits.
   * @returns the exit code.
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 20_000): Promise<number | null> {
    const child = this.child;
    if (!child) return null;
    child.signal(signal);
    return within('Node-RED to end', child.exit, timeoutMs);
  }

  /** Kills it (SIGKILL): no handler runs, nothing is flushed. */
  async kill(): Promise<void> {
    await this.child?.kill();
  }

  /** Starts it again in the same folder, after `stop` or `kill`. */
  async restart(): Promise<void> {
    if (this.isRunning) throw new Error('It runs still.');
    await this.launch();
  }

  /** Ends it by all means and removes its folder. */
  async dispose(): Promise<void> {
    await this.kill();
    if (this.own) dropFolder(this.userDir);
  }
}
