import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { example } from '../support/flows';
import type { FlowNode } from '../support/node-red';
import { freePort } from '../support/ports';
import { needs, root } from '../support/require';
import { until } from '../support/wait';
import type { Editor } from './page';
import { READABLE, readings, SINCE_5 } from './readable';
import { PACKAGE, Workbench } from './workbench';

const PALETTE = [
  { type: 'hl7-mllp-in', label: 'mllp in' },
  { type: 'hl7-parse', label: 'hl7 parse' },
  { type: 'hl7-db-store', label: 'db store' },
  { type: 'hl7-ack-out', label: 'ack out' },
];
const EXAMPLES = readdirSync(join(root, 'examples'))
  .filter((name) => name.endsWith('.json'))
  .sort();
const SECTIONS = [
  { name: 'acknowledgment', title: 'Acknowledgment', state: 'by MSH-15/16, AR on failure, within 30 s' },
  { name: 'security', title: 'Security', state: 'TLS off, any peer' },
  { name: 'text', title: 'Text', state: 'as MSH-18 says' },
  { name: 'limits', title: 'Limits', state: 'frame 16 MB in 60 s, 500 connections' },
  { name: 'advanced', title: 'Advanced', state: '1 in flight, faulty frames refused' },
];

/** Script: what of these nodes lies beyond the canvas's edge, or on another one. */
function misplaced(ids: string[]): string {
  return `(() => {
    const boxes = ${JSON.stringify(ids)}.map((id) => RED.nodes.node(id)).map(({ id, x, y, w, h }) => ({
      id, left: x - w / 2, right: x + w / 2, top: y - h / 2, bottom: y + h / 2,
    }));
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const beyond = boxes.filter(({ left, top }) => left < 20 || top < 20);
    const covered = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => meet(a, b)));
    return [...beyond, ...covered];
  })()`;
}

