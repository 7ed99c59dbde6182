/** A Node-RED with its editor and a browser beside it, for one file of tests. */
import { join } from 'node:path';
import type { Context, Test } from 'mocha';
import { type Browser, chromium } from 'playwright-core';
import { type FlowNode, NodeRed } from '../support/node-red';
import { chromiumPath, needs, root } from '../support/require';
import { CleanUp, tempFolder } from '../support/temp';
import { Editor } from './page';

/** The package's name, as the import dialog shows it. */
export const PACKAGE = (require(join(root, 'package.json')) as { name: string }).name;

/** A browser that reaches nothing but this machine. */
function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--no-first-run',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

export class Workbench {
  private readonly cleanUp = new CleanUp();
  private readonly pictures = process.env.HL7_TEST_SCREENSHOTS || join(tempFolder('editor'), 'screenshots');
  private editors: Editor[] = [];

  private constructor(
    readonly nodeRed: NodeRed,
    readonly browser: Browser,
  ) {}

  /**
   * Starts both; skips the suite when there is no Chromium.
   * @param context `this` of a before hook.
   */
  static async start(context: Context, flows: FlowNode[], env: Record<string, string> = {}): Promise<Workbench> {
    needs(context, 'chromium', chromiumPath());
    const [nodeRed, browser] = await Promise.allSettled([
      NodeRed.start({ flows, env, editor: true }),
      launchChromium(),
    ]);
    if (nodeRed.status === 'fulfilled' && browser.status === 'fulfilled')
      return new Workbench(nodeRed.value, browser.value);
    if (nodeRed.status === 'fulfilled') await nodeRed.value.dispose();
    if (browser.status === 'fulfilled') await browser.value.close();
    throw [nodeRed, browser].find((one) => one.status === 'rejected')?.reason;
  }

  /** Opens one more editor. */
  async open(): Promise<Editor> {
    const editor = await Editor.open(this.browser, `http://127.0.0.1:${this.nodeRed.adminPort}/`, this.pictures);
    this.editors.push(editor);
    return editor;
  }

  later(step: () => unknown): void {
    this.cleanUp.add(step);
  }

  /** After a failed test: a picture of each editor, named after the test. */
  async keep(test: Test | undefined): Promise<void> {
    if (test?.state !== 'failed') return;
    const name = test.title.replace(/[^\w-]+/g, '-').slice(0, 60);
    for (const [index, editor] of this.editors.entries()) await editor.picture(`failed-${name}-${index}`);
  }

  /** What went wrong in the editors since they were opened, and what Node-RED did not foresee. */
  faults(): string[] {
    const unforeseen = /^.*(?:Uncaught|UnhandledPromise|TypeError|ReferenceError|Error stopping node).*$/gm;
    return [...this.editors.flatMap((editor) => editor.faults), ...(this.nodeRed.log.match(unforeseen) ?? [])];
  }

  async close(): Promise<void> {
    this.editors = [];
    this.cleanUp.add(() => this.nodeRed.dispose());
    this.cleanUp.add(() => this.browser.close());
    await this.cleanUp.run();
  }
}
