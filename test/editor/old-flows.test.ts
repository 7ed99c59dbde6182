import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { FlowNode } from '../support/node-red';
import { freePort } from '../support/ports';
import { root } from '../support/require';
import type { Editor } from './page';
import { Workbench } from './workbench';

const FILE = join(root, 'test', 'fixtures', 'flows-version-0', '06 - HL7 logger on PostgreSQL.json');
const [STORE, ACK, DATABASE] = ['a1f0060000000013', 'a1f0060000000014', 'a1f0060000000001'];
const [USER, PASSWORD] = ['$' + '{HL7_DB_USER}', '$' + '{HL7_DB_PASSWORD:-}'];

describe('the editor: a flow of version 0', function () {
  this.timeout(90_000);
  let bench: Workbench;
  let editor: Editor;

  before(async function () {
    const flows = JSON.parse(readFileSync(FILE, 'utf8')) as FlowNode[];
    bench = await Workbench.start(this, flows, { HL7_MLLP_PORT: String(await freePort()) });
    editor = await bench.open();
  });
  afterEach(function () {
    return bench?.keep(this.currentTest);
  });
  after(() => bench?.close());

  async function deployed(id: string): Promise<FlowNode> {
    const flows = await bench.nodeRed.admin<FlowNode[]>('GET', '/flows');
    return flows.find((node) => node.id === id)!;
  }

  it('keeps what it lives on when another node is changed', async () => {
    expect(await editor.triangle(STORE).isVisible(), 'the database is valid').to.equal(false);
    await editor.openDialog(ACK);
    await editor.type(editor.field('name'), 'answer');
    await editor.leaveDialog('#node-dialog-ok');
    await editor.deploy();
    expect(await deployed(ACK)).to.include({ name: 'answer', configVersion: 1 });
    expect(await deployed(DATABASE)).to.include({ userFrom: 'environment', userVariable: 'HL7_DB_USER' });
    expect(await deployed(DATABASE)).to.not.have.property('configVersion');
  });

  it('shows its variables as the user and the password', async () => {
    await editor.openDialog(STORE);
    await editor.tray.locator('#node-input-btn-database-edit').click();
    await editor.configField('dialect').waitFor();
    await editor.trayRests();
    expect(await editor.configField('user').inputValue()).to.equal(USER);
    expect(await editor.configField('password').inputValue()).to.equal(PASSWORD);
  });

  it('is saved in the form of today, with its login in the credentials', async () => {
    await editor.leaveDialog('#node-config-dialog-ok');
    await editor.leaveDialog('#node-dialog-ok');
    await editor.deploy();
    const database = await deployed(DATABASE);
    expect(database).to.include({ configVersion: 1, dialect: 'postgres' });
    expect(database).to.not.have.any.keys('userFrom', 'userVariable', 'passwordVariable', 'credentials');
    const kept = JSON.parse(readFileSync(join(bench.nodeRed.userDir, 'flows_cred.json'), 'utf8'));
    expect(kept[DATABASE]).to.deep.equal({ user: USER, password: PASSWORD });
  });

  it('has no error in the console, and nothing unforeseen in Node-RED', () => {
    expect(bench.faults()).to.deep.equal([]);
  });
});
