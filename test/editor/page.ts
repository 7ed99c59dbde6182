/** The Node-RED editor as a person uses it: by mouse and keyboard, on what is to be seen. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { until } from '../support/wait';

/** Milliseconds for anything to appear in the editor: a busy machine needs many. */
const APPEARS_MS = 20_000;
/** The one server outside that the editor asks by itself: the catalogue of the palette manager. */
const CATALOGUE = /^https:\/\/catalogue\.nodered\.org\//;

/** The editor's own hints at the side, when they are due before their place is there: on a busy machine only. */
const EARLY_TIP = /^TypeError: .*reading 'html'[^\n]*\n *at \w+ \(\S*\/red\/red\.min\.js\S*\)$/;

export interface Point {
  x: number;
  y: number;
}

export class Editor {
  /** Errors in the console, uncaught errors of scripts, failed requests and answers above 399. */
  readonly faults: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
    private readonly pictures: string,
  ) {
    page.setDefaultTimeout(APPEARS_MS);
    page.on('pageerror', (error) => {
      const text = error.stack ?? error.message;
      if (!EARLY_TIP.test(text)) this.faults.push(`script: ${text}`);
    });
    page.on('console', (line) => {
      // What a failed request says in the console is told once, as the request.
      if (line.type() === 'error' && !/Failed to load resource/.test(line.text()))
        this.faults.push(`console: ${line.text()}`);
    });
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      if (CATALOGUE.test(request.url()) || reason === 'net::ERR_ABORTED') return;
      this.faults.push(`request: ${request.url()} ${reason}`);
    });
    page.on('response', (response) => {
      if (response.status() > 399) this.faults.push(`answer: ${response.status()} ${response.url()}`);
    });
    // Leaving a page with changes that are not deployed.
    page.on('dialog', (dialog) => {
      dialog.accept().catch(() => undefined);
    });
  }

  /**
   * Opens the editor and waits until its palette and a flow are there.
   * @param pictures folder for screenshots.
   */
  static async open(browser: Browser, url: string, pictures: string): Promise<Editor> {
    const page = await browser.newPage({ viewport: { width: 1500, height: 900 }, locale: 'en-US' });
    const editor = new Editor(page, url, pictures);
    await editor.load();
    return editor;
  }

  /** Loads the editor anew; what was not deployed is gone. */
  async load(): Promise<void> {
    await this.page.goto(this.url);
    await this.page.locator('#red-ui-palette-container .red-ui-palette-node').first().waitFor();
    await until('an open flow', () => this.ask<boolean>('Boolean(window.RED && RED.workspaces.active())'));
  }

  /** The value of a script expression in the page. */
  ask<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression) as Promise<T>;
  }

  /** Runs one of the editor's own actions, as its menus and keys do. */
  async action(name: string): Promise<void> {
    await this.ask(`RED.actions.invoke(${JSON.stringify(name)}), true`);
  }

  /** Chooses the theme in the user settings. */
  async useTheme(theme: 'light' | 'dark'): Promise<void> {
    await this.action('core:show-user-settings');
    await this.trayRests();
    await this.page.locator('#user-settings-view-dark-theme').selectOption(theme);
    await this.leaveDialog('#node-dialog-ok');
    await until(`the ${theme} theme`, () =>
      this.ask<boolean>(`document.documentElement.classList.contains('nr-theme-dark') === ${theme === 'dark'}`),
    );
  }

  async picture(name: string): Promise<void> {
    mkdirSync(this.pictures, { recursive: true });
    await this.page.screenshot({ path: join(this.pictures, `${name}.png`) });
  }

  // Palette

  /** The entries of one category, from top to bottom. */
  palette(category: string): Locator {
    return this.page.locator(`#red-ui-palette-${category} .red-ui-palette-node`);
  }

  paletteNode(type: string): Locator {
    return this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
  }

  /** The width of the picture behind an address as the browser loads it: 0 when there is none. */
  pictureWidth(url: string): Promise<number> {
    return this.ask<number>(`new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve(image.naturalWidth);
      image.onerror = () => resolve(0);
      image.src = ${JSON.stringify(url)};
    })`);
  }

  /** Drags a node from the palette to a place of the open flow. */
  async drag(type: string, to: Point): Promise<string> {
    const known = new Set(await this.nodesOfFlow());
    const entry = this.paletteNode(type);
    await entry.scrollIntoViewIfNeeded();
    const chart = await this.boxOf(this.page.locator('#red-ui-workspace-chart'));
    await this.dragMouse(await this.middleOf(entry), { x: chart.x + to.x, y: chart.y + to.y });
    return until(`a new ${type}`, async () => (await this.nodesOfFlow()).find((id) => !known.has(id)));
  }

  // Flows

  /** Ids of the nodes that the open flow shows. */
  nodesOfFlow(): Promise<string[]> {
    return this.ask<string[]>(`[...document.querySelectorAll('g.red-ui-flow-node-group')].map((node) => node.id)`);
  }

  node(id: string): Locator {
    return this.page.locator(`g[id="${id}"]`);
  }

  /** The red triangle of a node whose settings are not valid. */
  triangle(id: string): Locator {
    return this.node(id).locator('.red-ui-flow-node-error');
  }

  /** What stands under a node on the canvas. */
  async status(id: string): Promise<string> {
    return (await this.node(id).locator('.red-ui-flow-node-status-label').textContent()) ?? '';
  }

  /** Waits until the status matches. */
  async shows(id: string, pattern: RegExp): Promise<void> {
    let last = '';
    try {
      await until(
        `status ${pattern}`,
        async () => {
          last = await this.status(id);
          return pattern.test(last);
        },
        APPEARS_MS,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}; it is "${last}"`);
    }
  }

  async openFlow(label: string): Promise<void> {
    await this.page.locator('#red-ui-workspace-tabs .red-ui-tab', { hasText: label }).first().click();
    await until(`the flow ${label}`, () =>
      this.ask<boolean>(`RED.nodes.workspace(RED.workspaces.active())?.label === ${JSON.stringify(label)}`),
    );
    await this.page.locator('g.red-ui-flow-node-group').first().waitFor();
  }

  /** Draws a wire from an output to the input of another node. */
  async wire(from: string, to: string, output = 0): Promise<void> {
    const start = this.node(from).locator('.red-ui-flow-port-output .red-ui-flow-port').nth(output);
    const end = this.node(to).locator('.red-ui-flow-port-input .red-ui-flow-port');
    await this.dragMouse(await this.middleOf(start), await this.middleOf(end));
    await until('the wire', () =>
      this.ask<boolean>(
        `RED.nodes.filterLinks({}).some((link) => link.source.id === '${from}' && link.target.id === '${to}')`,
      ),
    );
  }

  // Dialogs

  get tray(): Locator {
    return this.page.locator('.red-ui-tray').last();
  }

  field(property: string): Locator {
    return this.tray.locator(`#node-input-${property}`);
  }

  configField(property: string): Locator {
    return this.tray.locator(`#node-config-input-${property}`);
  }

  /** Types a value, and leaves the field as the Tab key does. */
  async type(field: Locator, value: string): Promise<void> {
    await field.fill(value);
    await field.press('Tab');
  }

  /** Double-clicks a node and waits for its dialog. */
  async openDialog(id: string): Promise<void> {
    // A double-click right after another dialog was closed may meet nothing.
    await until('the dialog', async () => {
      await this.node(id).locator('.red-ui-flow-node').first().dblclick();
      return this.tray.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
    });
    await this.trayRests();
  }

  /** Presses a button of the dialog on top, and waits until it is gone and the one below, if any, is back. */
  async leaveDialog(button: '#node-dialog-ok' | '#node-dialog-cancel' | '#node-config-dialog-ok'): Promise<void> {
    const top = await this.tray.elementHandle();
    await this.page.locator(button).click();
    await top?.waitForElementState('hidden');
    if ((await this.page.locator('.red-ui-tray').count()) > 0) await this.trayRests();
  }

  /** Waits until the dialog on top has slid in. */
  async trayRests(): Promise<void> {
    let last = '';
    await this.tray.waitFor();
    await until('the dialog to rest', async () => {
      const place = JSON.stringify(await this.tray.boundingBox());
      const rests = place === last;
      last = place;
      return rests;
    });
  }

  /** What the editor says about a field when the mouse rests on it. */
  async reason(field: Locator): Promise<string> {
    const popover = this.page.locator('.red-ui-popover:visible').last();
    return until('a reason', async () => {
      await this.page.mouse.move(1, 1);
      await popover.waitFor({ state: 'hidden' });
      await field.hover();
      // None comes when the field moves away from under the mouse, since something above or below it has changed.
      const came = await popover.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      );
      return came && ((await popover.textContent()) ?? '').trim();
    });
  }

  // Import and deployment

  /** Imports a shipped example through the menu, and opens its flow. */
  async importExample(packageName: string, title: string, flow: string): Promise<void> {
    await this.page.locator('#red-ui-header-button-sidemenu').click();
    await this.page.locator('#menu-item-import').click();
    const dialog = this.page.locator('#red-ui-clipboard-dialog');
    await dialog.waitFor();
    const examples = dialog.locator('#red-ui-clipboard-dialog-import-tab-examples');
    const entry = (text: string): Locator =>
      examples.locator('.red-ui-treeList-label', {
        has: this.page.locator('.red-ui-treeList-label-text', { hasText: new RegExp(`^${escaped(text)}$`) }),
      });
    // Older editors go back to the first tab once the dialog has come up.
    await until('the examples to be listed', async () => {
      await dialog.locator('#red-ui-tab-red-ui-clipboard-dialog-import-tab-examples').click();
      return entry(packageName).isVisible();
    });
    await entry(packageName).click();
    const ok = this.page.locator('#red-ui-clipboard-dialog-ok');
    // The list may still be sliding open, and a click then meet nothing, or the entry that was there before.
    await until('the example to be chosen', async () => {
      await entry(title).click();
      return (await ok.isEnabled()) && /\bselected\b/.test((await entry(title).getAttribute('class')) ?? '');
    });
    await ok.click();
    await dialog.waitFor({ state: 'hidden' });
    await this.openFlow(flow);
  }

  /** Chooses how to deploy, as the menu beside the button does. */
  async deployType(how: 'full' | 'flow' | 'node'): Promise<void> {
    await this.page.locator('#red-ui-header-button-deploy-options').click();
    await this.page.locator(`#deploymenu-item-${how}`).click();
  }

  async deploy(): Promise<void> {
    const button = this.page.locator('#red-ui-header-button-deploy:not(.disabled)');
    const answered = this.page.waitForResponse(
      (response) => response.request().method() === 'POST' && /\/flows$/.test(response.url()),
    );
    await button.click();
    const response = await answered;
    if (!response.ok()) throw new Error(`The deployment was answered ${response.status()}.`);
    await this.page.locator('#red-ui-header-button-deploy.disabled').waitFor();
  }

  // Mouse

  private async boxOf(element: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
    await element.waitFor();
    const box = await element.boundingBox();
    if (box === null) throw new Error(`Not to be seen: ${element}`);
    return box;
  }

  private async middleOf(element: Locator): Promise<Point> {
    const box = await this.boxOf(element);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  private async dragMouse(from: Point, to: Point): Promise<void> {
    const { mouse } = this.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move(to.x, to.y, { steps: 15 });
    await mouse.up();
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