describe('the editor: palette, examples, dialogs', function () {
  this.timeout(90_000);
  let bench: Workbench;
  let editor: Editor;

  before(async function () {
    const ports = { HL7_MLLP_PORT: String(await freePort()), HL7_MLLP_TLS_PORT: String(await freePort()) };
    const tls = join(root, 'test', 'fixtures', 'tls');
    const files = { HL7_TLS_CERT: join(tls, 'server.pem'), HL7_TLS_KEY: join(tls, 'server.key.pem') };
    bench = await Workbench.start(this, [], { ...ports, ...files });
    editor = await bench.open();
  });
  afterEach(function () {
    return bench?.keep(this.currentTest);
  });
  after(() => bench?.close());

  function section(name: string) {
    const details = editor.tray.locator(`details[data-section="${name}"]`);
    return {
      title: details.locator('summary > span').first(),
      state: details.locator('.hl7-state'),
      inside: details.locator('> div'),
      toggle: () => details.locator('summary').click(),
    };
  }

  async function expectPalette(): Promise<void> {
    const labels = await editor.palette('HL7').locator('.red-ui-palette-label').allTextContents();
    expect(labels.map((text) => text.replace(/\s+/g, ' '))).to.deep.equal(PALETTE.map(({ label }) => label));
    for (const { type } of PALETTE) {
      const icon = editor.paletteNode(type).locator('.red-ui-palette-icon-container');
      const address = (await icon.getAttribute('data-palette-icon')) ?? '';
      expect(address).to.equal(`icons/${PACKAGE}/${type}.svg`);
      expect(await editor.pictureWidth(address), address).to.be.greaterThan(0);
    }
  }

  async function expectReadable(): Promise<void> {
    const seen = await readings(editor.page);
    expect(seen.length).to.be.greaterThan(6);
    expect(seen.filter(({ contrast }) => contrast < READABLE)).to.deep.equal([]);
  }

  it('the palette shows the category HL7: labels in the order of a message’s path, icons, help', async () => {
    await expectPalette();
    for (const { type } of PALETTE) expect(await editor.ask(`RED.nodes.getNodeHelp('${type}')`)).to.match(/<p>.{20,}/);
    await editor.paletteNode('hl7-ack-out').scrollIntoViewIfNeeded();
    await editor.picture('palette');
  });

  for (const file of EXAMPLES) {
    const title = basename(file, '.json');
    it(`the import dialog offers "${title}"; all its nodes are known and valid`, async () => {
      const nodes = example(title.slice(0, 2));
      const tab = nodes.find(({ type }) => type === 'tab') as FlowNode;
      await editor.importExample(PACKAGE, title, tab.label as string);
      const onCanvas = nodes.filter(({ z }) => z !== undefined).map(({ id }) => id);
      expect(await editor.nodesOfFlow()).to.have.members(onCanvas);
      for (const { id, type } of nodes) {
        if (type === 'tab') continue;
        const [known, valid] = await editor.ask<[string, boolean]>(
          `[RED.nodes.node('${id}')._def.type || RED.nodes.node('${id}').type, RED.nodes.node('${id}').valid]`,
        );
        expect(known, id).to.equal(type);
        expect(valid, `${type} ${id}`).to.equal(true);
      }
      expect(await editor.page.locator('.red-ui-flow-node-unknown').count()).to.equal(0);
      for (const id of onCanvas) expect(await editor.triangle(id).isVisible(), id).to.equal(false);
      expect(await editor.ask(misplaced(onCanvas))).to.deep.equal([]);
      await editor.picture(`example ${title}`);
    });
  }

  describe('the dialog of mllp in', () => {
    let listener: string;

    before(async () => {
      await editor.load();
      listener = await editor.drag('hl7-mllp-in', { x: 200, y: 150 });
      await editor.openDialog(listener);
    });

    it('opens by double-click with what most people need, and good defaults', async () => {
      const values: Record<string, string> = {};
      for (const property of ['name', 'port', 'acknowledge'])
        values[property] = await editor.field(property).inputValue();
      expect(values).to.deep.equal({ name: '', port: '2575', acknowledge: 'flow' });
      expect(await editor.tray.locator('#hl7-mllp-in-listen').inputValue()).to.equal('127.0.0.1');
      expect(await editor.field('host').isVisible()).to.equal(false);
      expect(await editor.tray.locator('#hl7-mllp-in-test').isDisabled()).to.equal(true);
      expect(await editor.tray.locator('#hl7-mllp-in-result').textContent()).to.equal('Deploy the node to test it.');
      await expectReadable();
      await editor.picture('mllp in');
    });

    it('is hardly wider than other dialogs: its note breaks into lines', async () => {
      const note = editor.tray.locator('#hl7-mllp-in-note');
      expect((await editor.tray.boundingBox())?.width).to.be.at.most(560);
      expect((await note.boundingBox())?.width).to.be.greaterThan(250);
    });

    for (const { name, title, state } of SECTIONS) {
      it(`section ${title}: folded it says its state; it opens and folds again`, async () => {
        const { title: shown, state: line, inside, toggle } = section(name);
        expect(await shown.textContent()).to.equal(title);
        expect(await line.textContent()).to.equal(state);
        expect(await inside.isVisible()).to.equal(false);
        await toggle();
        await inside.waitFor();
        await editor.picture(`mllp in, ${title}`);
        await toggle();
        await inside.waitFor({ state: 'hidden' });
      });
    }

    it('a changed section says so when it is folded again', async () => {
      const { state, toggle } = section('limits');
      await toggle();
      await editor.type(editor.field('maxConnections'), '20');
      await toggle();
      expect(await state.textContent()).to.equal('frame 16 MB in 60 s, 20 connections');
    });

    it('TLS without a TLS configuration is an error that says what to do', async () => {
      const { toggle } = section('security');
      await toggle();
      expect(await editor.tray.locator('.hl7-tls').isVisible()).to.equal(false);
      await editor.field('usetls').check();
      await editor.tray.locator('.hl7-tls').waitFor();
      const choice = editor.tray.locator('#node-input-tls');
      await until('the error', async () => /input-error/.test((await choice.getAttribute('class')) ?? ''));
      expect(await editor.reason(choice)).to.equal('TLS configuration: choose one or add one, or turn TLS off.');
      await editor.picture('mllp in, TLS without configuration');
      await editor.field('usetls').uncheck();
      await until('no error', async () => !/input-error/.test((await choice.getAttribute('class')) ?? ''));
    });

    it('a blank number shows its default', async () => {
      expect(await editor.field('port').getAttribute('placeholder')).to.equal('2575');
      expect(await editor.field('window').getAttribute('placeholder')).to.equal('1');
    });

    for (const bad of ['99999', 'abc', '2575.5', '0x10']) {
      it(`the port "${bad}" is an error that says what to do`, async () => {
        const port = editor.field('port');
        await editor.type(port, bad);
        await until('the error', async () => /input-error/.test((await port.getAttribute('class')) ?? ''));
        expect(await editor.reason(port)).to.equal('Port: enter a whole number from 1 to 65535, in digits only.');
        if (bad === 'abc') await editor.picture('mllp in, bad port');
        await editor.type(port, '2576');
        await until('no error', async () => !/input-error/.test((await port.getAttribute('class')) ?? ''));
      });
    }

    it('a default charset that no listener can read is an error that says what to do', async () => {
      const { toggle } = section('text');
      await toggle();
      const charset = editor.field('charset');
      const offered = editor.tray.locator('#hl7-mllp-in-charsets option');
      expect(
        await offered.evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value)),
      ).to.include('8859/1');
      await editor.type(charset, 'klingon');
      await until('the error', async () => /input-error/.test((await charset.getAttribute('class')) ?? ''));
      expect(await editor.reason(charset)).to.equal(
        'Default charset: klingon is none that can be read over MLLP. Choose one from the list, such as 8859/1.',
      );
      await editor.type(charset, 'latin-1');
      await until('no error', async () => !/input-error/.test((await charset.getAttribute('class')) ?? ''));
      await toggle();
    });

    it('how UTF-8 under another MSH-18 is read is a choice, and stands in the line of its section', async () => {
      const { state, toggle } = section('text');
      await toggle();
      const choice = editor.field('utf8');
      expect(await choice.inputValue()).to.equal('trust');
      await editor.type(editor.field('charset'), '');
      await choice.selectOption('prefer');
      await toggle();
      expect(await state.textContent()).to.equal('UTF-8 text as UTF-8, else as MSH-18 says');
    });

    it('Cancel leaves the node as it was', async () => {
      await editor.leaveDialog('#node-dialog-cancel');
      const now = `(({ port, maxConnections, valid }) => [port, maxConnections, valid])(RED.nodes.node('${listener}'))`;
      expect(await editor.ask(now)).to.deep.equal(['2575', '500', true]);
    });

    it('a fault in a folded section: the node has its triangle, and the section is open the next time', async () => {
      await editor.openDialog(listener);
      await section('limits').toggle();
      await editor.type(editor.field('maxFrame'), 'much');
      await section('limits').toggle();
      await editor.leaveDialog('#node-dialog-ok');
      await editor.triangle(listener).waitFor();
      await editor.openDialog(listener);
      await section('limits').inside.waitFor();
      expect(await section('text').inside.isVisible()).to.equal(false);
      await editor.type(editor.field('maxFrame'), '16');
      await editor.leaveDialog('#node-dialog-ok');
      await editor.triangle(listener).waitFor({ state: 'hidden' });
    });
  });

  describe('the dark theme', () => {
    before(async function () {
      needs(this, 'node-red-5', SINCE_5, 'the older editor has no dark theme');
      await editor.load();
      await editor.useTheme('dark');
    });

    it('the palette is whole', async () => {
      await expectPalette();
      await editor.picture('dark, palette');
    });

    for (const { type, label } of PALETTE.slice(0, 2)) {
      it(`every text of the dialog of ${label} can be read`, async () => {
        const id = await editor.drag(type, { x: 250, y: 300 });
        await editor.openDialog(id);
        for (const folded of await editor.tray.locator('details summary').all()) await folded.click();
        await expectReadable();
        await editor.picture(`dark, ${label}`);
        await editor.leaveDialog('#node-dialog-cancel');
      });
    }
  });

  describe('afterwards', () => {
    it('no error in the console, no failed request, nothing unforeseen in Node-RED', () => {
      expect(bench.faults()).to.deep.equal([]);
    });
  });
});
