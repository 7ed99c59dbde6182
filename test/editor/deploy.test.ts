import { expect } from 'chai';
import { FlowFile } from '../support/flows';
import { messageParts } from '../support/hl7-text';
import { message } from '../support/messages';
import { MllpClient } from '../support/mllp-client';
import { freePort } from '../support/ports';
import { Senders } from '../support/senders';
import { until } from '../support/wait';
import type { Editor } from './page';
import { PACKAGE, Workbench } from './workbench';

/** What of the sample admission is the patient's, and must stay out of the receipt in the debug sidebar. */
const PATIENT = /SAMPLE|100001|19700101|PID|PV1/;

describe('the editor: flows built, deployed and changed', function () {
  this.timeout(90_000);
  const file = new FlowFile();
  const load = file.tab('load', file.database('load.sqlite'));
  let bench: Workbench;
  let editor: Editor;
  let loadPort: number;
  let bystander: string;
  let answerer: string;
  let storer: string;
  let loadListener: string;

  before(async function () {
    loadPort = await freePort();
    bystander = load.add({ type: 'debug', name: '', active: false, tosidebar: true, complete: 'payload', wires: [] });
    answerer = load.ackOut();
    storer = load.store([answerer]);
    loadListener = load.mllpIn(loadPort, [load.parse([storer])]);
    // The flow's own helpers have no place on the canvas yet.
    let y = 300;
    for (const node of file.nodes) {
      if (node.z === undefined || node.x !== undefined) continue;
      y += 60;
      Object.assign(node, { x: 200, y });
    }
    bench = await Workbench.start(this, file.nodes, { HL7_MLLP_PORT: String(await freePort()) });
    editor = await bench.open();
  });
  afterEach(function () {
    return bench?.keep(this.currentTest);
  });
  after(() => bench?.close());

  async function connect(port: number): Promise<MllpClient> {
    const client = await MllpClient.connect({ port });
    bench.later(() => client.destroy());
    return client;
  }

  describe('a flow built by mouse', () => {
    let port: number;
    let listener: string;
    let store: string;
    let ack: string;

    before(async () => {
      port = await freePort();
      await editor.action('core:add-flow');
      await until('an empty flow', async () => (await editor.nodesOfFlow()).length === 0);
    });

    it('nodes dragged from the palette and wired', async () => {
      listener = await editor.drag('hl7-mllp-in', { x: 150, y: 150 });
      store = await editor.drag('hl7-db-store', { x: 400, y: 150 });
      ack = await editor.drag('hl7-ack-out', { x: 650, y: 150 });
      await editor.wire(listener, store);
      await editor.wire(store, ack);
      // Without a database the node cannot work, and says so.
      await editor.triangle(store).waitFor();
    });

    it('a database made in its dialog; "Test connection" says that it works', async () => {
      await editor.openDialog(store);
      await editor.tray.locator('#node-input-btn-database-add').click();
      await editor.configField('file').waitFor();
      await editor.trayRests();
      await editor.type(editor.configField('name'), 'built by mouse');
      await editor.type(editor.configField('file'), 'by-mouse.sqlite');
      const result = editor.tray.locator('#hl7-database-result');
      await editor.tray.locator('#hl7-database-test').click();
      await until('the result', async () => /SQLite \d/.test((await result.textContent()) ?? ''));
      expect(await result.getAttribute('class')).to.include('hl7-good');
      expect(await result.textContent()).to.not.match(/[\r\n]/);
      await editor.picture('hl7 database, connection tested');
      await editor.leaveDialog('#node-config-dialog-ok');
      expect(await editor.field('database').locator('option:checked').textContent()).to.equal('built by mouse');
      await editor.leaveDialog('#node-dialog-ok');
      await editor.triangle(store).waitFor({ state: 'hidden' });
    });

    it('a port set in the dialog, deployed: the canvas says where it listens', async () => {
      await editor.openDialog(listener);
      await editor.type(editor.field('port'), String(port));
      await editor.leaveDialog('#node-dialog-ok');
      await editor.deploy();
      await editor.shows(listener, new RegExp(`^listening ${port}$`));
      await editor.shows(store, /^0 stored$/);
    });

    it('a message is answered AA, is in the file, and is counted on the canvas', async () => {
      const client = await connect(port);
      await editor.shows(listener, new RegExp(`^listening ${port} · 1 connected$`));
      const sent = message();
      const answer = messageParts(await client.send(sent));
      expect(answer.code).to.equal('AA');
      expect(answer.acknowledges).to.equal(messageParts(sent).controlId);
      const rows = await bench.nodeRed.table('by-mouse.sqlite').messages();
      expect(rows.map((row) => row.raw.toString())).to.deep.equal([sent]);
      await editor.shows(store, /^1 stored$/);
      await editor.shows(ack, /^AA 1$/);
      await editor.picture('built by mouse');
      await client.end();
    });

    it('"Send a test message" in the dialog of the listener goes through the flow', async () => {
      await editor.openDialog(listener);
      await editor.tray.locator('#hl7-mllp-in-test').click();
      const result = editor.tray.locator('#hl7-mllp-in-result');
      await until('the result', async () => /hl7-(good|bad)/.test((await result.getAttribute('class')) ?? ''));
      expect(await result.textContent()).to.equal('The answer is AA.');
      await editor.picture('mllp in, test message sent');
      await editor.leaveDialog('#node-dialog-cancel');
      await editor.shows(store, /^2 stored$/);
      expect(await bench.nodeRed.table('by-mouse.sqlite').count()).to.equal(2);
    });
  });

  describe('example 01, imported and deployed', () => {
    const button = 'a1f0010000000021';
    const shown = (name: string) =>
      editor.page.locator('.red-ui-debug-msg', {
        has: editor.page.locator('.red-ui-debug-msg-name', { hasText: name }),
      });

    before(async () => {
      await editor.load();
      await editor.importExample(PACKAGE, '01 - HL7 logger', 'HL7 logger');
      await editor.deploy();
      await editor.shows('a1f0010000000011', /^listening \d+$/);
      await editor.action('core:show-debug-tab');
    });

    it('its button shows the answer and the stored row in the debug sidebar', async () => {
      await editor.node(button).locator('.red-ui-flow-node-button-button').click();
      await shown('the answer').waitFor();
      await shown('the stored row').waitFor();
      for (const name of ['the answer', 'the stored row']) {
        await shown(name).locator('.red-ui-debug-msg-object-handle').first().click();
        await shown(name).locator('.red-ui-debug-msg-object-entry').first().waitFor();
      }
      const answer = (await shown('the answer').textContent()) ?? '';
      const [, controlId = ''] = /MSA\|AA\|(TEST\d+)/.exec(answer) ?? [];
      expect(controlId, answer).to.not.equal('');
      const row = (await shown('the stored row').textContent()) ?? '';
      expect(row).to.include(controlId).and.to.include('hl7_messages').and.to.include('ADT^A01');
      expect(row).to.match(/answered: ?"AA"/);
      expect(await bench.nodeRed.table().byControlId(controlId)).to.have.length(1);
      await editor.picture('example 01, button pressed');
    });

    it('the receipt in the sidebar holds nothing of the patient', async () => {
      const [row] = await bench.nodeRed.table().messages();
      expect(row?.text, 'the sample has a patient').to.match(PATIENT);
      expect(await shown('the stored row').textContent()).to.not.match(PATIENT);
    });
  });

  describe('a flow changed and deployed under load', () => {
    let senders: Senders;
    let quiet: MllpClient;

    async function moreSettled(count = 40): Promise<void> {
      const goal = senders.settled + count;
      await until(`${count} more answered`, () => senders.settled >= goal, 30_000);
    }

    async function rename(id: string, name: string): Promise<void> {
      await editor.openDialog(id);
      await editor.type(editor.field('name'), name);
      await editor.leaveDialog('#node-dialog-ok');
    }

    before(async () => {
      await editor.load();
      await editor.openFlow('load');
      quiet = await connect(loadPort);
      senders = new Senders(loadPort, 4);
      bench.later(() => senders.abort());
      senders.start();
      await moreSettled();
      await editor.shows(loadListener, new RegExp(`^listening ${loadPort} · 5 connected$`));
    });

    it('"Modified Nodes" with a new name and a new wire of other nodes: no connection breaks', async () => {
      await rename(bystander, 'renamed under load');
      await editor.wire(answerer, bystander);
      await editor.deployType('node');
      await editor.deploy();
      await moreSettled();
      expect(senders.sent.filter(({ attempts }) => attempts > 1)).to.deep.equal([]);
      expect(quiet.isOpen).to.equal(true);
      const deployed = await bench.nodeRed.admin<{ id: string; name: string; wires: string[][] }[]>('GET', '/flows');
      expect(deployed.find(({ id }) => id === bystander)?.name).to.equal('renamed under load');
      expect(deployed.find(({ id }) => id === answerer)?.wires).to.deep.equal([[bystander]]);
      await editor.picture('deployed under load');
    });

    it('"Modified Nodes" with a new name of the db store itself: the listener stays, everyone is served', async () => {
      await rename(storer, 'renamed too');
      await editor.deploy();
      const unanswered = senders.sent.filter(({ answers, wanted }) => answers.length < wanted);
      await moreSettled();
      // What was on its way to the old node gets its negative answer after some seconds, and is sent again.
      await until('every sender to be served', () =>
        unanswered.every(({ answers, wanted }) => answers.length >= wanted),
      );
      expect(quiet.isOpen).to.equal(true);
    });

    it('"Full": the listener comes back, and so do the senders', async () => {
      await rename(bystander, 'once more');
      await editor.deployType('full');
      await editor.deploy();
      await quiet.closed;
      await bench.nodeRed.listens(loadPort);
      await moreSettled();
      await editor.shows(loadListener, new RegExp(`^listening ${loadPort} · 4 connected$`));
    });

    it('every answered message is in the log exactly once, with its answers', async () => {
      await senders.finish();
      expect(senders.settled).to.equal(senders.sent.length);
      expect(await senders.compare(bench.nodeRed.table('load.sqlite'))).to.deep.equal([]);
    });
  });

  describe('afterwards', () => {
    it('no error in the console, no failed request, nothing unforeseen in Node-RED', () => {
      expect(bench.faults()).to.deep.equal([]);
    });
  });
});
