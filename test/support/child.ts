/** A child process that is surely gone in the end, with everything it printed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { until } from './wait';

export interface ChildOptions {
  cwd?: string;
  /** Added to this process's environment; undefined removes a variable. */
  env?: Record<string, string | undefined>;
}

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
// Without a listener a signal ends the process past its exit handlers, and the children stay.
for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(1));
}

/** This process's environment without what would change a child's behaviour under test. */
function environment(extra: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of Object.keys(env)) {
    if (name.startsWith('HL7_') || name === 'NODE_V8_COVERAGE' || name === 'NODE_OPTIONS' || name === 'NODE_RED_HOME') {
      delete env[name];
    }
  }
  for (const [name, value] of Object.entries(extra)) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  return env;
}

export class Child {
  private readonly child: ChildProcess;
  private text = '';
  private readonly gone: Promise<number | null>;
  private ended = false;

  constructor(command: string, args: string[], options: ChildOptions = {}) {
    this.child = spawn(command, args, {
      cwd: options.cwd,
      env: environment(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    running.add(this.child);
    const take = (chunk: string): void => {
      this.text += chunk;
    };
    this.child.stdout?.setEncoding('utf8').on('data', take);
    this.child.stderr?.setEncoding('utf8').on('data', take);
    this.gone = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.text += `\n${error.message}\n`;
        this.finish(resolve, null);
      });
      this.child.once('close', (code) => this.finish(resolve, code));
    });
  }

  private finish(resolve: (code: number | null) => void, code: number | null): void {
    this.ended = true;
    running.delete(this.child);
    resolve(code);
  }

  /** Everything printed so far, standard output and error together. */
  get output(): string {
    return this.text;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isRunning(): boolean {
    return !this.ended;
  }

  /** The exit code, null when a signal ended it. */
  get exit(): Promise<number | null> {
    return this.gone;
  }

  signal(name: NodeJS.Signals): void {
    if (!this.ended) this.child.kill(name);
  }

  /** Kills at once (SIGKILL) and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.gone;
  }

  /**
   * Waits for a text in what is printed from position `from` on.
   * @throws Error with the output when it does not come, or the process ends before.
   */
  async printed(pattern: RegExp, timeoutMs = 30_000, from = 0): Promise<RegExpExecArray> {
    try {
      return await until(
        `output matching ${pattern}`,
        () => {
          const found = pattern.exec(this.text.slice(from));
          if (!found && this.ended) throw new Error(`The process ended before it printed ${pattern}.`);
          return found;
        },
        timeoutMs,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}\n--- output ---\n${this.text.slice(from).slice(-6000)}`);
    }
  }
}
