import { expect } from 'chai';
import { example } from '../support/flows';
import type { FlowNode } from '../support/node-red';
import { freePort } from '../support/ports';
import { until } from '../support/wait';
import type { Editor } from './page';
import { READABLE, readings } from './readable';
import { Workbench } from './workbench';

describe('the editor: custom table of db store', function () {
  this.timeout(90_000);
  let bench: Workbench;
  let editor: Editor;
  const flows = example('01');
  const { id } = flows.find(({ type }) => type === 'hl7-db-store') as FlowNode;

  before(async function () {
    bench = await Workbench.start(this, flows, { HL7_MLLP_PORT: String(await freePort()) });
    editor = await bench.open();
    await editor.openFlow('HL7 logger');
    await editor.openDialog(id);
  });
  afterEach(function () {
    return bench?.keep(this.currentTest);
  });
  after(() => bench?.close());

  const columns = () => editor.tray.locator('#node-input-columns-list .hl7-column');
  const result = () => editor.tray.locator('#hl7-db-store-result');
  const section = (name: string) => editor.tray.locator(`details[data-section="${name}"]`);

  async function shows(pattern: RegExp): Promise<void> {
    await until(`a preview of ${pattern}`, async () => pattern.test((await result().textContent()) ?? ''));
  }

  it('is hidden for the log alone', async () => {
    expect(await section('own').isVisible()).to.equal(false);
    expect(await section('preview').isVisible()).to.equal(false);
    expect(await editor.tray.locator('#hl7-db-store-again').isVisible()).to.equal(true);
  });

  it('begins with two columns, and says what lacks', async () => {
    await editor.field('write').selectOption('both');
    expect(await columns().count()).to.equal(2);
    await shows(/The custom table has no name/);
    await editor.type(editor.field('table'), 'hl7_messages');
    expect(await editor.reason(editor.field('table'))).to.match(/table of the log/);
    await editor.type(editor.field('table'), 'patients');
    await shows(/CREATE TABLE IF NOT EXISTS "patients"/);
    await editor.picture('custom table');
    const seen = await readings(editor.page);
    expect(seen.filter(({ contrast }) => contrast < READABLE)).to.deep.equal([]);
  });

  it('shows what the sample gives, column by column, while it is changed', async () => {
    await editor.field('mode').selectOption('upsert');
    await editor.tray.locator('.red-ui-editableList-addButton').click();
    const last = columns().last();
    await editor.type(last.locator('.hl7-column-name'), 'born');
    await editor.type(last.locator('.hl7-source input.red-ui-typedInput-input'), 'PID-7');
    await last.locator('.hl7-type').selectOption('date');
    await shows(/1970-01-01/);
    await last.locator('.hl7-missing').selectOption('leave');
    const sample = editor.tray.locator('#hl7-db-store-sample');
    const text = await sample.inputValue();
    await sample.fill(text.replace('19700101', ''));
    await shows(/left as it is/);
    await sample.fill(text.replace('19700101', 'unknown'));
    await shows(/born has a value that is no whole date: the message is refused\./);
    await sample.fill('no message');
    await shows(/does not begin with an MSH segment/);
    await sample.fill(text);
    await shows(/1970-01-01/);
    await result().scrollIntoViewIfNeeded();
    await editor.picture('custom table preview');
  });

  it('shows at the field what is not valid, and why, while it is typed', async () => {
    const last = columns().last();
    const name = last.locator('.hl7-column-name');
    const source = last.locator('.hl7-source .red-ui-typedInput-container');
    const typed = last.locator('.hl7-source input.red-ui-typedInput-input');
    const size = last.locator('.hl7-size');
    const wrong = () => editor.tray.locator('.hl7-column .input-error:visible');
    expect(await wrong().count()).to.equal(0);

    await typed.fill('PID/7');
    await typed.press('End');
    expect(await editor.reason(source)).to.match(/path of the column born like PID-3\.1/);
    await editor.picture('custom table wrong path');
    await editor.type(typed, 'PID-7');

    await editor.type(name, 'Control_ID');
    expect(await editor.reason(name)).to.equal('The column Control_ID is in the list twice.');
    await editor.type(name, 'ä'.repeat(32));
    expect(await editor.reason(name)).to.match(/at most 63 bytes/);
    await editor.type(name, '');
    expect(await editor.reason(name)).to.match(/Give each column its name/);
    expect(await wrong().count()).to.equal(1);
    await editor.type(name, 'born');
    expect(await wrong().count()).to.equal(0);

    await last.locator('.hl7-type').selectOption('text');
    await editor.type(size, '5000');
    expect(await editor.reason(size)).to.match(/length from 1 to 4000/);
    await editor.type(size, '');
    await last.locator('.hl7-type').selectOption('bytes');
    await last.locator('.hl7-key').check();
    expect(await editor.reason(last.locator('.hl7-type'))).to.match(/is in the key: make it/);
    await editor.picture('custom table wrong');
    await last.locator('.hl7-key').uncheck();
    await last.locator('.hl7-type').selectOption('date');
    await last.locator('.hl7-missing').selectOption('default');
    await editor.type(last.locator('.hl7-default'), '1970');
    expect(await editor.reason(last.locator('.hl7-default'))).to.match(/whole date into the column born/);
    await last.locator('.hl7-missing').selectOption('refuse');
    expect(await wrong().count()).to.equal(0);
  });

  it('shows at the table what is not valid, and below the list what it lacks', async () => {
    await editor.type(editor.field('table'), 'x'.repeat(64));
    expect(await editor.reason(editor.field('table'))).to.match(/at most 63 bytes/);
    await editor.type(editor.field('table'), 'patients');
    const lacks = () => editor.tray.locator('#hl7-db-store-list').textContent();
    const key = columns().first().locator('.hl7-key');
    expect(await lacks()).to.equal('');
    await key.uncheck();
    expect(await lacks()).to.match(/Mark the columns of the key/);
    await editor.picture('custom table no key');
    const seen = await readings(editor.page);
    expect(seen.filter(({ contrast }) => contrast < READABLE)).to.deep.equal([]);
    await key.check();
    expect(await lacks()).to.equal('');
  });

  it('offers only what goes together', async () => {
    const last = columns().last();
    const choices = (field: string) =>
      last
        .locator(`.hl7-${field} option:not([disabled])`)
        .evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value));
    expect(await choices('missing')).to.deep.equal(['null', 'default', 'leave', 'refuse']);
    expect(await choices('misfit')).to.deep.equal(['refuse', 'null', 'default']);
    await last.locator('.hl7-key').check();
    expect(await choices('missing')).to.deep.equal(['default', 'refuse']);
    expect(await last.locator('.hl7-missing').inputValue()).to.equal('refuse');
    await last.locator('.hl7-key').uncheck();
    await editor.field('mode').selectOption('insert');
    expect(await choices('missing')).to.deep.equal(['null', 'default', 'refuse']);
  });

  it('says where one of several values is written, and offers other ways', async () => {
    const last = columns().last();
    const sample = editor.tray.locator('#hl7-db-store-sample');
    const source = last.locator('.hl7-source input.red-ui-typedInput-input');
    const text = await sample.inputValue();
    await last.locator('.hl7-type').selectOption('text');
    await editor.type(source, 'PID-11.1');
    const repeated = text.replace('1 MAIN STREET^^TOWN^^12345', 'MAIN 1^^TOWN~SIDE 2^^CITY');
    expect(repeated).to.not.equal(text);
    await sample.fill(repeated);
    await shows(/born has several values: the first is written, and flagged\./);
    const separator = last.locator('.hl7-separator');
    expect(await separator.isVisible()).to.equal(false);
    await last.locator('.hl7-repeats').selectOption('all');
    await shows(/MAIN 1~SIDE 2/);
    await editor.type(separator, ' + ');
    await shows(/MAIN 1 \+ SIDE 2/);
    await editor.type(separator, 'x'.repeat(21));
    expect(await editor.reason(separator)).to.match(/at most 20 characters/);
    await editor.type(separator, '');
    await shows(/MAIN 1~SIDE 2/);
    const [top, below] = await Promise.all(
      ['.hl7-missing', '.hl7-repeats'].map(async (one) => (await last.locator(one).boundingBox())!),
    );
    expect(below!.y).to.be.greaterThan(top!.y);
    expect(top!.width).to.be.greaterThan(100);
    await editor.picture('custom table several values');
    const seen = await readings(editor.page);
    expect(seen.filter(({ contrast }) => contrast < READABLE)).to.deep.equal([]);
    await last.locator('.hl7-repeats').selectOption('refuse');
    await shows(/born has several values: the message is refused\./);
    await last.locator('.hl7-repeats').selectOption('rows');
    await until('a row for each', async () => (await result().locator('tr').count()) === 3);
    await editor.type(editor.field('rows'), 'PID-5');
    expect(await editor.reason(last.locator('.hl7-repeats'))).to.match(/another field than the column born/);
    await editor.type(editor.field('rows'), 'PID-11');
    await until('a row for each', async () => (await result().locator('tr').count()) === 3);
    await editor.type(editor.field('rows'), 'message');
    await editor.type(source, 'PID-11[1].1');
    expect(await editor.reason(last.locator('.hl7-repeats'))).to.match(/without a repetition/);
    await last.locator('.hl7-repeats').selectOption('first');
    await until('no note', async () => !/several values/.test((await result().textContent()) ?? ''));
    await editor.type(source, 'PID-3[5=MR].1');
    await shows(/100001/);
    await sample.fill(text);
  });

  it('offers the id of the log row, which the preview cannot know', async () => {
    const last = columns().last();
    const kind = (type: string) =>
      editor.ask(`$('#node-input-columns-list .hl7-column').last().data('source').typedInput('type', '${type}'), true`);
    await kind('hl7id');
    await until('no choice for several values', async () => !(await last.locator('.hl7-repeats').isVisible()));
    expect(await last.locator('.hl7-misfit').isVisible()).to.equal(false);
    await last.locator('.hl7-type').selectOption('date');
    expect(await editor.reason(last.locator('.hl7-type'))).to.match(/gets the id of the log row: make it an integer/);
    await last.locator('.hl7-type').selectOption('integer');
    const shown = result().locator('td', { hasText: 'id of the log row' });
    await until('a preview with the id', async () => (await shown.count()) === 1);
    await editor.picture('custom table log id');
    await kind('hl7');
    await editor.type(last.locator('.hl7-source input.red-ui-typedInput-input'), 'PID-7');
    await last.locator('.hl7-type').selectOption('date');
    await shows(/1970-01-01/);
  });

  it('saves the list, and names the table on the canvas', async () => {
    await editor.leaveDialog('#node-dialog-ok');
    const saved = await editor.ask<FlowNode>(`RED.nodes.convertNode(RED.nodes.node('${id}'))`);
    expect(saved).to.include({ write: 'both', table: 'patients', create: true, mode: 'insert', rows: 'message' });
    expect(
      (saved.columns as Record<string, unknown>[]).map(({ column, kind, source, type, key }) => [
        column,
        kind,
        source,
        type,
        key,
      ]),
    ).to.deep.equal([
      ['control_id', 'path', 'MSH-10', 'text', true],
      ['patient_id', 'path', 'PID-3.1', 'text', false],
      ['born', 'path', 'PID-7', 'date', false],
    ]);
    expect(
      (saved.columns as Record<string, unknown>[]).map(({ repeats, separator }) => [repeats, separator]),
    ).to.deep.equal([
      ['first', ''],
      ['first', ''],
      ['first', ''],
    ]);
    expect(await editor.node(id).textContent()).to.contain('store hl7_messages, patients');
    expect(await editor.triangle(id).isVisible()).to.equal(false);
    await editor.openDialog(id);
    expect(await section('own').locator('.hl7-state').textContent()).to.equal('patients, insert, 3 columns');
    await editor.leaveDialog('#node-dialog-cancel');
  });

  it('counts one column as one, and judges a new one at once', async () => {
    await editor.openDialog(id);
    await section('own').locator('summary').click();
    const state = () => section('own').locator('.hl7-state').textContent();
    const remove = () => editor.tray.locator('#node-input-columns-list .red-ui-editableList-item-remove').last();
    const count = async (number: number) =>
      until(`${number} columns`, async () => (await columns().count()) === number);
    await editor.tray.locator('.red-ui-editableList-addButton').click();
    await count(4);
    expect(await columns().last().locator('.input-error:visible').count()).to.equal(2);
    for (const left of [3, 2, 1]) {
      await remove().click();
      await count(left);
    }
    expect(await state()).to.equal('patients, insert, 1 column');
    await remove().click();
    await count(0);
    expect(await state()).to.equal('patients, insert, 0 columns');
    expect(await editor.tray.locator('#hl7-db-store-list').textContent()).to.match(/Add the columns to write/);
    await editor.leaveDialog('#node-dialog-ok');
    expect(await editor.triangle(id).isVisible()).to.equal(true);
    expect(bench.faults()).to.deep.equal([]);
  });
});
